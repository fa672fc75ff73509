"""Licence names of model hubs as SPDX expressions, and licence texts recognised by their own words.

The names are those of huggingface.co/docs/hub/repositories-licenses. What SPDX has no identifier for is a LicenseRef,
with ScanCode's name (scancode-licensedb.aboutcode.org) where it has one.
"""

import re
from typing import Any

from license_expression import ExpressionError, LicenseSymbol, Licensing, get_spdx_licensing

LONGEST_EXPRESSION = 200
# Without the library's own readings of references: to it LicenseRef-LICENSE means proprietary.
_SPDX = Licensing(
    LicenseSymbol(
        symbol.key,
        aliases=tuple(alias for alias in symbol.aliases if not alias.startswith("LicenseRef-")),
        is_exception=symbol.is_exception,
    )
    for symbol in get_spdx_licensing().known_symbols.values()
)
_REFERENCES = {
    "openrail": "LicenseRef-scancode-bigscience-open-rail-m",
    "bigscience-openrail-m": "LicenseRef-scancode-bigscience-open-rail-m",
    "bigscience-bloom-rail-1.0": "LicenseRef-scancode-bigscience-rail-1.0",
    "creativeml-openrail-m": "LicenseRef-scancode-stable-diffusion-2022-08-22",
    "bigcode-openrail-m": "LicenseRef-scancode-bigcode-open-rail-m-v1",
    "openrail-m": "LicenseRef-scancode-bigscience-open-rail-m",
    "openrail++": "LicenseRef-openrail++",
    "llama2": "LicenseRef-scancode-llama-2-license-2023",
    "llama3": "LicenseRef-llama3",
    "llama3.1": "LicenseRef-scancode-llama-3.1-license-2024",
    "llama3.2": "LicenseRef-scancode-llama-3.2-license-2024",
    "llama3.3": "LicenseRef-scancode-llama-3.3-license-2024",
    "llama4": "LicenseRef-scancode-llama-4-license-2025",
    "gemma": "LicenseRef-scancode-gemma-tou-2024-04-01",
    "proprietary": "LicenseRef-scancode-proprietary-license",
    "commercial": "LicenseRef-scancode-proprietary-license",
    "all rights reserved": "LicenseRef-scancode-proprietary-license",
}
_KNOWN_REFERENCES = {reference.lower(): reference for reference in _REFERENCES.values()}
# Where the hub's spelling is not SPDX's, or leaves a version open; and how people write the commonest ones.
_ALIASES = {
    "mit": "MIT", "apache-2.0": "Apache-2.0", "apache 2.0": "Apache-2.0", "apache2.0": "Apache-2.0",
    "apache": "Apache-2.0",
    "bsd": "BSD-3-Clause", "bsd-2-clause": "BSD-2-Clause", "bsd-3-clause": "BSD-3-Clause", "gpl": "GPL-3.0-only",
    "gpl-2.0": "GPL-2.0-only", "gpl-3.0": "GPL-3.0-only", "agpl-3.0": "AGPL-3.0-only", "lgpl": "LGPL-3.0-only",
    "lgpl-2.1": "LGPL-2.1-only", "lgpl-3.0": "LGPL-3.0-only", "lgpl-lr": "LGPLLR", "cc": None, "cc0": "CC0-1.0",
    "cc-by-4.0": "CC-BY-4.0", "afl-3.0": "AFL-3.0", "pddl": "PDDL-1.0", "cdla-permissive-2.0": "CDLA-Permissive-2.0",
    "ofl-1.1": "OFL-1.1", "gfdl": "GFDL-1.3-only", "wtfpl": "WTFPL", "unlicense": "Unlicense", "isc": "ISC",
    "mpl-2.0": "MPL-2.0", "odc-by": "ODC-By-1.0", "odbl": "ODbL-1.0", "unknown": None, "other": None,
    "none": None, "noassertion": None, "mit license": "MIT", "the mit license": "MIT",
    "apache license 2.0": "Apache-2.0",
    "bsd 2-clause": "BSD-2-Clause", "bsd 3-clause": "BSD-3-Clause", "gplv2": "GPL-2.0-only", "gplv3": "GPL-3.0-only",
    "lgplv2.1": "LGPL-2.1-only", "lgplv3": "LGPL-3.0-only", "agplv3": "AGPL-3.0-only", "agpl": "AGPL-3.0-only",
    "the unlicense": "Unlicense", "mpl": "MPL-2.0",
    "gpl-2.0-with-classpath-exception": "GPL-2.0-only WITH Classpath-exception-2.0",
    "gpl-2.0-with-gcc-exception": "GPL-2.0-only WITH GCC-exception-2.0",
    "gpl-3.0-with-gcc-exception": "GPL-3.0-only WITH GCC-exception-3.1",
}  # fmt: skip

