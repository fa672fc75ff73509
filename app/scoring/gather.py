"""Gathering the facts: the package's own content, and what the hub and the repository host tell, asked concurrently."""

import asyncio
import time
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

from app.enums import PackageComponent
from app.scoring.analysis import AnalysisUnavailable, analyse
from app.scoring.cards import read_card, texts
from app.scoring.facts import (
    CodeAnalysis,
    DatasetFacts,
    Facts,
    FileFact,
    HubFacts,
    PackageUnderReview,
    RepositoryFacts,
    Source,
    SourceText,
)
from app.scoring.fetch import FactUnavailable, Fetcher
from app.scoring.hub import dataset_facts, model_facts
from app.scoring.links import LinkKind, UnknownLink, dataset_name, linked_datasets, linked_repository, parse_link
from app.scoring.repository import repository_facts
from app.scoring.requirements import declared_requirements
from app.scoring.sources import is_python, python_sources
from app.scoring.tarball import fetch_tarball, tarball_sources

MAX_DATASETS_ASKED = 5
MAX_EXAMPLES = 30

Fact = TypeVar("Fact")


async def gather_facts(package: PackageUnderReview, fetcher: Fetcher) -> Facts:
    """All facts about a package. Never fails for want of one: the fact is None and `missing` has the reason.

    What the package brings itself goes before what others tell of it; the hub fills in what it does not bring.
    """
    return await _Gathering(package, fetcher).facts()


