"""Runs operations against the whole schema, as somebody; no HTTP."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from typing import Any, Self

from sqlalchemy import func, select
from strawberry import Schema

from app.config import load_settings
from app.db.base import utc_now
from app.db.tables import AuthToken, User
from app.errors import Unauthenticated
from app.events.log import Origin
from app.identity.tokens import issue_token
from app.identity.viewer import Viewer
from schema.context import Context, Services
from schema.core.planner.extension import Planner
from schema.root import make_schema

PLANNER = Planner()


@cache
def whole_schema() -> Schema:
    """The schema, built once: building takes longer than most tests."""
    return make_schema(load_settings(_env_file=None, secret_key="k" * 32), PLANNER)


@dataclass(frozen=True)
class Answer:
    """What an operation answered. `errors` holds messages' formatted form, with `extensions`."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]]
    context: Context = field(repr=False)

    def __getitem__(self, name: str) -> Any:
        """A root field of an operation that went well."""
        assert not self.errors, self.errors
        assert self.data is not None
        return self.data[name]

    @property
    def code(self) -> str:
        """The `extensions.code` of the only error."""
        assert len(self.errors) == 1, self.errors
        return str(self.errors[0]["extensions"]["code"])


HERE = Origin("192.0.2.1", "tests")


@dataclass(frozen=True)
class Client:
    """Somebody who sends operations: nobody, until `sign_in` or `as_user` gives a client of its own."""

    services: Services
    token: str | None = None
    viewer: Viewer | None = None
    origin: Origin = HERE

    async def sign_in(self, username: str, *, call_limit: int | None = None) -> Self:
        """A client that holds a new token of the account, as if its password had been given."""
        settings = self.services.settings
        async with self.services.database.write() as session:
            user_id = await session.scalar(select(User.id).where(func.lower(User.username) == username.lower()))
            assert user_id is not None, f"there is no {username}"
            expires_at = utc_now() + timedelta(days=settings.token_days)
            limit = settings.token_call_limit if call_limit is None else call_limit
            token = AuthToken(user_id=user_id, expires_at=expires_at, call_limit=limit)
            session.add(token)
        return self.with_token(issue_token(token.id, user_id, expires_at, settings.secret_keys))

    def with_token(self, token: str) -> Self:
        """A client that sends this token or API key."""
        return replace(self, token=token, viewer=None)

    def as_user(self, viewer: Viewer) -> Self:
        """A client that is taken for this viewer."""
        return replace(self, token=None, viewer=viewer)

    async def execute(self, query: str, variables: dict[str, Any] | None = None, **more: Any) -> Answer:
        """Run one operation in a context of its own. Variables may be keywords too."""
        context = await self._context()
        result = await whole_schema().execute(query, {**(variables or {}), **more}, context_value=context)
        return Answer(result.data, [dict(error.formatted) for error in result.errors or ()], context)

    async def _context(self) -> Context:
        context = Context(self.services, self.viewer or self.services.authenticator.anonymous, self.origin)
        context.credential = self.token
        if self.token is not None:
            try:
                context.viewer_or_anonymous = await self.services.authenticator.viewer_of(self.token)
            except Unauthenticated as refusal:
                context.refusal = refusal
        return context
