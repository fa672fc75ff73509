"""What a metric concludes, and what the evaluator makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Evidence:
    """A metric's conclusion: `value` 0 to 1, None where the evidence is missing; `reason` is sentences with figures.

    `confidence`, 0 to 1, tells how much of what the rule looks at was really seen. `details` are figures worth showing
    one by one.
    """

    value: float | None
    reason: str
    confidence: float
    details: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for figure in (self.value, self.confidence):
            if figure is not None and not 0 <= figure <= 1:
                raise ValueError(f"a metric's value and confidence lie between 0 and 1, not at {figure}")


@dataclass(frozen=True)
class MetricResult:
    """An Evidence with its metric's name and the milliseconds it took, gathering its facts included."""

    name: str
    value: float | None
    reason: str
    confidence: float
    latency_ms: float
    details: Mapping[str, float]


@dataclass(frozen=True)
class Part:
    """A part of a metric's formula: `value` None is unknown and leaves the mean."""

    weight: float
    value: float | None


def no_evidence(reason: str) -> Evidence:
    """The conclusion where nothing can be concluded."""
    return Evidence(value=None, reason=reason, confidence=0.0)


def mean_of_known(parts: Mapping[str, Part]) -> tuple[float | None, float]:
    """The weighted mean over the known parts, and the share of the weight that is known."""
    known = [part for part in parts.values() if part.value is not None]
    weight = sum(part.weight for part in known)
    if not weight:
        return None, 0.0
    total = sum(part.weight * part.value for part in known if part.value is not None)
    return clamp(total / weight), clamp(weight / sum(part.weight for part in parts.values()))


def mean_in_doubt(parts: Mapping[str, Part]) -> tuple[float, float]:
    """The weighted mean with each unknown part taken as one half, and the share of the weight that is known.

    For parts that have an answer which was not to be had: left out, a host that is silent would raise the mean.
    """
    total = sum(part.weight for part in parts.values())
    mean = sum(part.weight * (0.5 if part.value is None else part.value) for part in parts.values()) / total
    return clamp(mean), mean_of_known(parts)[1]


def clamp(value: float) -> float:
    """The value, not below 0 and not above 1; a rounding error must not leave the range."""
    return min(1.0, max(0.0, value))


def shortened(text: str, length: int = 120) -> str:
    """A text of somebody else's, fit to stand in a sentence."""
    return text if len(text) <= length else text[: length - 1] + "…"


def percent(share: float) -> str:
    """A share as readers expect it."""
    return f"{share:.0%}"


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun: `1 file`, `2 files`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
