"""Scoring a package: facts are gathered without a transaction, what they amount to is written in one."""

import asyncio
import logging
from dataclasses import dataclass
from typing import BinaryIO, Protocol
from uuid import UUID

from app.archives.archive import license_text_id
from app.archives.contents import ArchiveLimits, HostileArchive
from app.archives.reader import ArchiveReader
from app.config import Settings
from app.db.base import utc_now
from app.db.repositories import scores
from app.db.repositories.lineage import lock_lineage
from app.db.repositories.package_rights import manages
from app.db.repositories.packages import package_for_writing
from app.db.session import AsyncSession, Database
from app.db.tables import Package
from app.enums import EventType
from app.errors import Forbidden, NotFound
from app.events.log import Origin, append
from app.identity.viewer import Viewer
from app.scoring.evaluator import Scores, evaluate
from app.scoring.facts import FileFact, PackageUnderReview, SourceText
from app.scoring.fetch import Fetcher
from app.scoring.gather import gather_facts
from app.scoring.sources import MAX_SOURCE_BYTES, MAX_TOTAL_BYTES, is_wanted
from app.services.treescores import refresh_treescores
from app.storage.object_store import ObjectMissing, ObjectStore

logger = logging.getLogger("app.scoring")

NO_PACKAGE = "There is no package with this id."


class ScoringQueue(Protocol):
    """Where packages are scored, a few at a time."""

    def enqueue(self, package_id: UUID) -> None:
        """Have a package scored that was not yet; returns at once."""

    async def score_now(self, package_id: UUID, *, actor_id: UUID, origin: Origin) -> bool:
        """Score a package, again if it was, for somebody who waits. See `score_package`; raises LimitExceeded."""


@dataclass(frozen=True)
class ArchivedTexts:
    """What scoring reads in the archive itself."""

    texts: tuple[SourceText, ...] = ()
    license_text_id: str | None = None


async def rescore(database: Database, queue: ScoringQueue, viewer: Viewer, origin: Origin, package_id: UUID) -> None:
    """Score a package now, because somebody asks for it.

    Raises Unauthenticated, NotFound for a package the viewer does not see, Forbidden where the viewer does not manage
    it, LimitExceeded for an account that asks too often.
    """
    user_id = viewer.require_signed_in()
    async with database.write() as session:
        if await package_for_writing(session, viewer, package_id) is None:
            raise NotFound(NO_PACKAGE, path=("input", "packageId"))
        if not await manages(session, viewer, package_id):
            raise Forbidden(
                "Only who published the package, or manages its organization, may have it scored again.",
                path=("input", "packageId"),
            )
    if not await queue.score_now(package_id, actor_id=user_id, origin=origin):
        raise NotFound(NO_PACKAGE, path=("input", "packageId"))


async def score_package(
    database: Database,
    store: ObjectStore,
    settings: Settings,
    package_id: UUID,
    *,
    actor_id: UUID | None = None,
    origin: Origin | None = None,
    again: bool = True,
) -> bool:
    """Score a package and store what was found; returns whether it did.

    It does not where the package is gone, or has scores and is not to be scored `again`: then the first of several
    servers that score it at the same time wins. Raises StorageUnavailable; an archive that is gone or unreadable only
    lowers what is known.
    """
    async with database.read() as connection:
        package = await scores.package_to_score(connection, package_id)
    if package is None or (package.is_scored and not again):
        return False
    archived = await _archived_texts(store, settings, package.row["s3_key"])
    async with Fetcher(settings) as fetcher:
        facts = await gather_facts(_under_review(package, archived), fetcher)
    found = await evaluate(facts)
    async with database.write() as session:
        await lock_lineage(session)
        locked = await scores.package_for_scoring(session, package_id)
        if locked is None or (not again and await scores.is_scored(session, package_id)):
            return False
        await _store(session, locked, found, actor_id, origin)
    return True


async def _archived_texts(store: ObjectStore, settings: Settings, key: str) -> ArchivedTexts:
    limits = ArchiveLimits(
        max_files=settings.archive_max_files,
        max_unpacked_bytes=settings.archive_max_unpacked_bytes,
        max_ratio=settings.archive_max_ratio,
        readme_max_bytes=settings.readme_max_bytes,
    )
    try:
        file = await store.open(key)
        return await asyncio.to_thread(_read, file, limits)
    except (ObjectMissing, HostileArchive) as problem:
        logger.warning("scored without the archive %s: %s", key, problem)
        return ArchivedTexts()


def _read(file: BinaryIO, limits: ArchiveLimits) -> ArchivedTexts:
    with file:  # closed by the thread that reads, which goes on when the scoring is cancelled
        reader = ArchiveReader(file, limits)
        found = reader.texts(is_wanted, MAX_SOURCE_BYTES + 1, MAX_TOTAL_BYTES)  # one more: cut ones count as too long
        texts = tuple(SourceText(path, text) for path, text in found)
        return ArchivedTexts(texts, license_text_id(reader))


def _under_review(package: scores.PackageToScore, archived: ArchivedTexts) -> PackageUnderReview:
    row = package.row
    return PackageUnderReview(
        name=row["name"],
        kind=row["kind"],
        readme=row["readme"],
        front_matter=row["front_matter"] or {},
        license=row["license"],
        license_text_id=archived.license_text_id,
        files=tuple(FileFact(**file) for file in package.files),
        texts=archived.texts,
        parameter_count=row["parameter_count"],
        source_url=row["source_url"],
        dataset_url=row["dataset_url"],
        repository_url=row["repository_url"],
        parent_net_scores=package.parent_net_scores,
    )


async def _store(
    session: AsyncSession, package: Package, found: Scores, actor_id: UUID | None, origin: Origin | None
) -> None:
    values = {metric.name: metric.value for metric in found.metrics}
    metrics = [
        {
            "name": metric.name,
            "value": metric.value,
            "reason": metric.reason,
            "confidence": metric.confidence,
            "latency_ms": metric.latency_ms,
        }
        for metric in found.metrics
    ]
    await scores.store_scores(
        session,
        {
            **values,
            "package_id": package.id,
            "net_score": found.net_score,
            "metrics": metrics,
            "evaluator_version": found.evaluator_version,
            "scored_at": utc_now(),
            "scoring_latency_ms": found.latency_ms,
        },
    )
    # The parents may have got other scores while this package was looked at; its children's depend on its own.
    await refresh_treescores(session, [package.id])
    await append(
        session,
        EventType.PACKAGE_SCORED,
        actor_id=actor_id,
        entity_type="Package",
        entity_id=package.id,
        organization_id=package.organization_id,
        project_id=package.project_id,
        payload={
            "name": package.name,
            "version": package.version,
            "netScore": await scores.net_score_of(session, package.id),
            "evaluatorVersion": found.evaluator_version,
        },
        origin=origin,
    )
