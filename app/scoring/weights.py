"""The one table of weights, and the net score made with it."""

from collections.abc import Mapping

from app.scoring.evidence import Part, mean_of_known

WEIGHTS: Mapping[str, float] = {
    "ramp_up_time": 0.10,
    "bus_factor": 0.10,
    "performance_claims": 0.10,
    "license_score": 0.15,
    "size_score": 0.08,
    "dataset_quality": 0.10,
    "dataset_code_linkage": 0.08,
    "code_quality": 0.10,
    "reproducibility": 0.08,
    "reviewedness": 0.06,
    "treescore": 0.05,
}


def net_score(values: Mapping[str, float | None]) -> float | None:
    """The weighted mean, 0 to 1, over the metrics that have evidence; None where none has.

    Raises KeyError for a metric that is not in the table.
    """
    mean, _ = mean_of_known({name: Part(WEIGHTS[name], value) for name, value in values.items()})
    return mean
