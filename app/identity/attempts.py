"""How often a password may be tried: counted per account and address in this process's memory."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

from app.errors import LimitExceeded

KEYS_KEPT = 100_000


class PasswordAttempts:
    """At most `limit` attempts per account and address in any `window_seconds`.

    An attempt counts from its start, so that many at once are no way around. `clock` gives seconds that never go back.
    """

    def __init__(self, limit: int, window_seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._window_seconds = window_seconds
        self._clock = clock
        self._attempts: OrderedDict[tuple[str, str | None], deque[float]] = OrderedDict()

    def begin(self, account: str, address: str | None) -> None:
        """Count an attempt. Raises LimitExceeded where the window is full."""
        now = self._clock()
        recent = self._attempts.setdefault((account, address), deque())
        self._attempts.move_to_end((account, address))
        if len(self._attempts) > KEYS_KEPT:
            self._attempts.popitem(last=False)
        while recent and recent[0] <= now - self._window_seconds:
            recent.popleft()
        if len(recent) >= self._limit:
            wait = recent[0] + self._window_seconds - now
            raise LimitExceeded("Too many wrong passwords; wait before you try again.", retry_after_seconds=wait)
        recent.append(now)

    def succeeded(self, account: str, address: str | None) -> None:
        """Forget the attempts that led to the right password."""
        self._attempts.pop((account, address), None)
