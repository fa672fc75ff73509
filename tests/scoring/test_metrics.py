"""Each metric: a high case, a low one, a missing one. What holds for all facts is in test_metric_properties."""

import pytest

from app.archives.license_names import spdx_expression
from app.enums import PackageComponent, PackageKind
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
from app.scoring.metrics.dataset_code_linkage import dataset_code_linkage
from app.scoring.metrics.dataset_quality import dataset_quality
from app.scoring.metrics.license_score import license_score
from app.scoring.metrics.performance_claims import performance_claims
from app.scoring.metrics.ramp_up_time import ramp_up_time
from app.scoring.metrics.reproducibility import reproducibility
from app.scoring.metrics.reviewedness import reviewedness
from app.scoring.metrics.size_score import GIB, fit, size_score
from app.scoring.metrics.treescore import treescore
from tests.scoring.conftest import RECORDED

CARD = (RECORDED / "model_readme.md").read_text(encoding="utf-8")
GOOD_EXAMPLE = CodeFile("example 1", 3, parses=True, imports=("transformers",))
MISSING = dict.fromkeys(Source, "api.example.org could not be reached")


def repository(**known):
    return RepositoryFacts("acme/code", exists=True, **known)


def is_missing(evidence):
    return evidence.value is None and evidence.confidence == 0 and evidence.reason.endswith(".")


def test_a_card_with_usage_and_examples_is_quick_to_ramp_up():
    evidence = ramp_up_time(Facts(readme=CARD, code=CodeAnalysis(examples=(GOOD_EXAMPLE,))))
    assert evidence.value == pytest.approx(0.3 + 0.3 + 0.1 + 0.3 * 5 / 6)
    assert "1 Python example (1 of them parse)" in evidence.reason
    assert "5 of 6 subjects of a model card, not description" in evidence.reason


def test_a_bare_card_is_slow_to_ramp_up():
    assert ramp_up_time(Facts(readme="# Model\n", code=CodeAnalysis())).value == 0


def test_an_example_that_does_not_parse_counts_half():
    broken = CodeFile("example 1", 1, parses=False)
    assert ramp_up_time(Facts(readme="```python\nx =\n```", code=CodeAnalysis(examples=(broken,)))).value == 0.15


def test_without_a_readme_ramp_up_is_not_known():
    assert is_missing(ramp_up_time(Facts(missing=MISSING)))


@pytest.mark.parametrize(
    ("commits", "value"),
    [({"a": 10}, 0), ({"a": 5, "b": 5}, 0.5), (dict.fromkeys("abcdefghij", 7), 0.9), ({"a": 90, "b": 10}, 0.18)],
)
def test_the_bus_factor_tells_how_evenly_people_commit(commits, value):
    evidence = bus_factor(Facts(repository=repository(contributors=commits)))
    assert evidence.value == pytest.approx(value)
    assert f"made {sum(commits.values())} commits" in evidence.reason


def test_the_bus_factor_falls_back_to_the_models_page_less_sure():
    hub = HubFacts("acme/model", exists=True, commit_authors={"ada": 1, "grace": 1})
    linked = repository(contributors={"x": 5}, is_declared=False)
    evidence = bus_factor(Facts(hub=hub, repository=linked))
    assert (evidence.value, evidence.confidence) == (0.5, 0.5)


@pytest.mark.parametrize("found", [None, RepositoryFacts("a/b", exists=False), repository(contributors={"a": 0})])
def test_without_contributors_the_bus_factor_is_not_known(found):
    assert is_missing(bus_factor(Facts(repository=found, missing=MISSING)))


MODEL_INDEX = {
    "model-index": [
        {
            "results": [
                {"dataset": {"name": "GLUE"}, "metrics": [{"value": 0.9}, {"value": 0.8}], "source": {"url": "x"}},
                {"dataset": {"name": "SQuAD"}, "metrics": [{"value": "n/a"}]},
            ]
        }
    ]
}


def test_results_stated_with_their_source_are_claims_backed():
    evidence = performance_claims(Facts(readme=CARD, front_matter=MODEL_INDEX))
    assert evidence.value == 1
    assert "4 known benchmarks (GLUE, MNLI, SQUAD, SST-2)" in evidence.reason
    assert "papers linked back the claims" in evidence.reason


def test_a_table_of_results_alone_is_half_a_claim():
    readme = "## Evaluation\n| Set | Accuracy |\n|---|---|\n| own | 0.9 |\n"
    assert performance_claims(Facts(readme=readme)).value == 0.2


