"""Organizations, their projects and their members."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.db.repositories.organizations import (
    organizations_by_id,
    projects_by_id,
    projects_by_organization,
)
from app.db.repositories.packages import packages_by_organization, packages_by_project
from app.db.repositories.users import members_by_organization, members_by_project
from app.enums import OrganizationRole, ProjectRole
from schema.core.connections import Connection, Edge, connection
from schema.core.nodes import Node
from schema.core.relations import relation
from schema.packages.inputs import PackageFilter, PackageOrder
from schema.users.types import User

if TYPE_CHECKING:
    from schema.packages.types import PackageConnection

PackageConnectionRef = Annotated["PackageConnection", strawberry.lazy("schema.packages.types")]
OrganizationRef = Annotated["Organization", strawberry.lazy("schema.organizations.types")]


@strawberry.type(description="A member's place in an organization.")
class OrganizationMemberEdge(Edge[User]):
    """An edge of an organization's `members`."""

    role: OrganizationRole = strawberry.field(description="The member's standing.")


@strawberry.type(description="One page of an organization's members.")
class OrganizationMemberConnection(Connection[User, OrganizationMemberEdge]):
    """The list of an organization's `members`."""


@strawberry.type(description="A member's place in a project.")
class ProjectMemberEdge(Edge[User]):
    """An edge of a project's `members`."""

    role: ProjectRole = strawberry.field(description="The member's standing.")


@strawberry.type(description="One page of a project's members.")
class ProjectMemberConnection(Connection[User, ProjectMemberEdge]):
    """The list of a project's `members`."""


@strawberry.type(description="A piece of an organization's work.")
class Project(Node):
    """A row of projects."""

    TAG = "prj"
    READER = projects_by_id

    slug: str = strawberry.field(description="The name in addresses, unique in the organization.")
    name: str = strawberry.field(description="The name for people.")
    description: str | None = strawberry.field(description="What it is about.")
    organization: OrganizationRef | None = relation(
        organizations_by_id,
        key="organization_id",
        join=True,
        description="The organization; null where it is invisible.",
    )
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When it was last changed.")
    members: ProjectMemberConnection = connection(
        members_by_project,
        description="Its members; owners and admins of the organization manage it without being listed.",
    )
    packages: PackageConnectionRef = connection(
        packages_by_project, filter=PackageFilter, order=PackageOrder, description="The packages that name it."
    )


@strawberry.type(description="A project's place in its list.")
class ProjectEdge(Edge[Project]):
    """An edge of `projects`."""


@strawberry.type(description="One page of projects.")
class ProjectConnection(Connection[Project, ProjectEdge]):
    """The list of `projects`."""


@strawberry.type(description="A tenant: its members, projects and packages.")
class Organization(Node):
    """A row of organizations."""

    TAG = "org"
    READER = organizations_by_id

    slug: str = strawberry.field(description="The name in addresses, unique over all organizations.")
    name: str = strawberry.field(description="The name for people.")
    description: str | None = strawberry.field(description="What it is about.")
    viewer_role: OrganizationRole | None = strawberry.field(description="The viewer's standing; null: no member.")
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When it was last changed.")
    members: OrganizationMemberConnection = connection(
        members_by_organization, description="Its members; empty for who is not signed in."
    )
    projects: ProjectConnection = connection(projects_by_organization, description="Its projects that the viewer sees.")
    packages: PackageConnectionRef = connection(
        packages_by_organization,
        filter=PackageFilter,
        order=PackageOrder,
        description="Its packages that the viewer sees.",
    )


@strawberry.type(description="An organization's place in its list.")
class OrganizationEdge(Edge[Organization]):
    """An edge of `organizations`."""


@strawberry.type(description="One page of organizations.")
class OrganizationConnection(Connection[Organization, OrganizationEdge]):
    """The list of `organizations`."""


@strawberry.type(description="An organization's place among an account's.")
class UserOrganizationEdge(Edge[Organization]):
    """An edge of an account's `organizations`."""

    role: OrganizationRole = strawberry.field(description="The account's standing.")


@strawberry.type(description="One page of an account's organizations.")
class UserOrganizationConnection(Connection[Organization, UserOrganizationEdge]):
    """The list of an account's `organizations`."""
