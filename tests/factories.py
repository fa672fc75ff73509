"""Rows for tests. Single rows come back as entities, many rows as their ids, in the order of insertion.

Every default gives way to a keyword; names are unique unless given.
"""

from collections.abc import Sequence
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import insert, select

from app.db.base import new_id, utc_now
from app.db.initial_data import PUBLIC_SLUG
from app.db.repositories.package_search import index_packages
from app.db.repositories.scores import copy_net_scores
from app.db.session import Database
from app.db.tables import (
    Download,
    LineageEdge,
    Organization,
    OrganizationMembership,
    Package,
    PackageScore,
    Project,
    ProjectMember,
    Rating,
    User,
    UserPermission,
)
from app.enums import (
    OrganizationRole,
    PackageKind,
    PackageStatus,
    ProjectRole,
    RelationshipType,
    Visibility,
)
from app.versions import sort_key

Row = TypeVar("Row")

_numbers = count(1)
_RIGHTS = ("can_search", "can_upload", "can_download", "can_rate")


async def public_organization_id(database: Database) -> UUID:
    """The id of the organization that is always there."""
    async with database.read() as connection:
        return (await connection.execute(select(Organization.id).where(Organization.slug == PUBLIC_SLUG))).scalar_one()


async def make_user(database: Database, username: str | None = None, **overrides: Any) -> User:
    """A user without a password, with every right but to upload; rights are keywords too (`can_upload=True`)."""
    username = username or f"user{next(_numbers)}"
    rights = {right: overrides.pop(right) for right in _RIGHTS if right in overrides}
    user = User(**{"id": new_id(), "username": username, "email": f"{username}@example.com"} | overrides)
    async with database.write() as session:
        session.add(user)
        await session.flush()
        session.add(UserPermission(user_id=user.id, **rights))
    return user


async def make_users(database: Database, how_many: int, **overrides: Any) -> list[UUID]:
    """Many users, with the rights of new ones."""
    names = [f"user{next(_numbers)}" for _ in range(how_many)]
    ids = await _insert_many(
        database, User, [{"username": name, "email": f"{name}@example.com", **overrides} for name in names]
    )
    async with database.write() as session:
        await session.execute(insert(UserPermission), [{"user_id": user_id} for user_id in ids])
    return ids


async def make_organization(database: Database, slug: str | None = None, **overrides: Any) -> Organization:
    """An organization without members."""
    slug = slug or f"org{next(_numbers)}"
    return await _add(database, Organization(**{"slug": slug, "name": slug.title()} | overrides))


async def make_membership(
    database: Database, organization: Organization | UUID, user: User | UUID, role: str = OrganizationRole.MEMBER
) -> OrganizationMembership:
    """A user's role in an organization."""
    role = OrganizationRole(role)
    return await _add(database, OrganizationMembership(organization_id=_id(organization), user_id=_id(user), role=role))


async def make_project(
    database: Database, organization: Organization | UUID, slug: str | None = None, **overrides: Any
) -> Project:
    """A project without members of its own."""
    slug = slug or f"project{next(_numbers)}"
    values = {"organization_id": _id(organization), "slug": slug, "name": slug.title()}
    return await _add(database, Project(**values | overrides))


async def make_project_member(
    database: Database, project: Project | UUID, user: User | UUID, role: str = ProjectRole.EDITOR
) -> ProjectMember:
    """A user's role in a project."""
    return await _add(database, ProjectMember(project_id=_id(project), user_id=_id(user), role=ProjectRole(role)))


async def make_package(
    database: Database,
    name: str | None = None,
    version: str = "1.0.0",
    *,
    uploaded_by: User | UUID | None = None,
    organization: Organization | UUID | None = None,
    **overrides: Any,
) -> Package:
    """A package that is ready: PUBLIC in the public organization, by a new user, unless said otherwise."""
    values = await _package_values(database, uploaded_by, organization)
    package = Package(**values | _named(name, version, overrides) | overrides)
    async with database.write() as session:
        session.add(package)
        await session.flush()
        await index_packages(session, [package])
    return package


async def make_packages(
    database: Database,
    how_many: int,
    *,
    uploaded_by: User | UUID | None = None,
    organization: Organization | UUID | None = None,
    **overrides: Any,
) -> list[UUID]:
    """Many packages like those of `make_package`, each with a name of its own."""
    values = await _package_values(database, uploaded_by, organization)
    rows = [values | _named(None, "1.0.0", overrides) | overrides for _ in range(how_many)]
    keys = await _insert_many(database, Package, rows)
    async with database.write() as session:
        for start in range(0, how_many, 500):  # SQLite takes only so many parameters in a statement
            wanted = select(Package).where(Package.id.in_(keys[start : start + 500]))
            await index_packages(session, (await session.scalars(wanted)).all())
    return keys


