"""Whether data set and training code are both named, and both reachable.

Rule: 0.25 each of data set named, data set reachable, code named, code reachable.
- A data set is named by the card, its front matter or the uploader; reachable is the share of those asked for that
  their host has. Data that come in the package are both.
- Code is named by the uploader or a repository link in the card; reachable where its host has it. Python files with
  training in their name that come in the package are both.
What is not named is not reachable. What is named on a host that did not answer counts half.
Source: ours. Missing: neither a card nor a link nor a file list to look at.
"""

import re

from app.enums import PackageComponent
from app.scoring.evidence import Evidence, Part, mean_in_doubt, no_evidence
from app.scoring.facts import Facts, Source
from app.scoring.links import linked_repository
from app.scoring.sources import is_python

_TRAINING_NAME = re.compile(r"(?:^|[_-])(?:train|fine[_-]?tun|pre[_-]?train)", re.IGNORECASE)


def dataset_code_linkage(facts: Facts) -> Evidence:
    """Judge the links from the package to its data and code by the module's rule."""
    if facts.readme is None and facts.files is None and not (facts.dataset_names or facts.repository_url):
        return no_evidence("Neither a card nor a link to data or code is known to judge by.")
    data_named, data_reachable, data_words = _data(facts)
    code_named, code_reachable, code_words = _code(facts)
    parts = {
        "data set named": Part(1, float(data_named)),
        "data set reachable": Part(1, data_reachable),
        "code named": Part(1, float(code_named)),
        "code reachable": Part(1, code_reachable),
    }
    value, known = mean_in_doubt(parts)
    return Evidence(value, f"The data set {data_words}; the training code {code_words}.", confidence=0.9 * known)


def _data(facts: Facts) -> tuple[bool, float | None, str]:
    if any(file.component is PackageComponent.DATASETS for file in facts.files or ()):
        return True, 1.0, "comes with the package"
    if not facts.dataset_names:
        return False, 0.0, "is not named"
    if not facts.datasets:
        why = facts.missing.get(Source.DATASETS, "its host was not asked")
        return True, None, f"is named, but whether it is reachable is not known: {why}"
    reachable = sum(1 for dataset in facts.datasets if dataset.exists) / len(facts.datasets)
    found = sum(1 for dataset in facts.datasets if dataset.exists)
    return True, reachable, f"is named, and {found} of the {len(facts.datasets)} asked for can be reached"


def _code(facts: Facts) -> tuple[bool, float | None, str]:
    if any(_trains(file.path) for file in facts.files or ()):
        return True, 1.0, "comes with the package"
    if not facts.repository_url and not linked_repository(facts.readme or ""):
        return False, 0.0, "is not named"
    if facts.repository is None:
        why = facts.missing.get(Source.REPOSITORY, "its host was not asked")
        return True, None, f"is named, but whether it is reachable is not known: {why}"
    if facts.repository.exists:
        return True, 1.0, f"is named and reachable ({facts.repository.full_name})"
    return True, 0.0, f"is named, but {facts.repository.full_name} cannot be reached"


def _trains(path: str) -> bool:
    return is_python(path) and _TRAINING_NAME.search(path.rpartition("/")[2]) is not None
