"""Inputs about accounts."""

import strawberry

from app.enums import Permission, UserKind
from app.services.users import NewUser, UserChanges


@strawberry.input(description="Permissions to grant or take away.")
class PermissionsInput:
    """One field for each of `Permission`."""

    can_search: bool | None = strawberry.field(default=None, description="View and search. Absent or null: as it is.")
    can_upload: bool | None = strawberry.field(default=None, description="Publish packages. Absent or null: as it is.")
    can_download: bool | None = strawberry.field(
        default=None, description="Download packages. Absent or null: as it is."
    )
    can_rate: bool | None = strawberry.field(default=None, description="Rate packages. Absent or null: as it is.")

    def to_permissions(self) -> dict[Permission, bool]:
        """Those that are named."""
        named = ((right, getattr(self, right.value)) for right in Permission)
        return {right: granted for right, granted in named if granted is not None}


@strawberry.input(description="An account to create.")
class CreateUserInput:
    """What `NewUser` holds."""

    username: str = strawberry.field(
        description="1 to 64 ASCII letters, digits, dots, underscores and hyphens, unique without regard to case."
    )
    email: str = strawberry.field(description="An e-mail address that no other account has; it signs in too.")
    password: str = strawberry.field(description="The first password, for the account's owner to change.")
    permissions: PermissionsInput | None = strawberry.field(
        default=None, description="What it may do; by default search, download and rate."
    )
    is_admin: bool = strawberry.field(default=False, description="Whether it is an administrator.")
    kind: UserKind = strawberry.field(
        default=UserKind.PERSON, description="Whether it belongs to a person or a program."
    )

    def to_new_user(self) -> NewUser:
        """What the service takes."""
        permissions = self.permissions.to_permissions() if self.permissions else {}
        return NewUser(self.username, self.email, self.password, permissions, self.is_admin, self.kind)


@strawberry.input(description="An account and the permissions to grant or take away.")
class SetUserPermissionsInput:
    """Permissions that are not named stay as they are."""

    user_id: strawberry.ID = strawberry.field(description="The account's id.")
    permissions: PermissionsInput = strawberry.field(description="The permissions.")


@strawberry.input(description="Changes to an account.")
class UpdateUserInput:
    """Fields that are absent stay as they are."""

    user_id: strawberry.ID = strawberry.field(description="The account's id.")
    email: strawberry.Maybe[str] = strawberry.field(description="Its new e-mail address.")
    is_active: strawberry.Maybe[bool] = strawberry.field(description="Whether it may sign in; false ends its sign-ins.")
    is_admin: strawberry.Maybe[bool] = strawberry.field(description="Whether it is an administrator.")

    def to_changes(self) -> UserChanges:
        """What the service takes."""
        return UserChanges(
            email=self.email.value if self.email else None,
            is_active=self.is_active.value if self.is_active else None,
            is_admin=self.is_admin.value if self.is_admin else None,
        )


@strawberry.input(description="One's current password and the new one.")
class ChangePasswordInput:
    """For the viewer's own account."""

    current_password: str = strawberry.field(description="The password in use until now.")
    new_password: str = strawberry.field(description="The password from now on.")


@strawberry.input(description="An account whose password is lost.")
class ResetPasswordInput:
    """For administrators."""

    user_id: strawberry.ID = strawberry.field(description="The account's id.")


@strawberry.input(description="An account to delete.")
class DeleteUserInput:
    """One's own, or for administrators anyone's."""

    user_id: strawberry.ID = strawberry.field(description="The account's id.")
