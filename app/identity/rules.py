"""What usernames, e-mail addresses, passwords and slugs may look like. Each rule answers what is wrong, or None."""

import re

MOST_PASSWORD_BYTES = 1024
FEWEST_DIFFERENT_CHARACTERS = 4
LONGEST_EMAIL = 254  # RFC 5321's limit on a path, without its angle brackets

_USERNAME = re.compile(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
# RFC 5321's dot-string and domain: no quoted local parts, no address literals.
_EMAIL = re.compile(r"\A[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*\Z")
_SLUG = re.compile(r"\A[a-z0-9][a-z0-9-]{0,63}\Z")
_DECORATION = "0123456789 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_COMMON_STEMS = frozenset(
    [
        "abc",
        "abcd",
        "abcdef",
        "abcdefgh",
        "abcdefghij",
        "admin",
        "administrator",
        "asdf",
        "asdfgh",
        "asdfghjkl",
        "changeme",
        "default",
        "football",
        "iloveyou",
        "letmein",
        "login",
        "master",
        "monkey",
        "passw0rd",
        "passwort",
        "password",
        "princess",
        "q1w2e3r4t5y6",
        "qwerty",
        "qwertyuiop",
        "qwertz",
        "qwertzuiop",
        "secret",
        "sunshine",
        "welcome",
    ]
)
_DIGIT_RUNS = ("01234567890123456789", "98765432109876543210", "1q2w3e4r5t6z7u8i9o0p", "1qaz2wsx3edc4rfv5tgb")


def username_problem(username: str) -> str | None:
    """A username is 1 to 64 ASCII letters, digits, dots, underscores and hyphens, and starts with a letter or digit."""
    if _USERNAME.match(username):
        return None
    return (
        "A username has 1 to 64 letters (A-Z), digits, dots, underscores and hyphens; the first is a letter or digit."
    )


def email_problem(email: str) -> str | None:
    """An e-mail address is `local@domain` in ASCII, of at most 254 characters."""
    local = email.partition("@")[0]
    if len(email) <= LONGEST_EMAIL and _EMAIL.match(email) and ".." not in local and local.strip(".") == local:
        return None
    return f"An e-mail address looks like name@example.com, in at most {LONGEST_EMAIL} ASCII characters."


def slug_problem(slug: str) -> str | None:
    """A slug is 1 to 64 lower-case ASCII letters, digits and hyphens, and starts with a letter or digit."""
    if _SLUG.match(slug):
        return None
    return "A slug has 1 to 64 lower-case letters (a-z), digits and hyphens, and starts with a letter or digit."


def password_problem(password: str, *, shortest: int, names: tuple[str, ...] = ()) -> str | None:
    """A password has `shortest` characters or more, is none of the account's `names`, and none that is tried first.

    No classes of characters are asked for, as NIST SP 800-63B advises: length, and not being common, is what counts.
    """
    try:
        size = len(password.encode())
    except UnicodeEncodeError:
        return "A password must be text that UTF-8 can encode."
    if "\x00" in password:
        return "A password must not have NUL characters."
    if len(password) < shortest:
        return f"A password has at least {shortest} characters."
    if size > MOST_PASSWORD_BYTES:
        return f"A password has at most {MOST_PASSWORD_BYTES} bytes."
    if password.lower() in {name.lower() for name in names}:
        return "A password must not be the username or the e-mail address."
    return "This password is too easy to guess." if _is_common(password.lower()) else None


def _is_common(password: str) -> bool:
    stem = password.strip(_DECORATION)
    return (
        len(set(password)) < FEWEST_DIFFERENT_CHARACTERS
        or stem in _COMMON_STEMS
        or any(password in run for run in _DIGIT_RUNS)
    )
