"""Reading accounts from the root."""

from typing import Annotated

import strawberry

from app.db.repositories.users import all_users, users_by_id, users_by_username
from app.enums import Permission
from app.errors import Unauthenticated
from app.identity.rules import username_problem
from schema.context import Info
from schema.core.connections import connection
from schema.users.types import User, UserConnection


async def load_user(info: Info, user_id: object) -> User | None:
    """The account of a key, None where it is invisible."""
    row = await info.context.load(users_by_id, user_id)
    return User.from_row(row) if row is not None else None


@strawberry.type
class UserQueries:
    """Root fields about accounts."""

    users: UserConnection = connection(
        all_users,
        key=None,
        search="Only usernames that contain this, compared without case.",
        requires=Permission.SEARCH,
        description="All accounts but deleted ones, the oldest first.",
    )

    @strawberry.field(description="The account of the credential in use.")
    async def viewer(self, info: Info) -> User:
        """Read anew: the credential was checked when the operation began."""
        viewer = info.context.viewer
        user = await load_user(info, viewer.user_id)
        if user is None:
            raise Unauthenticated("This account was deleted meanwhile.")
        return user

    @strawberry.field(description="The account of a username, compared without case; null where there is none.")
    async def user(
        self, info: Info, username: Annotated[str, strawberry.argument(description="The username.")]
    ) -> User | None:
        """Deleted accounts have no username."""
        info.context.require(Permission.SEARCH)
        if username_problem(username) is not None:
            return None
        row = await info.context.load(users_by_username, username.lower())
        return User.from_row(row) if row is not None else None
