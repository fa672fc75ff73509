"""What a metric may look at. Facts are plain values; None means the fact could not be had, and `missing` says why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.enums import PackageComponent, PackageKind


class Source(StrEnum):
    """Where facts come from; the keys of `Facts.missing` and `Facts.gathering_ms`."""

    PARENTS = "parents"
    HUB = "hub"
    DATASETS = "datasets"
    REPOSITORY = "repository"
    CONTRIBUTORS = "contributors"
    REVIEWS = "reviews"
    CODE = "code"


@dataclass(frozen=True)
class FileFact:
    """A file of the package; `format` is the archive reader's name for it, such as `safetensors`."""

    path: str
    size_bytes: int
    component: PackageComponent
    format: str | None = None


@dataclass(frozen=True)
class SourceText:
    """A text file: Python, a notebook, or one that declares requirements."""

    path: str
    text: str


@dataclass(frozen=True)
class CodeFile:
    """What static analysis found in one Python source. Where `parses` is False, only path, lines and error are known.

    `undefined` are names used but bound nowhere, `bound` the names the file binds itself; `style_issues` counts
    pycodestyle's, `fault_count` pyflakes' messages; `complexities` is the cyclomatic complexity of each function;
    `annotated` of `annotatable` parameters and results carry a type.
    """

    path: str
    lines: int
    parses: bool
    error: str = ""
    imports: tuple[str, ...] = ()
    undefined: tuple[str, ...] = ()
    bound: tuple[str, ...] = ()
    style_issues: int = 0
    fault_count: int = 0
    complexities: tuple[int, ...] = ()
    annotated: int = 0
    annotatable: int = 0
    uses_randomness: bool = False
    sets_seed: bool = False


@dataclass(frozen=True)
class CodeAnalysis:
    """Static analysis of the package's own code (`files`) and of the Python examples in its readme (`examples`).

    `left_out` counts sources beyond the limits of size, number or time.
    """

    files: tuple[CodeFile, ...] = ()
    examples: tuple[CodeFile, ...] = ()
    left_out: int = 0


@dataclass(frozen=True)
class HubFacts:
    """A model as its hub shows it. `commit_authors` maps a name to its commits among the newest ones."""

    model_id: str
    exists: bool
    downloads: int | None = None
    likes: int | None = None
    last_modified: str | None = None
    card: Mapping[str, Any] = field(default_factory=dict)
    readme: str | None = None
    files: tuple[FileFact, ...] = ()
    parameter_count: int | None = None
    commit_authors: Mapping[str, int] | None = None


@dataclass(frozen=True)
class DatasetFacts:
    """One data set as its hub shows it; with `exists` False nothing else is known.

    `card_words` counts the words of its readme; `used_by_models` counts the models that name it, at most 100.
    """

    dataset_id: str
    exists: bool
    card_words: int | None = None
    license: str | None = None
    downloads: int | None = None
    likes: int | None = None
    used_by_models: int | None = None


@dataclass(frozen=True)
class ReviewFacts:
    """The newest commits of the default branch, merges aside, and the lines they added, in all and under review."""

    commits: int
    lines: int
    reviewed_lines: int


@dataclass(frozen=True)
class RepositoryFacts:
    """A code repository as its host shows it; with `exists` False nothing else is known.

    `contributors` maps a person's login to commits, robots left out. `is_declared` is False where the repository is
    not given for the package but only linked in its card.
    """

    full_name: str
    exists: bool
    is_declared: bool = True
    license: str | None = None
    stars: int | None = None
    pushed_at: str | None = None
    contributors: Mapping[str, int] | None = None
    reviews: ReviewFacts | None = None
    paths: tuple[str, ...] | None = None


@dataclass(frozen=True)
class PackageUnderReview:
    """What is known of a package before anybody else is asked: its archive's content and what its uploader stated.

    `files` is None where there is no archive. `texts` are the archive's texts that `sources.is_wanted` names.
    `license` is the stated or the card's licence, `license_text_id` the SPDX id recognised in a licence file.
    `parent_net_scores` is None where the parents are unknown, empty where there are none.
    """

    name: str
    kind: PackageKind = PackageKind.MODEL
    readme: str | None = None
    front_matter: Mapping[str, Any] = field(default_factory=dict)
    license: str | None = None
    license_text_id: str | None = None
    files: tuple[FileFact, ...] | None = None
    texts: tuple[SourceText, ...] = ()
    parameter_count: int | None = None
    source_url: str | None = None
    dataset_url: str | None = None
    repository_url: str | None = None
    parent_net_scores: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Facts:
    """Everything the metrics look at. `weights_bytes` is what must be loaded to run the model, not the sum of copies.

    `requirements` maps a distribution's normalized name to whether its version is pinned. `dataset_names` are the data
    sets the card or the uploader names. `missing` gives, by source, the reason for what could not be had;
    `gathering_ms` how long each source took, `gathered_in_ms` all of them together.
    """

    kind: PackageKind = PackageKind.MODEL
    readme: str | None = None
    front_matter: Mapping[str, Any] = field(default_factory=dict)
    license: str | None = None
    license_text_id: str | None = None
    files: tuple[FileFact, ...] | None = None
    code: CodeAnalysis | None = None
    requirements: Mapping[str, bool] = field(default_factory=dict)
    weights_bytes: int | None = None
    parameter_count: int | None = None
    source_url: str | None = None
    dataset_url: str | None = None
    repository_url: str | None = None
    dataset_names: tuple[str, ...] = ()
    hub: HubFacts | None = None
    datasets: tuple[DatasetFacts, ...] | None = None
    repository: RepositoryFacts | None = None
    parent_net_scores: tuple[float, ...] | None = None
    missing: Mapping[Source, str] = field(default_factory=dict)
    gathering_ms: Mapping[Source, float] = field(default_factory=dict)
    gathered_in_ms: float = 0.0
