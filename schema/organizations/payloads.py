"""What mutations of organizations and projects answer."""

from typing import Annotated

import strawberry

from schema.core.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated
from schema.organizations.types import Organization, Project

_NOW = "The organization as it is now; null where the viewer does not see it any more."


@strawberry.type(description="What came of creating an organization.")
class CreateOrganizationPayload:
    """The new organization."""

    organization: Organization | None = strawberry.field(description="The new organization.")


@strawberry.type(description="What came of changing an organization.")
class UpdateOrganizationPayload:
    """The organization."""

    organization: Organization | None = strawberry.field(description=_NOW)


@strawberry.type(description="What came of deleting an organization.")
class DeleteOrganizationPayload:
    """The organization is seen by nobody any more."""

    deleted_id: strawberry.ID = strawberry.field(description="The id of the deleted organization.")


@strawberry.type(description="What came of adding a member.")
class AddOrganizationMemberPayload:
    """The organization."""

    organization: Organization | None = strawberry.field(description=_NOW)


@strawberry.type(description="What came of changing a role.")
class ChangeOrganizationRolePayload:
    """The organization."""

    organization: Organization | None = strawberry.field(description=_NOW)


@strawberry.type(description="What came of removing a member.")
class RemoveOrganizationMemberPayload:
    """The organization."""

    organization: Organization | None = strawberry.field(description=_NOW)


@strawberry.type(description="What came of creating a project.")
class CreateProjectPayload:
    """The new project."""

    project: Project | None = strawberry.field(description="The new project.")


@strawberry.type(description="What came of adding a member to a project.")
class AddProjectMemberPayload:
    """The project."""

    project: Project | None = strawberry.field(description="The project as it is now.")


CreateOrganizationResult = Annotated[
    CreateOrganizationPayload | InvalidInput | Conflict | Forbidden | Unauthenticated,
    strawberry.union("CreateOrganizationResult", description="The new organization, or why there is none."),
]
UpdateOrganizationResult = Annotated[
    UpdateOrganizationPayload | InvalidInput | NotFound | Forbidden | Unauthenticated,
    strawberry.union("UpdateOrganizationResult", description="The organization, or why it was not changed."),
]
DeleteOrganizationResult = Annotated[
    DeleteOrganizationPayload | NotFound | Conflict | Forbidden | Unauthenticated,
    strawberry.union("DeleteOrganizationResult", description="What was deleted, or why it was not."),
]
AddOrganizationMemberResult = Annotated[
    AddOrganizationMemberPayload | NotFound | Conflict | Forbidden | Unauthenticated,
    strawberry.union("AddOrganizationMemberResult", description="The organization, or why nobody was added."),
]
ChangeOrganizationRoleResult = Annotated[
    ChangeOrganizationRolePayload | NotFound | Conflict | Forbidden | Unauthenticated,
    strawberry.union("ChangeOrganizationRoleResult", description="The organization, or why no role was changed."),
]
RemoveOrganizationMemberResult = Annotated[
    RemoveOrganizationMemberPayload | NotFound | Conflict | Forbidden | Unauthenticated,
    strawberry.union("RemoveOrganizationMemberResult", description="The organization, or why nobody was removed."),
]
CreateProjectResult = Annotated[
    CreateProjectPayload | InvalidInput | NotFound | Conflict | Forbidden | Unauthenticated,
    strawberry.union("CreateProjectResult", description="The new project, or why there is none."),
]
AddProjectMemberResult = Annotated[
    AddProjectMemberPayload | NotFound | Conflict | Forbidden | Unauthenticated,
    strawberry.union("AddProjectMemberResult", description="The project, or why nobody was added."),
]
