"""Events of the log."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.db.repositories.audit import events_by_id
from app.db.repositories.organizations import organizations_by_id, projects_by_id
from app.db.repositories.users import users_by_id
from app.enums import EntityType, EventType
from schema.core.connections import Connection, Edge
from schema.core.nodes import Node
from schema.core.relations import relation
from schema.core.scalars import JSON

if TYPE_CHECKING:
    from schema.organizations.types import Organization, Project
    from schema.users.types import User

UserRef = Annotated["User", strawberry.lazy("schema.users.types")]
OrganizationRef = Annotated["Organization", strawberry.lazy("schema.organizations.types")]
ProjectRef = Annotated["Project", strawberry.lazy("schema.organizations.types")]


@strawberry.type(description="Something that happened, as it was written down when it did.")
class Event(Node):
    """A row of events."""

    TAG = "evt"
    READER = events_by_id

    type: EventType = strawberry.field(description="What happened.")
    actor: UserRef | None = relation(
        users_by_id,
        key="actor_id",
        join=True,
        description="Who did it; null for the server itself, for its command line and for nobody who is known.",
    )
    organization: OrganizationRef | None = relation(
        organizations_by_id, key="organization_id", join=True, description="Where, as far as the viewer sees it."
    )
    project: ProjectRef | None = relation(
        projects_by_id, key="project_id", join=True, description="In which project, as far as the viewer sees it."
    )
    entity_type: EntityType = strawberry.field(description="What kind of thing it happened to.")
    entity_id: strawberry.ID | None = strawberry.field(
        description="The id of what it happened to; null for a sign-in by a name that no account has."
    )
    payload: JSON = strawberry.field(description="What changed; ids in it are those of the API.")
    ip_address: str | None = strawberry.field(
        description="From which address; null for those who may not know, and where there is none."
    )
    user_agent: str | None = strawberry.field(
        description="With which program; null for those who may not know, and where there is none."
    )
    occurred_at: datetime = strawberry.field(description="When it happened.")


@strawberry.type(description="An event's place in the log; subscriptions go on after it.")
class EventEdge(Edge[Event]):
    """An edge of `events`."""


@strawberry.type(description="One page of the event log.")
class EventConnection(Connection[Event, EventEdge]):
    """The list of `events`."""
