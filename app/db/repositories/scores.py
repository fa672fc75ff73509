"""Scores of packages."""

from app.db.readers import RowReader
from app.db.tables import PackageScore

package_scores = PackageScore.__table__

scores_by_package = RowReader(
    package_scores, package_scores.c.package_id, columns={column.name: column for column in package_scores.c}
)
