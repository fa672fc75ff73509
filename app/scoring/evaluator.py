"""Runs the metrics, all at once, and makes the net score."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.scoring.evidence import Evidence, MetricResult, no_evidence
from app.scoring.facts import Facts, Source
from app.scoring.metrics.bus_factor import bus_factor
from app.scoring.metrics.code_quality import code_quality
from app.scoring.metrics.dataset_code_linkage import dataset_code_linkage
from app.scoring.metrics.dataset_quality import dataset_quality
from app.scoring.metrics.license_score import license_score
from app.scoring.metrics.performance_claims import performance_claims
from app.scoring.metrics.ramp_up_time import ramp_up_time
from app.scoring.metrics.reproducibility import reproducibility
from app.scoring.metrics.reviewedness import reviewedness
from app.scoring.metrics.size_score import size_score
from app.scoring.metrics.treescore import treescore
from app.scoring.weights import net_score

# Raised with every change of a rule, threshold or weight, so that stored scores tell by which rules they were made.
EVALUATOR_VERSION = "1.0.0"

_LOGGER = logging.getLogger(__name__)

MetricFunction = Callable[[Facts], Evidence]

# In the order of the API; each with the sources whose gathering counts towards its latency.
METRICS: Mapping[str, tuple[MetricFunction, tuple[Source, ...]]] = {
    "ramp_up_time": (ramp_up_time, (Source.CODE,)),
    "bus_factor": (bus_factor, (Source.REPOSITORY, Source.HUB)),
    "performance_claims": (performance_claims, ()),
    "license_score": (license_score, (Source.REPOSITORY,)),
    "size_score": (size_score, ()),
    "dataset_quality": (dataset_quality, (Source.DATASETS,)),
    "dataset_code_linkage": (dataset_code_linkage, (Source.DATASETS, Source.REPOSITORY)),
    "code_quality": (code_quality, (Source.CODE,)),
    "reproducibility": (reproducibility, (Source.CODE,)),
    "reviewedness": (reviewedness, (Source.REPOSITORY,)),
    "treescore": (treescore, ()),
}


@dataclass(frozen=True)
class Scores:
    """All metrics in fixed order and the net score; `latency_ms` is the whole scoring's, gathering included."""

    metrics: tuple[MetricResult, ...]
    net_score: float | None
    latency_ms: float
    evaluator_version: str = EVALUATOR_VERSION


async def evaluate(facts: Facts) -> Scores:
    """Run all metrics concurrently, off the event loop. A metric that fails has no evidence; none fails the rest."""
    start = time.perf_counter()
    metrics = await asyncio.gather(*(asyncio.to_thread(_run, name, facts) for name in METRICS))
    return Scores(
        metrics=tuple(metrics),
        net_score=net_score({metric.name: metric.value for metric in metrics}),
        latency_ms=facts.gathered_in_ms + (time.perf_counter() - start) * 1000,
    )


def _run(name: str, facts: Facts) -> MetricResult:
    function, sources = METRICS[name]
    start = time.perf_counter()
    try:
        evidence = function(facts)
    except Exception:
        _LOGGER.exception("metric %s failed", name)
        evidence = no_evidence("The metric could not be computed; the server's log tells why.")
    # The sources are gathered at the same time, so that the slowest of them is what was waited for.
    waited_ms = max((facts.gathering_ms.get(source, 0.0) for source in sources), default=0.0)
    latency_ms = waited_ms + (time.perf_counter() - start) * 1000
    return MetricResult(name, evidence.value, evidence.reason, evidence.confidence, latency_ms, evidence.details)
