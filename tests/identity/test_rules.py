"""What names and passwords may look like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.identity.passwords import hash_password, verify_password
from app.identity.rules import email_problem, password_problem, slug_problem, username_problem


@pytest.mark.parametrize("username", ["a", "Ada", "ada.lovelace", "a_b-c.9", "0", "x" * 64])
def test_good_usernames(username: str) -> None:
    assert username_problem(username) is None


@pytest.mark.parametrize(
    "username", ["", ".ada", "-ada", "_ada", "a b", "ada\n", "ada@example.com", "ädä", "аda", "x" * 65, "a\x00", "a/b"]
)
def test_bad_usernames(username: str) -> None:
    assert username_problem(username) is not None


@pytest.mark.parametrize(
    "email", ["a@b", "ada@example.com", "ada+ml@sub.example.co", "o'hara@example.ie", "x@localhost"]
)
def test_good_addresses(email: str) -> None:
    assert email_problem(email) is None


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "a@b@c",
        "ada@example..com",
        ".ada@b.c",
        "a..b@c.d",
        "ada @b.c",
        "ada@b.c\n",
        "ädä@b.c",
        "ada@bücher.example",
        "a@" + "b" * 64,
        "a" * 65 + "@b.c",
        "a@" + ".".join(["b" * 60] * 5),
    ],
)
def test_bad_addresses(email: str) -> None:
    assert email_problem(email) is not None


@given(st.text())
def test_no_text_is_both_username_and_address(text: str) -> None:
    assert username_problem(text) is not None or email_problem(text) is not None


@pytest.mark.parametrize(
    ("slug", "is_good"), [("acme-ml", True), ("9", True), ("Acme", False), ("-a", False), ("", False)]
)
def test_slugs(slug: str, is_good: bool) -> None:
    assert (slug_problem(slug) is None) == is_good


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "x" * 1025,
        "ä" * 513,
        "a\x00b" * 9,
        "\ud800" * 12,
        "password1234",
        "Password!!!!",
        "1234567890",
        "9876543210",
        "qwertyuiop",
        "administrator",
        "1qaz2wsx3edc",
        "aaaaaaaaaaaa",
        "ababababab",
        "Ada.Lovelace",
        "ada@example.com",
    ],
)
def test_bad_passwords(password: str) -> None:
    assert password_problem(password, shortest=10, names=("ada.lovelace", "ADA@example.com")) is not None


@given(st.text(min_size=10))
def test_a_password_that_passes_can_be_hashed_and_verified(password: str) -> None:
    if password_problem(password, shortest=10) is None:
        assert verify_password(password, hash_password(password, 4), 4)


@pytest.mark.parametrize("password", ["correct horse battery", "z8#kQ2!vLp", "пароль длинный", "x1" * 5 + "yz" * 500])
def test_good_passwords(password: str) -> None:
    assert password_problem(password, shortest=10) is None
