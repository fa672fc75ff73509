"""Reading a whole archive in one pass."""

import re
from collections.abc import Iterable
from typing import Any, BinaryIO

from app.archives.cards import FRONT_MATTER_MAX_BYTES, base_models, read_card, split_front_matter
from app.archives.contents import ArchiveContents, ArchiveFile, ArchiveLimits, ModelCard
from app.archives.inspection import Inspector
from app.archives.license_names import recognised_license
from app.archives.parameters import parameter_count
from app.archives.plain import json_object, shown
from app.archives.reader import ArchiveReader, decoded_text
from app.archives.report import Report
from app.enums import ScanSeverity

_MAX_CONFIG_BYTES = 1 << 20
_MAX_LICENSE_BYTES = 64 << 10
_README = re.compile(r"readme(\.(md|markdown|rst|txt))?", re.IGNORECASE)
_LICENSE = re.compile(r"(licen[cs]e|copying|unlicense)([-._][\w.-]*)?", re.IGNORECASE)
_CONFIG = re.compile(r"[\w.-]*config\.json", re.IGNORECASE)
_RUBBISH = re.compile(r"__MACOSX/|(.*/)?\.DS_Store$")


def read_archive(file: BinaryIO, limits: ArchiveLimits) -> ArchiveContents:
    """Check a seekable ZIP archive and read everything that can be known of it, without unpacking or running anything.

    Every entry is inflated once, in chunks, measured against `limits` and its checksum, digested and inspected.
    Raises HostileArchive, naming what is wrong, at the first entry that is not sound.
    """
    reader = ArchiveReader(file, limits)
    root = root_folder(entry.path for entry in reader.files)
    wanted = _wanted_texts((entry.path for entry in reader.files), root, limits)
    report = Report()
    if reader.directory.unlisted_bytes:
        message = f"{reader.directory.unlisted_bytes} bytes of the archive belong to no entry."
        report.find(None, ScanSeverity.WARNING, "archive.unlisted_data", message)
    inspector = Inspector(file, reader, limits, report, wanted)
    files = tuple(inspector.inspect(entry) for entry in reader.files)
    configs = _configs(inspector.texts, root, report)
    config, adapter_config = configs.get("config.json", {}), configs.get("adapter_config.json")
    readme = _readme(inspector.texts, root)
    front, body, problem = split_front_matter(decoded_text(readme)) if readme is not None else ({}, "", None)
    if problem:
        report.warn(problem)
    references = base_models(front, config, adapter_config, only_gguf=_only_gguf(files))
    card: ModelCard | None = None
    if readme is not None:
        card = read_card(body, limits.readme_max_bytes, references, front)
    return ArchiveContents(
        files=files,
        total_unpacked_bytes=sum(item.size_bytes for item in files),
        parameter_count=parameter_count(files),
        card=card,
        license_text_id=_license_text_id(inspector.texts, root),
        base_models=references,
        findings=report.findings,
        warnings=report.warnings,
        config=config,
    )


def license_text_id(reader: ArchiveReader) -> str | None:
    """The SPDX identifier of the root's licence file, by its text; None where there is none that is known.

    Raises HostileArchive.
    """
    root = root_folder(entry.path for entry in reader.files)
    texts = reader.texts(lambda path: _is_license(path, root), _MAX_LICENSE_BYTES, 10 * _MAX_LICENSE_BYTES)
    return next((known for _, text in sorted(texts) if (known := recognised_license(text))), None)


def root_folder(paths: Iterable[str]) -> str:
    """The one top-level folder that holds all files, with its slash, or "" when the files are not in one."""
    tops = {path.partition("/")[0] + "/" if "/" in path else "" for path in paths if not _RUBBISH.match(path)}
    return tops.pop() if len(tops) == 1 else ""


def _wanted_texts(paths: Iterable[str], root: str, limits: ArchiveLimits) -> dict[str, int]:
    """The root's README, licence and configuration files, with the most bytes to keep of each."""
    wanted = {}
    for path in paths:
        name = path.removeprefix(root)
        if not path.startswith(root) or "/" in name:
            continue
        if _README.fullmatch(name):
            wanted[path] = limits.readme_max_bytes + FRONT_MATTER_MAX_BYTES + 16
        elif _LICENSE.fullmatch(name):
            wanted[path] = _MAX_LICENSE_BYTES
        elif _CONFIG.fullmatch(name):
            wanted[path] = _MAX_CONFIG_BYTES
    return dict(list(wanted.items())[:100])


def _readme(texts: dict[str, bytes], root: str) -> bytes | None:
    """README.md before READMEs of other names."""
    readmes = sorted(path for path in texts if _README.fullmatch(path.removeprefix(root)))
    preferred = [path for path in readmes if path.lower().endswith(".md")] or readmes
    return texts[preferred[0]] if preferred else None


def _configs(texts: dict[str, bytes], root: str, report: Report) -> dict[str, dict[str, Any]]:
    """The configuration files by name; unreadable ones are left out and warned of."""
    configs = {}
    for path, data in texts.items():
        name = path.removeprefix(root)
        if not _CONFIG.fullmatch(name):
            continue
        try:
            configs[name] = json_object(decoded_text(data))
        except ValueError:
            if name in ("config.json", "adapter_config.json"):
                report.warn(f"“{shown(path)}” is no JSON object of at most {_MAX_CONFIG_BYTES} bytes and was not read.")
            continue
        if configs[name].get("auto_map") or configs[name].get("trust_remote_code"):
            message = "Loading the model with trust_remote_code runs code from the package or the hub."
            report.find(path, ScanSeverity.WARNING, "config.remote_code", message)
    return configs


def _license_text_id(texts: dict[str, bytes], root: str) -> str | None:
    for path in sorted(texts):
        if _is_license(path, root) and (known := recognised_license(decoded_text(texts[path]))):
            return known
    return None


def _is_license(path: str, root: str) -> bool:
    return path.startswith(root) and _LICENSE.fullmatch(path.removeprefix(root)) is not None


def _only_gguf(files: tuple[ArchiveFile, ...]) -> bool:
    formats = {item.format for item in files}
    return "gguf" in formats and not formats & {"safetensors", "pytorch", "onnx"}
