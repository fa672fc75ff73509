"""Runs the static analysis in its own process and survives whatever that process does."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from app.scoring.facts import CodeFile, SourceText

DEADLINE_SECONDS = 60.0
_MAX_CRASHES = 3
_WORKER = Path(__file__).with_name("analysis_worker.py")
_LINE = TypeAdapter(CodeFile)
_NOT_WITHIN_LIMITS = "not analysable within the limits of time and memory"


class AnalysisUnavailable(Exception):
    """The analysis could not be started, or had no time; the message is fit for a user."""


async def analyse(sources: Sequence[SourceText], deadline_seconds: float = DEADLINE_SECONDS) -> tuple[CodeFile, ...]:
    """Analyse Python sources without running them; one result for each, in order, as far as time allows.

    A source that brings the analysis down is reported as not parsing, and the rest go on in a new process. Sources
    that were not reached by the third crash are left out at the end. Raises AnalysisUnavailable where the analysis does
    not run at all or takes longer than `deadline_seconds`.
    """
    found: list[CodeFile] = []
    try:
        async with asyncio.timeout(deadline_seconds):
            for _ in range(_MAX_CRASHES):
                if len(found) < len(sources):
                    await _run(sources[len(found) :], found)
                if len(found) < len(sources):
                    found.append(_beyond_limits(sources[len(found)]))
    except TimeoutError as error:
        raise AnalysisUnavailable(f"the static analysis did not end within {deadline_seconds:g} s") from error
    except OSError as error:
        raise AnalysisUnavailable("the static analysis could not be started") from error
    return tuple(found)


def _beyond_limits(source: SourceText) -> CodeFile:
    lines = sum(1 for line in source.text.splitlines() if line.strip())
    return CodeFile(source.path, lines, parses=False, error=_NOT_WITHIN_LIMITS)


async def _run(sources: Sequence[SourceText], found: list[CodeFile]) -> None:
    """Append a result for each source until the process ends, early or not."""
    # Isolated (-I: no user site, no PYTHON* variables) and with an empty environment: the process holds no secret.
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(_WORKER),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    given = orjson.dumps([{"path": source.path, "text": _encodable(source.text)} for source in sources])
    try:
        output, _ = await process.communicate(given)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    ready, *lines = output.splitlines() or [b""]
    if ready != b"ready":
        raise AnalysisUnavailable("the static analysis could not be started")
    for line in lines:
        try:
            found.append(_LINE.validate_json(line))
        except ValidationError:
            return  # cut off by the process's end


def _encodable(text: str) -> str:
    """Without lone surrogates, which JSON in UTF-8 cannot carry."""
    return text.encode("utf-8", "replace").decode("utf-8")
