"""Attempts at passwords run out, and come back."""

import pytest

from app.errors import LimitExceeded
from app.identity import attempts as module
from app.identity.attempts import PasswordAttempts


class Clock:
    """Seconds that go by when told to."""

    now = 100.0

    def __call__(self) -> float:
        """The present."""
        return self.now


def test_attempts_come_back_one_by_one_as_they_leave_the_window() -> None:
    # given
    clock = Clock()
    attempts = PasswordAttempts(2, 60, clock=clock)
    attempts.begin("ada", "192.0.2.1")
    clock.now += 10
    attempts.begin("ada", "192.0.2.1")

    # when
    with pytest.raises(LimitExceeded) as refusal:
        attempts.begin("ada", "192.0.2.1")

    # then
    assert refusal.value.retry_after_seconds == 50
    clock.now += 50
    attempts.begin("ada", "192.0.2.1")
    with pytest.raises(LimitExceeded):
        attempts.begin("ada", "192.0.2.1")


def test_accounts_and_addresses_are_counted_apart() -> None:
    attempts = PasswordAttempts(1, 60)
    for account, address in (("ada", "192.0.2.1"), ("ada", "192.0.2.2"), ("bob", "192.0.2.1"), ("bob", None)):
        attempts.begin(account, address)
        with pytest.raises(LimitExceeded):
            attempts.begin(account, address)


def test_success_forgets() -> None:
    attempts = PasswordAttempts(1, 60)
    attempts.begin("ada", None)
    attempts.succeeded("ada", None)
    attempts.begin("ada", None)


def test_memory_is_bounded_and_the_oldest_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    monkeypatch.setattr(module, "KEYS_KEPT", 3)
    attempts = PasswordAttempts(1, 60)

    # when
    for number in range(5):
        attempts.begin(f"user{number}", None)

    # then
    attempts.begin("user0", None)
    with pytest.raises(LimitExceeded):
        attempts.begin("user4", None)
