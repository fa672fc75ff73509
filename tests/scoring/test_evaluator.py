import threading

from app.scoring.evaluator import EVALUATOR_VERSION, METRICS, evaluate
from app.scoring.evidence import Evidence
from app.scoring.facts import CodeAnalysis, Facts, Source

FACTS = Facts(
    readme="# Model\n## Usage\nLoad it.",
    license="MIT",
    code=CodeAnalysis(),
    gathering_ms={Source.CODE: 1000.0, Source.REPOSITORY: 500.0, Source.HUB: 700.0},
    gathered_in_ms=1200.0,
)


async def test_all_metrics_are_reported_in_fixed_order_with_their_latency():
    # when
    scores = await evaluate(FACTS)
    # then
    assert [metric.name for metric in scores.metrics] == list(METRICS)
    by_name = {metric.name: metric for metric in scores.metrics}
    assert by_name["ramp_up_time"].latency_ms >= 1000
    assert by_name["bus_factor"].latency_ms >= 700
    assert scores.latency_ms >= 1200
    assert scores.evaluator_version == EVALUATOR_VERSION


async def test_the_metrics_run_at_the_same_time(monkeypatch):
    # given two metrics that each wait for the other
    meeting = threading.Barrier(2, timeout=10)

    def wait(facts):
        meeting.wait()
        return Evidence(1.0, "Met.", 1.0)

    monkeypatch.setattr("app.scoring.evaluator.METRICS", {"bus_factor": (wait, ()), "treescore": (wait, ())})
    # when
    scores = await evaluate(FACTS)
    # then
    assert [metric.value for metric in scores.metrics] == [1, 1]


async def test_a_metric_that_fails_has_no_evidence_and_costs_no_other(monkeypatch, caplog):
    # given
    def fail(facts):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("app.scoring.evaluator.METRICS", {**METRICS, "bus_factor": (fail, ())})
    # when
    scores = await evaluate(FACTS)
    # then
    by_name = {metric.name: metric for metric in scores.metrics}
    assert by_name["bus_factor"].value is None
    assert "secret" not in by_name["bus_factor"].reason
    assert by_name["license_score"].value == 1
    assert "bus_factor failed" in caplog.text


async def test_without_facts_there_is_no_net_score():
    scores = await evaluate(Facts())
    assert scores.net_score is None
    assert all(metric.value is None for metric in scores.metrics)
