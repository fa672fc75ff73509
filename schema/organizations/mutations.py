"""Changing organizations, projects and who belongs to them."""

from typing import Annotated

import strawberry

from app.services import organizations, projects
from app.services.organizations import Labels
from schema.context import Info
from schema.core.ids import encode_id, key_of
from schema.organizations.inputs import (
    AddOrganizationMemberInput,
    AddProjectMemberInput,
    ChangeOrganizationRoleInput,
    CreateOrganizationInput,
    CreateProjectInput,
    DeleteOrganizationInput,
    RemoveOrganizationMemberInput,
    UpdateOrganizationInput,
)
from schema.organizations.payloads import (
    AddOrganizationMemberPayload,
    AddOrganizationMemberResult,
    AddProjectMemberPayload,
    AddProjectMemberResult,
    ChangeOrganizationRolePayload,
    ChangeOrganizationRoleResult,
    CreateOrganizationPayload,
    CreateOrganizationResult,
    CreateProjectPayload,
    CreateProjectResult,
    DeleteOrganizationPayload,
    DeleteOrganizationResult,
    RemoveOrganizationMemberPayload,
    RemoveOrganizationMemberResult,
    UpdateOrganizationPayload,
    UpdateOrganizationResult,
)
from schema.organizations.queries import load_organization, load_project
from schema.organizations.types import Organization, Project
from schema.users.types import User


@strawberry.type
class OrganizationMutations:
    """Root fields that change organizations and projects."""

    @strawberry.mutation(description="Create an organization; the viewer owns it.")
    async def create_organization(
        self,
        info: Info,
        input: Annotated[CreateOrganizationInput, strawberry.argument(description="The organization.")],
    ) -> CreateOrganizationResult:
        """Anybody may who signed in."""
        context, viewer, labels = info.context, info.context.viewer, Labels(input.name, input.description)
        async with context.write() as session:
            key = await organizations.create_organization(session, viewer, context.origin, input.slug, labels)
        return CreateOrganizationPayload(organization=await load_organization(info, key))

    @strawberry.mutation(description="Change an organization; for its owners and admins.")
    async def update_organization(
        self, info: Info, input: Annotated[UpdateOrganizationInput, strawberry.argument(description="The changes.")]
    ) -> UpdateOrganizationResult:
        """The slug never changes."""
        context, viewer = info.context, info.context.viewer
        changes = organizations.LabelChanges(
            name=input.name.value if input.name else None,
            description=input.description.value if input.description else None,
            changes_description=input.description is not None,
        )
        async with context.write() as session:
            key = await organizations.update_organization(session, viewer, context.origin, input.organization, changes)
        return UpdateOrganizationPayload(organization=await load_organization(info, key))

    @strawberry.mutation(description="Delete an organization that holds no packages; for its owners.")
    async def delete_organization(
        self, info: Info, input: Annotated[DeleteOrganizationInput, strawberry.argument(description="Which one.")]
    ) -> DeleteOrganizationResult:
        """Its projects go with it; its slug stays taken."""
        context, viewer = info.context, info.context.viewer
        async with context.write() as session:
            key = await organizations.delete_organization(session, viewer, context.origin, input.organization)
        return DeleteOrganizationPayload(deleted_id=strawberry.ID(encode_id(Organization.TAG, key)))

    @strawberry.mutation(description="Add an account to an organization; for its owners and admins.")
    async def add_organization_member(
        self,
        info: Info,
        input: Annotated[AddOrganizationMemberInput, strawberry.argument(description="Who, where and as what.")],
    ) -> AddOrganizationMemberResult:
        """Only owners add owners."""
        context, viewer = info.context, info.context.viewer
        user_id = key_of(User, input.user_id, "input", "userId")
        async with context.write() as session:
            key = await organizations.add_member(
                session, viewer, context.origin, input.organization, user_id, input.role
            )
        return AddOrganizationMemberPayload(organization=await load_organization(info, key))

    @strawberry.mutation(description="Give a member of an organization another role; for its owners and admins.")
    async def change_organization_role(
        self,
        info: Info,
        input: Annotated[ChangeOrganizationRoleInput, strawberry.argument(description="Who, where and as what.")],
    ) -> ChangeOrganizationRoleResult:
        """Only owners make and unmake owners."""
        context, viewer = info.context, info.context.viewer
        user_id = key_of(User, input.user_id, "input", "userId")
        async with context.write() as session:
            key = await organizations.change_role(
                session, viewer, context.origin, input.organization, user_id, input.role
            )
        return ChangeOrganizationRolePayload(organization=await load_organization(info, key))

    @strawberry.mutation(description="Remove a member from an organization and its projects, or leave it.")
    async def remove_organization_member(
        self,
        info: Info,
        input: Annotated[RemoveOrganizationMemberInput, strawberry.argument(description="Who and from where.")],
    ) -> RemoveOrganizationMemberResult:
        """An organization keeps at least one owner."""
        context, viewer = info.context, info.context.viewer
        user_id = key_of(User, input.user_id, "input", "userId")
        async with context.write() as session:
            key = await organizations.remove_member(session, viewer, context.origin, input.organization, user_id)
        return RemoveOrganizationMemberPayload(organization=await load_organization(info, key))

    @strawberry.mutation(description="Create a project; for owners and admins of its organization.")
    async def create_project(
        self, info: Info, input: Annotated[CreateProjectInput, strawberry.argument(description="The project.")]
    ) -> CreateProjectResult:
        """Owners and admins of the organization are its admins."""
        context, viewer, labels = info.context, info.context.viewer, Labels(input.name, input.description)
        async with context.write() as session:
            key = await projects.create_project(session, viewer, context.origin, input.organization, input.slug, labels)
        return CreateProjectPayload(project=await load_project(info, key))

    @strawberry.mutation(description="Add a member to a project, or change their role; for the project's admins.")
    async def add_project_member(
        self,
        info: Info,
        input: Annotated[AddProjectMemberInput, strawberry.argument(description="Who, where and as what.")],
    ) -> AddProjectMemberResult:
        """Somebody who belongs to the organization."""
        context, viewer = info.context, info.context.viewer
        project_id = key_of(Project, input.project_id, "input", "projectId")
        user_id = key_of(User, input.user_id, "input", "userId")
        async with context.write() as session:
            await projects.add_project_member(session, viewer, context.origin, project_id, user_id, input.role)
        return AddProjectMemberPayload(project=await load_project(info, project_id))
