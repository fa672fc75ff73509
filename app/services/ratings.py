"""Rating packages: one rating for each user and package, replaced by the next."""

from uuid import UUID

from app.db.repositories.packages import package_for_writing
from app.db.repositories.ratings import rating_for_writing, store_rating_totals
from app.db.session import AsyncSession
from app.db.tables import Rating
from app.enums import EventType, Permission
from app.errors import NotFound
from app.events.log import Origin, append
from app.identity.viewer import Viewer
from app.services.validation import Problems

FEWEST_STARS, MOST_STARS = 1, 5
LONGEST_REVIEW = 10_000


async def rate_package(
    session: AsyncSession, viewer: Viewer, origin: Origin, package_id: UUID, stars: int, review: str | None
) -> None:
    """Give a package stars from 1 to 5 and perhaps a review, in place of what the viewer gave it before.

    Raises Unauthenticated, Forbidden without the right to rate, InvalidInput, NotFound for an unseen package.
    """
    viewer.require(Permission.RATE)
    user_id = viewer.require_signed_in()
    review = review.strip() or None if review is not None else None
    problems = Problems()
    problems.check(
        FEWEST_STARS <= stars <= MOST_STARS, "stars", f"`stars` must be from {FEWEST_STARS} to {MOST_STARS}."
    )
    problems.text("review", review, longest=LONGEST_REVIEW)
    problems.raise_any()
    package = await package_for_writing(session, viewer, package_id)  # its lock lets one rating in at a time
    if package is None:
        raise NotFound("There is no package with this id.", path=("input", "packageId"))
    rating = await rating_for_writing(session, package_id, user_id)
    previous_stars = rating.stars if rating is not None else None
    if rating is None:
        rating = Rating(package_id=package_id, user_id=user_id)
        session.add(rating)
    rating.stars, rating.review = stars, review
    await session.flush()
    await store_rating_totals(session, package_id)
    await append(
        session,
        EventType.PACKAGE_RATED,
        actor_id=user_id,
        entity_type="Package",
        entity_id=package_id,
        organization_id=package.organization_id,
        project_id=package.project_id,
        payload={
            "name": package.name,
            "version": package.version,
            "stars": stars,
            "previousStars": previous_stars,
        },
        origin=origin,
    )
