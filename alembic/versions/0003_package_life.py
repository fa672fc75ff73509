"""When a package was released from quarantine, and when the storage of a deleted one was freed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DELETED = sa.text("deleted_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("packages", sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("packages", sa.Column("release_reason", sa.Text(), nullable=True))
    op.add_column("packages", sa.Column("storage_freed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_packages_deleted_at_id", "packages", ["deleted_at", "id"], postgresql_where=DELETED, sqlite_where=DELETED
    )
    op.create_index("ix_packages_s3_key", "packages", ["s3_key"])


def downgrade() -> None:
    op.drop_index("ix_packages_s3_key", table_name="packages")
    op.drop_index("ix_packages_deleted_at_id", table_name="packages")
    op.drop_column("packages", "storage_freed_at")
    op.drop_column("packages", "release_reason")
    op.drop_column("packages", "released_at")
