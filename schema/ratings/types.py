"""Ratings and their summary."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.db.repositories.ratings import ratings_by_id
from app.db.repositories.users import users_by_id
from schema.core.connections import Connection, Edge
from schema.core.nodes import FromRow, Node
from schema.core.relations import embedded_list, relation

if TYPE_CHECKING:
    from schema.users.types import User

UserRef = Annotated["User", strawberry.lazy("schema.users.types")]


@strawberry.type(description="How many ratings gave these stars.")
class RatingCount(FromRow):
    """An element of a summary's histogram."""

    stars: int = strawberry.field(description="From 1 to 5.")
    count: int = strawberry.field(description="How many users gave them.")


@strawberry.type(description="What users think of a package, in figures.")
class RatingSummary(FromRow):
    """A value of `rating_summaries`."""

    average: float | None = strawberry.field(description="The mean of all stars; null without a rating.")
    count: int = strawberry.field(description="How many users rated.")
    histogram: list[RatingCount] = embedded_list("histogram", description="Counts by stars, five first.")
    viewer_stars: int | None = strawberry.field(description="What the viewer gave, null if nothing.")


@strawberry.type(description="One user's rating of a package.")
class Rating(Node):
    """A row of ratings."""

    TAG = "rtg"
    READER = ratings_by_id

    stars: int = strawberry.field(description="From 1 to 5.")
    review: str | None = strawberry.field(description="What the user wrote.")
    user: UserRef | None = relation(users_by_id, key="user_id", join=True, description="Who rated.")
    created_at: datetime = strawberry.field(description="When the user first rated.")
    updated_at: datetime = strawberry.field(description="When the rating was last changed.")


@strawberry.type(description="A rating's place in its list.")
class RatingEdge(Edge[Rating]):
    """An edge of `ratings`."""


@strawberry.type(description="One page of ratings.")
class RatingConnection(Connection[Rating, RatingEdge]):
    """The list of `ratings`."""