def test_a_card_without_results_claims_nothing_whatever_else_it_names():
    readme = "## Training data\n| Set | Pairs |\n|---|---|\n| SQuAD | 87,599 |\nhttps://arxiv.org/abs/1606.05250\n"
    evidence = performance_claims(Facts(readme=readme))
    assert evidence.value == 0
    assert "no result is claimed" in evidence.reason


@pytest.mark.parametrize("odd", ["x", 3, [3], [{"results": 3}], [{"results": [{"metrics": "x", "dataset": 3}]}], {}])
def test_an_odd_model_index_claims_nothing(odd):
    assert performance_claims(Facts(readme="", front_matter={"model-index": odd})).value == 0


@pytest.mark.parametrize("kind", [PackageKind.DATASET, PackageKind.CODE])
def test_what_is_no_model_need_not_claim_results(kind):
    assert is_missing(performance_claims(Facts(kind=kind, readme="# Pets")))
    assert performance_claims(Facts(kind=kind, readme=CARD)).value > 0


def test_without_a_card_claims_are_not_known():
    assert is_missing(performance_claims(Facts(missing=MISSING)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MIT", 1),
        ("apache-2.0", 1),
        ("Apache 2.0", 1),
        ("BSD-3-Clause", 1),
        ("Unlicense", 1),
        ("ISC", 1),
        ("CC-BY-4.0", 1),
        ("cc0-1.0", 1),
        ("LGPL-2.1-only", 0.8),
        ("MPL-2.0", 0.8),
        ("cc-by-sa-4.0", 0.8),
        ("GPL-3.0-or-later", 0.6),
        ("AGPL-3.0", 0.5),
        ("bigscience-openrail-m", 0.5),
        ("creativeml-openrail-m", 0.5),
        ("llama3.1", 0.5),
        ("gemma", 0.5),
        ("cc-by-nc-4.0", 0.2),
        ("CC-BY-NC-SA-4.0", 0.2),
        ("cc-by-nd-4.0", 0.2),
        ("Proprietary", 0.1),
        ("other", 0.1),
        ("unknown", 0.1),
        ("MIT OR GPL-3.0-only", 1),
        ("MIT AND GPL-3.0-only", 0.6),
        ("(MIT OR GPL-3.0-only) AND CC-BY-NC-4.0", 0.2),
        ("GPL-2.0-only WITH Classpath-exception-2.0", 0.6),
        ("AND OR", 0.1),
        ("(" * 500, 0.1),
        ("MIT" * 100_000, 1),
    ],
)
def test_a_licence_has_its_place(name, value):
    assert license_score(Facts(license=name)).value == value


@pytest.mark.parametrize(
    "name", ["openrail++", "bigscience-bloom-rail-1.0", "creativeml-openrail-m", "llama2", "llama3", "llama4", "gemma"]
)
def test_a_use_restricted_licence_has_its_place_in_spdx_too(name):
    reference = spdx_expression(name)
    assert reference.startswith("LicenseRef-")
    assert license_score(Facts(license=reference)).value == 0.5


@pytest.mark.parametrize("name", ["proprietary", "commercial"])
def test_a_reference_to_no_rights_stays_unclear(name):
    assert license_score(Facts(license=spdx_expression(name))).value == 0.1


def test_the_stricter_of_two_licences_counts_less_sure():
    agreed = license_score(Facts(license="MIT", repository=repository(license="MIT")))
    differing = license_score(Facts(license="MIT", license_text_id="GPL-3.0-only"))
    assert (agreed.value, differing.value) == (1, 0.6)
    assert differing.confidence < license_score(Facts(license="MIT")).confidence < agreed.confidence
    assert "Elsewhere MIT is named" in differing.reason


def test_no_licence_in_a_card_permits_nothing():
    assert license_score(Facts(readme="# Model")).value == 0


def test_without_anything_to_read_the_licence_is_not_known():
    assert is_missing(license_score(Facts(missing=MISSING)))


@pytest.mark.parametrize(("gib", "value"), [(0.1, 1), (1, 0.75), (3, 0.5), (30, 0.125), (50, 0)])
def test_weights_fit_classes_of_hardware(gib, value):
    evidence = size_score(Facts(weights_bytes=int(gib * GIB)))
    assert evidence.value == pytest.approx(value, abs=0.01)
    assert list(evidence.details) == [
        "small board (Raspberry Pi)",
        "embedded GPU (Jetson Nano)",
        "desktop PC",
        "server",
    ]
    assert all(name in evidence.reason for name in evidence.details)


