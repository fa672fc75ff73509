"""Signing in and out."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.errors import Unauthenticated as Refused
from app.services import sessions
from schema.context import Info
from schema.core.errors import Forbidden, LimitExceeded, Unauthenticated
from schema.users.queries import load_user
from schema.users.types import User


@strawberry.input(description="Who signs in.")
class SignInInput:
    """A name and a password."""

    username: str = strawberry.field(description="The username, or the e-mail address; compared without case.")
    password: str = strawberry.field(description="The password.")


@strawberry.type(description="A new sign-in.")
class SignInPayload:
    """The token goes into `Authorization: Bearer …`."""

    token: str = strawberry.field(description="The token, for `Authorization: Bearer <token>`; shown this once.")
    expires_at: datetime = strawberry.field(description="When the token stops working.")
    calls_remaining: int | None = strawberry.field(description="Operations the token may make; null: no limit.")
    viewer: User | None = strawberry.field(description="The account that signed in.")


@strawberry.type(description="What came of signing out.")
class SignOutPayload:
    """The token is good no more."""

    revoked: bool = strawberry.field(description="Whether the token was revoked: true.")


SignInResult = Annotated[
    SignInPayload | Unauthenticated | LimitExceeded,
    strawberry.union("SignInResult", description="A new sign-in, or why there is none."),
]
SignOutResult = Annotated[
    SignOutPayload | Forbidden | Unauthenticated,
    strawberry.union("SignOutResult", description="The end of the sign-in, or why it goes on."),
]


@strawberry.type
class SessionMutations:
    """Root fields that begin and end sign-ins."""

    @strawberry.mutation(description="Sign in with a username or e-mail address and a password.")
    async def sign_in(
        self, info: Info, input: Annotated[SignInInput, strawberry.argument(description="Name and password.")]
    ) -> SignInResult:
        """A failure is recorded, and so committed, before it is answered."""
        context, services = info.context, info.context.services
        attempts = services.authenticator.password_attempts
        checked = await sessions.check_password(
            services.database, services.settings, attempts, context.origin, input.username, input.password
        )
        async with context.write() as session:
            signed_in = await sessions.sign_in(session, services.settings, context.origin, checked)
        if isinstance(signed_in, Refused):
            raise signed_in
        if context.viewer_or_anonymous.user_id is None:  # the payload shows the account what it may see of itself
            context.viewer_or_anonymous = await services.authenticator.viewer_of(signed_in.token)
            context.refusal = None
        return SignInPayload(
            token=signed_in.token,
            expires_at=signed_in.expires_at,
            calls_remaining=signed_in.calls_remaining,
            viewer=await load_user(info, checked.user_id),
        )

    @strawberry.mutation(description="Sign out: revoke the token in use.")
    async def sign_out(self, info: Info) -> SignOutResult:
        """The token is refused from then on."""
        context, viewer = info.context, info.context.viewer
        async with context.write() as session:
            await sessions.sign_out(session, viewer, context.origin)
        return SignOutPayload(revoked=True)
