import pytest

from app.config import Settings
from app.enums import PackageComponent
from app.scoring.evaluator import METRICS, evaluate
from app.scoring.facts import FileFact, PackageUnderReview, ReviewFacts, Source, SourceText
from app.scoring.fetch import Fetcher
from app.scoring.gather import bytes_to_load, gather_facts
from tests.local_server import Prepared
from tests.scoring.conftest import RECORDED, REPOSITORY, settings_for

MODEL_URL = "https://huggingface.co/acme/tiny-bert"
CODE_URL = "https://github.com/acme/tiny-bert-training"
BY_URL = PackageUnderReview(name="tiny-bert", source_url=MODEL_URL, repository_url=CODE_URL)
BY_ARCHIVE = PackageUnderReview(
    name="tiny-bert",
    readme=(RECORDED / "model_readme.md").read_text(encoding="utf-8"),
    front_matter={"license": "apache-2.0", "datasets": ["acme/reviews"]},
    license="Apache-2.0",
    files=(FileFact("model.safetensors", 17_548_796, PackageComponent.WEIGHTS, "safetensors"),),
    texts=(SourceText("run.py", "import json\nprint(json)\n"),),
    parameter_count=4_386_178,
    source_url=MODEL_URL,
    repository_url=CODE_URL,
    parent_net_scores=(0.5, 0.7),
)


async def facts_of(package, settings):
    async with Fetcher(settings) as fetcher:
        return await gather_facts(package, fetcher)


async def values_of(package, settings):
    scores = await evaluate(await facts_of(package, settings))
    return {metric.name: metric for metric in scores.metrics}


async def test_a_model_known_only_by_its_url_is_learned_from_its_hosts(settings):
    # when
    facts = await facts_of(BY_URL, settings)
    # then the hub's answers are the facts
    assert facts.front_matter["license"] == facts.license == "apache-2.0"
    assert facts.readme.startswith("---\nlanguage: en")
    assert facts.weights_bytes == 17_548_796
    assert facts.parameter_count == 4_386_178
    assert (facts.hub.downloads, facts.hub.likes, dict(facts.hub.commit_authors)) == (48213, 57, {"ada": 3, "grace": 1})
    # and the data set's
    (dataset,) = facts.datasets
    assert (dataset.dataset_id, dataset.exists, dataset.license) == ("acme/reviews", True, "cc-by-4.0")
    assert (dataset.downloads, dataset.used_by_models, dataset.card_words > 250) == (9042, 4, True)
    # and the repository's, robots and merge commits left out
    assert facts.repository.license == "Apache-2.0"
    assert facts.repository.contributors == {"ada": 60, "grace": 30, "lin": 10}
    assert facts.repository.reviews == ReviewFacts(commits=3, lines=200, reviewed_lines=120)
    assert "tests/test_train.py" in facts.repository.paths
    # and its code, from the archive the host makes of it
    assert [file.path for file in facts.code.files] == ["train.py", "tests/test_train.py"]
    assert facts.code.files[0].sets_seed
    assert dict(facts.requirements) == {"torch": True, "transformers": True}
    assert facts.missing == {Source.PARENTS: "the package's parents are not known"}


async def test_what_the_archive_brings_goes_before_what_the_hub_tells(settings):
    # given an archive that disagrees with the hub
    package = PackageUnderReview(
        name="tiny-bert",
        readme="# Mine",
        front_matter={"license": "mit"},
        license="MIT",
        files=(FileFact("model.bin", 10, PackageComponent.WEIGHTS),),
        source_url=MODEL_URL,
    )
    # when
    facts = await facts_of(package, settings)
    # then
    assert (facts.readme, facts.license, facts.weights_bytes) == ("# Mine", "MIT", 10)
    assert facts.hub.exists


async def test_without_any_network_the_metrics_still_come_less_sure(settings, settings_without_network):
    # when
    with_hosts = await values_of(BY_ARCHIVE, settings)
    without = await values_of(BY_ARCHIVE, settings_without_network)
    # then what the archive shows is judged as before
    for name in ("ramp_up_time", "size_score", "performance_claims", "code_quality", "treescore", "license_score"):
        assert without[name].value is not None
        assert without[name].confidence <= with_hosts[name].confidence
    # and what only the hosts know is missing, or judged with less confidence
    for name in ("bus_factor", "reviewedness"):
        assert with_hosts[name].value is not None
        assert without[name].value is None
        assert "could not be reached" in without[name].reason
    for name in ("dataset_quality", "dataset_code_linkage", "license_score"):
        assert without[name].confidence < with_hosts[name].confidence


async def test_scoring_turned_off_asks_nobody(host):
    # given
    settings = settings_for(host.host, scoring_enabled=False)
    # when
    facts = await facts_of(BY_ARCHIVE, settings)
    # then
    assert host.asked == []
    assert facts.missing[Source.HUB] == "asking other hosts is turned off"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b'{"id": 7}', b'"text"', b"[" * 5000, b"\xff\xfe", b"1e999"]
)
@pytest.mark.parametrize("path", ["/api/models/acme/tiny-bert", "/api/datasets/acme/reviews", REPOSITORY])
async def test_an_answer_that_is_not_understood_is_a_missing_fact(host, settings, path, body):
    # given
    host.answers[path] = Prepared(body)
    source = {"/api/models/acme/tiny-bert": Source.HUB, REPOSITORY: Source.REPOSITORY}.get(path, Source.DATASETS)
    # when
    facts = await facts_of(BY_ARCHIVE, settings)
    # then
    assert facts.missing[source] == f"{host.host} gave an answer that is not understood"