# Tried in this order; the text's first part must hold all phrases. Whitespace, commas and case do not count.
_TEXTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Unlicense", ("this is free and unencumbered software released into the public domain",)),
    ("Apache-2.0", ("apache license version 2.0",)),
    ("MPL-2.0", ("mozilla public license version 2.0",)),
    ("AGPL-3.0-only", ("gnu affero general public license version 3",)),
    ("LGPL-3.0-only", ("gnu lesser general public license version 3",)),
    ("LGPL-2.1-only", ("gnu lesser general public license version 2.1",)),
    ("GPL-3.0-only", ("gnu general public license version 3",)),
    ("GPL-2.0-only", ("gnu general public license version 2",)),
    ("CC-BY-NC-4.0", ("attribution-noncommercial 4.0 international",)),
    ("CC-BY-SA-4.0", ("attribution-sharealike 4.0 international",)),
    ("CC-BY-4.0", ("attribution 4.0 international",)),
    (_REFERENCES["creativeml-openrail-m"], ("creativeml open rail-m",)),
    (_REFERENCES["bigcode-openrail-m"], ("bigcode open rail-m",)),
    (_REFERENCES["openrail"], ("open rail-m",)),
    (_REFERENCES["openrail"], ("openrail-m",)),
    (_REFERENCES["llama4"], ("llama 4 community license",)),
    (_REFERENCES["llama3.3"], ("llama 3.3 community license",)),
    (_REFERENCES["llama3.2"], ("llama 3.2 community license",)),
    (_REFERENCES["llama3.1"], ("llama 3.1 community license",)),
    (_REFERENCES["llama3"], ("llama 3 community license",)),
    (_REFERENCES["llama2"], ("llama 2 community license",)),
    (_REFERENCES["gemma"], ("gemma terms of use",)),
    (
        "BSD-3-Clause",
        ("redistribution and use in source and binary forms", "neither the name", "endorse or promote products"),
    ),
    ("BSD-2-Clause", ("redistribution and use in source and binary forms", "in binary form must reproduce")),
    ("ISC", ("permission to use, copy, modify, and/or distribute this software for any purpose with or without fee",)),
    ("MIT", ("permission is hereby granted, free of charge, to any person obtaining a copy", "without restriction")),
)
_HEAD_CHARS = 6000


def spdx_expression(name: str) -> str | None:
    """A licence name, or an expression of several, as an SPDX expression; None for "unknown" and "other".

    Names of model hubs are understood inside expressions too. What no table knows becomes `LicenseRef-` and its name,
    and so does, as a whole, what is no expression or is longer than 200 characters.
    """
    text = name.strip()
    key = text.lower()
    if key in _REFERENCES or key in _ALIASES:
        return _single(text)
    parsed = _parsed(text) if len(text) <= LONGEST_EXPRESSION else None
    rendered = _rendered(parsed) if parsed is not None else None
    return rendered if rendered and len(rendered) <= LONGEST_EXPRESSION else _reference(text)


def _parsed(text: str) -> Any:
    try:
        return _SPDX.parse(text, validate=False)
    except (ExpressionError, ValueError, AttributeError, TypeError, LookupError, AssertionError, RecursionError):
        return None  # the library raises all of these on texts that are no expressions


def _rendered(node: Any, *, inside: bool = False) -> str | None:
    if hasattr(node, "exception_symbol"):
        exception = node.exception_symbol
        name = exception.key.removeprefix("AdditionRef-")
        addition = name if exception.is_exception else _reference(name, "AdditionRef-")
        license = _single(node.license_symbol.key)
        return f"{license} WITH {addition}" if license and addition and " " not in license else None
    if not node.args:
        single = _single(node.key) or _reference(node.key)
        return f"({single})" if single and inside and " OR " in single else single
    parts = [_rendered(part, inside=True) for part in node.args]
    joined = node.operator.join(part for part in parts if part)
    return None if None in parts else f"({joined})" if inside else joined


def _single(name: str) -> str | None:
    """The identifier of a single licence, as the hub or the library spells it; None for "unknown" and "other"."""
    key = name.lower()
    if key in _REFERENCES:
        return _REFERENCES[key]
    if key in _ALIASES:
        return _ALIASES[key]
    if name in _SPDX.known_symbols:
        return name
    if key.endswith("+") and (base := _parsed(name[:-1])) is not None and base.key in _SPDX.known_symbols:
        return f"{base.key}+"
    if re.fullmatch(r"licenseref-[a-z0-9.+-]{1,120}", key):
        return _KNOWN_REFERENCES.get(key, "LicenseRef-" + name[len("LicenseRef-") :])
    return _reference(name)


def _reference(name: str, prefix: str = "LicenseRef-") -> str | None:
    reference = re.sub(r"[^A-Za-z0-9.]+", "-", name.lower()[:100]).strip("-")
    return f"{prefix}{reference}" if reference else None


def card_license(front_matter: dict[str, Any]) -> str | None:
    """The licence a card states as an SPDX expression; several are all meant to hold.

    `license: other` is named by `license_name`. Licences too many for 200 characters become one `LicenseRef-`.
    """
    stated = front_matter.get("license")
    names = [name for name in (stated if isinstance(stated, list) else [stated]) if isinstance(name, str)]
    if [name.strip().lower() for name in names] == ["other"] and isinstance(front_matter.get("license_name"), str):
        names = [front_matter["license_name"]]
    expressions = list(dict.fromkeys(filter(None, (spdx_expression(name) for name in names[:20]))))
    if len(expressions) == 1:
        return expressions[0]
    joined = " AND ".join(f"({part})" if " " in part else part for part in expressions)
    return joined if 0 < len(joined) <= LONGEST_EXPRESSION else _reference(joined.replace("LicenseRef-", ""))


def recognised_license(text: str) -> str | None:
    """The SPDX identifier of a licence's full text; None when it is none of those known."""
    head = re.sub(r"[\s,]+", " ", text[:_HEAD_CHARS].lower())
    for identifier, phrases in _TEXTS:
        if all(phrase.replace(",", "") in head for phrase in phrases):
            return identifier
    return None
