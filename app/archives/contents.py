"""What is learned from an archive, as plain values."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.enums import PackageComponent, RelationshipType, ScanSeverity


class HostileArchive(Exception):
    """The archive is refused. `rule` is a stable identifier, `message` names the entry and what is wrong with it."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How much an archive may hold; sizes in bytes.

    `spool_dir`: where compressed checkpoints are put down while they are read, as that needs random access.
    """

    max_files: int
    max_unpacked_bytes: int
    max_ratio: int
    readme_max_bytes: int
    spool_dir: Path | None = None


@dataclass(frozen=True, slots=True)
class TensorSummary:
    """The tensors of one file. `dtypes` are sorted by their share of the parameters, the largest first."""

    parameter_count: int
    dtypes: tuple[str, ...]
    tensor_count: int


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """One file of the archive; `path` as the archive spells it, `sha256` in hexadecimal."""

    path: str
    size_bytes: int
    sha256: str
    component: PackageComponent
    format: str | None
    tensors: TensorSummary | None


@dataclass(frozen=True, slots=True)
class ScanResult:
    """Something suspicious; `path` is None when it concerns the archive as a whole."""

    path: str | None
    severity: ScanSeverity
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class BaseModelReference:
    """A model that this one says it descends from, by its name on a model hub."""

    name: str
    relationship_type: RelationshipType


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The README: `text` without its front matter, which is given as plain JSON values.

    `license` is an SPDX expression. `base_models` also holds what the configuration files name.
    """

    text: str
    license: str | None
    base_models: tuple[BaseModelReference, ...]
    datasets: tuple[str, ...]
    front_matter: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ArchiveContents:
    """Everything that was read from an archive in one pass.

    `license_text_id` is the SPDX identifier of the licence file's text, `config` the root `config.json` ({} without
    one), `base_models` what the card and the configuration files name, whether there is a card or not.
    """

    files: tuple[ArchiveFile, ...]
    total_unpacked_bytes: int
    parameter_count: int | None
    card: ModelCard | None
    license_text_id: str | None
    base_models: tuple[BaseModelReference, ...]
    findings: tuple[ScanResult, ...]
    warnings: tuple[str, ...]
    config: dict[str, Any]

    @property
    def license(self) -> str | None:
        """The licence as an SPDX expression: what the card says, else what the licence file is."""
        return (self.card.license if self.card else None) or self.license_text_id
