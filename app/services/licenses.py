"""Checking whether a project's licence admits a package, and everything that the package descends from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from app.archives.license_names import LONGEST_EXPRESSION, spdx_expression
from app.config import Settings
from app.db.readers import Shape
from app.db.repositories.lineage_graphs import Neighbors
from app.db.repositories.lineage_licenses import Ancestry, ancestry_with_licenses
from app.db.repositories.packages import packages_by_id
from app.db.session import Database
from app.enums import LicenseUse, LicenseVerdict, RelationshipType
from app.errors import NotFound
from app.identity.viewer import Viewer
from app.licenses.compatibility import LicenseWarning, Verdict, check, go_together, unknown, worst
from app.licenses.repository import RepositoryLicense, repository_license
from app.scoring.fetch import Fetcher
from app.services.validation import Problems

INHERITED = frozenset(RelationshipType) - {RelationshipType.EVALUATED_ON}
"""What hands a licence on. Measuring a model on data makes nothing of the data a part of the model."""

MOST_CONFLICTS = 100
"""How many conflicts are told one by one, the nearest first; each comes with its path."""


@dataclass(frozen=True, slots=True)
class LicenseRequest:
    """A package, what is to be done with it, and the project: by its repository or by its licence, one of the two."""

    package_id: UUID
    repository_url: str | None
    project_license: str | None
    use: LicenseUse
    include_lineage: bool


@dataclass(frozen=True, slots=True)
class LineageConflict:
    """An ancestor whose licence forbids it, and the shortest way up to it, the package first.

    None is a package that the viewer may not see; nothing is told of it.
    """

    package_id: UUID | None
    path: tuple[UUID | None, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class LicenseAnswer:
    """The verdict over package and ancestors; licences as SPDX expressions, None where none is known.

    `is_complete` is False where the ancestry is larger than is read; without a conflict the verdict is then UNKNOWN.
    """

    verdict: Verdict
    project_license: str | None
    package_license: str | None
    is_complete: bool = True
    conflicts: tuple[LineageConflict, ...] = ()


async def check_license(
    database: Database, settings: Settings, viewer: Viewer, request: LicenseRequest
) -> LicenseAnswer:
    """Judge a package, and with `include_lineage` everything it descends from, for a project.

    Ancestors that the viewer may not see, and deleted ones, are judged too: a conflict there makes the answer
    INCOMPATIBLE, and shows as a gap, without name or licence. Raises InvalidInput, and NotFound for a package that the
    viewer does not see. A repository that cannot be read makes the answer UNKNOWN.
    """
    _validate(request)
    async with database.read() as connection:
        shape = Shape(("license",))
        found = await packages_by_id(connection, viewer, [request.package_id], shape)
    package = found.get(request.package_id)
    if package is None:
        raise NotFound("There is no package with this id.", path=("input", "packageId"))
    project = await _project_license(settings, request)
    if project.license is None:
        return LicenseAnswer(unknown(project.reason), None, package["license"])
    own = check(package["license"], project.license, request.use)
    if not request.include_lineage:
        return LicenseAnswer(own, project.license, package["license"])
    async with database.read() as connection:
        ancestry = await ancestry_with_licenses(
            connection, viewer, request.package_id, types=INHERITED, max_nodes=settings.lineage_max_nodes
        )
    return _over_lineage(ancestry, request, own, project.license, package["license"])


def _validate(request: LicenseRequest) -> None:
    problems = Problems()
    given = [value for value in (request.repository_url, request.project_license) if value is not None]
    if len(given) != 1:
        message = "Give the project by either `repositoryUrl` or `projectLicense`, one of the two."
        problems.add("projectLicense", message)
    problems.url("repositoryUrl", request.repository_url)
    problems.text("projectLicense", request.project_license, longest=LONGEST_EXPRESSION)
    if request.project_license is not None:
        is_given = bool(request.project_license.strip())
        problems.check(is_given, "projectLicense", "`projectLicense` must name a licence, such as MIT.")
    problems.raise_any()


async def _project_license(settings: Settings, request: LicenseRequest) -> RepositoryLicense:
    if request.repository_url is None:
        license = spdx_expression(request.project_license or "")
        return RepositoryLicense(license, "The licence given for the project names no licence that could be judged.")
    async with Fetcher(settings) as fetcher:
        return await repository_license(request.repository_url, fetcher)


def _over_lineage(
    ancestry: Ancestry, request: LicenseRequest, own: Verdict, project: str, package_license: str | None
) -> LicenseAnswer:
    ways = _shortest_ways(ancestry.parents, request.package_id)
    judge = lru_cache(maxsize=None)(lambda license: check(license, project, request.use))
    judged = {node: judge(ancestry.rows[node]["license"]) for node in ways if node != request.package_id}
    licenses = {ancestry.rows[node]["license"] for node in ways}
    bad = [node for node, verdict in judged.items() if verdict.verdict is LicenseVerdict.INCOMPATIBLE]
    parts = [own, *_sentences(ancestry, judged, bad)]
    if not bad and not go_together(licenses, project, request.use):
        reason = f"Each licence goes with {project}, but not all of them with one and the same choice of it."
        parts.append(Verdict(LicenseVerdict.INCOMPATIBLE, reason))
    seen = (verdict for node, verdict in judged.items() if ancestry.is_visible[node])
    return LicenseAnswer(
        _summed_up(parts, dict.fromkeys(w for verdict in (own, *seen) for w in verdict.warnings)),
        project,
        package_license,
        ancestry.is_complete,
        tuple(_conflict(ancestry, ways, node, judged[node], project) for node in bad[:MOST_CONFLICTS]),
    )


def _summed_up(parts: Sequence[Verdict], warnings: Mapping[LicenseWarning, None]) -> Verdict:
    """The worst of the parts, with its own reason before what the ancestry adds."""
    return Verdict(worst(parts).verdict, " ".join(dict.fromkeys(part.reason for part in parts)), tuple(warnings))


def _sentences(ancestry: Ancestry, judged: Mapping[UUID, Verdict], bad: Sequence[UUID]) -> list[Verdict]:
    """What is to be said of the ancestors as a whole."""
    found = []
    if bad:
        nearest = ancestry.rows[bad[0]]
        name = f"{nearest['name']} {nearest['version']}" if ancestry.is_visible[bad[0]] else "one you may not see"
        reason = f"Of the packages it descends from, {len(bad)} may not be used like this, the nearest being {name}."
        found.append(Verdict(LicenseVerdict.INCOMPATIBLE, reason))
    if count := sum(verdict.verdict is LicenseVerdict.UNKNOWN for verdict in judged.values()):
        found.append(unknown(f"Of the packages it descends from, {count} could not be judged by their licence."))
    if not ancestry.is_complete:
        found.append(unknown("It descends from more packages than are read at once; not all of them were judged."))
    return found


def _conflict(
    ancestry: Ancestry, ways: Mapping[UUID, UUID | None], node: UUID, verdict: Verdict, project: str
) -> LineageConflict:
    path: list[UUID | None] = []
    step: UUID | None = node
    while step is not None:
        path.append(_shown(ancestry, step))
        step = ways[step]
    if not ancestry.is_visible[node]:
        return LineageConflict(None, tuple(path[::-1]), f"A package that you may not see does not go with {project}.")
    return LineageConflict(node, tuple(path[::-1]), verdict.reason)


def _shown(ancestry: Ancestry, node: UUID) -> UUID | None:
    return node if ancestry.is_visible[node] else None


def _shortest_ways(parents: Neighbors, start: UUID) -> dict[UUID, UUID | None]:
    """For each ancestor, nearest first, the package one step closer to the start on a shortest way."""
    ways: dict[UUID, UUID | None] = {start: None}
    level = [start]
    while level:
        further = []
        for node in level:
            for parent in parents.get(node, ()):
                if parent not in ways:
                    ways[parent] = node
                    further.append(parent)
        level = further
    return ways
