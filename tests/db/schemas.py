"""The schema of a database as plain data, read from its own catalogue, so that two can be compared in every detail."""

from collections.abc import Iterable

from sqlalchemy import Connection, inspect, text

ALEMBIC_TABLE = "alembic_version"

_POSTGRESQL = """
SELECT 'column', table_name || '.' || attname,
       concat_ws(' ', format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'not null' END,
                 collname, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum))
  FROM pg_attribute
  JOIN (SELECT oid, relname AS table_name FROM pg_class
         WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace) tables ON tables.oid = attrelid
  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  LEFT JOIN pg_collation ON pg_collation.oid = attcollation
 WHERE attnum > 0 AND NOT attisdropped
UNION ALL
SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index', tablename || '.' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
"""


def describe(connection: Connection) -> dict[tuple[str, str], str]:
    """(kind, table.name) → definition, of all columns, constraints and indexes but alembic's own."""
    rows = _postgresql(connection) if connection.dialect.name == "postgresql" else _sqlite(connection)
    return {(kind, name): definition for kind, name, definition in rows if not name.startswith(ALEMBIC_TABLE)}


def _postgresql(connection: Connection) -> Iterable[tuple[str, str, str]]:
    yield from (tuple(row) for row in connection.execute(text(_POSTGRESQL)))


def _sqlite(connection: Connection) -> Iterable[tuple[str, str, str]]:
    inspector = inspect(connection)
    for table in inspector.get_table_names():
        for column in connection.exec_driver_sql(f"PRAGMA table_xinfo({table})"):
            yield "column", f"{table}.{column.name}", str(column[2:])  # all but its position
        # by what they do: SQLite keeps the names of constraints only in the text of the table
        for key in inspector.get_foreign_keys(table):
            yield "constraint", f"{table}.{key['name']}", str(sorted(key.items(), key=str))
        for constraint in inspector.get_unique_constraints(table) + inspector.get_check_constraints(table):
            yield "constraint", f"{table}.{constraint['name']}", str(sorted(constraint.items(), key=str))
        yield "constraint", f"{table}.primary key", str(sorted(inspector.get_pk_constraint(table).items(), key=str))
    for name, sql in connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql LIKE 'CREATE TRIGGER%'"):
        yield "trigger", name, sql
    for name, table, sql in connection.exec_driver_sql(
        "SELECT name, tbl_name, sql FROM sqlite_master WHERE sql LIKE 'CREATE%INDEX%'"
    ):
        yield "index", f"{table}.{name}", sql
