"""Global ids."""

from types import SimpleNamespace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import NotFound
from schema.core.ids import decode_id, encode_id, key_of

PACKAGE = SimpleNamespace(TAG="pkg", __name__="Package")
KEY = UUID(int=0x0199_0000_0000_7000_8000_0000_0000_0001)


@given(st.from_regex(r"\A[a-z]+\Z"), st.one_of(st.uuids(), st.integers(0, 2**63 - 1)))
def test_an_id_gives_back_its_tag_and_key(tag: str, key: UUID | int) -> None:
    assert decode_id(encode_id(tag, key)) == (tag, key)


@given(st.text(max_size=60))
def test_what_is_decoded_is_spelled_only_so(text: str) -> None:
    decoded = decode_id(text)
    assert decoded is None or encode_id(*decoded) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "pkg", "pkg_", "_1", "pkg_-1", "pkg_1.0", "pkg_01", "pkg_ 1", "pkg_1\n", "pkg_١", "PKG_1"),
        *("pkg_9223372036854775808", "pkg_" + "9" * 40, "pkg_" + "0" * 31, "pkg_" + "A" * 32, "pkg_" + "0" * 33),
        *(str(KEY), "UGFja2FnZTox", "pkg_\x00", "pkg_" + KEY.hex + "\x00"),
    ],
)
def test_what_is_no_id_is_none(text: str) -> None:
    assert decode_id(text) is None


def test_the_key_of_an_expected_type() -> None:
    assert key_of(PACKAGE, encode_id("pkg", KEY)) == KEY


@pytest.mark.parametrize("text", [encode_id("usr", KEY), "pkg_1", "garbage"])
def test_an_id_of_anything_else_is_not_found_at_its_path(text: str) -> None:
    with pytest.raises(NotFound) as refusal:
        key_of(PACKAGE, text, "input", "packageId")
    assert refusal.value.path == ("input", "packageId")
    assert refusal.value.message == "There is no Package with this id."
