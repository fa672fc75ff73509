"""Which distributions a package declares that it needs, and whether their versions are pinned."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from configparser import ConfigParser
from configparser import Error as ConfigError
from pathlib import PurePosixPath
from typing import Any

import orjson
import yaml
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from app.scoring.cards import read_card, texts
from app.scoring.facts import SourceText
from app.scoring.sources import is_manifest, notebook_shell

MAX_MANIFEST_CHARACTERS = 2 << 20  # of all manifests together
_MAX_REQUIREMENT_CHARACTERS = 500
_PIP_INSTALL = re.compile(r"pip3? install ([^\n;&|]+)")
_CONDA_PIN = re.compile(r"([\w.-]+)\s*=+\s*\d[\w.]*")

# Distributions whose name is not that of the module they install.
DISTRIBUTION_OF_MODULE = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "google": "protobuf",
    "PIL": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "umap": "umap-learn",
    "yaml": "pyyaml",
}

Declared = Iterator[tuple[str, bool]]


def declared_requirements(
    manifests: Iterable[SourceText], readme: str | None, front_matter: Mapping[str, Any]
) -> dict[str, bool]:
    """By normalized distribution name, whether some declaration pins its version.

    Declarations are requirements files, pyproject.toml, setup.cfg, conda environments, lock files, the versions that
    config.json and config_sentence_transformers.json record, `pip install` lines in the readme's code blocks and in
    notebooks, and the card's `library_name`. What cannot be read declares nothing.
    """
    found: dict[str, bool] = {}
    for name, is_pinned in _all(manifests, readme, front_matter):
        key = canonicalize_name(name)
        found[key] = found.get(key, False) or is_pinned
    return found


def distribution_of(module: str) -> str:
    """The normalized name of the distribution that most likely installs a top-level module."""
    return canonicalize_name(DISTRIBUTION_OF_MODULE.get(module, module))


def _all(manifests: Iterable[SourceText], readme: str | None, front_matter: Mapping[str, Any]) -> Declared:
    budget = MAX_MANIFEST_CHARACTERS
    for manifest in manifests:
        is_notebook = manifest.path.lower().endswith(".ipynb")
        if not (is_notebook or is_manifest(manifest.path)) or len(manifest.text) > budget:
            continue
        budget -= len(manifest.text)
        yield from _pip_installs(notebook_shell(manifest.text)) if is_notebook else _of_manifest(manifest)
    for block in read_card(readme).shell if readme else ():
        yield from _pip_installs(block)
    for name in texts(front_matter.get("library_name")):
        yield name, False


def _of_manifest(manifest: SourceText) -> Declared:
    name = PurePosixPath(manifest.path).name.lower()
    reader = _READERS.get(name, _requirement_lines)
    try:
        return iter(list(reader(manifest.text)))
    except (ValueError, AttributeError, KeyError, TypeError, ConfigError, yaml.YAMLError, RecursionError):
        return iter(())


def _requirement(text: str) -> Declared:
    if len(text) > _MAX_REQUIREMENT_CHARACTERS:
        return
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return
    exact = any(part.operator in ("==", "===") and "*" not in part.version for part in requirement.specifier)
    yield requirement.name, exact or requirement.url is not None


def _requirements(declared: Iterable[Any]) -> Declared:
    for text in declared:
        if isinstance(text, str):
            yield from _requirement(text)


def _requirement_lines(text: str) -> Declared:
    for line in text.splitlines():
        bare = line.partition(" #")[0].partition(" --hash")[0].strip().rstrip("\\").strip()
        if bare and not bare.startswith(("#", "-")):
            yield from _requirement(bare)


def _pip_installs(text: str) -> Declared:
    for match in _PIP_INSTALL.finditer(text):
        yield from _requirements(word.strip("\"'") for word in match[1].split() if not word.startswith("-"))


def _pyproject(text: str) -> Declared:
    content = tomllib.loads(text)
    project = content.get("project", {})
    yield from _requirements(project.get("dependencies", []))
    for extra in project.get("optional-dependencies", {}).values():
        yield from _requirements(extra)
    for name, version in content.get("tool", {}).get("poetry", {}).get("dependencies", {}).items():
        yield name, isinstance(version, str) and version[:1].isdigit()


def _setup_cfg(text: str) -> Declared:
    parser = ConfigParser(interpolation=None)
    parser.read_string(text)
    yield from _requirement_lines(parser.get("options", "install_requires", fallback=""))


def _conda(text: str) -> Declared:
    for part in yaml.safe_load(text)["dependencies"]:
        if isinstance(part, Mapping):
            yield from _requirements(part.get("pip", []))
        elif pin := _CONDA_PIN.fullmatch(part.rpartition("::")[2]):
            yield pin[1], True
        else:
            yield from _requirement(part)


def _toml_lock(text: str) -> Declared:
    for package in tomllib.loads(text)["package"]:
        yield package["name"], True


def _pipfile_lock(text: str) -> Declared:
    content = orjson.loads(text)
    for name in [*content.get("default", {}), *content.get("develop", {})]:
        yield name, True


def _config_json(text: str) -> Declared:
    if orjson.loads(text).get("transformers_version"):
        yield "transformers", True


def _sentence_transformers_json(text: str) -> Declared:
    for name, version in orjson.loads(text)["__version__"].items():
        yield {"pytorch": "torch"}.get(name, name), bool(version)


_READERS: Mapping[str, Callable[[str], Declared]] = {
    "pyproject.toml": _pyproject,
    "setup.cfg": _setup_cfg,
    "environment.yml": _conda,
    "environment.yaml": _conda,
    "conda.yaml": _conda,
    "poetry.lock": _toml_lock,
    "uv.lock": _toml_lock,
    "pdm.lock": _toml_lock,
    "pipfile.lock": _pipfile_lock,
    "config.json": _config_json,
    "config_sentence_transformers.json": _sentence_transformers_json,
}
