"""Imports point one way: schema may know app, app.main alone may know schema, and SQL stays in its place."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imports_any(path: Path, *packages: str) -> list[str]:
    return [name for name in imports_of(path) if any(name == p or name.startswith(f"{p}.") for p in packages)]


def test_the_domain_knows_nothing_of_graphql() -> None:
    # given
    allowed = {ROOT / "app/main.py"}
    # when
    offenders = {
        str(path): found
        for path in modules("app")
        if path not in allowed and (found := imports_any(path, "schema", "strawberry", "graphql"))
    }
    # then
    assert offenders == {}


def test_services_and_the_api_know_nothing_of_sql() -> None:
    offenders = {
        str(path): found
        for path in modules("app/services", "schema")
        if (found := imports_any(path, "sqlalchemy", "psycopg", "aiosqlite"))
    }
    assert offenders == {}


def test_tables_know_only_tables() -> None:
    offenders = {
        str(path): found
        for path in modules("app/db/tables")
        if (found := [name for name in imports_any(path, "app") if not name.startswith(("app.db.", "app.enums"))])
        or (found := imports_any(path, "app.db.repositories"))
    }
    assert offenders == {}


@pytest.mark.parametrize("folder", ["app/services", "schema", "app/jobs"])
def test_no_statement_is_written_outside_the_repositories(folder: str) -> None:
    offenders = [
        f"{path}:{node.lineno}"
        for path in modules(folder)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("select", "text")
    ]
    assert offenders == []


def test_only_the_session_commits() -> None:
    offenders = [
        f"{path}:{node.lineno}"
        for path in modules("app", "schema")
        if path != ROOT / "app/db/session.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert offenders == []


def test_only_the_settings_read_the_environment() -> None:
    offenders = [
        f"{path}:{node.lineno}"
        for path in modules("app", "schema")
        if path != ROOT / "app/config.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
    ]
    assert offenders == []


def test_modules_are_short() -> None:
    long = {
        str(path): lines for path in modules("app", "schema") if (lines := len(path.read_text().splitlines())) > 300
    }
    assert long == {}