def test_the_fit_falls_from_a_quarter_to_half_of_the_memory():
    assert [fit(size, 1000) for size in (1, 250, 375, 500, 5000)] == [1, 1, 0.5, 0, 0]


@pytest.mark.parametrize("facts", [Facts(), Facts(files=(), weights_bytes=None), Facts(weights_bytes=0)])
def test_without_weights_the_size_is_not_known(facts):
    assert is_missing(size_score(facts))


GOOD_DATASET = DatasetFacts(
    "acme/set", exists=True, card_words=500, license="cc0-1.0", downloads=20_000, used_by_models=3
)


def test_a_documented_licensed_popular_data_set_is_good():
    evidence = dataset_quality(Facts(readme=CARD, dataset_names=("acme/set",), datasets=(GOOD_DATASET,)))
    assert (evidence.value, evidence.confidence) == (1, 0.9)


def test_a_data_set_that_is_not_there_is_only_named():
    absent = DatasetFacts("acme/set", exists=False)
    evidence = dataset_quality(Facts(readme=CARD, dataset_names=("acme/set",), datasets=(absent,)))
    assert evidence.value == 0.25
    assert "Not found: acme/set." in evidence.reason


def test_data_sets_nobody_could_be_asked_about_lower_confidence():
    readme = "## Training data\n" + "word " * 50
    evidence = dataset_quality(Facts(readme=readme, dataset_names=("acme/set",), missing=MISSING))
    assert evidence.value == (1 + 50 / 100 + 0.5 + 0.5) / 4
    assert evidence.confidence == pytest.approx(0.45)
    assert "could not be reached" in evidence.reason


def test_a_mere_name_is_no_evidence_of_quality():
    assert is_missing(dataset_quality(Facts(dataset_names=("acme/set",), missing=MISSING)))


def test_a_card_that_names_no_data_has_none():
    assert dataset_quality(Facts(readme="# Model")).value == 0


@pytest.mark.parametrize("kind", [PackageKind.DATASET, PackageKind.CODE])
def test_what_is_no_model_need_not_name_data(kind):
    assert is_missing(dataset_quality(Facts(kind=kind, readme="# Pets")))
    assert dataset_quality(Facts(kind=kind, readme=CARD, dataset_names=("a/b",), datasets=(GOOD_DATASET,))).value > 0


def test_without_a_card_data_are_not_known():
    assert is_missing(dataset_quality(Facts(missing=MISSING)))


def test_data_and_code_named_and_reachable_are_linked():
    facts = Facts(
        readme=CARD, dataset_names=("acme/set",), datasets=(GOOD_DATASET,), repository_url="x", repository=repository()
    )
    assert dataset_code_linkage(facts).value == 1


def test_data_and_code_that_come_along_are_linked():
    files = (FileFact("data/a.csv", 1, PackageComponent.DATASETS), FileFact("fine_tune.py", 1, PackageComponent.CODE))
    assert dataset_code_linkage(Facts(files=files)).value == 1


def test_dead_links_link_half():
    facts = Facts(
        dataset_names=("acme/set",),
        datasets=(DatasetFacts("acme/set", exists=False),),
        repository_url="x",
        repository=RepositoryFacts("a/b", exists=False),
    )
    assert dataset_code_linkage(facts).value == 0.5


def test_what_is_not_named_is_not_linked():
    assert dataset_code_linkage(Facts(readme="# Model")).value == 0


def test_links_nobody_could_follow_lower_confidence():
    evidence = dataset_code_linkage(Facts(readme=CARD, dataset_names=("acme/set",), missing=MISSING))
    assert (evidence.value, evidence.confidence) == (0.75, 0.45)


def test_without_a_card_or_links_linkage_is_not_known():
    assert is_missing(dataset_code_linkage(Facts(missing=MISSING)))


CLEAN = CodeFile("a.py", 100, parses=True, complexities=(1, 2), annotated=4, annotatable=4)
UNTIDY = CodeFile(
    "a.py", 100, parses=True, style_issues=300, fault_count=9, complexities=(30,), annotated=0, annotatable=4
)


def test_clean_typed_tested_code_is_good():
    evidence = code_quality(Facts(code=CodeAnalysis(files=(CLEAN, CodeFile("tests/test_a.py", 10, parses=True)))))
    assert evidence.value == 1
    assert evidence.reason.startswith("2 files of 110 lines, 100% of which parse: style 100%")


def test_untidy_code_is_bad():
    assert code_quality(Facts(code=CodeAnalysis(files=(UNTIDY,)))).value == 0