class _Gathering:
    """One gathering under way: collects reasons and durations beside the facts."""

    def __init__(self, package: PackageUnderReview, fetcher: Fetcher) -> None:
        self._package = package
        self._fetcher = fetcher
        self._missing: dict[Source, str] = {}
        self._took_ms: dict[Source, float] = {}

    async def facts(self) -> Facts:
        start = time.perf_counter()
        package = self._package
        if package.parent_net_scores is None:
            self._missing[Source.PARENTS] = "the package's parents are not known"
        hub_task = asyncio.create_task(self._timed(Source.HUB, self._hub()))
        hub = None if package.readme is not None and package.front_matter else await hub_task
        readme = package.readme
        if readme is None and hub is not None:
            readme = hub.readme
        front_matter = package.front_matter or (hub.card if hub else {})
        names = self._dataset_names(readme, front_matter)
        datasets, (repository, code, requirements) = await asyncio.gather(
            self._timed(Source.DATASETS, self._datasets(names)),
            self._repository_and_code(readme, front_matter),
        )
        hub = await hub_task
        files = package.files if package.files is not None else (hub.files if hub and hub.exists else None)
        return Facts(
            kind=package.kind,
            readme=readme,
            front_matter=front_matter,
            license=package.license or _stated_license(front_matter),
            license_text_id=package.license_text_id,
            files=files,
            code=code,
            requirements=requirements,
            weights_bytes=None if files is None else bytes_to_load(files),
            parameter_count=package.parameter_count or (hub.parameter_count if hub else None),
            source_url=package.source_url,
            dataset_url=package.dataset_url,
            repository_url=package.repository_url,
            dataset_names=names,
            hub=hub,
            datasets=datasets,
            repository=repository,
            parent_net_scores=package.parent_net_scores,
            missing=self._missing,
            gathering_ms=self._took_ms,
            gathered_in_ms=(time.perf_counter() - start) * 1000,
        )

    async def _timed(self, source: Source, gathering: Awaitable[Fact]) -> Fact | None:
        start = time.perf_counter()
        try:
            return await gathering
        except (FactUnavailable, UnknownLink, AnalysisUnavailable) as error:
            self._missing[source] = str(error)
            return None
        finally:
            self._took_ms[source] = (time.perf_counter() - start) * 1000

    async def _hub(self) -> HubFacts:
        if not self._package.source_url:
            raise FactUnavailable("no page of the model is given")
        link = parse_link(self._package.source_url)
        if link.kind is not LinkKind.MODEL:
            raise FactUnavailable("the page given is not that of a model")
        return await model_facts(link.name, self._fetcher)

    def _dataset_names(self, readme: str | None, front_matter: Mapping[str, Any]) -> tuple[str, ...]:
        given = texts(self._package.dataset_url) + texts(front_matter.get("datasets"))
        return tuple(dict.fromkeys((*given, *linked_datasets(readme or ""))))

    async def _datasets(self, given: tuple[str, ...]) -> tuple[DatasetFacts, ...]:
        if not given:
            raise FactUnavailable("no data set is named")
        names = tuple(dict.fromkeys(name for name in map(dataset_name, given) if name))[:MAX_DATASETS_ASKED]
        if not names:
            raise FactUnavailable("no data set named is one of a known host")
        return tuple(await asyncio.gather(*(dataset_facts(name, self._fetcher) for name in names)))

    async def _repository(self, readme: str | None) -> RepositoryFacts:
        declared = self._package.repository_url
        url = declared or linked_repository(readme or "")
        if not url:
            raise FactUnavailable("no repository is given")
        link = parse_link(url)
        if link.kind is not LinkKind.CODE:
            raise FactUnavailable("the repository given is not on a known host")
        facts, missing = await repository_facts(link.name, self._fetcher, is_declared=declared is not None)
        self._missing.update(missing)
        return facts

    async def _repository_and_code(
        self, readme: str | None, front_matter: Mapping[str, Any]
    ) -> tuple[RepositoryFacts | None, CodeAnalysis | None, Mapping[str, bool]]:
        repository_task = asyncio.create_task(self._timed(Source.REPOSITORY, self._repository(readme)))
        given = self._package.texts
        if not any(is_python(source.path) for source in given):
            repository = await repository_task
            if repository and repository.exists and repository.is_declared:
                given += await self._repository_texts(repository.full_name)
        requirements = await asyncio.to_thread(declared_requirements, given, readme, front_matter)
        code = await self._timed(Source.CODE, self._code(given, readme))
        return await repository_task, code, requirements

    async def _repository_texts(self, full_name: str) -> tuple[SourceText, ...]:
        try:
            packed = await fetch_tarball(full_name, self._fetcher)
        except FactUnavailable as error:
            self._missing[Source.CODE] = str(error)
            return ()
        return await asyncio.to_thread(tarball_sources, packed)

    async def _code(self, given: tuple[SourceText, ...], readme: str | None) -> CodeAnalysis:
        sources, left_out = await asyncio.to_thread(python_sources, given)
        blocks = read_card(readme).python if readme else ()
        examples = tuple(SourceText(f"example {number}", text) for number, text in enumerate(blocks, 1))[:MAX_EXAMPLES]
        analysed = await analyse((*examples, *sources))
        left_out += len(blocks) + len(sources) - len(analysed)
        return CodeAnalysis(files=analysed[len(examples) :], examples=analysed[: len(examples)], left_out=left_out)


def bytes_to_load(files: tuple[FileFact, ...]) -> int | None:
    """What must be loaded to run the model, in bytes, where a package brings its weights in several formats.

    The safetensors files where there are any, else the smallest GGUF file (each is a whole model, quantized
    differently), else all files of the format that has the most bytes. None where there are no weights.
    """
    by_format: dict[str, list[int]] = {}
    for file in files:
        if file.component is PackageComponent.WEIGHTS:
            by_format.setdefault(file.path.rpartition(".")[2].lower(), []).append(file.size_bytes)
    if "safetensors" in by_format:
        return sum(by_format["safetensors"])
    if "gguf" in by_format:
        return min(by_format["gguf"])
    return max((sum(sizes) for sizes in by_format.values()), default=None)


def _stated_license(front_matter: Mapping[str, Any]) -> str | None:
    stated = texts(front_matter.get("license"))
    if stated[:1] == ("other",):
        return next(iter(texts(front_matter.get("license_name"))), "other")
    return " AND ".join(stated) or None
