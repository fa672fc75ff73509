"""Find packages by words of their names, descriptions and readmes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from app.search import document  # what is found must be what the application of today looks for

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FORGET = "INSERT INTO package_search_fts (package_search_fts, rowid, words) VALUES ('delete', old.id, old.words);"
LEARN = "INSERT INTO package_search_fts (rowid, words) VALUES (new.id, new.words);"
FTS5 = (
    "CREATE VIRTUAL TABLE package_search_fts USING fts5"
    " (words, content='package_search', content_rowid='id', tokenize='ascii', detail='none', columnsize=0)",
    f"CREATE TRIGGER package_search_insert AFTER INSERT ON package_search BEGIN {LEARN} END",
    f"CREATE TRIGGER package_search_delete AFTER DELETE ON package_search BEGIN {FORGET} END",
    f"CREATE TRIGGER package_search_update AFTER UPDATE ON package_search BEGIN {FORGET} {LEARN} END",
)
BATCH = 500


def upgrade() -> None:
    is_postgresql = op.get_context().dialect.name == "postgresql"
    op.create_table(
        "package_search",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("vector", TSVECTOR().with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["package_id"],
            ["packages.id"],
            name=op.f("fk_package_search_package_id_packages"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_search")),
        sa.UniqueConstraint("package_id", name=op.f("uq_package_search_package_id")),
    )
    op.create_index(
        "ix_package_search_vector",
        "package_search",
        ["vector"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    if not is_postgresql:
        for statement in FTS5:
            op.execute(statement)
    if not op.get_context().as_sql:
        _index_packages(op.get_bind(), is_postgresql)


def _index_packages(connection: sa.Connection, is_postgresql: bool) -> None:
    columns = [sa.column("id", sa.Uuid()), sa.column("name"), sa.column("description"), sa.column("readme")]
    packages = sa.table("packages", *columns)
    search = sa.table(
        "package_search", sa.column("package_id", sa.Uuid()), sa.column("words"), sa.column("vector", TSVECTOR())
    )
    last = None
    while True:
        page = sa.select(packages).order_by(packages.c.id).limit(BATCH)
        rows = connection.execute(page if last is None else page.where(packages.c.id > last)).all()
        if not rows:
            return
        texts = [document(row.name, row.description, row.readme) for row in rows]
        connection.execute(
            sa.insert(search),
            [
                {"package_id": row.id, "words": words, "vector": words if is_postgresql else None}
                for row, words in zip(rows, texts, strict=True)
            ],
        )
        last = rows[-1].id


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TABLE package_search_fts")
    op.drop_table("package_search")