def test_code_that_does_not_parse_counts_as_bad_by_its_lines():
    broken = CodeFile("b.py", 100, parses=False)
    tested = repository(paths=("tests/test_a.py",))
    assert code_quality(Facts(code=CodeAnalysis(files=(CLEAN, broken)), repository=tested)).value == 0.5
    assert code_quality(Facts(code=CodeAnalysis(files=(broken,)))).value == 0


def test_code_left_out_lowers_confidence():
    evidence = code_quality(Facts(code=CodeAnalysis(files=(CLEAN,), left_out=1)))
    assert evidence.confidence == pytest.approx(0.45)
    assert "1 source beyond the limits" in evidence.reason


@pytest.mark.parametrize("code", [None, CodeAnalysis(), CodeAnalysis(examples=(GOOD_EXAMPLE,))])
def test_without_code_its_quality_is_not_known(code):
    assert is_missing(code_quality(Facts(code=code)))


def reproducible(*pieces, readme=CARD, requirements=None):
    pinned = {"transformers": True, "torch": True} if requirements is None else requirements
    return reproducibility(Facts(readme=readme, code=CodeAnalysis(examples=pieces), requirements=pinned))


def test_complete_code_with_everything_pinned_is_reproducible():
    second = CodeFile("example 2", 1, parses=True, undefined=("model",))
    first = CodeFile("example 1", 1, parses=True, imports=("transformers", "os"), bound=("model",))
    assert reproducible(first, second).value == 1


@pytest.mark.parametrize(
    ("piece", "requirements", "reason"),
    [
        (CodeFile("a", 1, parses=True, imports=("sklearn",)), None, "scikit-learn is imported but not declared"),
        (CodeFile("a", 1, parses=True, imports=("torch",)), {"torch": False}, "no version is pinned of torch"),
        (CodeFile("a", 1, parses=True, uses_randomness=True), None, "without a seed"),
    ],
)
def test_code_that_leaves_something_open_can_be_made_to_run(piece, requirements, reason):
    evidence = reproducible(piece, requirements=requirements)
    assert evidence.value == 0.5
    assert reason in evidence.reason


def test_one_piece_that_is_complete_is_half():
    broken = CodeFile("example 2", 1, parses=False, error="line 1: invalid syntax")
    evidence = reproducible(GOOD_EXAMPLE, broken)
    assert evidence.value == 0.5
    assert "example 2 does not parse (line 1: invalid syntax)" in evidence.reason


@pytest.mark.parametrize(
    "piece", [CodeFile("a.py", 1, parses=False, error="bad"), CodeFile("a.py", 1, parses=True, undefined=("x",))]
)
def test_code_of_which_no_piece_is_complete_is_not_reproducible(piece):
    assert reproducible(piece).value == 0


def test_modules_that_come_along_need_no_declaration():
    code = CodeAnalysis(
        files=(CodeFile("src/model.py", 1, parses=True), CodeFile("a.py", 1, parses=True, imports=("model",)))
    )
    assert reproducibility(Facts(code=code)).value == 1


def test_a_card_that_shows_no_code_is_not_reproducible():
    assert reproducible().value == 0


@pytest.mark.parametrize("facts", [Facts(), Facts(code=CodeAnalysis()), Facts(readme="", missing=MISSING)])
def test_without_readme_and_code_reproducibility_is_not_known(facts):
    assert is_missing(reproducibility(facts))


@pytest.mark.parametrize(("reviewed", "value"), [(200, 1), (50, 0.25), (0, 0)])
def test_reviewedness_is_the_share_of_reviewed_lines(reviewed, value):
    evidence = reviewedness(Facts(repository=repository(reviews=ReviewFacts(10, 200, reviewed))))
    assert evidence.value == value
    assert f"{reviewed} ({value:.0%})" in evidence.reason


@pytest.mark.parametrize("reviews", [None, ReviewFacts(0, 0, 0), ReviewFacts(3, 0, 0)])
def test_without_a_history_reviewedness_is_not_known(reviews):
    assert is_missing(reviewedness(Facts(repository=repository(reviews=reviews))))
    assert is_missing(reviewedness(Facts()))


@pytest.mark.parametrize(("parents", "value"), [((1.0,), 1), ((0.5, 0.7), 0.6), ((0.0,), 0)])
def test_treescore_is_the_mean_of_the_parents(parents, value):
    assert treescore(Facts(parent_net_scores=parents)).value == pytest.approx(value)


@pytest.mark.parametrize("parents", [None, ()])
def test_without_parents_there_is_no_treescore(parents):
    assert is_missing(treescore(Facts(parent_net_scores=parents)))
