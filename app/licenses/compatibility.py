"""Judging one licence expression against another by the table.

The project's expression is taken apart first, then the package's: of alternatives the best counts, of licences that
apply together the worst. So one version of the GPL is chosen for the whole package, and adding an alternative never
makes an answer worse, nor adding a licence that applies as well better. UNKNOWN lies between the two other verdicts.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from app.enums import LicenseUse, LicenseVerdict
from app.licenses.expressions import AllOf, AnyOf, Expression, Term, read_expression
from app.licenses.table import Table, license_table

_ORDER = (LicenseVerdict.INCOMPATIBLE, LicenseVerdict.UNKNOWN, LicenseVerdict.COMPATIBLE)


@dataclass(frozen=True, slots=True)
class LicenseWarning:
    """What has to be heeded although the licences go together: a code for programs, a message for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the licences go together, why, and what has to be heeded."""

    verdict: LicenseVerdict
    reason: str
    warnings: tuple[LicenseWarning, ...] = ()

    @property
    def compatible(self) -> bool | None:
        """The verdict as yes, no, or None for unknown."""
        return None if self.verdict is LicenseVerdict.UNKNOWN else self.verdict is LicenseVerdict.COMPATIBLE


def check(package_license: str | None, project_license: str | None, use: LicenseUse) -> Verdict:
    """May a project under `project_license` use, fine-tune or redistribute what is under `package_license`?

    Both are SPDX expressions or names that people use for licences; None is no licence. Raises nothing, whatever they
    say: what is not in the table makes the answer UNKNOWN, as far as the answer depends on it.
    """
    table = license_table()
    package = read_expression(package_license, table.licenses)
    project = read_expression(project_license, table.licenses)
    if package is None:
        return unknown("The package names no licence; without one nothing is permitted by default.")
    if project is None:
        return unknown("The project names no licence that could be judged.")
    return _for_project(table, package, project, use)


def go_together(package_licenses: Iterable[str | None], project_license: str | None, use: LicenseUse) -> bool:
    """Whether packages that each go with a project can all be in it, under one and the same choice of its licences.

    A project under GPL-2.0-or-later may hold GPL-2.0-only code, or GPL-3.0-only code, but not both.
    """
    table = license_table()
    terms = (read_expression(license, table.licenses) for license in package_licenses)
    package = tuple(dict.fromkeys(term for term in terms if term is not None))
    project = read_expression(project_license, table.licenses)
    if not package or project is None:
        return True
    return _for_project(table, AllOf(package), project, use).verdict is not LicenseVerdict.INCOMPATIBLE


def unknown(reason: str) -> Verdict:
    """The verdict where something that it depends on is not known."""
    return Verdict(LicenseVerdict.UNKNOWN, reason)


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict over all of these together: reasons of those that decide, warnings of all, each once."""
    lowest = min((each.verdict for each in verdicts), key=_ORDER.index)
    reasons = dict.fromkeys(each.reason for each in verdicts if each.verdict is lowest)
    warnings = dict.fromkeys(warning for each in verdicts for warning in each.warnings)
    return Verdict(lowest, " ".join(reasons), tuple(warnings))


def _for_project(table: Table, package: Expression, project: Expression, use: LicenseUse) -> Verdict:
    if isinstance(project, Term):
        return _for_package(table, package, project, use)
    if isinstance(project, AllOf):
        return worst([_for_project(table, package, part, use) for part in project.parts])
    return _best(
        project,
        lambda part: _for_project(table, package, part, use),
        "PROJECT_LICENSE_NARROWED",
        "The project as a whole can then be offered only under {}.",
    )


def _for_package(table: Table, package: Expression, project: Term, use: LicenseUse) -> Verdict:
    if isinstance(package, Term):
        return _terms(table, package, project, use)
    if isinstance(package, AllOf):
        return worst([_for_package(table, part, project, use) for part in package.parts])
    return _best(
        package,
        lambda part: _for_package(table, part, project, use),
        "LICENSE_CHOICE",
        "Of the licences offered, take the package under {}.",
    )


def _best(choice: AnyOf, judge: Callable[[Expression], Verdict], code: str, message: str) -> Verdict:
    """The best of the alternatives, the one with fewest warnings; a warning where not all would do."""
    judged = [(part, judge(part)) for part in choice.parts]
    verdict = max((found for _, found in judged), key=lambda each: (_ORDER.index(each.verdict), -len(each.warnings)))
    fitting = [str(each) for each, found in judged if found.verdict is verdict.verdict]
    if verdict.verdict is not LicenseVerdict.COMPATIBLE or len(fitting) == len(judged):
        return verdict
    warning = LicenseWarning(code, message.format(" or ".join(fitting)))
    return replace(verdict, warnings=(warning, *verdict.warnings))


def _terms(table: Table, package: Term, project: Term, use: LicenseUse) -> Verdict:
    for term, whose in ((package, "package"), (project, "project")):
        if term.id not in table.licenses:
            return unknown(f"The {whose}'s licence {term.id} is not one whose terms are known here.")
    rule = table.rule(package.id, project.id, use, package.exception)
    license = table.licenses[package.id]
    names = {"package": license.name, "project": table.licenses[project.id].name}
    reason = rule.reason.format(**names)
    reason = reason[0].upper() + reason[1:]
    if package.exception and not rule.exceptions and rule.verdict is LicenseVerdict.INCOMPATIBLE:
        return _in_spite_of_exception(table, package, reason)
    if rule.verdict is not LicenseVerdict.COMPATIBLE:
        return Verdict(rule.verdict, reason)
    duties = (table.duties[code] for code in license.duties)
    warnings = tuple(LicenseWarning(duty.code, duty.message.format(**names)) for duty in duties if use in duty.uses)
    return Verdict(rule.verdict, reason, warnings)


def _in_spite_of_exception(table: Table, package: Term, reason: str) -> Verdict:
    """An exception only ever permits more; one whose text is not known may permit this."""
    if any(package.exception in rule.exceptions for rule in table.exceptions):
        return Verdict(LicenseVerdict.INCOMPATIBLE, reason)
    return unknown(f"{reason} Whether {package.exception} permits it nevertheless is not known here.")
