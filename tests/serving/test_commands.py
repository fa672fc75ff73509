"""The other commands of `python -m app`, run in this process: starting one takes a second."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from app.cli import main
from app.config import Settings
from app.db.migrations import head
from tests.serving.process import PASSWORD, ROOT, environment
from tests.serving.process import run as run_alone


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Ended]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs a command with these settings; `given` is its standard input."""

    def run(*arguments: str, given: str = "", **settings: object) -> Ended:
        with monkeypatch.context() as patch:
            patch.setattr("os.environ", environment(tmp_path, **settings))
            patch.setattr("sys.stdin", StringIO(given))
            capfd.readouterr()
            status = main(arguments)
            return Ended(status, *capfd.readouterr())

    return run


OUT_OF_REACH = "postgresql://nobody:geheim@127.0.0.1:1/none"


def test_the_database_goes_up_and_down_and_tells_where_it_is(run: Run) -> None:
    def current() -> str:
        return run("db", "current").stdout.strip()

    assert current() == "no schema yet"
    assert run("db", "upgrade").returncode == 0
    assert current() == head()
    assert f"* {head()}" in run("db", "history").stdout
    assert run("db", "downgrade", "base").returncode == 0
    assert current() == "no schema yet"


def test_init_makes_the_administrator_once(run: Run) -> None:
    first, second = run("db", "init"), run("db", "init")
    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stderr.count("with the password") == 1
    assert (second.stdout, second.stderr) == ("", "")


@pytest.mark.parametrize("action", [["upgrade", "nonsense"], ["downgrade", "nonsense"], ["revision", "too early"]])
def test_what_cannot_be_done_is_told_in_one_line(run: Run, action: list[str]) -> None:
    ended = run("db", *action)
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1


def test_a_database_out_of_reach_is_told_in_one_line(run: Run) -> None:
    ended = run("db", "upgrade", database_url=OUT_OF_REACH)
    assert ended.returncode == 1
    assert ended.stderr.startswith("The database or the store cannot be used: connection failed")
    assert len(ended.stderr.splitlines()) == 1
    assert "geheim" not in ended.stderr


def test_an_account_is_made(run: Run, tmp_path: Path) -> None:
    # given
    assert run("db", "init", admin_password=PASSWORD).returncode == 0
    # when
    made = run("user", "create", "ada", "ada@example.com", "--admin", given="a longer password\n")
    # then
    assert (made.returncode, made.stderr) == (0, "")
    with sqlite3.connect(tmp_path / "registry.db") as connection:
        rows = "SELECT username, email, is_admin FROM users"
        assert ("ada", "ada@example.com", 1) in connection.execute(rows).fetchall()
    connection.close()


def test_an_account_that_cannot_be_made_is_refused_by_all_reasons(run: Run) -> None:
    pending = run("user", "create", "ada", "ada@example.com", given="a longer password\n")
    assert run("db", "init", admin_password=PASSWORD).returncode == 0
    bad = run("user", "create", "a da", "ada", given="short\n")
    taken = run("user", "create", "ADMIN", "ada@example.com", given="a longer password\n")

    assert (pending.returncode, bad.returncode, taken.returncode) == (1, 1, 1)
    assert "a migration is pending" in pending.stderr
    assert len(bad.stderr.splitlines()) == 3
    assert taken.stderr == "The username ADMIN is taken; choose another.\n"


def test_a_revision_is_written_from_what_the_tables_lack(tmp_path: Path) -> None:
    # given a copy of the application, for the file is written into it, whose tables have one column more
    for folder in ("app", "alembic"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "alembic.ini", tmp_path)
    (tmp_path / "schema").symlink_to(ROOT / "schema")
    data = tmp_path / "data"
    assert run_alone(data, "db", "upgrade", cwd=tmp_path).returncode == 0
    with sqlite3.connect(data / "registry.db") as connection:
        connection.execute("ALTER TABLE ratings DROP COLUMN review")
    connection.close()
    # when
    ended = run_alone(data, "db", "revision", "give ratings a review", cwd=tmp_path)
    # then
    assert ended.returncode == 0, ended.stderr
    [written] = (tmp_path / "alembic" / "versions").glob("*_give_ratings_a_review.py")
    assert str(written) in ended.stdout
    assert "'review'" in written.read_text(encoding="utf-8")


def test_evaluating_prints_one_json_line_for_each_model_and_no_more(run: Run, tmp_path: Path) -> None:
    urls = tmp_path / "urls.txt"
    urls.write_text("https://huggingface.co/acme/tiny-bert\nhttps://huggingface.co/acme/other\n", encoding="utf-8")
    ended = run("evaluate", str(urls), scoring_enabled="false")
    assert ended.returncode == 0, ended.stderr
    assert len([json.loads(line) for line in ended.stdout.splitlines()]) == 2


def test_all_settings_are_listed(run: Run) -> None:
    listed = run("settings").stdout
    assert [f"`{name.upper()}`" for name in Settings.model_fields] == [
        line.split("|")[1].strip() for line in listed.splitlines()[2:]
    ]


def test_problems_of_the_settings_end_every_command(run: Run) -> None:
    ended = run("db", "upgrade", port="x", workers="2")
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[0] == "These settings cannot be used:"
    assert [line.split(":")[0] for line in ended.stderr.splitlines()[1:]] == ["PORT", "WORKERS"]
