"""Find packages by their names in any case through an index."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_packages_name_lower", "packages", [sa.literal_column("lower(name)")])


def downgrade() -> None:
    op.drop_index("ix_packages_name_lower", table_name="packages")
