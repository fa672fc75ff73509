"""Hashing and checking passwords."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.identity.passwords import (
    hash_password,
    hash_password_async,
    needs_rehash,
    verify_password,
    verify_password_async,
)

ROUNDS = 4


@settings(max_examples=20, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), st.text(max_size=5).filter(bool))
def test_only_the_very_password_is_right(password: str, more: str) -> None:
    hashed = hash_password(password, ROUNDS)
    assert password not in hashed or len(password) < 8
    assert verify_password(password, hashed)
    assert not verify_password(password + more, hashed)


def test_nothing_is_cut_off_at_72_bytes() -> None:
    hashed = hash_password("a" * 72 + "b", ROUNDS)
    assert not verify_password("a" * 72 + "c", hashed)
    assert not verify_password("a" * 72, hashed)


def test_the_same_password_never_has_the_same_hash() -> None:
    assert hash_password("correct horse", ROUNDS) != hash_password("correct horse", ROUNDS)


@pytest.mark.parametrize("password", ["", "anything", "\ud800", "x" * 5000])
def test_nobody_has_a_password_that_is_right(password: str) -> None:
    assert not verify_password(password, None, ROUNDS)


@pytest.mark.parametrize("password", ["\ud800", "x" * 5000])
def test_a_text_that_cannot_be_hashed_is_refused_and_wrong(password: str) -> None:
    with pytest.raises(ValueError, match=r"surrogates|size"):
        hash_password(password, ROUNDS)
    assert not verify_password(password, hash_password("correct horse", ROUNDS))


@pytest.mark.parametrize("hashed", ["", "plain", "$2b$04$short"])
def test_a_hash_of_another_kind_matches_nothing(hashed: str) -> None:
    assert not verify_password("plain", hashed)


def test_tells_when_the_work_changed() -> None:
    hashed = hash_password("correct horse", ROUNDS)
    assert not needs_rehash(hashed, ROUNDS)
    assert needs_rehash(hashed, ROUNDS + 1)


async def test_hashes_and_checks_in_threads() -> None:
    hashed = await hash_password_async("correct horse", ROUNDS)
    assert await verify_password_async("correct horse", hashed)
    assert not await verify_password_async("wrong", hashed, ROUNDS)
