"""Names for versions of packages."""

from sqlalchemy import and_

from app.db.readers import ListReader
from app.db.tables import PackageAlias

package_aliases = PackageAlias.__table__

aliases_by_package = ListReader(
    package_aliases,
    package_aliases.c.package_id,
    columns={name: package_aliases.c[name] for name in ("alias", "is_protected", "moved_at", "moved_by_id")},
    order_by=(package_aliases.c.alias,),
    visible=lambda sight: and_(package_aliases.c.superseded_at.is_(None)),
)
