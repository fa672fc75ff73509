"""Whether the weights fit common classes of hardware.

Rule: the mean over four classes of fit(m) = 1 for weights up to a quarter of the class's memory m, 0 from half of it
on, linear between. Half of the memory is left to activations, runtime and operating system.
Memory: small board 2 GiB (Raspberry Pi 4, smallest common), embedded GPU 4 GiB shared (Jetson Nano), desktop PC 16 GiB,
server 80 GiB (one A100 or H100).
Source: the makers' data sheets; the halving is ours, near the 1.2-fold inference overhead of EleutherAI's
"Transformer Math 101" plus operating system and batch. Missing: the package has no weights, or their size is unknown.
"""

from app.scoring.evidence import Evidence, clamp, no_evidence, percent
from app.scoring.facts import Facts, Source

GIB = 1 << 30
MEMORY_BYTES = {
    "small board (Raspberry Pi)": 2 * GIB,
    "embedded GPU (Jetson Nano)": 4 * GIB,
    "desktop PC": 16 * GIB,
    "server": 80 * GIB,
}


def size_score(facts: Facts) -> Evidence:
    """Judge the size of the weights by the module's rule."""
    size = facts.weights_bytes
    if not size:
        why = "the package has none" if facts.files is not None else facts.missing.get(Source.HUB, "no file list")
        return no_evidence(f"The size of the weights is not known: {why}.")
    fits = {name: fit(size, memory) for name, memory in MEMORY_BYTES.items()}
    classes = ", ".join(f"{name} {percent(value)}" for name, value in fits.items())
    return Evidence(
        clamp(sum(fits.values()) / len(fits)),
        f"Weights of {_readable(size)} must be loaded; how well they fit: {classes}.",
        confidence=0.95,
        details=fits,
    )


def fit(weights_bytes: int, memory_bytes: int) -> float:
    """How well weights fit into a memory, both in bytes: 1 up to a quarter of it, 0 from half of it on."""
    return clamp(2 - 4 * weights_bytes / memory_bytes)


def _readable(size: int) -> str:
    return f"{size / GIB:,.2f} GiB" if size >= GIB else f"{size / (1 << 20):,.1f} MiB"
