"""Tokens cannot be forged, and outlive a change of keys as long as the old key is kept."""

from datetime import timedelta
from uuid import UUID, uuid4

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.base import utc_now
from app.errors import Unauthenticated
from app.identity.tokens import API_KEY_MARK, hash_api_key, issue_token, new_api_key, token_id_of

OLD, NEW = "o" * 40, "n" * 40
TOKEN_ID, USER_ID = uuid4(), uuid4()


def token(key: str = NEW, **overrides: object) -> str:
    """A token like ours, signed by the text of a key itself, with other claims where wanted; None leaves one out."""
    claims = {"jti": TOKEN_ID.hex, "sub": USER_ID.hex, "exp": int(utc_now().timestamp()) + 60} | overrides
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, key, algorithm="HS256")


def genuine(*keys: str, seconds: int = 60) -> str:
    """A token as signIn gives it."""
    return issue_token(TOKEN_ID, USER_ID, utc_now() + timedelta(seconds=seconds), keys)


def test_a_token_carries_its_id_under_old_keys_and_new() -> None:
    assert token_id_of(genuine(NEW, OLD), (NEW, OLD)) == TOKEN_ID
    assert token_id_of(genuine(OLD), (NEW, OLD)) == TOKEN_ID


def test_a_token_of_a_key_that_was_dropped_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        token_id_of(genuine(OLD), (NEW,))


def test_an_expired_token_says_so() -> None:
    with pytest.raises(Unauthenticated, match="expired"):
        token_id_of(genuine(NEW, seconds=-1), (NEW, OLD))


def test_a_token_signed_by_the_secret_itself_is_refused() -> None:
    with pytest.raises(Unauthenticated, match="not valid"):
        token_id_of(token(NEW), (NEW,))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
def test_an_unsigned_token_is_refused(algorithm: str) -> None:
    _, claims, signature = genuine(NEW).split(".")
    header = jwt.utils.base64url_encode(f'{{"alg":"{algorithm}","typ":"JWT"}}'.encode()).decode()
    for forged in (f"{header}.{claims}.", f"{header}.{claims}.{signature}"):
        with pytest.raises(Unauthenticated):
            token_id_of(forged, (NEW,))


def test_a_token_with_other_claims_is_refused() -> None:
    header, _, signature = genuine(NEW).split(".")
    claims = token(NEW, jti=uuid4().hex).split(".")[1]
    with pytest.raises(Unauthenticated):
        token_id_of(f"{header}.{claims}.{signature}", (NEW,))


@given(st.text() | st.binary().map(lambda data: ".".join([data.hex()] * 3)))
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(Unauthenticated):
        token_id_of(text, (NEW, OLD))


@given(st.integers(min_value=0), st.sampled_from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."))
def test_a_token_with_one_character_changed_is_refused_or_the_same(position: int, character: str) -> None:
    text = genuine(NEW)
    position %= len(text)
    changed = text[:position] + character + text[position + 1 :]
    try:
        found: UUID | None = token_id_of(changed, (NEW,))
    except Unauthenticated:
        found = None
    assert found in (None, TOKEN_ID)  # the last character of a signature has bits that mean nothing


def test_api_keys_differ_and_are_known_by_their_prefix() -> None:
    keys = [new_api_key() for _ in range(100)]
    assert len({secret for secret, _, _ in keys}) == len({hashed for _, _, hashed in keys}) == 100
    for secret, prefix, hashed in keys:
        assert secret.startswith(prefix)
        assert prefix.startswith(API_KEY_MARK)
        assert len(secret) > len(prefix) + 30
        assert hashed == hash_api_key(secret)
