"""What holds for each metric whatever the facts are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.enums import PackageComponent, PackageKind
from app.scoring.evaluator import METRICS
from app.scoring.facts import (
    CodeAnalysis,
    CodeFile,
    DatasetFacts,
    Facts,
    FileFact,
    HubFacts,
    RepositoryFacts,
    ReviewFacts,
    Source,
)
from app.scoring.metrics.bus_factor import bus_factor
from app.scoring.metrics.code_quality import code_quality
from app.scoring.metrics.dataset_quality import dataset_quality
from app.scoring.metrics.license_score import license_score
from app.scoring.metrics.performance_claims import performance_claims
from app.scoring.metrics.reviewedness import reviewedness
from app.scoring.metrics.size_score import size_score
from app.scoring.metrics.treescore import treescore

COUNT = st.integers(0, 10**9)
TEXT = st.text(max_size=80)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
CARD_LINES = st.sampled_from(
    [
        "# Usage",
        "## Results",
        "| SST-2 | 0.9 |",
        "```python",
        "```",
        "import os",
        "arxiv.org/abs/1",
        "accuracy",
        "",
        "a b c",
    ]
)
README = st.lists(CARD_LINES | TEXT, max_size=20).map("\n".join)
FRONT_MATTER = st.dictionaries(st.sampled_from(["license", "datasets", "model-index", "tags"]) | TEXT, JSON, max_size=4)
COMMITS = st.dictionaries(TEXT, COUNT, max_size=8)
NAMES = st.lists(TEXT, max_size=3).map(tuple)
CODE_FILE = st.builds(
    CodeFile,
    path=TEXT,
    lines=st.integers(0, 1000),
    parses=st.booleans(),
    error=TEXT,
    imports=NAMES,
    undefined=NAMES,
    bound=NAMES,
    style_issues=COUNT,
    fault_count=COUNT,
    complexities=st.lists(st.integers(1, 40), max_size=3).map(tuple),
    annotated=st.just(3),
    annotatable=st.integers(3, 9),
    uses_randomness=st.booleans(),
    sets_seed=st.booleans(),
)
CODE = st.builds(
    CodeAnalysis,
    files=st.lists(CODE_FILE, max_size=3).map(tuple),
    examples=st.lists(CODE_FILE, max_size=3).map(tuple),
    left_out=st.integers(0, 50),
)
FILE = st.builds(
    FileFact, path=TEXT, size_bytes=COUNT, component=st.sampled_from(PackageComponent), format=st.none() | TEXT
)
DATASET = st.builds(
    DatasetFacts,
    dataset_id=TEXT,
    exists=st.booleans(),
    card_words=st.none() | COUNT,
    license=st.none() | TEXT,
    downloads=st.none() | COUNT,
    used_by_models=st.none() | st.integers(0, 100),
)
REVIEWS = st.tuples(COUNT, COUNT, COUNT).map(lambda n: ReviewFacts(n[0], max(n[1:]), min(n[1:])))
REPOSITORY = st.builds(
    RepositoryFacts,
    full_name=TEXT,
    exists=st.booleans(),
    is_declared=st.booleans(),
    license=st.none() | TEXT,
    contributors=st.none() | COMMITS,
    reviews=st.none() | REVIEWS,
    paths=st.none() | NAMES,
)
FACTS = st.builds(
    Facts,
    kind=st.sampled_from(PackageKind),
    readme=st.none() | README,
    front_matter=FRONT_MATTER,
    license=st.none() | TEXT | st.sampled_from(["MIT", "MIT OR (GPL-3.0 AND x)", "cc-by-nc-4.0"]),
    license_text_id=st.none() | TEXT,
    files=st.none() | st.lists(FILE, max_size=4).map(tuple),
    code=st.none() | CODE,
    requirements=st.dictionaries(TEXT, st.booleans(), max_size=3),
    weights_bytes=st.none() | st.integers(0, 1 << 45),
    repository_url=st.none() | TEXT,
    dataset_names=NAMES,
    hub=st.none() | st.builds(HubFacts, model_id=TEXT, exists=st.booleans(), commit_authors=st.none() | COMMITS),
    datasets=st.none() | st.lists(DATASET, max_size=3).map(tuple),
    repository=st.none() | REPOSITORY,
    parent_net_scores=st.none() | st.lists(st.floats(0, 1), max_size=4).map(tuple),
    missing=st.dictionaries(st.sampled_from(Source), TEXT),
)


@pytest.mark.parametrize("name", METRICS)
@given(facts=FACTS)
def test_values_are_in_range_and_reasons_are_sentences(name, facts):
    evidence = METRICS[name][0](facts)
    assert evidence.value is None or 0 <= evidence.value <= 1
    assert 0 <= evidence.confidence <= 1
    assert (evidence.confidence == 0) is (evidence.value is None)
    assert evidence.reason[0].isupper() or evidence.reason[0].isdigit()
    assert evidence.reason.endswith(".")


@pytest.mark.parametrize("name", METRICS)
def test_without_any_fact_no_metric_has_a_value(name):
    assert METRICS[name][0](Facts()).value is None


def bus_factor_of(commits):
    return bus_factor(Facts(repository=RepositoryFacts("a/b", exists=True, contributors=commits))).value


@given(st.dictionaries(TEXT, st.integers(1, 1000), min_size=1, max_size=8))
def test_another_contributor_of_one_commit_never_lowers_the_bus_factor(commits):
    assert bus_factor_of({**commits, "a newcomer " * 9: 1}) >= bus_factor_of(commits) - 1e-12


@given(st.integers(1, 40), st.integers(1, 1000))
def test_more_equal_contributors_raise_the_bus_factor(people, commits):
    few, more = ({str(person): commits for person in range(count)} for count in (people, people + 1))
    assert bus_factor_of(more) > bus_factor_of(few)


@given(st.integers(2, 500), st.integers(1, 500))
def test_sharing_more_evenly_raises_the_bus_factor(most, least):
    most += least
    assert bus_factor_of({"a": most - 1, "b": least + 1}) >= bus_factor_of({"a": most, "b": least})


@given(st.integers(1, 1 << 40), st.integers(0, 1 << 40))
def test_larger_weights_never_fit_better(size, more):
    assert size_score(Facts(weights_bytes=size + more)).value <= size_score(Facts(weights_bytes=size)).value


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5), st.floats(0, 1))
def test_a_better_parent_never_lowers_the_treescore(scores, better):
    before = treescore(Facts(parent_net_scores=tuple(scores))).value
    after = treescore(Facts(parent_net_scores=(max(scores[0], better), *scores[1:]))).value
    assert after >= before - 1e-12


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_reviewed_lines_never_lower_reviewedness(lines, reviewed, more):
    def of(count):
        found = RepositoryFacts("a/b", exists=True, reviews=ReviewFacts(5, lines, min(lines, count)))
        return reviewedness(Facts(repository=found)).value

    assert of(reviewed + more) >= of(reviewed)


@given(DATASET, COUNT)
def test_more_downloads_never_lower_dataset_quality(dataset, more):
    def of(downloads):
        found = DatasetFacts(dataset.dataset_id, dataset.exists, dataset.card_words, dataset.license, downloads)
        return dataset_quality(Facts(dataset_names=("x",), datasets=(found,))).value

    assert of((dataset.downloads or 0) + more) >= of(dataset.downloads or 0) - 1e-12


@given(CODE_FILE.filter(lambda file: file.parses and file.lines), COUNT)
def test_more_issues_of_style_never_raise_code_quality(file, more):
    def of(issues):
        changed = CodeFile(file.path, file.lines, True, style_issues=issues, complexities=file.complexities)
        return code_quality(Facts(code=CodeAnalysis(files=(changed,)))).value

    assert of(file.style_issues + more) <= of(file.style_issues) + 1e-12


@given(README, FRONT_MATTER)
def test_stating_more_results_never_lowers_the_claims(readme, front_matter):
    stated = {**front_matter, "model-index": [{"results": [{"metrics": [{"value": 1}, {"value": 2}, {"value": 3}]}]}]}
    bare = {name: value for name, value in front_matter.items() if name != "model-index"}
    before = performance_claims(Facts(readme=readme, front_matter=bare)).value
    assert performance_claims(Facts(readme=readme, front_matter=stated)).value >= before - 1e-12


LICENSES = st.sampled_from(["MIT", "GPL-3.0-only", "LGPL-2.1-only", "CC-BY-NC-4.0", "AGPL-3.0-only", "LicenseRef-own"])


@given(LICENSES, LICENSES)
def test_a_choice_of_licences_is_as_good_as_the_better_and_both_as_bad_as_the_worse(one, other):
    def of(name):
        return license_score(Facts(license=name)).value

    assert of(f"{one} OR {other}") == max(of(one), of(other))
    assert of(f"{one} AND {other}") == min(of(one), of(other))
