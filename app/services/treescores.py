"""Keeping treescores true: a package's depends on its parents' net scores, and its own net score on its treescore."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import islice
from typing import Any
from uuid import UUID

from app.db.repositories.lineage import lock_lineage
from app.db.repositories.lineage_graphs import neighbors
from app.db.repositories.lineage_walks import edges_of_walk
from app.db.repositories.treescores import metric_reports, metric_values, parents_net_scores, store_treescores
from app.db.session import AsyncSession
from app.db.statements import Row, reading_connection
from app.scoring.evidence import Evidence
from app.scoring.facts import Facts
from app.scoring.metrics.treescore import treescore
from app.scoring.weights import WEIGHTS, net_score

ROWS_AT_ONCE = 1000  # how many packages' reports are held in memory


@dataclass(frozen=True, slots=True)
class _Change:
    treescore: Evidence
    net_score: float | None


async def refresh_treescores(session: AsyncSession, package_ids: Collection[UUID]) -> set[UUID]:
    """Compute the treescore and net score again of packages whose scores or parents changed, and of what descends.

    Goes down as far as net scores change, each package once, after its parents; the number of statements depends on
    neither depth nor shape. Packages without scores have none afterwards either. Returns the packages whose scores are
    others now.

    All writers of edges and scores wait for each other here, so that none computes with what another one is about to
    replace. Whoever locks a package or writes its scores in the same transaction calls `lock_lineage` before that.
    """
    await lock_lineage(session)
    edges = await edges_of_walk(await reading_connection(session), package_ids, upwards=False)
    parents, children = neighbors(edges)
    affected = {*package_ids, *parents}
    values = await metric_values(session, affected)
    changes = _changes(package_ids, parents, children, values, await parents_net_scores(session, affected))
    changed = {id for id, change in changes.items() if _differs(values[id], change)}
    remaining = iter(changes.items())
    while some := dict(islice(remaining, ROWS_AT_ONCE)):
        reports = await metric_reports(session, some)
        rows = {id: _row(id, change, reports[id]) for id, change in some.items()}
        await store_treescores(
            session, [row for id, row in rows.items() if id in changed or row["metrics"] != reports[id]]
        )
    return changed


def _changes(
    package_ids: Collection[UUID],
    parents: Mapping[UUID, Collection[UUID]],
    children: Mapping[UUID, Collection[UUID]],
    values: Mapping[UUID, Row],
    parents_scores: Mapping[UUID, Mapping[UUID, float]],
) -> dict[UUID, _Change]:
    """What is to be written, parents before children."""
    # The packages' own scores were perhaps written just before, so that their children are out of date in any case.
    stale = {*package_ids, *(child for package_id in package_ids for child in children.get(package_id, ()))}
    changes: dict[UUID, _Change] = {}
    for id in TopologicalSorter({id: parents.get(id, ()) for id in (*package_ids, *parents)}).static_order():
        if id not in stale or id not in values:
            continue
        scores: dict[UUID, float | None] = {**parents_scores.get(id, {})}
        scores |= {parent: changes[parent].net_score for parent in parents.get(id, ()) if parent in changes}
        evidence = treescore(Facts(parent_net_scores=tuple(score for score in scores.values() if score is not None)))
        metrics = {name: values[id][name] for name in WEIGHTS} | {"treescore": evidence.value}
        change = _Change(evidence, net_score(metrics))
        changes[id] = change
        if change.net_score != values[id]["net_score"]:
            stale.update(children.get(id, ()))
    return changes


def _differs(values: Row, change: _Change) -> bool:
    return bool((values["treescore"], values["net_score"]) != (change.treescore.value, change.net_score))


def _row(id: UUID, change: _Change, report: list[dict[str, Any]]) -> dict[str, Any]:
    evidence = change.treescore
    entry = {"name": "treescore", "value": evidence.value, "reason": evidence.reason, "confidence": evidence.confidence}
    metrics = [{**metric, **entry} if metric["name"] == "treescore" else metric for metric in report]
    return {"id": id, "treescore": evidence.value, "net_score": change.net_score, "metrics": metrics}
