"""The table's file: complete, and refused where it does not hold together."""

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from app.licenses import table as table_module
from app.licenses.table import license_table, parse_table


@pytest.fixture
def data() -> dict[str, Any]:
    file = Path(table_module.__file__).with_name("compatibility.toml")
    return copy.deepcopy(tomllib.loads(file.read_text(encoding="utf-8")))


def test_every_rule_has_a_reason_and_a_source() -> None:
    for rule in (*license_table().rules, *license_table().exceptions):
        assert rule.reason.format(package="A", project="B").endswith(".")
        assert rule.source
    for duty in license_table().duties.values():
        assert duty.message.format(package="A").endswith(".")


def test_every_rule_decides_something() -> None:
    # given
    table = license_table()
    # when
    deciding = {
        id(table.rule(package, project, use))
        for package in table.concrete
        for project in table.concrete
        for use in table.rules[0].uses
    }
    # then
    assert [rule.reason for rule in table.rules if id(rule) not in deciding] == []


def test_an_unknown_licence_in_a_rule_is_refused(data: dict[str, Any]) -> None:
    data["rules"][0]["package"] = ["MTI"]
    with pytest.raises(ValueError, match="MTI"):
        parse_table(data)


def test_a_pair_without_a_rule_is_refused(data: dict[str, Any]) -> None:
    data["rules"] = [rule for rule in data["rules"] if rule["package"] != ["@gemma"]]
    with pytest.raises(ValueError, match="gemma"):
        parse_table(data)


def test_an_unknown_duty_is_refused(data: dict[str, Any]) -> None:
    data["licenses"]["MIT"]["duties"] = ["SING"]
    with pytest.raises(ValueError, match="SING"):
        parse_table(data)
