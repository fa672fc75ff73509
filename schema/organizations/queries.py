"""Reading organizations and projects from the root."""

import strawberry

from app.db.repositories.organizations import (
    all_organizations,
    organizations_by_id,
    organizations_by_slug,
    projects_by_id,
)
from app.db.repositories.project_slugs import ProjectSlug, projects_by_slug
from app.enums import Permission
from app.identity.rules import slug_problem
from schema.context import Info
from schema.core.connections import connection
from schema.core.lookups import argument, lookup
from schema.organizations.types import Organization, OrganizationConnection, Project


async def load_organization(info: Info, organization_id: object) -> Organization | None:
    """The organization of a key, None where it is invisible."""
    row = await info.context.load(organizations_by_id, organization_id)
    return Organization.from_row(row) if row is not None else None


async def load_project(info: Info, project_id: object) -> Project | None:
    """The project of a key, None where it is invisible."""
    row = await info.context.load(projects_by_id, project_id)
    return Project.from_row(row) if row is not None else None


def _slug(text: str) -> str | None:
    """A slug as it is looked up; None for what can be none."""
    return text if slug_problem(text) is None else None


def _project_slug(organization: str, slug: str) -> ProjectSlug | None:
    return ProjectSlug(organization, slug) if _slug(organization) and _slug(slug) else None


@strawberry.type
class OrganizationQueries:
    """Root fields about organizations and projects."""

    organizations: OrganizationConnection = connection(
        all_organizations,
        key=None,
        requires=Permission.SEARCH,
        description="The organizations that the viewer sees: the public one and their own, the oldest first.",
    )

    organization: Organization | None = lookup(
        organizations_by_slug,
        lambda _, arguments, context: _slug(arguments["slug"]),
        arguments=(argument("slug", str, "The slug."),),
        requires=Permission.SEARCH,
        description="The organization of a slug; null where there is none that the viewer may see.",
    )
    project: Project | None = lookup(
        projects_by_slug,
        lambda _, arguments, context: _project_slug(arguments["organization"], arguments["slug"]),
        arguments=(
            argument("organization", str, "The slug of its organization."),
            argument("slug", str, "Its own slug, unique in the organization."),
        ),
        requires=Permission.SEARCH,
        description="The project of a slug; null where there is none that the viewer may see.",
    )