@pytest.mark.parametrize("status", [500, 502, 418, 301, 401, 403])
async def test_a_host_in_trouble_is_a_missing_fact(host, settings, status):
    host.answers[REPOSITORY] = Prepared(b"oops", status=status)
    facts = await facts_of(BY_ARCHIVE, settings)
    assert facts.repository is None
    assert f"status {status}" in facts.missing[Source.REPOSITORY]


@pytest.mark.parametrize(("status", "hub_status"), [(404, 401), (451, 404)])
async def test_what_does_not_exist_is_a_fact(host, settings, status, hub_status):
    host.answers[REPOSITORY] = Prepared(b"{}", status=status)
    host.answers["/api/datasets/acme/reviews"] = Prepared(b"{}", status=hub_status)
    facts = await facts_of(BY_ARCHIVE, settings)
    assert facts.repository.exists is False
    assert [dataset.exists for dataset in facts.datasets] == [False]


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (429, {}),
        (403, {"Retry-After": "60"}),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "32503680000"}),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}),
    ],
)
async def test_a_used_up_rate_limit_is_said(host, settings, status, headers):
    host.answers[f"{REPOSITORY}/contributors"] = Prepared(b"{}", status=status, headers=headers)
    facts = await facts_of(BY_ARCHIVE, settings)
    assert facts.repository.exists
    assert facts.missing[Source.CONTRIBUTORS].startswith(f"the rate limit of {host.host} is used up")


async def test_parts_that_cannot_be_had_do_not_cost_the_rest(host, settings):
    # given
    for path in (f"{REPOSITORY}/commits", f"{REPOSITORY}/git/trees/main", "/api/models", f"{REPOSITORY}/tarball"):
        host.answers[path] = Prepared(status=500)
    host.answers["/acme/tiny-bert/raw/main/README.md"] = Prepared(status=500)
    host.answers["/datasets/acme/reviews/raw/main/README.md"] = Prepared(status=404)
    # when
    facts = await facts_of(BY_URL, settings)
    # then
    assert facts.repository.contributors
    assert (facts.repository.reviews, facts.repository.paths, facts.readme) == (None, None, None)
    assert (facts.datasets[0].used_by_models, facts.datasets[0].card_words) == (None, 0)
    assert facts.code.files == ()


async def test_a_repository_only_linked_is_asked_for_its_existence_and_no_more(host, settings):
    # given a card that links to the code
    package = PackageUnderReview(name="tiny-bert", source_url=MODEL_URL)
    # when
    facts = await facts_of(package, settings)
    # then
    assert (facts.repository.exists, facts.repository.is_declared) == (True, False)
    assert [asked.path for asked in host.asked if asked.path.startswith("/repos")] == [REPOSITORY]


async def test_the_token_goes_to_the_repository_host_only(host):
    # given
    settings = settings_for(host.host, github_token="t0ken")
    # when
    await facts_of(BY_URL, settings)
    # then
    assert {asked.headers.get("Authorization") for asked in host.asked if asked.path.startswith("/repos")} == {
        "Bearer t0ken"
    }
    assert not any("Authorization" in asked.headers for asked in host.asked if asked.path.startswith("/api"))


@pytest.mark.parametrize(
    ("urls", "source", "reason"),
    [
        ({"source_url": "https://models.example.org/a/b"}, Source.HUB, "models.example.org is not a known host"),
        ({"source_url": "https://huggingface.co/datasets/acme/reviews"}, Source.HUB, "not that of a model"),
        ({"repository_url": "https://git.example.org/a/b"}, Source.REPOSITORY, "git.example.org is not a known host"),
        ({"repository_url": MODEL_URL}, Source.REPOSITORY, "not on a known host"),
        ({"dataset_url": "https://data.example.org/set"}, Source.DATASETS, "known host"),
        ({"source_url": "http://[::1"}, Source.HUB, "not a URL"),
        ({"source_url": "file:///etc/passwd"}, Source.HUB, "not an http or https URL"),
    ],
)
async def test_a_url_of_an_unknown_host_is_a_missing_fact(host, settings, urls, source, reason):
    facts = await facts_of(PackageUnderReview(name="x", **urls), settings)
    assert reason in facts.missing[source]
    assert host.asked == []


async def test_inner_base_urls_are_refused_unless_they_are_let_through(host):
    # given settings that lead to an inner host without the exception for it
    settings = Settings(_env_file=None, huggingface_url="http://127.0.0.1", github_api_url="http://169.254.169.254")
    # when
    facts = await facts_of(BY_ARCHIVE, settings)
    # then
    assert facts.missing[Source.HUB] == "127.0.0.1 has no public address"
    assert facts.missing[Source.REPOSITORY] == "169.254.169.254 has no public address"


async def test_every_metric_has_evidence_when_everything_is_there(settings):
    # when
    scores = await evaluate(await facts_of(BY_ARCHIVE, settings))
    # then
    assert [metric.name for metric in scores.metrics] == list(METRICS)
    assert all(metric.value is not None and metric.latency_ms > 0 for metric in scores.metrics)
    assert 0 < scores.net_score <= 1


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"model.safetensors": 100, "pytorch_model.bin": 110, "model.onnx": 120}, 100),
        ({"model-00001-of-00002.safetensors": 60, "model-00002-of-00002.safetensors": 40}, 100),
        ({"model-q4.gguf": 40, "model-q8.gguf": 80}, 40),
        ({"pytorch_model-1.bin": 60, "pytorch_model-2.bin": 50, "tf_model.h5": 90}, 110),
        ({}, None),
    ],
)
def test_copies_in_other_formats_are_not_loaded_twice(files, expected):
    weights = tuple(FileFact(path, size, PackageComponent.WEIGHTS) for path, size in files.items())
    other = FileFact("README.md", 999, PackageComponent.DOCUMENTATION)
    assert bytes_to_load((*weights, other)) == expected
