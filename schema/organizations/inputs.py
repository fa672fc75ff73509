"""Inputs about organizations and projects."""

import strawberry

from app.enums import OrganizationRole, ProjectRole

_SLUG = "1 to 64 lower-case ASCII letters, digits and hyphens; it never changes."


@strawberry.input(description="An organization to create.")
class CreateOrganizationInput:
    """The viewer owns it."""

    slug: str = strawberry.field(description="The name in addresses, unique over all organizations: " + _SLUG)
    name: str = strawberry.field(description="The name for people, in 1 to 200 characters.")
    description: str | None = strawberry.field(default=None, description="What it is about.")


@strawberry.input(description="Changes to an organization.")
class UpdateOrganizationInput:
    """Fields that are absent stay as they are."""

    organization: str = strawberry.field(description="The organization's slug.")
    name: strawberry.Maybe[str] = strawberry.field(description="Its new name.")
    description: strawberry.Maybe[str | None] = strawberry.field(description="What it is about; null: nothing is said.")


@strawberry.input(description="An organization to delete.")
class DeleteOrganizationInput:
    """It must hold no packages."""

    organization: str = strawberry.field(description="The organization's slug.")


@strawberry.input(description="An account to add to an organization.")
class AddOrganizationMemberInput:
    """Somebody who is no member yet."""

    organization: str = strawberry.field(description="The organization's slug.")
    user_id: strawberry.ID = strawberry.field(description="The account's id.")
    role: OrganizationRole = strawberry.field(default=OrganizationRole.MEMBER, description="The account's standing.")


@strawberry.input(description="Another role for a member.")
class ChangeOrganizationRoleInput:
    """An organization keeps at least one owner."""

    organization: str = strawberry.field(description="The organization's slug.")
    user_id: strawberry.ID = strawberry.field(description="The member's id.")
    role: OrganizationRole = strawberry.field(description="The member's new standing.")


@strawberry.input(description="A member to remove.")
class RemoveOrganizationMemberInput:
    """Oneself, or for who manages the organization anyone."""

    organization: str = strawberry.field(description="The organization's slug.")
    user_id: strawberry.ID = strawberry.field(description="The member's id.")


@strawberry.input(description="A project to create.")
class CreateProjectInput:
    """For who manages the organization."""

    organization: str = strawberry.field(description="The organization's slug.")
    slug: str = strawberry.field(description="The name in addresses, unique in the organization: " + _SLUG)
    name: str = strawberry.field(description="The name for people, in 1 to 200 characters.")
    description: str | None = strawberry.field(default=None, description="What it is about.")


@strawberry.input(description="An account to add to a project.")
class AddProjectMemberInput:
    """A member of the organization."""

    project_id: strawberry.ID = strawberry.field(description="The project's id.")
    user_id: strawberry.ID = strawberry.field(description="The account's id; it must belong to the organization.")
    role: ProjectRole = strawberry.field(default=ProjectRole.EDITOR, description="The account's standing.")
