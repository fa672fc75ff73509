"""Whether a clear licence allows use and redistribution.

Rule: the stated licence's place in this table; of an SPDX expression, OR takes the better side and AND the worse.
- 1.0 permissive: use, change and redistribution for any purpose with notices kept
- 0.8 weak or share-alike copyleft: bound to the work itself (LGPL, MPL, CC-BY-SA)
- 0.6 strong copyleft: binds what is built with it (GPL); 0.5 for AGPL, which binds services as well
- 0.5 use-restricted model licences: redistribution allowed, some uses not (OpenRAIL, Llama, Gemma)
- 0.2 non-commercial or no derivatives; 0.1 a name that says no rights are given or that is not known
- 0.0 no licence named: nothing is permitted without one
Where the repository or a licence file names another licence than the card, the lower of them counts. A licence
confirmed by a second place raises confidence.
Source: the licences' own terms; SPDX identifiers; "no licence, no permission" is the default of copyright law.
Missing: neither a licence nor a card or file list in which to look for one could be had.
"""

import re
from collections.abc import Mapping

from license_expression import ExpressionError, Licensing

from app.scoring.evidence import Evidence, no_evidence, shortened
from app.scoring.facts import Facts, Source

PERMISSIVE, WEAK_COPYLEFT, STRONG_COPYLEFT, RESTRICTED, NON_COMMERCIAL, UNCLEAR, NONE = (
    1.0,
    0.8,
    0.6,
    0.5,
    0.2,
    0.1,
    0.0,
)

# The first pattern that matches decides, hence exceptions stand before the rule they except from.
_TABLE: tuple[tuple[re.Pattern[str], float, str], ...] = tuple(
    (re.compile(pattern), value, meaning)
    for pattern, value, meaning in (
        (
            r"(^|-)(nc|nd)(-|$)|non-?commercial|research-only",
            NON_COMMERCIAL,
            "forbids commercial use or changed copies",
        ),
        (
            r"(^|-)(open)?rail\b|^(bigscience|bigcode|creativeml|stable-diffusion)",
            RESTRICTED,
            "allows redistribution, but restricts some uses",
        ),
        (r"^(llama|meta-llama|gemma|deepseek|qwen)", RESTRICTED, "allows redistribution, but restricts some uses"),
        (r"^agpl", RESTRICTED, "binds what is built with it, services included"),
        (r"^(lgpl|mpl|epl|cddl|cc-by-sa|odbl|eupl|ms-pl)", WEAK_COPYLEFT, "asks that changes to it stay under it"),
        (r"^gpl|^osl", STRONG_COPYLEFT, "binds what is built with it"),
        (
            r"^(mit|apache|bsd|0bsd|isc|unlicense|zlib|bsl-1|ncsa|afl|artistic|wtfpl|postgresql|python|psf)",
            PERMISSIVE,
            "",
        ),
        (r"^(cc0|cc-by(-\d|$)|odc-by|pddl|cdla-permissive|ecl|openmdw|hpnd)", PERMISSIVE, ""),
    )
)
# How SPDX expressions name what SPDX has no identifier for; the second half is ScanCode's.
_REFERENCE = re.compile(r"^licenseref-(scancode-)?")
_PERMISSIVE_MEANING = "permits use and redistribution"


def license_score(facts: Facts) -> Evidence:
    """Judge the licences named by the module's rule."""
    named = _named(facts)
    if not named:
        if facts.readme is None and not facts.front_matter and facts.files is None:
            return no_evidence(f"No licence is known: {facts.missing.get(Source.HUB, 'nothing names one')}.")
        return Evidence(NONE, "No licence is named, and without one nothing is permitted.", confidence=0.8)
    judged = {where: (name, *_judge(name)) for where, name in named.items()}
    where, (name, value, meaning) = min(judged.items(), key=lambda item: item[1][1])
    others = sorted({other for other, *_ in judged.values()} - {name})
    reason = f"The licence {name} ({where}) {meaning}."
    if others:
        reason += f" Elsewhere {', '.join(others)} is named; the stricter counts."
    disagrees = len({figure for _, figure, _ in judged.values()}) > 1
    return Evidence(value, reason, confidence=0.6 if disagrees else 0.95 if len(judged) > 1 else 0.85)


def _named(facts: Facts) -> Mapping[str, str]:
    repository = facts.repository
    found = {
        "stated": facts.license,
        "licence file": facts.license_text_id,
        "repository": repository.license if repository and repository.is_declared else None,
    }
    return {where: shortened(name.strip()) for where, name in found.items() if name and name.strip()}


def _judge(name: str) -> tuple[float, str]:
    try:
        parsed = Licensing().parse(name)
    except (ExpressionError, ValueError, AttributeError, TypeError, LookupError, AssertionError, RecursionError):
        parsed = None  # a licence's name in words is no SPDX expression
    return _judge_term(name) if parsed is None or not parsed.args else _judge_expression(parsed)


def _judge_expression(node: object) -> tuple[float, str]:
    parts = getattr(node, "args", ())
    if not parts or not hasattr(node, "operator"):
        return _judge_term(str(getattr(node, "key", node)))
    choose = max if node.operator.strip() == "OR" else min
    return choose((_judge_expression(part) for part in parts), key=lambda judged: judged[0])


def _judge_term(name: str) -> tuple[float, str]:
    key = _REFERENCE.sub("", re.sub(r"[\s_]+", "-", name.strip().lower())).removesuffix("-license")
    for pattern, value, meaning in _TABLE:
        if pattern.search(key):
            return value, meaning or _PERMISSIVE_MEANING
    return UNCLEAR, "is not known to permit anything"
