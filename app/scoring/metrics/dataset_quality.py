"""Whether the data behind the package are named, documented, licensed and used by others.

Rule: 0.25 each of the four; one that could not be had counts half.
- named: 1 where the card, its front matter or the uploader names a data set.
- documented: mean over the data sets of min(1, words of their card / 300); where the hub tells nothing,
  min(1, words / 100) below the model card's headings on data.
- licensed: the share of the data sets whose card names a licence.
- used: mean over the data sets of the greater of log(1 + downloads a month) / log(10001) and models naming them / 100.
A data set that does not exist where the card says counts as 0 in the last three.
Source: documentation after Gebru et al., "Datasheets for Datasets" (2018); the thresholds are ours.
Missing: neither a card nor a named data set to look at, or no more than a name; and where a package that is no model
names none.
"""

import math
from collections.abc import Callable

from app.enums import PackageKind
from app.scoring.cards import read_card
from app.scoring.evidence import Evidence, Part, counted, mean_in_doubt, no_evidence, percent, shortened
from app.scoring.facts import DatasetFacts, Facts, Source

CARD_WORDS, SECTION_WORDS, DOWNLOADS, USERS = 300, 100, 10_000, 100
_DATA_HEADINGS = ("training data", "dataset", "data set", "train")


def dataset_quality(facts: Facts) -> Evidence:
    """Judge the data sets by the module's rule."""
    names = facts.dataset_names
    if facts.readme is None and not facts.front_matter and not names:
        return no_evidence("Neither a card nor a data set is known to judge by.")
    if not names and facts.kind is not PackageKind.MODEL:
        return no_evidence("No data set is named, and only of a model is one expected.")
    if not names:
        return Evidence(0.0, "The card names no data set.", confidence=0.7 if facts.readme is not None else 0.4)
    datasets = facts.datasets or ()
    parts = {
        "named": Part(1, 1.0),
        "documented": Part(1, _documented(facts, datasets)),
        "licensed": Part(1, _mean(datasets, lambda dataset: float(bool(dataset.license)))),
        "used": Part(1, _mean(datasets, _used)),
    }
    if all(part.value is None for name, part in parts.items() if name != "named"):
        return no_evidence(f"Of the data named no more than the name is known: {_why(facts)}.")
    value, known = mean_in_doubt(parts)
    figures = ", ".join(f"{name} {percent(part.value)}" for name, part in parts.items() if part.value is not None)
    shown = shortened(", ".join(names))
    reason = f"{counted(len(names), 'data set')} named ({shown}): {figures}."
    absent = [dataset.dataset_id for dataset in datasets if not dataset.exists]
    if absent:
        reason += f" Not found: {', '.join(absent)}."
    if known < 1:
        reason += f" The rest is not known: {_why(facts)}."
    return Evidence(value, reason, confidence=0.9 * known)


def _why(facts: Facts) -> str:
    return facts.missing.get(Source.DATASETS, "the host told only part")


def _documented(facts: Facts, datasets: tuple[DatasetFacts, ...]) -> float | None:
    told = _mean(datasets, _card_share)
    if told is not None or facts.readme is None:
        return told
    return min(1.0, read_card(facts.readme).words_under(*_DATA_HEADINGS) / SECTION_WORDS)


def _card_share(dataset: DatasetFacts) -> float | None:
    if not dataset.exists:
        return 0.0
    return None if dataset.card_words is None else min(1.0, dataset.card_words / CARD_WORDS)


def _used(dataset: DatasetFacts) -> float | None:
    if not dataset.exists:
        return 0.0
    downloads, users = dataset.downloads, dataset.used_by_models
    if downloads is None and users is None:
        return None
    by_downloads = math.log1p(max(0, downloads or 0)) / math.log1p(DOWNLOADS)
    return min(1.0, max(by_downloads, (users or 0) / USERS))


def _mean(datasets: tuple[DatasetFacts, ...], judge: Callable[[DatasetFacts], float | None]) -> float | None:
    known = [value for value in map(judge, datasets) if value is not None]
    return sum(known) / len(known) if known else None
