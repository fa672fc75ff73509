"""Measures this server, PostGraphile and a hand-written endpoint side by side: `python -m benchmarks.driver`.

First all answers are compared, then the servers take turns, operation by operation, so that what else the machine does
falls on all of them. What is told is CPU time, which another load disturbs less than it does latency.
"""

import argparse
import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import database, generate
from benchmarks.accounting import Backends
from benchmarks.comparison import Question, count_statements, questions, requests_of
from benchmarks.operations import OPERATIONS
from benchmarks.report import write
from benchmarks.servers import Server, running

WARM_UP_CONNECTIONS = 8


@dataclass(frozen=True)
class Sample:
    """One server kept busy with one operation for a while. Times in seconds."""

    operation: str
    server: str
    connections: int
    round: int
    completed: int
    failures: int
    elapsed: float
    server_cpu: float
    database_cpu: float
    p50: float
    p95: float
    p99: float


class LoadGenerator:
    """The load generator's process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, server: Server, requests: list[bytes], connections: int, seconds: float) -> dict[str, Any]:
        """Keep so many connections busy for so long, and wait until all is answered."""
        encoded = [base64.b64encode(request).decode() for request in requests]
        command = {"port": server.port, "requests": encoded, "connections": connections, "seconds": seconds}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(command), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"The load generator failed on {server.name}.")
        found: dict[str, Any] = json.loads(answer)
        return found


@contextmanager
def load_generator() -> Iterator[LoadGenerator]:
    """A load generator, stopped in the end."""
    command = [sys.executable, "-m", "benchmarks.load"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield LoadGenerator(process)


def measure(
    load: LoadGenerator, backends: Backends, server: Server, question: Question, options: argparse.Namespace, turn: int
) -> Iterator[Sample]:
    """One turn of one server at each number of connections."""
    requests = requests_of(server, question)
    for connections in options.connections:
        server_cpu, database_cpu = server.processes.cpu_seconds(), backends.cpu_seconds()
        result = load.run(server, requests, connections, options.seconds)
        latencies = result["latencies"]
        yield Sample(
            operation=question.operation.name,
            server=server.name,
            connections=connections,
            round=turn,
            completed=result["completed"],
            failures=result["failures"],
            elapsed=result["elapsed"],
            server_cpu=server.processes.cpu_seconds() - server_cpu,
            database_cpu=backends.cpu_seconds() - database_cpu,
            p50=_quantile(latencies, 0.5),
            p95=_quantile(latencies, 0.95),
            p99=_quantile(latencies, 0.99),
        )


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def run(options: argparse.Namespace) -> int:
    """Compare, warm up, measure, report; returns the exit status."""
    url = generate.ensure(options.packages, options.seed)
    operations = [operation for operation in OPERATIONS if operation.name in options.operations]
    samples: list[Sample] = []
    with ExitStack() as stack:
        servers = stack.enter_context(running(url, options.before))
        load = stack.enter_context(load_generator())
        asked = questions(url, servers, operations)
        right = [question for question in asked if question.problem is None]
        log = database.server_log()
        statements = count_statements(url, log, servers, right) if log else {}
        peaks_at_rest = {server.name: server.processes.peak_bytes() for server in servers}
        for question in right:
            for server in question.servers(servers):
                load.run(server, requests_of(server, question), WARM_UP_CONNECTIONS, options.seconds)
        backends = Backends(url)
        stack.callback(backends.close)
        for question in right:
            print(f"{question.operation.name} …", file=sys.stderr, flush=True)
            for turn in range(options.rounds):
                for server in question.servers(servers):
                    samples += measure(load, backends, server, question, options, turn)
        peaks = {server.name: server.processes.peak_bytes() for server in servers}
    write(
        {
            "packages": options.packages,
            "rounds": options.rounds,
            "seconds": options.seconds,
            "cores": os.cpu_count(),
            "is_database_counted": backends.is_local,
            "operations": {operation.name: operation.title for operation in operations},
            "problems": {each.operation.name: each.problem for each in asked if each.problem},
            "unanswered": {each.operation.name: each.unanswered for each in asked if each.unanswered},
            "statements": statements,
            "peak_bytes_before": peaks_at_rest,
            "peak_bytes": peaks,
            "samples": [asdict(sample) for sample in samples],
        },
        database.DATA / "results",
    )
    return 1 if any(question.problem for question in asked) or any(sample.failures for sample in samples) else 0


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.driver", description=__doc__)
    parser.add_argument("--packages", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2, help="how long a server is kept busy in each round")
    parser.add_argument("--connections", type=_numbers, default=[1, 32], help="numbers, comma-separated")
    parser.add_argument("--operations", type=_names, default=_names("Q1,Q2,Q3,Q4,Q5,Q6,Q7,Q8"))
    parser.add_argument("--before", type=Path, help="another checkout of this server, measured as well")
    return run(parser.parse_args())


def _numbers(value: str) -> list[int]:
    return [int(number) for number in value.split(",")]


def _names(value: str) -> list[str]:
    return value.split(",")


if __name__ == "__main__":
    sys.exit(main())
