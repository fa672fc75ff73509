"""What README.md says is true: its table of settings is the program's own, and its first steps work as written."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.cli import main
from app.config import Settings
from app.db import migrations
from app.db.initial_data import ensure_initial_data
from app.db.session import Database
from app.demo.seed import seed_registry
from tests.server import Running, running

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PASSWORD = "correct horse battery"


@pytest.fixture
async def demo_server(settings: Settings) -> AsyncIterator[Running]:
    """What `make run` starts, with a password that is known."""
    given = settings.model_copy(update={"admin_password": SecretStr(PASSWORD)})
    database = Database(given.effective_database_url)
    await migrations.upgrade(database)
    await ensure_initial_data(database, given)
    await database.close()
    await seed_registry(given)
    async with running(given) as server:
        yield server


def section(title: str) -> str:
    """The text below the heading, up to the next one of its level."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_the_table_of_settings_is_the_programs_own(capsys: pytest.CaptureFixture[str]) -> None:
    # when
    assert main(["settings"]) == 0
    # then
    table = capsys.readouterr().out
    assert table.count("\n") == len(Settings.model_fields) + 2
    assert table in section("Configuration") + "\n", "put the output of `python -m app settings` there"


def test_what_is_linked_exists() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert [target for target in targets if "://" not in target and not (ROOT / target).exists()] == []


async def test_the_first_steps_work_as_written(demo_server: Running, tmp_path: Path) -> None:
    # given
    if shutil.which("curl") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no curl here: apt-get install curl")
    steps = re.findall(r"^```sh\n(.*?)^```$", section("First steps"), re.DOTALL | re.MULTILINE)
    # when
    shell = await asyncio.create_subprocess_exec(
        "bash",
        "-euo",
        "pipefail",
        "-c",
        "\n".join(steps),
        cwd=tmp_path,
        env=os.environ | {"REGISTRY": f"{demo_server.base_url}/graphql", "NO_PROXY": "127.0.0.1"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await shell.communicate(f"{PASSWORD}\n".encode()))[0].decode()
    # then
    assert shell.returncode == 0, said
    assert '"errors"' not in said
    assert '"totalCount":' in said
    assert "Linked to tiny-bert 1.1.0 as FINE_TUNED_FROM" in said
    assert '"name": "wiki-sentences"' in said, "the lineage reaches the base model's data"
    assert (tmp_path / "downloaded.zip").read_bytes() == (tmp_path / "hello-bert.zip").read_bytes()
