"""Compiled statements: how many are remembered, and what they may not be made of."""

import pytest
from sqlalchemy import Select, column, literal, select
from sqlalchemy.dialects import sqlite

from app.db.statements import Statement, StatementCache

DIALECT = sqlite.dialect()


def test_the_statements_used_last_are_remembered() -> None:
    # given
    cache, built = StatementCache(), []

    def get(number: int) -> Statement:
        def build(dialect: str) -> Select[tuple[int]]:
            built.append(number)
            return select(literal(number))

        return cache.get(DIALECT, number, build)

    # when more are asked for than fit, one of them again and again
    for number in range(StatementCache.CAPACITY * 2):
        get(number)
        get(0)
    newest = get(StatementCache.CAPACITY * 2 - 1)

    # then each was built once, and the oldest is built again
    assert built == list(range(StatementCache.CAPACITY * 2))
    assert get(StatementCache.CAPACITY * 2 - 1) is newest
    get(1)
    assert built[-1] == 1


def test_a_statement_whose_text_depends_on_its_values_is_refused() -> None:
    with pytest.raises(TypeError, match="use `among`"):
        Statement(select(column("a")).where(column("a").in_([1, 2])), DIALECT)
