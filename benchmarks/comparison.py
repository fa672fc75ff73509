"""Before anything is measured: do all servers answer the same? And with how many statements?"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.answers import comparable, difference, end_cursor
from benchmarks.operations import Operation
from benchmarks.servers import Server

COMPARED = 20
"""How many different variables of a pool are compared."""

_STATEMENT = re.compile(r"LOG:  (?:statement|execute)")
_TRANSACTION = re.compile(r"LOG:  (?:statement|execute)[^:]*: (?:BEGIN|COMMIT|ROLLBACK|begin|commit|rollback)\b")


@dataclass
class Question:
    """An operation as the servers are asked it: variables by server, in the same order for all."""

    operation: Operation
    variables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    problem: str | None = None
    """Why the operation is not measured."""
    unanswered: dict[str, str] = field(default_factory=dict)
    """Servers that cannot answer, and why."""

    def servers(self, servers: Sequence[Server]) -> list[Server]:
        """Those that answer."""
        return [server for server in servers if server.name not in self.unanswered]


def questions(database_url: str, servers: Sequence[Server], operations: Sequence[Operation]) -> list[Question]:
    """Ask everything once or more, and compare."""
    with psycopg.connect(database_url) as connection:
        pools: dict[str, list[dict[str, Any]]] = dict(
            connection.execute("SELECT pool, content FROM bench_data.samples").fetchall()
        )
    return [_question(operation, servers, pools.get(operation.pool, [{}])) for operation in operations]


def _question(operation: Operation, servers: Sequence[Server], pool: list[dict[str, Any]]) -> Question:
    question = Question(operation)
    for server in servers:
        errors = server.ask(operation, pool[0]).get("errors")
        if errors:
            question.unanswered[server.name] = str(errors[0].get("message"))
    answering = question.servers(servers)
    if operation.pages:
        _compare_pages(question, answering)
    else:
        question.variables = {server.name: pool for server in answering}
        for variables in islice(pool, COMPARED):
            _compare(question, {server.name: server.ask(operation, variables) for server in answering})
    return question


def _compare_pages(question: Question, servers: Sequence[Server]) -> None:
    """Go from page to page at each server's own cursors, which then are what it is asked with."""
    after: dict[str, str | None] = {server.name: None for server in servers}
    for _ in range(question.operation.pages):
        for name, cursor in after.items():
            question.variables.setdefault(name, []).append({"after": cursor} if cursor else {})
        answers = {
            server.name: server.ask(question.operation, question.variables[server.name][-1]) for server in servers
        }
        if not _compare(question, answers):
            return
        after = {name: end_cursor(answer["data"]) for name, answer in answers.items()}
        if None in after.values():
            return


def _compare(question: Question, answers: dict[str, dict[str, Any]]) -> bool:
    made = {}
    for name, answer in answers.items():
        if answer.get("errors"):
            question.problem = f"{name}: {answer['errors'][0]}"
            return False
        made[name] = comparable(question.operation, answer["data"])
    names = list(made)
    for first, second in pairwise(names):
        if found := difference(made[first], made[second]):
            question.problem = f"{first} and {second} differ: {found}"
            return False
    return True


def count_statements(
    database_url: str, log: Path, servers: Sequence[Server], asked: Sequence[Question]
) -> dict[str, dict[str, int]]:
    """Statements per request, without BEGIN and COMMIT, by operation and server: read from PostgreSQL's log.

    The least of three requests each: a server may do something of its own at any time.
    """
    _log_statements(database_url, "all")
    try:
        return {
            question.operation.name: {
                server.name: min(_counted(log, server, question) for _ in range(3))
                for server in question.servers(servers)
            }
            for question in asked
        }
    finally:
        _log_statements(database_url, "none")


def _counted(log: Path, server: Server, question: Question) -> int:
    before = log.stat().st_size
    server.ask(question.operation, question.variables[server.name][0])
    with log.open("rb") as file:
        file.seek(before)
        text = file.read().decode(errors="replace")
    return len(_STATEMENT.findall(text)) - len(_TRANSACTION.findall(text))


def _log_statements(database_url: str, which: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET log_statement = '{which}'")
        connection.execute("SELECT pg_reload_conf()")
        until = time.monotonic() + 10
        while time.monotonic() < until:
            found = connection.execute("SHOW log_statement").fetchone()
            if found and found[0] == which:
                return


def requests_of(server: Server, question: Question) -> list[bytes]:
    """The HTTP requests of an operation, whole."""
    made = []
    for variables in question.variables[server.name]:
        path, body = server.request(question.operation, variables)
        headers = {"Host": "127.0.0.1", "Content-Type": "application/json", **server.headers}
        lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        made.append("\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body)
    return made
