"""Changing what is said of a package. Its name, version, kind and files never change."""

from collections.abc import Mapping
from typing import Any, TypedDict
from uuid import UUID

from app.db.repositories import package_rights
from app.db.repositories.organizations import project_for_writing
from app.db.repositories.package_search import index_packages
from app.db.session import AsyncSession
from app.db.tables import Organization, Package
from app.enums import EventType, Visibility
from app.errors import Forbidden, NotFound
from app.events.log import Origin
from app.identity.viewer import Viewer
from app.public_ids import public_id
from app.services.package_life import managed_package, record
from app.services.project_rights import may_publish_in
from app.services.publish_request import PublishRequest, check_metadata
from app.services.validation import Problems


class PackageChanges(TypedDict, total=False):
    """New values; what is absent stays as it is, and None takes away what was said."""

    description: str | None
    author: str | None
    license: str | None
    source_url: str | None
    dataset_url: str | None
    repository_url: str | None
    visibility: Visibility
    project_id: UUID | None
    is_sensitive: bool
    access_control_script: str | None


_NAMES = {
    "description": "description",
    "author": "author",
    "license": "license",
    "source_url": "sourceUrl",
    "dataset_url": "datasetUrl",
    "repository_url": "repositoryUrl",
    "visibility": "visibility",
    "project_id": "projectId",
    "is_sensitive": "isSensitive",
    "access_control_script": "accessControlScript",
}
"""What can be changed, and what events call it."""


async def update_package(
    session: AsyncSession, viewer: Viewer, origin: Origin, package_id: UUID, changes: PackageChanges
) -> None:
    """Change what is said of a package; what comes to the same is no change.

    Raises Unauthenticated, NotFound for a package or project that the viewer does not see, Forbidden (visibility is
    changed by who manages the organization, the project by who publishes in both) and InvalidInput.
    """
    package = await managed_package(session, viewer, package_id)
    wanted = await _checked(session, package, changes)
    changed = {name: value for name, value in wanted.items() if getattr(package, name) != value}
    if not changed:
        return
    if "visibility" in changed and not await package_rights.manages_organization(session, viewer, package_id):
        raise Forbidden(
            "Only owners and admins of its organization and administrators may change who sees a package.",
            path=("input", "visibility"),
        )
    if "project_id" in changed:
        await _check_move(session, viewer, package, changed["project_id"])
    shown = {
        _NAMES[name]: {"old": _shown(name, getattr(package, name)), "new": _shown(name, value)}
        for name, value in changed.items()
    }
    for name, value in changed.items():
        setattr(package, name, value)
    package.updated_by_id = viewer.user_id
    await session.flush()
    await index_packages(session, [package])
    await record(session, viewer, origin, EventType.PACKAGE_UPDATED, package, {"changes": shown})


async def _checked(session: AsyncSession, package: Package, changes: PackageChanges) -> Mapping[str, Any]:
    """The changes with the licence in SPDX spelling. Raises InvalidInput with everything that is wrong."""
    organization = await session.get_one(Organization, package.organization_id)
    merged: dict[str, Any] = {name: getattr(package, name) for name in _NAMES} | changes
    stated = PublishRequest(
        name=package.name, version=package.version, kind=package.kind, organization=organization.slug, **merged
    )
    problems = Problems()
    license = check_metadata(problems, stated)
    problems.raise_any()
    return {**changes, "license": license} if "license" in changes else changes


async def _check_move(session: AsyncSession, viewer: Viewer, package: Package, project_id: UUID | None) -> None:
    """Raise NotFound or Forbidden where the viewer may not take the package out of its project and into another."""
    if project_id is not None:
        project = await project_for_writing(session, viewer, project_id)
        if project is None or project.organization_id != package.organization_id:
            raise NotFound("There is no such project in the package's organization.", path=("input", "project"))
        if not await may_publish_in(session, viewer, project):
            raise Forbidden("Your role in this project does not allow publishing.", path=("input", "project"))
    if package.project_id is not None:
        former = await project_for_writing(session, viewer, package.project_id)
        is_free = former is not None and await may_publish_in(session, viewer, former)
        if not is_free and not await package_rights.manages_organization(session, viewer, package.id):
            raise Forbidden(
                "Your role in the project that the package is part of does not allow taking it out.",
                path=("input", "project"),
            )


def _shown(name: str, value: Any) -> Any:
    """A value as events tell it: whoever sees the package reads them, and not everyone may read the script."""
    if value is None:
        return None
    match name:
        case "access_control_script":
            return "(not shown)"
        case "project_id":
            return public_id("Project", value)
        case _:
            return value
