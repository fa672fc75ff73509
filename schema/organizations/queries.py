"""Reading organizations and projects from the root."""

from typing import Annotated

import strawberry

from app.db.paging import PageKey, PageRequest
from app.db.repositories.organizations import (
    all_organizations,
    organizations_by_id,
    organizations_by_slug,
    projects_by_id,
    projects_by_organization,
)
from app.enums import Permission
from app.identity.rules import slug_problem
from schema.context import Info
from schema.core.connections import connection
from schema.organizations.types import Organization, OrganizationConnection, Project


async def load_organization(info: Info, organization_id: object) -> Organization | None:
    """The organization of a key, None where it is invisible."""
    row = await info.context.load(organizations_by_id, organization_id)
    return Organization.from_row(row) if row is not None else None


async def load_project(info: Info, project_id: object) -> Project | None:
    """The project of a key, None where it is invisible."""
    row = await info.context.load(projects_by_id, project_id)
    return Project.from_row(row) if row is not None else None


@strawberry.type
class OrganizationQueries:
    """Root fields about organizations and projects."""

    organizations: OrganizationConnection = connection(
        all_organizations,
        key=None,
        requires=Permission.SEARCH,
        description="The organizations that the viewer sees: the public one and their own, the oldest first.",
    )

    @strawberry.field(description="The organization of a slug; null where there is none that the viewer may see.")
    async def organization(
        self, info: Info, slug: Annotated[str, strawberry.argument(description="The slug.")]
    ) -> Organization | None:
        """Whoever may not see it cannot tell that it exists."""
        info.context.require(Permission.SEARCH)
        if slug_problem(slug) is not None:
            return None
        row = await info.context.load(organizations_by_slug, slug)
        return Organization.from_row(row) if row is not None else None

    @strawberry.field(description="The project of a slug; null where there is none that the viewer may see.")
    async def project(
        self,
        info: Info,
        organization: Annotated[str, strawberry.argument(description="The slug of its organization.")],
        slug: Annotated[str, strawberry.argument(description="Its own slug.")],
    ) -> Project | None:
        """A project's slug is unique in its organization only."""
        info.context.require(Permission.SEARCH)
        if slug_problem(organization) is not None or slug_problem(slug) is not None:
            return None
        owner = await info.context.load(organizations_by_slug, organization)
        if owner is None:
            return None
        request = PageRequest(first=1, filters=(("slug", slug),))
        page = await info.context.load(projects_by_organization, PageKey(owner["id"], request))
        return Project.from_row(page.rows[0]) if page.rows else None
