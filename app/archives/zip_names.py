"""Which names an archive's entries may have.

A name that means something else to another tool or operating system than it says is refused, whatever it would do here.
"""

import re
import unicodedata
from collections.abc import Iterable

from app.archives.contents import HostileArchive
from app.archives.plain import shown

MAX_NAME_BYTES = 1024
_DRIVE = re.compile(r"[A-Za-z]:")
# Bidirectional overrides and isolates make a name look like another one.
_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_name(name: str) -> None:
    """Refuse a name that leaves the archive's folder or hides what it is. Raises HostileArchive."""
    label = f"Entry “{shown(name)}”"
    if any(unicodedata.category(char) == "Cc" or char in _BIDI for char in name):
        raise HostileArchive("control_character", f"{label} has a control character in its name.")
    parts = name.replace("\\", "/").removesuffix("/").split("/")
    if ".." in parts:
        raise HostileArchive("path_traversal", f"{label} leads out of the archive by “..”.")
    if name.startswith(("/", "\\")) or _DRIVE.match(name):
        raise HostileArchive("absolute_path", f"{label} has an absolute path; use paths relative to the archive.")
    if "\\" in name:
        raise HostileArchive("backslash", f"{label} has a backslash in its path; use “/”.")
    if any(part in ("", ".") for part in parts):
        raise HostileArchive("unclean_path", f"{label} has an empty or “.” part in its path.")


def check_collisions(names: Iterable[str]) -> None:
    """Refuse names that are the same file on some file system, and files that are also folders. Raises HostileArchive.

    Compared without case and in Unicode's composed form, as macOS and Windows do.
    """
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for name in names:
        key = _key(name.removesuffix("/"))
        if name.endswith("/"):
            if folders.get(key) == name:
                raise HostileArchive("duplicate_name", f"Entry “{shown(name)}” is listed more than once.")
            _claim(folders, key, name)
        else:
            if files.get(key) == name:
                raise HostileArchive("duplicate_name", f"Entry “{shown(name)}” is listed more than once.")
            _claim(files, key, name)
    for key, name in (*files.items(), *folders.items()):
        end = key.rfind("/")
        while end > 0:
            if key[:end] in files:
                raise _both(files[key[:end]])
            end = key.rfind("/", 0, end)
        if name.endswith("/") and key in files:
            raise _both(files[key])


def _claim(taken: dict[str, str], key: str, name: str) -> None:
    other = taken.setdefault(key, name)
    if other != name:
        raise HostileArchive(
            "colliding_name",
            f"Entries “{shown(other)}” and “{shown(name)}” are one file where case and composed accents do not count.",
        )


def _both(name: str) -> HostileArchive:
    return HostileArchive("file_is_folder", f"Entry “{shown(name)}” is both a file and a folder.")


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
