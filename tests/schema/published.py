"""Packages whose archives are really stored, and what tests ask of packages' rows."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.db.session import Database
from app.db.tables import Download, Event, User
from app.enums import EventType, PackageKind, Permission
from app.events.log import Origin
from app.identity.viewer import Viewer
from app.services.publish_request import PublishRequest
from app.services.publishing import publish
from schema.context import Services
from schema.core.ids import encode_id
from tests.archives.builders import make_zip, safetensors

CARD = """---
license: apache-2.0
---
# Tiny

A model to test with.

## Usage

```python
import random

random.seed(7)
print(random.random())
```
"""
FILES: dict[str, bytes | str] = {
    "tiny/README.md": CARD,
    "tiny/model.safetensors": safetensors({"weight": ("F32", [2, 4], 32)}),
    "tiny/train.py": '"""Trains."""\n\n\ndef train(epochs: int) -> int:\n    """Train."""\n    return epochs\n',
}
ARCHIVE = make_zip(FILES)


def viewer_of(user: User, *permissions: Permission) -> Viewer:
    """The user with these rights, by default all of them."""
    return Viewer(user.id, user.username, user.is_admin, frozenset(permissions or Permission))


async def publish_archive(services: Services, user: User, archive: bytes = ARCHIVE, **stated: Any) -> UUID:
    """A package with a stored archive, published by the user as `tiny` 1.0.0 unless stated otherwise."""
    request = PublishRequest(**{"name": "tiny", "version": "1.0.0", "kind": PackageKind.MODEL} | stated)
    published = await publish(
        services.database,
        services.store,
        services.settings,
        viewer_of(user),
        Origin(None, None),
        request,
        io.BytesIO(archive),
        len(archive),
    )
    return published.package_id


def package_id(package: Any) -> str:
    """The global id of a package, given as a row or a key."""
    return encode_id("pkg", package if isinstance(package, UUID) else package.id)


async def events(database: Database, type: EventType) -> list[Any]:
    """The events of a type, the oldest first."""
    async with database.read() as connection:
        found = await connection.execute(
            select(Event.__table__).where(Event.type == type).order_by(Event.transaction_id, Event.id)
        )
        return list(found.all())


async def downloads(database: Database) -> list[Any]:
    """All recorded attempts, the oldest first."""
    async with database.read() as connection:
        return list((await connection.execute(select(Download.__table__).order_by(Download.id))).all())


class _Statements(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if "FROM auth_tokens" not in text:  # a checked credential is good for a while, so that not each operation asks
            self.texts.append(text)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL statements that readers run within the block, but for the look at a credential."""
    logger, handler = logging.getLogger("app.db.sql"), _Statements()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield handler.texts
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
