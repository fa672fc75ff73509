"""Linking packages to what they descend from. No link may close a cycle."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.archives.contents import ArchiveContents
from app.db.repositories import lineage, package_rights
from app.db.repositories.packages import package_for_writing, packages_named
from app.db.session import AsyncSession
from app.db.tables import LineageEdge, Package
from app.enums import EventType, PackageKind, RelationshipType
from app.errors import Conflict, Forbidden, InvalidInput, NotFound
from app.events.log import Origin, append
from app.identity.viewer import Viewer
from app.public_ids import public_id
from app.services.treescores import refresh_treescores

NO_PACKAGE = "There is no package with this id."


@dataclass(frozen=True)
class ParentLink:
    """A package that another descends from, and how."""

    package_id: UUID
    relationship_type: RelationshipType


async def link_packages(
    session: AsyncSession,
    viewer: Viewer,
    origin: Origin,
    parent_id: UUID,
    child_id: UUID,
    relationship_type: RelationshipType,
) -> LineageEdge:
    """Link a child to its parent, and compute the scores that depend on it again.

    Raises NotFound for a package the viewer does not see, Forbidden where the viewer does not manage the child,
    InvalidInput for a package and itself, Conflict for a link that exists or would close a cycle (with its chain).
    """
    viewer.require_writing()
    await lineage.lock_lineage(session)
    parent, child = await _pair(session, viewer, parent_id, child_id)
    if parent.id == child.id:
        raise InvalidInput.at("parentId", "A package cannot descend from itself.")
    if await lineage.edge_for_writing(session, parent.id, child.id, relationship_type) is not None:
        raise Conflict("The two packages are linked like this already.", path=("input",))
    chain = await lineage.chain_down(session, child.id, parent.id)
    if chain:
        raise Conflict(
            "The link would close a cycle: the parent already descends from the child.",
            path=("input", "parentId"),
            chain=chain,
        )
    edge = _edge(viewer, parent.id, child.id, relationship_type)
    session.add(edge)
    await session.flush()
    await refresh_treescores(session, [child.id])
    await _record(session, viewer, origin, EventType.LINEAGE_LINKED, child, edge)
    return edge


async def unlink_packages(
    session: AsyncSession,
    viewer: Viewer,
    origin: Origin,
    parent_id: UUID,
    child_id: UUID,
    relationship_type: RelationshipType,
) -> None:
    """Remove a link, and compute the scores that depend on it again.

    Raises NotFound for a package the viewer does not see or a link that is not there, and Forbidden where the viewer
    does not manage the child.
    """
    viewer.require_writing()
    await lineage.lock_lineage(session)
    parent, child = await _pair(session, viewer, parent_id, child_id)
    edge = await lineage.edge_for_writing(session, parent.id, child.id, relationship_type)
    if edge is None:
        raise NotFound("The two packages are not linked like this.", path=("input",))
    await session.delete(edge)
    await session.flush()
    await refresh_treescores(session, [child.id])
    await _record(session, viewer, origin, EventType.LINEAGE_UNLINKED, child, edge)


async def link_stated(
    session: AsyncSession, viewer: Viewer, origin: Origin, child: Package, parents: Sequence[ParentLink]
) -> None:
    """Link a new package to the parents its publisher names. Raises NotFound for one the viewer does not see.

    A new package has no children, so that no cycle can come of it.
    """
    seen = await _locked(session, viewer, [parent.package_id for parent in parents])
    for position, parent in enumerate(parents):
        if parent.package_id not in seen:
            raise NotFound(NO_PACKAGE, path=("input", "parents", str(position), "packageId"))
    edges = [_edge(viewer, link.package_id, child.id, link.relationship_type) for link in dict.fromkeys(parents)]
    await _add(session, viewer, origin, child, edges)


async def link_proposed(
    session: AsyncSession, viewer: Viewer, origin: Origin, child: Package, contents: ArchiveContents
) -> list[str]:
    """Link a new package to what its own card and configuration name, where the registry holds it.

    Returns a sentence for each link made. A new package has no children, so that no cycle can come of it.
    """
    wanted = [(reference.name, PackageKind.MODEL, reference.relationship_type) for reference in contents.base_models]
    datasets = contents.card.datasets if contents.card else ()
    wanted += [(name, PackageKind.DATASET, RelationshipType.TRAINED_ON) for name in datasets]
    if not wanted:
        return []
    # A hub's name is `owner/name`; owners here are organizations, whose names need not be the same.
    names = {name.rsplit("/", 1)[-1] for name, _, _ in wanted}
    candidates = await packages_named(session, viewer, names, other_than=child.id)
    linked = await lineage.parents_of(session, child.id)
    edges, sentences = [], []
    for name, kind, relationship_type in wanted:
        parent = _best(candidates, name.rsplit("/", 1)[-1], kind, child)
        if parent is not None and parent.id not in linked:  # what the publisher states is not doubted
            linked.add(parent.id)
            edges.append(_edge(viewer, parent.id, child.id, relationship_type))
            sentences.append(
                f"Linked to {parent.name} {parent.version} as {relationship_type}, which the package itself names."
            )
    await _add(session, viewer, origin, child, edges, is_proposed=True)
    return sentences


def _best(candidates: Sequence[Package], name: str, kind: PackageKind, child: Package) -> Package | None:
    """The newest of the same organization, else the newest of any; candidates come newest first."""
    fitting = [package for package in candidates if package.name.lower() == name.lower() and package.kind is kind]
    own = [package for package in fitting if package.organization_id == child.organization_id]
    return next(iter(own or fitting), None)


async def _locked(session: AsyncSession, viewer: Viewer, package_ids: Iterable[UUID]) -> dict[UUID, Package]:
    """Those of the packages that the viewer sees, locked in one order for all, so that nobody waits in a circle."""
    found = {
        package_id: await package_for_writing(session, viewer, package_id) for package_id in sorted({*package_ids})
    }
    return {package_id: package for package_id, package in found.items() if package is not None}


async def _pair(session: AsyncSession, viewer: Viewer, parent_id: UUID, child_id: UUID) -> tuple[Package, Package]:
    seen = await _locked(session, viewer, (parent_id, child_id))
    parent, child = seen.get(parent_id), seen.get(child_id)
    if parent is None:
        raise NotFound(NO_PACKAGE, path=("input", "parentId"))
    if child is None:
        raise NotFound(NO_PACKAGE, path=("input", "childId"))
    if not await package_rights.manages(session, viewer, child.id):
        raise Forbidden(
            "Only who published the child, or manages its organization, may change what it descends from.",
            path=("input", "childId"),
        )
    return parent, child


def _edge(viewer: Viewer, parent_id: UUID, child_id: UUID, relationship_type: RelationshipType) -> LineageEdge:
    return LineageEdge(
        parent_id=parent_id, child_id=child_id, relationship_type=relationship_type, created_by_id=viewer.user_id
    )


async def _add(
    session: AsyncSession,
    viewer: Viewer,
    origin: Origin,
    child: Package,
    edges: Sequence[LineageEdge],
    *,
    is_proposed: bool = False,
) -> None:
    """Write the links of a new package, and that they were made."""
    session.add_all(edges)
    await session.flush()
    for edge in edges:
        await _record(session, viewer, origin, EventType.LINEAGE_LINKED, child, edge, is_proposed=is_proposed)


async def _record(
    session: AsyncSession,
    viewer: Viewer,
    origin: Origin,
    type: EventType,
    child: Package,
    edge: LineageEdge,
    *,
    is_proposed: bool = False,
) -> None:
    await append(
        session,
        type,
        actor_id=viewer.user_id,
        entity_type="Package",
        entity_id=child.id,
        organization_id=child.organization_id,
        project_id=child.project_id,
        payload={
            "parentId": public_id("Package", edge.parent_id),
            "childId": public_id("Package", edge.child_id),
            "relationshipType": edge.relationship_type,
            "isProposed": is_proposed,
        },
        origin=origin,
    )
