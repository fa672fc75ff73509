"""Reading a model card's Markdown: headings, fenced code, tables. One pass over the lines, linear in their length."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_FENCE = re.compile(r" {0,3}(```+|~~~+)\s*(\{?\.?[\w+#-]*)")
_PYTHON = frozenset({"python", "py", "python3", "pycon", "ipython"})
_WORD = re.compile(r"\w+")
_LOOKS_LIKE_PYTHON = re.compile(r"^(?:from\s+[\w.]+\s+import\s|import\s+\w)", re.MULTILINE)
_DOCTEST_PROMPT = re.compile(r"^(?:>>>|\.\.\.) ?")


@dataclass(frozen=True)
class Section:
    """A heading in lower case (empty before the first one) and the text below it."""

    title: str
    text: str

    @property
    def words(self) -> int:
        """How many words stand below the heading."""
        return len(_WORD.findall(self.text))


@dataclass(frozen=True)
class Table:
    """The rows of a table as written, and the heading it stands below, in lower case."""

    title: str
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """A readme taken apart; `shell` are the code blocks that are not Python."""

    sections: tuple[Section, ...]
    python: tuple[str, ...]
    shell: tuple[str, ...]
    tables: tuple[Table, ...]
    words: int

    def has_section(self, *keywords: str) -> bool:
        """Whether a heading contains one of the keywords and something is written below it."""
        return self.words_under(*keywords) > 0

    def words_under(self, *keywords: str) -> int:
        """How many words stand below the headings that contain one of the keywords."""
        return sum(section.words for section in self.sections if any(word in section.title for word in keywords))

    def text_under(self, *keywords: str) -> str:
        """The text below the headings that contain one of the keywords."""
        return "\n".join(section.text for section in self.sections if any(word in section.title for word in keywords))


@lru_cache(maxsize=16)
def read_card(text: str) -> Card:
    """Take a readme apart; YAML front matter at its head is skipped."""
    reader = _Reader()
    for line in _without_front_matter(text).splitlines():
        reader.take(line)
    return reader.finish()


def texts(value: Any) -> tuple[str, ...]:
    """What stands in a front matter field that should be a text or a list of texts, whatever was written there."""
    if isinstance(value, str):
        return (value,) if value.strip() else ()
    if isinstance(value, list | tuple):
        return tuple(part for part in value if isinstance(part, str) and part.strip())
    return ()


def mappings(value: Any) -> tuple[Mapping[str, Any], ...]:
    """What stands in a front matter field that should be a list of mappings."""
    if isinstance(value, list | tuple):
        return tuple(part for part in value if isinstance(part, Mapping))
    return (value,) if isinstance(value, Mapping) else ()


def count_words(text: str) -> int:
    """The number of words in a text, front matter aside."""
    return len(_WORD.findall(_without_front_matter(text)))


def _without_front_matter(text: str) -> str:
    if not text.startswith("---"):
        return text
    end = text.find("\n---", 3)
    return text if end < 0 else text[end + 4 :]


class _Reader:
    def __init__(self) -> None:
        self._sections: list[tuple[str, list[str]]] = [("", [])]
        self._python: list[str] = []
        self._shell: list[str] = []
        self._tables: list[Table] = []
        self._rows: list[str] = []
        self._fence = ""
        self._language = ""
        self._block: list[str] = []

    def take(self, line: str) -> None:
        if self._fence:
            self._inside_fence(line)
        elif fence := _FENCE.match(line):
            self._end_table()
            self._fence, self._language, self._block = fence[1], fence[2].strip("{.").lower(), []
        elif line.startswith("#"):
            self._end_table()
            self._sections.append((line.lstrip("#").strip().lower(), []))
        else:
            if line.count("|") >= 2:
                self._rows.append(line)
            else:
                self._end_table()
            self._keep(line)

    def finish(self) -> Card:
        self._end_table()
        if self._fence:
            self._end_block()
        sections = tuple(Section(title, "\n".join(lines)) for title, lines in self._sections)
        return Card(
            sections=sections,
            python=tuple(self._python),
            shell=tuple(self._shell),
            tables=tuple(self._tables),
            words=sum(section.words for section in sections),
        )

    def _inside_fence(self, line: str) -> None:
        if line.strip().startswith(self._fence) and not line.strip(" `~"):
            self._end_block()
        else:
            self._block.append(line)
            self._keep(line)

    def _keep(self, line: str) -> None:
        self._sections[-1][1].append(line)

    def _end_table(self) -> None:
        if self._rows:
            self._tables.append(Table(self._sections[-1][0], tuple(self._rows)))
            self._rows = []

    def _end_block(self) -> None:
        text = "\n".join(self._block)
        if self._language in _PYTHON or (not self._language and _LOOKS_LIKE_PYTHON.search(text)):
            self._python.append(_without_prompts(self._block))
        else:
            self._shell.append(text)
        self._fence = ""


def _without_prompts(lines: list[str]) -> str:
    """Code as it would be typed: of an interactive session only what stands behind the prompts."""
    if any(line.startswith(">>>") for line in lines):
        lines = [_DOCTEST_PROMPT.sub("", line) for line in lines if _DOCTEST_PROMPT.match(line)]
    return "\n".join(lines)
