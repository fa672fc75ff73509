"""The licences of everything a package descends from."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.repositories.lineage_graphs import Neighbors, neighbors
from app.db.repositories.lineage_walks import Course, edges_among, reached_packages
from app.db.repositories.packages import packages
from app.db.statements import Row, StatementCache, among
from app.enums import LineageDirection, RelationshipType
from app.identity.viewer import Viewer

_STATEMENTS = StatementCache()


@dataclass(frozen=True, slots=True)
class Ancestry:
    """A package and its ancestors: rows of name, version and licence by id, whether the viewer may see each, parents.

    `is_complete` is False where there may be more ancestors than were read.
    """

    rows: Mapping[UUID, Row]
    is_visible: Mapping[UUID, bool]
    parents: Neighbors
    is_complete: bool


async def ancestry_with_licenses(
    connection: AsyncConnection,
    viewer: Viewer,
    package_id: UUID,
    *,
    types: Collection[RelationshipType],
    max_nodes: int,
) -> Ancestry:
    """What a package descends from by edges of these types, at most the `max_nodes` nearest; three statements.

    Packages that the viewer may not see, deleted ones included, are among the rows, for their licence counts: it is
    for the caller to name nothing of them.
    """
    course = Course(LineageDirection.ANCESTORS, frozenset(types), max_nodes)
    is_visible, is_cut = await reached_packages(connection, viewer, [package_id], course, None)
    parents, _ = neighbors(await edges_among(connection, is_visible, course))
    statement = _STATEMENTS.get(connection.dialect, "licenses", _licenses)
    rows = await statement.run(connection, {"keys": list(is_visible)})
    return Ancestry({row["id"]: row for row in rows}, is_visible, parents, is_complete=not is_cut)


def _licenses(dialect: str) -> Select[tuple[UUID, str, str, str | None]]:
    wanted = among(dialect, packages.c.id, "keys")
    return select(packages.c.id, packages.c.name, packages.c.version, packages.c.license).where(wanted)
