"""Licences against each other: every pair for every use, expressions, and what must hold for any text."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.enums import LicenseUse, LicenseVerdict
from app.licenses.compatibility import check, worst
from app.licenses.expressions import Term, read_expression
from app.licenses.table import license_table
from tests.licenses.expectations import CLASSES, GRID, OR_LATER, cells

USES = (LicenseUse.USE, LicenseUse.FINE_TUNE, LicenseUse.REDISTRIBUTE)
LETTERS = {"C": LicenseVerdict.COMPATIBLE, "I": LicenseVerdict.INCOMPATIBLE, "?": LicenseVerdict.UNKNOWN}
ORDER = (LicenseVerdict.INCOMPATIBLE, LicenseVerdict.UNKNOWN, LicenseVerdict.COMPATIBLE)


@pytest.mark.parametrize(("row", "column", "letters"), list(cells(GRID)))
@pytest.mark.parametrize(("use", "position"), [(use, position) for position, use in enumerate(USES)])
def test_every_pair(row: str, column: str, letters: str, use: LicenseUse, position: int) -> None:
    # given
    pairs = [(package, project) for package in CLASSES[row] for project in CLASSES[column]]
    # when
    found = {pair: check(*pair, use).verdict for pair in pairs}
    # then
    assert found == dict.fromkeys(pairs, LETTERS[letters[position]])


def test_the_expectations_leave_nothing_out() -> None:
    # given
    table = license_table()
    # when
    read = {str(read_expression(name, table.licenses)) for names in CLASSES.values() for name in names}
    # then
    assert read == set(table.concrete)
    assert len(list(cells(GRID))) == len(CLASSES) ** 2


@pytest.mark.parametrize(("package", "project", "letters"), list(cells(OR_LATER)))
def test_later_versions_as_gnu_says(package: str, project: str, letters: str) -> None:
    found = [check(package, project, use).verdict for use in (LicenseUse.USE, LicenseUse.FINE_TUNE)]
    assert found == [LETTERS[letter] for letter in letters]


@pytest.mark.parametrize(
    ("package", "project", "use", "expected"),
    [
        # OR: whoever receives it chooses
        ("MIT OR GPL-3.0-only", "Apache-2.0", "USE", "C"),
        ("GPL-2.0-only OR GPL-3.0-only", "MIT", "USE", "I"),
        ("LicenseRef-acme OR MIT", "Apache-2.0", "USE", "C"),
        ("LicenseRef-acme OR GPL-3.0-only", "MIT", "USE", "?"),
        ("GPL-3.0-only", "MIT OR GPL-3.0-only", "USE", "C"),
        # AND: all of them apply
        ("MIT AND GPL-3.0-only", "Apache-2.0", "USE", "I"),
        ("MIT AND Apache-2.0", "GPL-3.0-only", "USE", "C"),
        ("MIT AND LicenseRef-acme", "MIT", "USE", "?"),
        ("LicenseRef-acme AND GPL-3.0-only", "MIT", "USE", "I"),
        ("GPL-3.0-only", "MIT AND GPL-3.0-only", "USE", "I"),
        # one version has to be chosen for the whole
        ("GPL-2.0-only AND GPL-3.0-only", "GPL-2.0-or-later", "USE", "I"),
        ("GPL-2.0-or-later AND Apache-2.0", "GPL-3.0-only", "USE", "C"),
        ("GPL-2.0-or-later AND Apache-2.0", "GPL-2.0-only", "USE", "I"),
        ("MIT AND (GPL-2.0-only OR ISC)", "MIT", "FINE_TUNE", "C"),
        # + is "or later"
        ("GPL-2.0+", "GPL-3.0-only", "USE", "C"),
        ("GPL-2.0-only+", "GPL-3.0-only", "USE", "C"),
        ("Apache-2.0+", "MIT", "USE", "C"),
        # WITH: exceptions permit more
        ("GPL-2.0-only WITH Classpath-exception-2.0", "Apache-2.0", "USE", "C"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "Apache-2.0", "REDISTRIBUTE", "C"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "Apache-2.0", "FINE_TUNE", "I"),
        ("GPL-2.0-or-later WITH Classpath-exception-2.0", "MIT", "USE", "C"),
        ("GPL-2.0-with-classpath-exception", "MIT", "USE", "C"),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", "Proprietary", "REDISTRIBUTE", "C"),
        ("Apache-2.0 WITH LLVM-exception", "GPL-2.0-only", "USE", "C"),
        ("Apache-2.0 WITH LLVM-exception", "GPL-2.0-only", "FINE_TUNE", "C"),
        ("GPL-2.0-only WITH Acme-exception", "MIT", "USE", "?"),
        ("GPL-2.0-only WITH Acme-exception", "GPL-2.0-only", "USE", "C"),
        ("CC-BY-NC-4.0 WITH Classpath-exception-2.0", "MIT", "USE", "I"),
        ("GPL-3.0-only", "GPL-3.0-only WITH Classpath-exception-2.0", "USE", "C"),
        # names as people write them
        ("mit", "gplv3", "USE", "C"),
        ("GPLv3", "the mit license", "USE", "I"),
        ("cc-by-nc-4.0", "apache 2.0", "USE", "I"),
        ("mit or llama3", "GPL-3.0", "USE", "C"),
        # what cannot be judged
        (None, "MIT", "USE", "?"),
        ("", "MIT", "USE", "?"),
        ("other", "MIT", "USE", "?"),
        ("MIT", None, "USE", "?"),
        ("MIT", "NOASSERTION", "USE", "?"),
        ("acme licence of 1999", "MIT", "USE", "?"),
        ("MIT", "acme licence of 1999", "USE", "?"),
        ("LicenseRef-acme", "LicenseRef-acme", "USE", "?"),
        ("GPL-1.0-or-later", "MIT", "USE", "?"),
        ("MIT OR " * 100 + "MIT", "MIT", "USE", "?"),
        ("LICENSE", "MIT", "FINE_TUNE", "?"),
    ],
)
def test_expressions(package: str | None, project: str | None, use: str, expected: str) -> None:
    verdict = check(package, project, LicenseUse(use))
    assert verdict.verdict is LETTERS[expected]
    assert verdict.compatible is {"C": True, "I": False, "?": None}[expected]
    assert verdict.reason


def codes(package: str, project: str, use: LicenseUse) -> list[str]:
    return [warning.code for warning in check(package, project, use).warnings]


@pytest.mark.parametrize(
    ("package", "project", "use", "expected"),
    [
        ("MIT", "Apache-2.0", LicenseUse.USE, []),
        ("MIT", "Apache-2.0", LicenseUse.REDISTRIBUTE, ["KEEP_NOTICES"]),
        ("Apache-2.0", "MIT", LicenseUse.FINE_TUNE, ["KEEP_NOTICES", "STATE_CHANGES"]),
        ("LGPL-2.1", "MIT", LicenseUse.USE, ["RELINKING"]),
        ("GPL-3.0", "AGPL-3.0", LicenseUse.REDISTRIBUTE, ["KEEP_NOTICES", "SOURCE"]),
        ("AGPL-3.0", "GPL-3.0", LicenseUse.USE, ["NETWORK_SOURCE"]),
        ("openrail", "MIT", LicenseUse.USE, ["USE_RESTRICTIONS"]),
        ("gemma", "MIT", LicenseUse.FINE_TUNE, ["KEEP_NOTICES", "STATE_CHANGES", "USE_RESTRICTIONS"]),
        ("llama2", "MIT", LicenseUse.USE, ["USE_RESTRICTIONS", "USER_LIMIT", "OUTPUT_RESTRICTION"]),
        ("llama3", "MIT", LicenseUse.USE, ["USE_RESTRICTIONS", "NAMING", "USER_LIMIT", "OUTPUT_RESTRICTION"]),
        ("llama3.1", "MIT", LicenseUse.USE, ["USE_RESTRICTIONS", "NAMING", "USER_LIMIT"]),
        ("llama4", "MIT", LicenseUse.USE, ["USE_RESTRICTIONS", "NAMING", "USER_LIMIT", "REGION"]),
        ("CC-BY-NC-4.0", "CC-BY-NC-4.0", LicenseUse.USE, ["NON_COMMERCIAL"]),
        ("GPL-3.0", "MIT", LicenseUse.REDISTRIBUTE, []),
        ("MIT OR GPL-3.0", "Apache-2.0", LicenseUse.USE, ["LICENSE_CHOICE"]),
        ("MIT OR ISC", "Apache-2.0", LicenseUse.USE, []),
        ("Apache-2.0", "GPL-2.0-or-later", LicenseUse.USE, ["PROJECT_LICENSE_NARROWED"]),
        ("MIT AND Apache-2.0", "ISC", LicenseUse.REDISTRIBUTE, ["KEEP_NOTICES", "KEEP_NOTICES"]),
        ("MIT AND MIT", "ISC", LicenseUse.REDISTRIBUTE, ["KEEP_NOTICES"]),
    ],
)
def test_duties_are_told_as_warnings(package: str, project: str, use: LicenseUse, expected: list[str]) -> None:
    assert codes(package, project, use) == expected


def test_reasons_name_the_licences() -> None:
    # when
    verdict = check("GPL-3.0-only", "MIT", LicenseUse.USE)
    choice = check("Apache-2.0", "GPL-2.0-or-later", LicenseUse.USE)
    # then
    assert "GPL-3.0" in verdict.reason
    assert "MIT" in verdict.reason
    assert choice.warnings[0].message.endswith("only under GPL-3.0-only.")


def test_together_the_worst_decides() -> None:
    # given
    fine = check("MIT", "MIT", LicenseUse.REDISTRIBUTE)
    unknown = check(None, "MIT", LicenseUse.REDISTRIBUTE)
    bad = check("GPL-3.0", "MIT", LicenseUse.REDISTRIBUTE)
    # then
    assert worst([fine, unknown]).verdict is LicenseVerdict.UNKNOWN
    assert worst([fine, bad, unknown, bad]).reason == bad.reason
    assert worst([fine, fine]) == fine


NAMES = st.sampled_from(
    [
        *("MIT", "GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-only", "llama3", "CC-BY-SA-4.0", "Proprietary", "acme"),
        *("mpl-2.0", "Apache-2.0", "LGPL-3.0+", "cc-by-nc-4.0", "MIT WITH acme", "other"),
        "GPL-2.0-only WITH GCC-exception-2.0",
    ]
)


def bracketed(parts: tuple[str, str, str]) -> str:
    return f"({' '.join(parts)})"


EXPRESSIONS = st.recursive(
    NAMES,
    lambda inner: st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(bracketed),
    max_leaves=3,
)
ANY_USE = st.sampled_from(USES)


def rank(package: str, project: str, use: LicenseUse) -> int:
    return ORDER.index(check(package, project, use).verdict)


@given(EXPRESSIONS, NAMES, EXPRESSIONS, ANY_USE)
def test_another_alternative_never_makes_it_worse(package: str, more: str, project: str, use: LicenseUse) -> None:
    before = rank(package, project, use)
    assert rank(f"{package} OR {more}", project, use) >= before
    assert rank(package, f"{project} OR {more}", use) >= before


@given(EXPRESSIONS, NAMES, EXPRESSIONS, ANY_USE)
def test_another_licence_that_applies_never_makes_it_better(
    package: str, more: str, project: str, use: LicenseUse
) -> None:
    before = rank(package, project, use)
    assert rank(f"{package} AND {more}", project, use) <= before
    assert rank(package, f"{project} AND {more}", use) <= before


@given(st.text(max_size=300), st.text(max_size=300), ANY_USE)
def test_any_text_gets_a_verdict(package: str, project: str, use: LicenseUse) -> None:
    assert check(package, project, use).verdict in LicenseVerdict


TOKENS = st.lists(st.sampled_from(["MIT", "OR", "AND", "WITH", "(", ")", "+", "GPL-2.0", "Classpath-exception-2.0"]))


@given(TOKENS.map(" ".join), ANY_USE)
@example("( OR MIT", LicenseUse.USE)
def test_broken_expressions_get_a_verdict(package: str, use: LicenseUse) -> None:
    assert check(package, package, use).verdict in LicenseVerdict


@given(EXPRESSIONS)
def test_expressions_are_written_as_they_are_read(text: str) -> None:
    # given
    licenses = license_table().licenses
    # when
    read = read_expression(text, licenses)
    # then
    assert read is None or str(read_expression(str(read), licenses)) == str(read)


def test_a_plus_without_a_later_version_is_the_licence_itself() -> None:
    assert read_expression("ISC+", license_table().licenses) == Term("ISC")
