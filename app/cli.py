"""The command line: serve, look after the database, create accounts, score a file of URLs."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from alembic.util import CommandError

from app.config import Settings, SettingsError, load_settings
from app.db import migrations
from app.db.session import Database
from app.errors import AppError, InvalidInput
from app.observability.health import check_database
from app.observability.outages import one_line
from app.scoring.batch import run_evaluate
from app.services.users import NewUser, create_account
from app.serving import prepare, serve
from app.starting import OUT_OF_REACH


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        settings = load_settings(**_overrides(options))
        status: int = options.run(settings, options)
    except SettingsError as error:
        print(f"These settings cannot be used:\n{error}", file=sys.stderr)
        return 2
    except InvalidInput as error:
        print(*(issue.message for issue in error.issues), sep="\n", file=sys.stderr)
        return 1
    except (AppError, migrations.MigrationError, CommandError) as error:
        print(error, file=sys.stderr)
        return 1
    except OUT_OF_REACH as error:
        print(f"The database or the store cannot be used: {one_line(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app", description="A registry for machine-learning packages.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("serve", help="run the server")
    command.add_argument("--host", help="the address to listen on (HOST)")
    command.add_argument("--port", type=int, help="the port to listen on (PORT)")
    command.add_argument("--migrate", action="store_true", help="first migrate, and create the administrator")
    command.add_argument(
        "--demo", action="store_true", help="like --migrate, and fill an empty registry with demo data"
    )
    command.set_defaults(run=_serve)

    db = commands.add_parser("db", help="look after the database").add_subparsers(required=True, metavar="ACTION")
    for name, help_text, function in (
        ("init", "migrate to the newest schema and create the administrator", _init),
        ("upgrade", "migrate to the newest schema, or to REVISION", _upgrade),
        ("downgrade", "migrate back to REVISION", _downgrade),
        ("revision", "write a new migration from the tables", _revision),
        ("current", "show the schema's revision", _current),
        ("history", "list the revisions", _history),
        ("seed", "fill the registry with demo data", _seed),
    ):
        action = db.add_parser(name, help=help_text)
        action.set_defaults(run=function)
        if name == "upgrade":
            action.add_argument("revision", nargs="?", default="head")
        if name == "downgrade":
            action.add_argument("revision", help="a revision, -1 for one back, or base")
        if name == "revision":
            action.add_argument("message", help="what it changes, in a few words")

    user = commands.add_parser("user", help="look after accounts").add_subparsers(required=True, metavar="ACTION")
    create = user.add_parser("create", help="create an account; its password is asked for")
    create.add_argument("username")
    create.add_argument("email")
    create.add_argument("--admin", action="store_true", help="make it an administrator")
    create.set_defaults(run=_create_user)

    commands.add_parser("settings", help="list all settings").set_defaults(run=_settings)

    evaluate = commands.add_parser("evaluate", help="score the models in a file of URLs: one JSON line each")
    evaluate.add_argument("file", type=Path)
    evaluate.set_defaults(run=lambda settings, options: run_evaluate(options.file, settings))
    return parser


def _overrides(options: argparse.Namespace) -> dict[str, object]:
    given = {name: getattr(options, name, None) for name in ("host", "port")}
    return {name: value for name, value in given.items() if value is not None}


def _with_database(settings: Settings, action: Callable[[Database], Awaitable[None]]) -> int:
    async def run() -> None:
        database = Database(settings.effective_database_url, pool_size=2, echo=settings.sql_echo)
        try:
            await action(database)
        finally:
            await database.close()

    asyncio.run(run())
    return 0


def _serve(settings: Settings, options: argparse.Namespace) -> int:
    return serve(settings, migrate=options.migrate or options.demo, demo=options.demo)


def _init(settings: Settings, _options: argparse.Namespace) -> int:
    return _with_database(settings, lambda database: prepare(database, settings))


def _upgrade(settings: Settings, options: argparse.Namespace) -> int:
    return _with_database(settings, lambda database: migrations.upgrade(database, options.revision))


def _downgrade(settings: Settings, options: argparse.Namespace) -> int:
    return _with_database(settings, lambda database: migrations.downgrade(database, options.revision))


def _revision(settings: Settings, options: argparse.Namespace) -> int:
    async def make(database: Database) -> None:
        await migrations.make_revision(database, options.message)  # alembic itself tells which file

    return _with_database(settings, make)


def _current(settings: Settings, _options: argparse.Namespace) -> int:
    async def show(database: Database) -> None:
        print(await migrations.current(database) or "no schema yet")

    return _with_database(settings, show)


def _history(settings: Settings, _options: argparse.Namespace) -> int:
    async def show(database: Database) -> None:
        for revision in await migrations.history(database):
            print(f"{'*' if revision.is_current else ' '} {revision.revision}  {revision.message}")

    return _with_database(settings, show)


def _seed(settings: Settings, _options: argparse.Namespace) -> int:
    from app.demo.seed import seed_registry

    asyncio.run(seed_registry(settings))
    return 0


def _settings(_settings: Settings, _options: argparse.Namespace) -> int:
    print("| Setting | Default | Meaning |\n| --- | --- | --- |")
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        shown = "" if default in (None, []) else f"`{str(default).lower() if isinstance(default, bool) else default}`"
        print(f"| `{name.upper()}` | {shown} | {field.description} |")
    return 0


def _create_user(settings: Settings, options: argparse.Namespace) -> int:
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")

    async def create(database: Database) -> None:
        await check_database(database)
        new = NewUser(options.username, options.email, password, is_admin=options.admin)
        await create_account(database, settings, new)

    return _with_database(settings, create)
