"""Which texts of a package are looked at, and notebooks made into plain Python."""

from collections.abc import Iterable
from pathlib import PurePosixPath

import orjson

from app.scoring.facts import SourceText

MAX_SOURCES = 200
MAX_SOURCE_BYTES = 256 << 10
MAX_TOTAL_BYTES = 2 << 20
# How much of a wanted file to read: a byte more shows that it is over the limit, where a cut one would look broken.
READ_BYTES = MAX_SOURCE_BYTES + 1

_MANIFESTS = frozenset(
    {
        "pyproject.toml",
        "setup.cfg",
        "environment.yml",
        "environment.yaml",
        "conda.yaml",
        "poetry.lock",
        "uv.lock",
        "pdm.lock",
        "pipfile.lock",
        "config.json",
        "config_sentence_transformers.json",
    }
)
_KEPT_CELL_MAGICS = ("%%time", "%%timeit", "%%capture")


def is_python(path: str) -> bool:
    """Whether a path is a Python source or a notebook."""
    return path.lower().endswith((".py", ".ipynb"))


def is_manifest(path: str) -> bool:
    """Whether a path is a file that declares which distributions, in which versions, are needed."""
    name = PurePosixPath(path).name.lower()
    folder = PurePosixPath(path).parent.name.lower()
    is_list = name.endswith((".txt", ".in")) and ("requirements" in name or folder == "requirements")
    return is_list or name in _MANIFESTS


def is_wanted(path: str) -> bool:
    """Whether scoring wants the text of this file, besides the readme; READ_BYTES of it are enough."""
    return is_python(path) or is_manifest(path)


def python_sources(texts: Iterable[SourceText]) -> tuple[tuple[SourceText, ...], int]:
    """The Python among the texts, notebooks as plain Python, within the limits; and how many were left out."""
    kept: list[SourceText] = []
    left_out = total = 0
    for source in texts:
        if not is_python(source.path):
            continue
        size = len(source.text.encode("utf-8", "replace"))
        if len(kept) >= MAX_SOURCES or size > MAX_SOURCE_BYTES or total + size > MAX_TOTAL_BYTES:
            left_out += 1
            continue
        python = notebook_python(source.text) if source.path.lower().endswith(".ipynb") else source.text
        if python.strip():
            kept.append(SourceText(source.path, python))
            total += size
    return tuple(kept), left_out


def notebook_python(text: str) -> str:
    """The code cells of a notebook as one Python source, shell and magic lines as `pass`; empty where unreadable."""
    return "\n".join(_plain(cell) for cell in _code_cells(text))


def notebook_shell(text: str) -> str:
    """The shell and magic lines of a notebook, without their marks: where `pip install` stands."""
    lines = (line.strip() for cell in _code_cells(text) for line in cell.splitlines())
    return "\n".join(line.lstrip("!%") for line in lines if line.startswith(("!", "%")))


def _code_cells(text: str) -> list[str]:
    try:
        notebook = orjson.loads(text)
    except orjson.JSONDecodeError:
        return []
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    found = []
    for cell in cells if isinstance(cells, list) else []:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source")
            parts = source if isinstance(source, list) else [source]
            found.append("".join(part for part in parts if isinstance(part, str)))
    return found


def _plain(cell: str) -> str:
    if cell.startswith("%%"):
        first, _, cell = cell.partition("\n")
        if not first.startswith(_KEPT_CELL_MAGICS):
            return ""
    return "\n".join(_plain_line(line) for line in cell.splitlines())


def _plain_line(line: str) -> str:
    bare = line.lstrip()
    return line[: len(line) - len(bare)] + "pass" if bare.startswith(("!", "%")) else line
