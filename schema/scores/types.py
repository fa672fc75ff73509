"""What the evaluator found, in the API."""

from datetime import datetime

import strawberry

from schema.core.nodes import FromRow
from schema.core.relations import embedded_list


@strawberry.type(description="One metric of a package's scores.")
class MetricScore(FromRow):
    """An element of the scores' `metrics` column."""

    name: str = strawberry.field(description="The metric's name, such as bus_factor.")
    value: float | None = strawberry.field(description="From 0 to 1; null where evidence is missing.")
    reason: str = strawberry.field(description="Why it has this value, or why it has none.")
    confidence: float = strawberry.field(description="How sure the evaluator is, from 0 to 1.")
    latency_ms: float = strawberry.field(description="How long the metric took, in milliseconds.")


_METRIC = "From 0 to 1; null where evidence is missing: "


@strawberry.type(description="What the evaluator found: eleven metrics and their weighted mean.")
class PackageScores(FromRow):
    """A row of package_scores."""

    net_score: float | None = strawberry.field(description="The weighted mean of the metrics that have evidence.")
    ramp_up_time: float | None = strawberry.field(description=_METRIC + "how soon an engineer is productive.")
    bus_factor: float | None = strawberry.field(description=_METRIC + "on how many people the project rests.")
    performance_claims: float | None = strawberry.field(description=_METRIC + "whether claimed results are backed.")
    license_score: float | None = strawberry.field(description=_METRIC + "whether the licence is clear and permissive.")
    size_score: float | None = strawberry.field(description=_METRIC + "whether the weights fit classes of hardware.")
    dataset_quality: float | None = strawberry.field(description=_METRIC + "how well the data are documented and used.")
    dataset_code_linkage: float | None = strawberry.field(description=_METRIC + "whether data and code are both named.")
    code_quality: float | None = strawberry.field(description=_METRIC + "static analysis of the code in the package.")
    reproducibility: float | None = strawberry.field(description=_METRIC + "whether the shown code is complete.")
    reviewedness: float | None = strawberry.field(description=_METRIC + "the share of code that was reviewed.")
    treescore: float | None = strawberry.field(description=_METRIC + "the mean net score of the package's parents.")
    metrics: list[MetricScore] = embedded_list("metrics", description="Each metric with its reason and confidence.")
    evaluator_version: str = strawberry.field(description="The version of the rules.")
    scored_at: datetime = strawberry.field(description="When the package was scored.")
    scoring_latency_ms: float = strawberry.field(description="How long scoring took, in milliseconds.")
