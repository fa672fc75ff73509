"""What was measured, as a table for people, JSON for programs and a plot."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.servers import BEFORE, FLOOR, OURS, POSTGRAPHILE_5

Samples = Sequence[Mapping[str, Any]]
SERVERS = (OURS, BEFORE, POSTGRAPHILE_5, FLOOR)


def write(results: dict[str, Any], folder: Path) -> None:
    """Print the table and write it with the figures and a plot into the folder, named by size and time."""
    folder.mkdir(parents=True, exist_ok=True)
    text = table(results)
    print(text)
    stem = f"{results['packages']}-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    (folder / f"{stem}.md").write_text(text + "\n", encoding="utf-8")
    (folder / f"{stem}.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    plot(results, folder / f"{stem}.svg")
    print(f"\nWritten to {folder}/{stem}.md, .json and .svg")


def table(results: Mapping[str, Any]) -> str:
    """All figures as Markdown."""
    lines = [
        f"{results['packages']} packages, {results['rounds']} rounds of {results['seconds']} s, "
        f"{results['cores']} cores shared with PostgreSQL and the load generator.",
        "CPU: milliseconds per request, server + PostgreSQL. Ratios: of the same round; least / median / most.",
    ]
    if not results["is_database_counted"]:
        lines.append("PostgreSQL runs on another machine: its CPU time is not counted.")
    samples: Samples = results["samples"]
    for connections in sorted({sample["connections"] for sample in samples}):
        chosen = [sample for sample in samples if sample["connections"] == connections]
        lines += ["", f"### {connections} connection{'s' if connections > 1 else ''}", ""]
        lines += [
            "| | server | CPU ms (server + SQL) | of PostGraphile | of floor | p50 | p95 | p99 ms | per s | SQL |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        ]
        for operation, title in results["operations"].items():
            lines += _rows(operation, title, [s for s in chosen if s["operation"] == operation], results)
    before, after = results["peak_bytes_before"], results["peak_bytes"]
    lines += [
        "",
        "### Peak memory (VmHWM)",
        "",
        "| server | when asked first, MiB | after all, MiB |",
        "| --- | --- | --- |",
    ]
    lines += [f"| {name} | {before[name] / 2**20:.0f} | {after[name] / 2**20:.0f} |" for name in after]
    return "\n".join(lines)


def cpu(sample: Mapping[str, Any]) -> float:
    """CPU milliseconds per request, server and database."""
    total: float = sample["server_cpu"] + sample["database_cpu"]
    return 1000 * total / max(int(sample["completed"]), 1)


def _rows(operation: str, title: str, samples: Samples, results: Mapping[str, Any]) -> Iterable[str]:
    if problem := results["problems"].get(operation):
        yield f"| **{operation}** {title} | | NOT MEASURED: {problem} | | | | | | | |"
        return
    label = f"**{operation}** {title}"
    for name in SERVERS:
        if reason := results["unanswered"].get(operation, {}).get(name):
            yield f"| {label} | {name} | no answer: {reason} | | | | | | | |"
            label = ""
        mine = [sample for sample in samples if sample["server"] == name]
        if not mine:
            continue
        share = f"{_median(mine, _part('server_cpu')):.2f} + {_median(mine, _part('database_cpu')):.2f}"
        failures = sum(sample["failures"] for sample in mine)
        cells = [
            label,
            name + (f" ({failures} FAILED)" if failures else ""),
            f"**{_median(mine, cpu):.2f}** ({share})",
            _ratio(mine, samples, POSTGRAPHILE_5),
            _ratio(mine, samples, FLOOR),
            *(f"{1000 * median(sample[key] for sample in mine):.1f}" for key in ("p50", "p95", "p99")),
            f"{_median(mine, lambda sample: sample['completed'] / sample['elapsed']):.0f}",
            str(results["statements"].get(operation, {}).get(name, "")),
        ]
        label = ""
        yield f"| {' | '.join(cells)} |"


def _part(key: str) -> Callable[[Mapping[str, Any]], float]:
    return lambda sample: 1000 * float(sample[key]) / sample["completed"]


def _median(samples: Samples, figure: Callable[[Mapping[str, Any]], float]) -> float:
    return median(map(figure, samples))


def _ratio(mine: Samples, all_samples: Samples, other: str) -> str:
    """Mine by the other's, round by round."""
    theirs = {sample["round"]: cpu(sample) for sample in all_samples if sample["server"] == other}
    ratios = [cpu(sample) / theirs[sample["round"]] for sample in mine if theirs.get(sample["round"])]
    if not ratios or mine[0]["server"] == other:
        return ""
    return f"{min(ratios):.2f} / **{median(ratios):.2f}** / {max(ratios):.2f}"


def plot(results: Mapping[str, Any], path: Path) -> None:
    """CPU per request of each server as bars, at the most connections, with the spread over the rounds."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    samples: Samples = results["samples"]
    most = max(sample["connections"] for sample in samples)
    operations = [name for name in results["operations"] if name not in results["problems"]]
    figure, axes = pyplot.subplots(figsize=(10, 5), layout="constrained")
    names = [name for name in SERVERS if any(sample["server"] == name for sample in samples)]
    width = 0.8 / len(names)
    for place, name in enumerate(names):
        for position, operation in enumerate(operations):
            found = [
                cpu(sample)
                for sample in samples
                if (sample["server"], sample["operation"], sample["connections"]) == (name, operation, most)
            ]
            if found:
                middle = median(found)
                spread = [[middle - min(found)], [max(found) - middle]]
                at = position + (place - (len(names) - 1) / 2) * width
                bar = axes.bar(
                    at, middle, width * 0.95, color=f"C{place}", yerr=spread, label=name if not position else None
                )
                axes.bar_label(bar, fmt="%.2f", fontsize=7)
    axes.set_yscale("log")
    axes.set_xticks(range(len(operations)), operations)
    axes.set_ylabel("CPU ms per request, server + PostgreSQL")
    axes.set_title(f"{results['packages']} packages, {most} connections")
    axes.legend()
    figure.savefig(path)
    pyplot.close(figure)
