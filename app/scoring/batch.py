"""Scoring the models of a text file of URLs: `python -m app evaluate urls.txt`.

Each line is one URL, or `code_url, dataset_url, model_url` with any of the first two left empty. Blank lines and lines
that begin with # are skipped. A code or data set URL alone on its line belongs to the next model that stands alone.
"""

import asyncio
import sys
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from app.config import Settings
from app.enums import PackageKind
from app.scoring.evaluator import EVALUATOR_VERSION, Scores, evaluate
from app.scoring.facts import PackageUnderReview
from app.scoring.fetch import Fetcher
from app.scoring.gather import gather_facts
from app.scoring.links import LinkKind, UnknownLink, parse_link

MODELS_AT_ONCE = 4


@dataclass(frozen=True)
class BatchEntry:
    """One model to score, or, where `error` is set, a line that names none. `line` counts from 1."""

    line: int
    model_url: str = ""
    code_url: str | None = None
    dataset_url: str | None = None
    error: str | None = None


def run_evaluate(path: Path, settings: Settings) -> int:
    """Print one JSON line for each model of the file, in its order.

    Returns the exit status: 0, or 1 where the file cannot be read or a line of it could not be scored.
    """
    try:
        return asyncio.run(_print_all(path, settings))
    except (OSError, UnicodeDecodeError) as error:
        print(f"{path}: {getattr(error, 'strerror', None) or 'not a text file in UTF-8'}", file=sys.stderr)
        return 1


async def evaluate_file(path: Path, settings: Settings) -> AsyncIterator[dict[str, Any]]:
    """Score the models of a file, a few at a time, in the file's order; each result comes as soon as its turn is due.

    Raises OSError or UnicodeDecodeError where the file cannot be read. A bad line gives a result with `error`.
    """
    text = await asyncio.to_thread(path.read_text, encoding="utf-8-sig")
    entries = iter(list(read_entries(text)))
    async with Fetcher(settings) as fetcher:
        running: deque[asyncio.Task[dict[str, Any]]] = deque()
        try:
            while True:
                while len(running) < MODELS_AT_ONCE and (entry := next(entries, None)):
                    running.append(asyncio.create_task(_result(entry, fetcher)))
                if not running:
                    return
                yield await running.popleft()
        finally:
            for task in running:
                task.cancel()


def read_entries(text: str) -> Iterator[BatchEntry]:
    """What the lines of a file ask for, in their order; the module tells the format."""
    waiting: dict[LinkKind, str] = {}
    waiting_since = 0
    for number, line in enumerate(text.splitlines(), 1):
        fields = [field.strip() for field in line.split(",")]
        if not any(fields) or line.lstrip().startswith("#"):
            continue
        try:
            if len(fields) > 1:
                yield _of_fields(number, fields)
                continue
            kind = parse_link(fields[0]).kind
        except UnknownLink as error:
            yield BatchEntry(number, model_url=fields[-1], error=str(error))
            continue
        if kind is LinkKind.MODEL:
            yield BatchEntry(number, fields[0], waiting.get(LinkKind.CODE), waiting.get(LinkKind.DATASET))
            waiting = {}
        else:
            waiting[kind], waiting_since = fields[0], number
    if waiting:
        yield BatchEntry(waiting_since, error="no model follows this code or data set")


def _of_fields(number: int, fields: list[str]) -> BatchEntry:
    if len(fields) != 3:
        raise UnknownLink("a line has one URL, or three: code, data set, model")
    code_url, dataset_url, model_url = fields
    if not model_url:
        raise UnknownLink("the line names no model")
    if parse_link(model_url).kind is not LinkKind.MODEL:
        raise UnknownLink("the third URL is not that of a model")
    return BatchEntry(number, model_url, code_url or None, dataset_url or None)


async def _result(entry: BatchEntry, fetcher: Fetcher) -> dict[str, Any]:
    if entry.error is not None:
        return {"line": entry.line, "url": entry.model_url, "error": entry.error}
    link = parse_link(entry.model_url)
    package = PackageUnderReview(
        name=link.name,
        source_url=entry.model_url,
        dataset_url=entry.dataset_url,
        repository_url=entry.code_url,
    )
    facts = await gather_facts(package, fetcher)
    if facts.hub is not None and not facts.hub.exists:
        return {"line": entry.line, "url": entry.model_url, "error": f"the hub has no public model {link.name}"}
    return _line(entry, link.name, await evaluate(facts))


def _line(entry: BatchEntry, name: str, scores: Scores) -> dict[str, Any]:
    result: dict[str, Any] = {
        "name": name,
        "category": PackageKind.MODEL.value,
        "url": entry.model_url,
        "net_score": _rounded(scores.net_score),
        "net_score_latency_ms": round(scores.latency_ms),
    }
    for metric in scores.metrics:
        result[metric.name] = _rounded(metric.value)
        result[f"{metric.name}_latency_ms"] = round(metric.latency_ms)
    result["confidence"] = {metric.name: _rounded(metric.confidence) for metric in scores.metrics}
    result["reasons"] = {metric.name: metric.reason for metric in scores.metrics}
    result["hardware"] = {name: _rounded(value) for metric in scores.metrics for name, value in metric.details.items()}
    result["evaluator_version"] = EVALUATOR_VERSION
    return result


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


async def _print_all(path: Path, settings: Settings) -> int:
    status = 0
    async for result in evaluate_file(path, settings):
        if "error" in result:
            status = 1
        sys.stdout.write(orjson.dumps(result).decode() + "\n")
        sys.stdout.flush()
    return status
