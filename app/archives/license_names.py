"""Licence names of model hubs as SPDX expressions, and licence texts recognised by their own words.

The names are those of huggingface.co/docs/hub/repositories-licenses. What SPDX has no identifier for is a LicenseRef,
with ScanCode's name (scancode-licensedb.aboutcode.org) where it has one.
"""

import re
from typing import Any

from license_expression import ExpressionError, get_spdx_licensing

_SPDX = get_spdx_licensing()
_REFERENCES = {
    "openrail": "LicenseRef-scancode-bigscience-open-rail-m",
    "bigscience-openrail-m": "LicenseRef-scancode-bigscience-open-rail-m",
    "bigscience-bloom-rail-1.0": "LicenseRef-scancode-bigscience-rail-1.0",
    "creativeml-openrail-m": "LicenseRef-scancode-stable-diffusion-2022-08-22",
    "bigcode-openrail-m": "LicenseRef-scancode-bigcode-open-rail-m-v1",
    "openrail++": "LicenseRef-openrail++",
    "llama2": "LicenseRef-scancode-llama-2-license-2023",
    "llama3": "LicenseRef-llama3",
    "llama3.1": "LicenseRef-scancode-llama-3.1-license-2024",
    "llama3.2": "LicenseRef-scancode-llama-3.2-license-2024",
    "llama3.3": "LicenseRef-scancode-llama-3.3-license-2024",
    "llama4": "LicenseRef-scancode-llama-4-license-2025",
    "gemma": "LicenseRef-scancode-gemma-tou-2024-04-01",
}
# Where the hub's spelling is not SPDX's, or leaves a version open.
_ALIASES = {
    "mit": "MIT", "apache-2.0": "Apache-2.0", "apache 2.0": "Apache-2.0", "apache2.0": "Apache-2.0",
    "apache": "Apache-2.0",
    "bsd": "BSD-3-Clause", "bsd-2-clause": "BSD-2-Clause", "bsd-3-clause": "BSD-3-Clause", "gpl": "GPL-3.0-only",
    "gpl-2.0": "GPL-2.0-only", "gpl-3.0": "GPL-3.0-only", "agpl-3.0": "AGPL-3.0-only", "lgpl": "LGPL-3.0-only",
    "lgpl-2.1": "LGPL-2.1-only", "lgpl-3.0": "LGPL-3.0-only", "lgpl-lr": "LGPLLR", "cc": None, "cc0": "CC0-1.0",
    "cc-by-4.0": "CC-BY-4.0", "afl-3.0": "AFL-3.0", "pddl": "PDDL-1.0", "cdla-permissive-2.0": "CDLA-Permissive-2.0",
    "ofl-1.1": "OFL-1.1", "gfdl": "GFDL-1.3-only", "wtfpl": "WTFPL", "unlicense": "Unlicense", "isc": "ISC",
    "mpl-2.0": "MPL-2.0", "odc-by": "ODC-By-1.0", "odbl": "ODbL-1.0", "unknown": None, "other": None,
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
    """A licence name from a model card as an SPDX expression; None for "unknown" and "other".

    What no table knows becomes `LicenseRef-` and its name.
    """
    key = name.strip().lower()
    if key in _REFERENCES:
        return _REFERENCES[key]
    if key in _ALIASES:
        return _ALIASES[key]
    try:
        parsed = _SPDX.parse(name.strip()[:200], validate=True, strict=False)
    except (ExpressionError, ValueError, AttributeError, TypeError, RecursionError):
        parsed = None
    if parsed is not None:
        return str(parsed)
    reference = re.sub(r"[^A-Za-z0-9.]+", "-", key[:100]).strip("-")
    return f"LicenseRef-{reference}" if reference else None


def card_license(front_matter: dict[str, Any]) -> str | None:
    """The licence a card states as an SPDX expression; several are all meant to hold.

    `license: other` is named by `license_name`.
    """
    stated = front_matter.get("license")
    names = [name for name in (stated if isinstance(stated, list) else [stated]) if isinstance(name, str)]
    if [name.strip().lower() for name in names] == ["other"] and isinstance(front_matter.get("license_name"), str):
        names = [front_matter["license_name"]]
    expressions = list(dict.fromkeys(filter(None, (spdx_expression(name) for name in names[:20]))))
    if len(expressions) == 1:
        return expressions[0]
    return " AND ".join(f"({part})" if " " in part else part for part in expressions) or None


def recognised_license(text: str) -> str | None:
    """The SPDX identifier of a licence's full text; None when it is none of those known."""
    head = re.sub(r"[\s,]+", " ", text[:_HEAD_CHARS].lower())
    for identifier, phrases in _TEXTS:
        if all(phrase.replace(",", "") in head for phrase in phrases):
            return identifier
    return None
