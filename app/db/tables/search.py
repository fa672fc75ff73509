"""The words of packages, for full-text search: a tsvector on PostgreSQL, an FTS5 index beside it on SQLite."""

from uuid import UUID

from sqlalchemy import DDL, ForeignKey, Index, Text, event
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Identity64

FTS5 = "package_search_fts"
"""SQLite's index, whose own tables have names that begin like this."""


class PackageSearch(Base):
    """What `app.search.document` makes of a package; `vector` holds the same words on PostgreSQL, else nothing."""

    __tablename__ = "package_search"
    __table_args__ = (
        # Packages are searched for far more often than published: what comes goes into the index at once.
        Index("ix_package_search_vector", "vector", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
    )

    id: Mapped[int] = mapped_column(Identity64, primary_key=True)  # FTS5 refers to rows by number
    package_id: Mapped[UUID] = mapped_column(ForeignKey("packages.id", ondelete="CASCADE"), unique=True)
    words: Mapped[str] = mapped_column(Text)
    vector: Mapped[str | None] = mapped_column(TSVECTOR().with_variant(Text(), "sqlite"))


_FORGET = "INSERT INTO package_search_fts (package_search_fts, rowid, words) VALUES ('delete', old.id, old.words);"
_LEARN = "INSERT INTO package_search_fts (rowid, words) VALUES (new.id, new.words);"
FTS5_STATEMENTS = (
    # The tokenizer `ascii` takes all but ASCII's own signs as letters: the words stay as they were made.
    f"CREATE VIRTUAL TABLE {FTS5} USING fts5"
    " (words, content='package_search', content_rowid='id', tokenize='ascii', detail='none', columnsize=0)",
    f"CREATE TRIGGER package_search_insert AFTER INSERT ON package_search BEGIN {_LEARN} END",
    f"CREATE TRIGGER package_search_delete AFTER DELETE ON package_search BEGIN {_FORGET} END",
    f"CREATE TRIGGER package_search_update AFTER UPDATE ON package_search BEGIN {_FORGET} {_LEARN} END",
)
for _statement in FTS5_STATEMENTS:
    event.listen(PackageSearch.__table__, "after_create", DDL(_statement).execute_if(dialect="sqlite"))  # type: ignore[no-untyped-call]
