import pytest

from tests.local_server import serve


@pytest.fixture
def server():
    with serve() as running:
        yield running


@pytest.fixture
def other_server():
    with serve() as running:
        yield running
