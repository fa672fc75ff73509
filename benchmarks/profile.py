"""Where the time of one operation goes: `python -m benchmarks.profile Q2`.

The application runs inside this process, without an HTTP server and a client around it: a request is one call of the
ASGI application, with sign-in, cost and everything else that a request passes.
"""

import argparse
import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import uvloop
from pyinstrument import Profiler
from pyinstrument.frame import Frame

from app.config import load_settings
from app.main import make_app
from benchmarks import database, generate
from benchmarks.comparison import questions
from benchmarks.operations import OPERATIONS, Operation
from benchmarks.servers import ROOT, SECRET_KEY, ours, token

WARM_UP_SECONDS = 1.0


class InProcess:
    """The application, asked without a socket."""

    def __init__(self, app: Any, credential: str) -> None:
        self._app = app
        self._headers = [
            (b"host", b"127.0.0.1"),
            (b"content-type", b"application/json"),
            (b"authorization", f"Bearer {credential}".encode()),
        ]

    async def ask(self, body: bytes) -> bytes:
        """Send a body to /graphql; returns the answer's body."""
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "root_path": "",
            "headers": [*self._headers, (b"content-length", str(len(body)).encode())],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": {},
        }
        messages = [{"type": "http.request", "body": body, "more_body": False}]
        answered = bytearray()

        async def receive() -> dict[str, Any]:
            return messages.pop() if messages else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            answered.extend(message.get("body", b""))

        await self._app(scope, receive, send)
        return bytes(answered)


async def _busy(asked: InProcess, bodies: list[bytes], seconds: float, concurrency: int) -> int:
    """Ask over and over for so long; how often."""
    until, done = time.perf_counter() + seconds, 0

    async def one() -> None:
        nonlocal done
        while time.perf_counter() < until:
            answer = await asked.ask(bodies[done % len(bodies)])
            if not answer.startswith(b'{"data"'):
                raise RuntimeError(answer[:500].decode())
            done += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(one())
    return done


async def _profiled(url: str, bodies: list[bytes], options: argparse.Namespace, profiler: Profiler) -> float:
    """Profile requests; returns the CPU milliseconds of each, as measured without the profiler."""
    settings = load_settings(
        _env_file=None,
        environment="production",
        secret_key=SECRET_KEY,
        database_url=url,
        data_dir=database.DATA / "server",
        scoring_enabled=False,
    )
    app = make_app(settings)
    async with app.router.lifespan_context(app):
        asked = InProcess(app, token(url))
        await _busy(asked, bodies, WARM_UP_SECONDS, options.concurrency)
        before = time.process_time()
        done = await _busy(asked, bodies, options.seconds / 2, options.concurrency)
        milliseconds = 1000 * (time.process_time() - before) / done
        with profiler:
            await _busy(asked, bodies, options.seconds, options.concurrency)
    return milliseconds


def place(path: str | None) -> str:
    """The package that a file belongs to: a module of ours or a library."""
    if path is None:
        return "built in"
    if path.endswith("asyncio/runners.py"):
        return "event loop, waiting included"
    if "site-packages" in path:
        return path.split("site-packages/")[1].split("/")[0].removesuffix(".py")
    if path.startswith(str(ROOT)):
        return "/".join(Path(path).relative_to(ROOT).parts[:2])
    return f"python {path.rsplit('/lib/python', 1)[-1].split('/', 1)[-1].split('/')[0].removesuffix('.py')}"


def own_times(root: Frame) -> Iterable[tuple[Frame, float]]:
    """Frames with the seconds spent in themselves; what is spent in C is the caller's, too."""
    pending = [root]
    while pending:
        frame = pending.pop()
        pending.extend(frame.children)
        own = frame.time - sum(child.time for child in frame.children)
        # The profiler gives own time to a child that stands for its parent.
        yield (frame.parent if frame.function == "[self]" and frame.parent else frame), own


def _print_shares(title: str, seconds: Mapping[str, float], most: int) -> None:
    total = sum(seconds.values())
    print(f"\n{title}")
    for name, spent in sorted(seconds.items(), key=lambda item: -item[1])[:most]:
        print(f"{100 * spent / total:5.1f} %  {name}")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__)
    parser.add_argument("operation", choices=[operation.name for operation in OPERATIONS])
    parser.add_argument("--packages", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--concurrency", type=int, default=1, help="requests at a time")
    parser.add_argument("--tree", action="store_true", help="print the tree of calls as well")
    options = parser.parse_args()
    url = generate.ensure(options.packages)
    operation = next(each for each in OPERATIONS if each.name == options.operation)
    bodies = _bodies(url, operation)
    profiler = Profiler(interval=0.0005, async_mode="disabled")
    milliseconds = uvloop.run(_profiled(url, bodies, options, profiler))
    print(f"{operation.name} {operation.title}: {milliseconds:.2f} ms CPU a request, without PostgreSQL")
    root = profiler.last_session.root_frame() if profiler.last_session else None
    assert root is not None
    by_place, by_function = defaultdict[str, float](float), defaultdict[str, float](float)
    for frame, spent in own_times(root):
        by_place[place(frame.file_path)] += spent
        by_function[f"{place(frame.file_path)}  {frame.function}:{frame.line_no}"] += spent
    _print_shares("Own time by package", by_place, 20)
    _print_shares("Own time by function", by_function, 30)
    if options.tree:
        print(profiler.output_text(color=False, show_all=True))


def _bodies(url: str, operation: Operation) -> list[bytes]:
    """What the driver would send, with the cursors of pages taken from a running server."""
    with ours(url) as server:
        question = questions(url, [server], [operation])[0]
        if question.problem or question.unanswered:
            raise SystemExit(question.problem or str(question.unanswered))
        return [server.request(operation, variables)[1] for variables in question.variables[server.name]]


if __name__ == "__main__":
    main()
