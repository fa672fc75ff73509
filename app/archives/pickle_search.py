"""Finding dangerous names in what cannot be followed as a pickle: behind damage, and between embedded arrays."""

import re
from collections.abc import Iterator

from app.archives.pickle_globals import dangerous_module_names

_DANGEROUS = b"|".join(re.escape(name.encode()) for name in dangerous_module_names())
_MODULES = rb"(?=[A-Za-z_])((?:" + _DANGEROUS + rb")(?:\.\w+)*)"
_MEMOIZED = rb"(?:\x94|q.|r....)?"
_NAME = rb"([A-Za-z_][\w.]{2,80}?)"
_ON_STACK = _MODULES + _MEMOIZED + rb"(?:\x8c.|X....)" + _NAME + _MEMOIZED + rb"\x93"
# Each starts with a single byte: the regular expression engine then leaps from one such byte to the next.
_GLOBAL_PATTERNS = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        b"c" + _MODULES + rb"\n" + _NAME + rb"\n",
        b"i" + _MODULES + rb"\n" + _NAME + rb"\n",
        rb"\x8c." + _ON_STACK,
        b"X...." + _ON_STACK,
    )
)
_OVERLAP = 300


def search_globals(chunks: Iterator[bytes]) -> Iterator[tuple[str, str]]:
    """Dangerous module names in the byte patterns by which pickles name globals, wherever they are in the data."""
    tail = b""
    for chunk in chunks:
        data = tail + chunk
        for pattern in _GLOBAL_PATTERNS:
            for match in pattern.finditer(data):
                yield match[1].decode(), match[2].decode("utf-8", "replace")
        tail = data[-_OVERLAP:]
