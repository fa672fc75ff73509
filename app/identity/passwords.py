"""Passwords: hashed with bcrypt over SHA-256, so that nothing of a long one is cut off at bcrypt's 72 bytes."""

import asyncio
from functools import cache

from passlib.hash import bcrypt_sha256

DEFAULT_ROUNDS = 12


def hash_password(plain: str, rounds: int = DEFAULT_ROUNDS) -> str:
    """The salted hash to store, in passlib's format. `rounds` is the base-2 logarithm of the work, from 4 to 31.

    Raises ValueError for a text of more than 4096 characters or one that cannot be encoded as UTF-8.
    """
    return str(bcrypt_sha256.using(rounds=rounds).hash(plain))


def verify_password(plain: str, hashed: str | None, rounds: int = DEFAULT_ROUNDS) -> bool:
    """Whether the password is the one that was hashed.

    Without a hash (an unknown user, one without a password) the answer is False after the same work, so that its time
    does not tell which accounts exist. A text that could never have been hashed is just wrong.
    """
    try:
        matches = bool(bcrypt_sha256.verify(plain, hashed if hashed is not None else _hash_of_nothing(rounds)))
    except ValueError:
        return False
    return matches and hashed is not None


def needs_rehash(hashed: str, rounds: int = DEFAULT_ROUNDS) -> bool:
    """Whether the hash was made with other work than is asked for today."""
    return bool(bcrypt_sha256.using(rounds=rounds).needs_update(hashed))


async def hash_password_async(plain: str, rounds: int = DEFAULT_ROUNDS) -> str:
    """`hash_password` in a thread: the event loop goes on meanwhile."""
    return await asyncio.to_thread(hash_password, plain, rounds)


async def verify_password_async(plain: str, hashed: str | None, rounds: int = DEFAULT_ROUNDS) -> bool:
    """`verify_password` in a thread: the event loop goes on meanwhile."""
    return await asyncio.to_thread(verify_password, plain, hashed, rounds)


@cache
def _hash_of_nothing(rounds: int) -> str:
    return hash_password("", rounds)
