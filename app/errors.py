"""The few kinds of error the domain raises; the GraphQL layer turns each into the union member of the same name."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Issue:
    """One thing wrong with an input: `path` names the field (`("input", "name")`), `message` says what to do."""

    path: tuple[str | int, ...]
    message: str


class AppError(Exception):
    """A refusal the caller is meant to see. `message` is shown as it is; `path` names the input field at fault."""

    code = "APP_ERROR"

    def __init__(self, message: str, *, path: Sequence[str | int] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = tuple(path)


class Unauthenticated(AppError):
    """Nobody is signed in, or the credential is no longer good."""

    code = "UNAUTHENTICATED"


class Forbidden(AppError):
    """The viewer is known and may see the thing, but not do this with it."""

    code = "FORBIDDEN"


class NotFound(AppError):
    """There is no such thing, or the viewer may not know that there is."""

    code = "NOT_FOUND"


class Conflict(AppError):
    """The request contradicts what is stored. `chain` holds the package ids of the cycle a link would close."""

    code = "CONFLICT"

    def __init__(self, message: str, *, path: Sequence[str | int] = (), chain: Sequence[object] = ()) -> None:
        super().__init__(message, path=path)
        self.chain = tuple(chain)


class LimitExceeded(AppError):
    """A limit was reached. `retry_after_seconds` tells when to try again, None: not by waiting."""

    code = "LIMIT_EXCEEDED"

    def __init__(
        self, message: str, *, path: Sequence[str | int] = (), retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message, path=path)
        self.retry_after_seconds = retry_after_seconds


class InvalidInput(AppError):
    """One or more fields of the input are wrong; all of them are listed at once in `issues`."""

    code = "INVALID_INPUT"

    def __init__(self, issues: Sequence[Issue]) -> None:
        if not issues:
            raise ValueError("InvalidInput needs at least one issue")
        super().__init__("; ".join(issue.message for issue in issues), path=issues[0].path)
        self.issues = tuple(issues)

    @classmethod
    def at(cls, field: str, message: str) -> "InvalidInput":
        """One issue with the field `input.<field>`; `field` is the GraphQL name, dots separate levels."""
        return cls([Issue(("input", *field.split(".")), message)])