async def make_edge(
    database: Database,
    parent: Package | UUID,
    child: Package | UUID,
    relationship_type: str = RelationshipType.FINE_TUNED_FROM,
    **overrides: Any,
) -> LineageEdge:
    """The child descends from the parent."""
    values = {
        "parent_id": _id(parent),
        "child_id": _id(child),
        "relationship_type": RelationshipType(relationship_type),
    }
    return await _add(database, LineageEdge(**values | overrides))


async def make_edges(database: Database, pairs: Sequence[tuple[UUID, UUID]], **overrides: Any) -> list[UUID]:
    """Many edges from pairs of parent and child."""
    values = {"relationship_type": RelationshipType.FINE_TUNED_FROM} | overrides
    rows = [{"parent_id": parent, "child_id": child} | values for parent, child in pairs]
    return await _insert_many(database, LineageEdge, rows)


async def make_score(
    database: Database, package: Package | UUID, net_score: float | None = 0.5, **overrides: Any
) -> PackageScore:
    """Scores of a package; metrics not given are null."""
    async with database.write() as session:
        score = PackageScore(**_score_values(_id(package), net_score) | overrides)
        session.add(score)
        await session.flush()
        await copy_net_scores(session, [score.package_id])
    return score


async def make_scores(database: Database, packages: Sequence[UUID], net_score: float | None = 0.5) -> None:
    """Scores of many packages."""
    async with database.write() as session:
        await session.execute(insert(PackageScore), [_score_values(package, net_score) for package in packages])
        await copy_net_scores(session, packages)


async def make_rating(
    database: Database, package: Package | UUID, user: User | UUID, stars: int = 4, **overrides: Any
) -> Rating:
    """One user's stars; the package's own count and average stay as they are."""
    return await _add(database, Rating(package_id=_id(package), user_id=_id(user), stars=stars, **overrides))


async def make_download(
    database: Database, package: Package | UUID, user: User | UUID | None = None, **overrides: Any
) -> Download:
    """One granted download of the whole package; the package's own count stays as it is."""
    return await _add(database, Download(**_download_values(package, user) | overrides))


async def make_downloads(
    database: Database, how_many: int, package: Package | UUID, user: User | UUID | None = None, **overrides: Any
) -> None:
    """Many downloads of one package."""
    async with database.write() as session:
        await session.execute(insert(Download), [_download_values(package, user) | overrides] * how_many)


def _named(name: str | None, version: str, overrides: dict[str, Any]) -> dict[str, Any]:
    name, uploaded_at = name or f"package{next(_numbers)}", overrides.get("uploaded_at") or utc_now()
    return {
        "name": name,
        "version": version,
        "version_key": sort_key(version, uploaded_at),
        "uploaded_at": uploaded_at,
        "s3_key": f"packages/{name}/{version}.zip",
    }


async def _package_values(
    database: Database, uploaded_by: User | UUID | None, organization: Organization | UUID | None
) -> dict[str, Any]:
    uploader_id = _id(uploaded_by or await make_user(database, can_upload=True))
    return {
        "organization_id": _id(organization) if organization else await public_organization_id(database),
        "uploaded_by_id": uploader_id,
        "created_by_id": uploader_id,
        "kind": PackageKind.MODEL,
        "visibility": Visibility.PUBLIC,
        "status": PackageStatus.READY,
        "license": "MIT",
        "file_size_bytes": 1000,
        "sha256": "0" * 64,
    }


def _score_values(package_id: UUID, net_score: float | None) -> dict[str, Any]:
    return {
        "package_id": package_id,
        "net_score": net_score,
        "metrics": [],
        "evaluator_version": "1",
        "scoring_latency_ms": 1.0,
    }


def _download_values(package: Package | UUID, user: User | UUID | None) -> dict[str, Any]:
    return {"package_id": _id(package), "user_id": _id(user) if user else None, "access_granted": True}


async def _add(database: Database, row: Row) -> Row:
    async with database.write() as session:
        session.add(row)
    return row


async def _insert_many(database: Database, entity: type[Any], rows: Sequence[dict[str, Any]]) -> list[UUID]:
    rows = [{"id": new_id()} | row for row in rows]
    async with database.write() as session:
        await session.execute(insert(entity), rows)
    return [row["id"] for row in rows]


def _id(row: Any) -> UUID:
    return row if isinstance(row, UUID) else row.id
