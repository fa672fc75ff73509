"""What it looks like when the database or the store is out of reach."""

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.storage.object_store import StorageUnavailable

OUTAGES = (OperationalError, InterfaceError, PoolTimeoutError, StorageUnavailable)
"""Not our mistakes: the same request may succeed in a moment."""


def one_line(error: BaseException) -> str:
    """What an exception says, in one line and without the statement and parameters that SQLAlchemy adds."""
    text = " ".join(str(getattr(error, "orig", None) or error).split())
    return (text or type(error).__name__)[:300]
