"""Creating, changing and deleting accounts."""

from typing import Annotated

import strawberry

from app.services import passwords, users
from schema.context import Info
from schema.core.errors import Conflict, Forbidden, InvalidInput, LimitExceeded, NotFound, Unauthenticated
from schema.core.ids import encode_id, key_of
from schema.users.inputs import (
    ChangePasswordInput,
    CreateUserInput,
    DeleteUserInput,
    ResetPasswordInput,
    SetUserPermissionsInput,
    UpdateUserInput,
)
from schema.users.queries import load_user
from schema.users.types import User


@strawberry.type(description="What came of creating an account.")
class CreateUserPayload:
    """The new account."""

    user: User | None = strawberry.field(description="The new account.")


@strawberry.type(description="What came of changing permissions.")
class SetUserPermissionsPayload:
    """The account."""

    user: User | None = strawberry.field(description="The account as it is now.")


@strawberry.type(description="What came of changing an account.")
class UpdateUserPayload:
    """The account."""

    user: User | None = strawberry.field(description="The account as it is now.")


@strawberry.type(description="What came of changing one's password.")
class ChangePasswordPayload:
    """How many sign-ins ended."""

    revoked_sessions: int = strawberry.field(description="How many other sign-ins of the account ended by it.")


@strawberry.type(description="A password for an account whose own is lost.")
class ResetPasswordPayload:
    """The password is not stored, so that it cannot be shown again."""

    temporary_password: str = strawberry.field(description="The new password, shown this once.")
    revoked_sessions: int = strawberry.field(description="How many sign-ins of the account ended by it.")


@strawberry.type(description="What came of deleting an account.")
class DeleteUserPayload:
    """The id stays good: the row does."""

    deleted_id: strawberry.ID = strawberry.field(description="The id of the deleted account.")


CreateUserResult = Annotated[
    CreateUserPayload | InvalidInput | Conflict | Forbidden | Unauthenticated,
    strawberry.union("CreateUserResult", description="The new account, or why there is none."),
]
SetUserPermissionsResult = Annotated[
    SetUserPermissionsPayload | NotFound | Forbidden | Unauthenticated,
    strawberry.union("SetUserPermissionsResult", description="The account, or why it was not changed."),
]
UpdateUserResult = Annotated[
    UpdateUserPayload | InvalidInput | NotFound | Conflict | Forbidden | Unauthenticated,
    strawberry.union("UpdateUserResult", description="The account, or why it was not changed."),
]
ChangePasswordResult = Annotated[
    ChangePasswordPayload | InvalidInput | Conflict | LimitExceeded | Forbidden | Unauthenticated,
    strawberry.union("ChangePasswordResult", description="What ended by it, or why the password was not changed."),
]
ResetPasswordResult = Annotated[
    ResetPasswordPayload | NotFound | Forbidden | Unauthenticated,
    strawberry.union("ResetPasswordResult", description="The temporary password, or why there is none."),
]
DeleteUserResult = Annotated[
    DeleteUserPayload | NotFound | Conflict | Forbidden | Unauthenticated,
    strawberry.union("DeleteUserResult", description="What was deleted, or why it was not."),
]


@strawberry.type
class UserMutations:
    """Root fields that change accounts."""

    @strawberry.mutation(description="Create an account; for administrators.")
    async def create_user(
        self, info: Info, input: Annotated[CreateUserInput, strawberry.argument(description="The account.")]
    ) -> CreateUserResult:
        """The password is hashed before the transaction begins."""
        context, new = info.context, input.to_new_user()
        hashed = await users.check_new_user(context.viewer, context.settings, new)
        async with context.write() as session:
            user_id = await users.create_user(session, context.viewer, context.origin, new, hashed)
        return CreateUserPayload(user=await load_user(info, user_id))

    @strawberry.mutation(description="Grant permissions or take them away; for administrators.")
    async def set_user_permissions(
        self,
        info: Info,
        input: Annotated[SetUserPermissionsInput, strawberry.argument(description="The account and permissions.")],
    ) -> SetUserPermissionsResult:
        """They hold from the account's next operation on."""
        context, wanted = info.context, input.permissions.to_permissions()
        context.viewer.require_admin()
        user_id = key_of(User, input.user_id, "input", "userId")
        async with context.write() as session:
            await users.set_user_permissions(session, context.viewer, context.origin, user_id, wanted)
        return SetUserPermissionsPayload(user=await load_user(info, user_id))

    @strawberry.mutation(description="Change an account, activate or deactivate it; for administrators.")
    async def update_user(
        self, info: Info, input: Annotated[UpdateUserInput, strawberry.argument(description="The changes.")]
    ) -> UpdateUserResult:
        """The last active administrator stays one."""
        context = info.context
        context.viewer.require_admin()
        user_id = key_of(User, input.user_id, "input", "userId")
        async with context.write() as session:
            await users.update_user(session, context.viewer, context.origin, user_id, input.to_changes())
        return UpdateUserPayload(user=await load_user(info, user_id))

    @strawberry.mutation(description="Change one's own password; the account's other sign-ins end by it.")
    async def change_password(
        self, info: Info, input: Annotated[ChangePasswordInput, strawberry.argument(description="Both passwords.")]
    ) -> ChangePasswordResult:
        """Passwords are verified and hashed before the transaction begins."""
        context, services = info.context, info.context.services
        change = await passwords.check_password_change(
            services.database,
            services.settings,
            services.authenticator.password_attempts,
            context.viewer,
            context.origin,
            input.current_password,
            input.new_password,
        )
        async with context.write() as session:
            revoked = await passwords.change_password(session, context.viewer, context.origin, change)
        return ChangePasswordPayload(revoked_sessions=revoked)

    @strawberry.mutation(description="Set a temporary password for an account; for administrators.")
    async def reset_password(
        self, info: Info, input: Annotated[ResetPasswordInput, strawberry.argument(description="The account.")]
    ) -> ResetPasswordResult:
        """All its sign-ins end by it."""
        context = info.context
        temporary = await passwords.make_temporary_password(context.viewer, context.settings)
        user_id = key_of(User, input.user_id, "input", "userId")
        async with context.write() as session:
            revoked = await passwords.reset_password(session, context.viewer, context.origin, user_id, temporary)
        return ResetPasswordPayload(temporary_password=temporary.plain, revoked_sessions=revoked)

    @strawberry.mutation(description="Delete one's own account, or as an administrator anyone's.")
    async def delete_user(
        self, info: Info, input: Annotated[DeleteUserInput, strawberry.argument(description="The account.")]
    ) -> DeleteUserResult:
        """What it published stays, by nobody."""
        context, viewer = info.context, info.context.viewer
        user_id = key_of(User, input.user_id, "input", "userId")
        async with context.write() as session:
            await users.delete_user(session, viewer, context.origin, user_id)
        return DeleteUserPayload(deleted_id=strawberry.ID(encode_id(User.TAG, user_id)))
