"""The scores that depend on other packages' scores: a treescore is the mean net score of a package's parents."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Select, Uuid, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.repositories.lineage_walks import lineage_edges
from app.db.repositories.scores import copy_net_scores, package_scores
from app.db.statements import Row, StatementCache, among, listed, reading_connection
from app.scoring.weights import WEIGHTS

_STATEMENTS = StatementCache()
_VALUES = [package_scores.c[name] for name in ("package_id", "net_score", *WEIGHTS)]


async def metric_values(session: AsyncSession, package_ids: Collection[UUID]) -> Mapping[UUID, Row]:
    """The net score and all metrics of those of the packages that have scores."""
    connection = await reading_connection(session)
    statement = _STATEMENTS.get(connection.dialect, "values", lambda dialect: _scores(dialect, _VALUES))
    return {row["package_id"]: row for row in await statement.run(connection, {"keys": list(package_ids)})}


async def metric_reports(session: AsyncSession, package_ids: Collection[UUID]) -> Mapping[UUID, list[Any]]:
    """The `metrics` column of those of the packages that have scores."""
    connection = await reading_connection(session)
    columns = [package_scores.c.package_id, package_scores.c.metrics]
    statement = _STATEMENTS.get(connection.dialect, "reports", lambda dialect: _scores(dialect, columns))
    rows = await statement.run(connection, {"keys": list(package_ids)})
    return {row["package_id"]: row["metrics"] for row in rows}


async def parents_net_scores(session: AsyncSession, package_ids: Collection[UUID]) -> Mapping[UUID, dict[UUID, float]]:
    """For each package the net scores of its parents that have one, by parent; deleted and invisible ones count too."""
    connection = await reading_connection(session)
    statement = _STATEMENTS.get(connection.dialect, "parents", _parents)
    found: dict[UUID, dict[UUID, float]] = defaultdict(dict)
    for row in await statement.run(connection, {"keys": list(package_ids)}):
        found[row["child_id"]][row["parent_id"]] = row["net_score"]
    return found


async def store_treescores(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write `treescore`, `net_score` and `metrics` of the packages named by each row's `id`."""
    names = ("treescore", "net_score", "metrics")
    changed: dict[str, BindParameter[Any]] = {name: bindparam(f"new_{name}") for name in names}
    statement = update(package_scores).where(package_scores.c.package_id == bindparam("id")).values(changed)  # type: ignore[arg-type]
    values = [{"id": row["id"]} | {f"new_{name}": row[name] for name in names} for row in rows]
    if values:
        await (await session.connection()).execute(statement, values)
        await copy_net_scores(session, [row["id"] for row in rows])


def _scores(dialect: str, columns: Sequence[Any]) -> Select[Any]:
    return select(*columns).where(among(dialect, package_scores.c.package_id, "keys"))


def _parents(dialect: str) -> Select[Any]:
    children = listed(dialect, "keys", Uuid(), "node").subquery()
    edge, score = lineage_edges.c, package_scores.c
    return (
        select(edge.child_id, edge.parent_id, score.net_score)
        .select_from(
            children.join(lineage_edges, edge.child_id == children.c.node).join(
                package_scores, score.package_id == edge.parent_id
            )
        )
        .where(score.net_score.is_not(None))
        .order_by(edge.child_id, edge.parent_id)
    )
