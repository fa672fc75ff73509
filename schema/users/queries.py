"""Reading accounts from the root."""

import strawberry

from app.db.repositories.users import all_users, users_by_id, users_by_username
from app.enums import Permission
from app.identity.rules import username_problem
from schema.context import Info
from schema.core.connections import connection
from schema.core.lookups import argument, lookup
from schema.users.types import User, UserConnection


async def load_user(info: Info, user_id: object) -> User | None:
    """The account of a key, None where it is invisible."""
    row = await info.context.load(users_by_id, user_id)
    return User.from_row(row) if row is not None else None


def _username(text: str) -> str | None:
    """A username as it is looked up; None for what can be none, such as a deleted account's."""
    return text.lower() if username_problem(text) is None else None


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

    viewer: User | None = lookup(
        users_by_id,
        lambda _, arguments, context: context.viewer.user_id,
        description="The account of the credential in use; null if it was deleted meanwhile.",
    )
    user: User | None = lookup(
        users_by_username,
        lambda _, arguments, context: _username(arguments["username"]),
        arguments=(argument("username", str, "The username."),),
        requires=Permission.SEARCH,
        description="The account of a username, compared without case; null where there is none.",
    )
