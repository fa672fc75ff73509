"""Signatures: any change is refused, and keys rotate."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.storage.signing import Signer

SECRETS = st.text(min_size=1)
PARTS = st.lists(st.text(alphabet=st.characters(codec=None)), max_size=5)


@given(SECRETS, PARTS)
def test_what_was_signed_is_verified(secret: str, parts: list[str]) -> None:
    signer = Signer([secret], "test")
    assert signer.verify(signer.sign(*parts), *parts)


@given(PARTS, PARTS)
def test_a_signature_holds_for_nothing_else(parts: list[str], others: list[str]) -> None:
    assume(parts != others)
    signer = Signer(["secret"], "test")
    assert not signer.verify(signer.sign(*parts), *others)


@given(st.text(min_size=1, max_size=9), st.data())
def test_parts_cannot_be_shifted_into_each_other(text: str, data: st.DataObject) -> None:
    signer = Signer(["secret"], "test")
    first, second = (data.draw(st.integers(0, len(text))) for _ in range(2))
    assume(first != second)
    assert not signer.verify(signer.sign(text[:first], text[first:]), text[:second], text[second:])


@given(st.text(alphabet=st.characters(codec=None)))
def test_any_other_signature_is_refused(signature: str) -> None:
    signer = Signer(["secret"], "test")
    assume(signature != signer.sign("a"))
    assert not signer.verify(signature, "a")


@given(st.integers(0, 63), st.sampled_from("0123456789abcdefA g"))
def test_one_changed_digit_is_refused(position: int, digit: str) -> None:
    signer = Signer(["secret"], "test")
    signature = signer.sign("a", "b")
    changed = signature[:position] + digit + signature[position + 1 :]
    assume(changed != signature)
    assert not signer.verify(changed, "a", "b")


def test_the_first_key_signs_and_every_key_verifies() -> None:
    # given
    old, new, both = Signer(["old"], "p"), Signer(["new"], "p"), Signer(["new", "old"], "p")
    # then
    assert both.sign("a") == new.sign("a") != old.sign("a")
    assert both.verify(old.sign("a"), "a")
    assert not new.verify(old.sign("a"), "a")


def test_a_signature_holds_for_one_purpose() -> None:
    links, tokens = Signer(["secret"], "download link"), Signer(["secret"], "token")
    assert not tokens.verify(links.sign("a"), "a")


def test_a_signer_needs_a_secret() -> None:
    with pytest.raises(ValueError, match="at least one secret"):
        Signer([], "test")
