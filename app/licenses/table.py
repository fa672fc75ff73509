"""The table of licences, duties and rules, read once from `compatibility.toml`, which explains them.

What the table does not hold together (an unknown identifier, a duty without a text) is refused when it is loaded.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from app.enums import LicenseUse, LicenseVerdict

ANY, SAME = "*", "same"


@dataclass(frozen=True, slots=True)
class License:
    """A licence of the table: its SPDX identifier and its name in sentences.

    One with `any_of` is a choice among those, "or any later version"; `duties` are keys of the table's duties.
    """

    id: str
    name: str
    duties: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """What a licence asks of whoever uses it in one of `uses`; `message` has a place for `{package}`."""

    code: str
    uses: frozenset[LicenseUse]
    message: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for packages and projects under these licences; `reason` has places for both names.

    One with `exceptions` holds only where the package's licence is given with one of those.
    """

    package: frozenset[str]
    project: frozenset[str]
    uses: frozenset[LicenseUse]
    verdict: LicenseVerdict
    reason: str
    source: str
    exceptions: frozenset[str] = frozenset()

    def covers(self, package: str, project: str, use: LicenseUse) -> bool:
        """Whether it decides this."""
        is_project = ANY in self.project or project in self.project or (SAME in self.project and package == project)
        return use in self.uses and (ANY in self.package or package in self.package) and is_project


@dataclass(frozen=True, slots=True)
class Table:
    """Everything in the file; `exceptions` and `rules` in the order in which they are tried."""

    licenses: Mapping[str, License]
    duties: Mapping[str, Duty]
    rules: Sequence[Rule]
    exceptions: Sequence[Rule]

    def rule(self, package: str, project: str, use: LicenseUse, exception: str | None = None) -> Rule:
        """The rule that decides for two licences of the table, neither of them a choice."""
        candidates = [rule for rule in self.exceptions if exception in rule.exceptions]
        return next(rule for rule in (*candidates, *self.rules) if rule.covers(package, project, use))

    @property
    def concrete(self) -> tuple[str, ...]:
        """The licences that rules speak of, without the choices among them."""
        return tuple(license.id for license in self.licenses.values() if not license.any_of)


@cache
def license_table() -> Table:
    """The table of the file. Raises ValueError for one that does not hold together."""
    text = resources.files("app.licenses").joinpath("compatibility.toml").read_text(encoding="utf-8")
    return parse_table(tomllib.loads(text))


def parse_table(data: Mapping[str, Any]) -> Table:
    """The table of a parsed file. Raises ValueError for what is undefined in it or left without a rule."""
    licenses = {
        id: License(id, entry["name"], tuple(entry.get("duties", ())), tuple(entry.get("any_of", ())))
        for id, entry in data["licenses"].items()
    }
    duties = {
        code: Duty(code, frozenset(map(LicenseUse, entry["uses"])), entry["message"])
        for code, entry in data["duties"].items()
    }
    groups = data["groups"]
    table = Table(
        licenses,
        duties,
        [_rule(entry, groups, LicenseVerdict(entry["verdict"])) for entry in data["rules"]],
        [_rule(entry, groups, LicenseVerdict.COMPATIBLE) for entry in data["exceptions"]],
    )
    _check(table)
    return table


def _rule(entry: Mapping[str, Any], groups: Mapping[str, Sequence[str]], verdict: LicenseVerdict) -> Rule:
    return Rule(
        package=_members(entry["package"], groups),
        project=_members(entry["project"], groups),
        uses=frozenset(map(LicenseUse, entry.get("uses", LicenseUse))),
        verdict=verdict,
        reason=entry["reason"],
        source=entry["source"],
        exceptions=frozenset(entry.get("names", ())),
    )


def _members(names: Sequence[str], groups: Mapping[str, Sequence[str]]) -> frozenset[str]:
    return frozenset(
        member
        for name in names
        for member in (_members(groups[name[1:]], groups) if name.startswith("@") else frozenset({name}))
    )


def _check(table: Table) -> None:
    named = {name for rule in (*table.rules, *table.exceptions) for name in rule.package | rule.project}
    named |= {name for license in table.licenses.values() for name in license.any_of}
    if unknown := named - set(table.concrete) - {ANY, SAME}:
        raise ValueError(f"rules name licences that are not in the table: {sorted(unknown)}")
    if unknown := {duty for license in table.licenses.values() for duty in license.duties} - set(table.duties):
        raise ValueError(f"licences name duties that are not in the table: {sorted(unknown)}")
    for package in table.concrete:
        for project in table.concrete:
            for use in LicenseUse:
                if not any(rule.covers(package, project, use) for rule in table.rules):
                    raise ValueError(f"no rule says whether {package} goes with {project} for {use}")
