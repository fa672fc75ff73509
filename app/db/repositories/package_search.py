"""Full-text search of packages: which match, how well, and the words that this goes by."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, Text, bindparam, case, cast, delete, func, insert, select
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.db.paging import Binds
from app.db.tables import Package, PackageSearch
from app.db.tables.search import FTS5
from app.search import MOST_QUERY_WORDS, SearchQuery, document

package_search = PackageSearch.__table__
packages = Package.__table__
_fts5 = sql_table(FTS5, sql_column("rowid", Integer()), sql_column(FTS5, Text()))
_NEEDLES = MOST_QUERY_WORDS + 1


class _found_at(FunctionElement[int]):  # a function of SQL
    """Where in its first argument the second begins, from 1; 0 where it does not."""

    type = Integer()
    inherit_cache = True


@compiles(_found_at)
def _strpos(element: Any, compiler: Any, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)})"


@compiles(_found_at, "sqlite")
def _instr(element: Any, compiler: Any, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)})"


def searched(query: SearchQuery) -> Binds:
    """The values of the filter `matches` and of the order by `relevance`."""
    needles = [*query.needles, *[""] * _NEEDLES][:_NEEDLES]
    numbered = ((f"search_needle_{number}", needle) for number, needle in enumerate(needles))
    return Binds((("search_tsquery", query.tsquery), ("search_fts5", query.fts5), *numbered))


def matches(dialect: str) -> ColumnElement[bool]:
    """The package has all words of the query, read off the index of words."""
    if dialect == "postgresql":
        query = cast(bindparam("search_tsquery", type_=String()), TSQUERY)
        found = select(package_search.c.package_id).where(package_search.c.vector.bool_op("@@")(query))
    else:
        match = _fts5.c[FTS5].bool_op("MATCH")(bindparam("search_fts5", type_=String()))
        joined = _fts5.join(package_search, package_search.c.id == _fts5.c.rowid)
        found = select(package_search.c.package_id).select_from(joined).where(match)
    return packages.c.id.in_(found)


def _weight(needle: ColumnElement[str]) -> ColumnElement[int]:
    """What a word found weighs: the marks behind it."""
    words = package_search.c.words
    at = _found_at(words, needle)
    behind = func.substr(words, at, type_=String())
    marks = func.length(behind, type_=Integer()) - func.length(func.replace(behind, "|", ""), type_=Integer())
    return case((needle == "", 0), (at > 0, marks), else_=0)


def _relevance() -> ColumnElement[int]:
    """How well a package matches: it depends on the package and the query alone, so that pages are stable."""
    needles = [bindparam(f"search_needle_{number}", type_=String()) for number in range(_NEEDLES)]
    total: ColumnElement[int] = sum(map(_weight, needles[1:]), _weight(needles[0]))
    return select(total).where(package_search.c.package_id == packages.c.id).scalar_subquery()


relevance = _relevance()


async def index_packages(session: AsyncSession, changed: Sequence[Package]) -> None:
    """Have search find packages by what they are called and described by now. They must be flushed."""
    is_postgresql = (await session.connection()).dialect.name == "postgresql"
    await session.execute(delete(PackageSearch).where(PackageSearch.package_id.in_([each.id for each in changed])))
    rows = []
    for package in changed:
        words = document(package.name, package.description, package.readme)
        rows.append({"package_id": package.id, "words": words, "vector": words if is_postgresql else None})
    await session.execute(insert(PackageSearch), rows)
