"""A repository host that gives prepared answers."""

from collections.abc import Iterator

import pytest

from tests.local_server import LocalServer, serve


@pytest.fixture
def host() -> Iterator[LocalServer]:
    """The host, running; tests prepare its `answers`."""
    with serve() as server:
        yield server
