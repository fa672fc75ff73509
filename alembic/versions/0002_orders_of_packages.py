"""Order packages by net score and by rating through indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("packages", sa.Column("net_score", sa.Double(), nullable=True))
    op.execute(
        "UPDATE packages SET net_score ="
        " (SELECT package_scores.net_score FROM package_scores WHERE package_scores.package_id = packages.id)"
    )
    op.create_index("ix_packages_net_score_id", "packages", ["net_score", "id"])
    # SQLite's nulls come last in descending order anyway, and its indexes cannot say so.
    nulls = " NULLS LAST" if op.get_context().dialect.name == "postgresql" else ""
    for column in ("net_score", "rating_average"):
        best_first = [sa.text(f"{column} DESC{nulls}"), sa.text("id DESC")]
        op.create_index(f"ix_packages_{column}_best", "packages", best_first)


def downgrade() -> None:
    for column in ("net_score", "rating_average"):
        op.drop_index(f"ix_packages_{column}_best", table_name="packages")
    op.drop_index("ix_packages_net_score_id", table_name="packages")
    op.drop_column("packages", "net_score")
