"""Downloads of packages. Who made one is told to that person, to those who manage the package and to administrators."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, case, null, or_

from app.db.page_readers import PageReader
from app.db.readers import Columns
from app.db.repositories.organizations import VIEWER_ID
from app.db.repositories.package_rights import may_manage
from app.db.repositories.packages import packages
from app.db.tables import Download
from app.identity.viewer import Sight

downloads = Download.__table__


def _private(column: ColumnElement[Any]) -> Callable[[Sight], ColumnElement[Any]]:
    def shown(sight: Sight) -> ColumnElement[Any]:
        match sight:
            case Sight.ALL:
                return column
            case Sight.MEMBER | Sight.OWN:
                return case((or_(downloads.c.user_id == VIEWER_ID, may_manage(sight)), column), else_=null())
            case _:
                return null()

    return shown


DOWNLOAD_COLUMNS: Columns = {
    **{name: downloads.c[name] for name in ("id", "package_id", "components", "access_granted", "requested_at")},
    **{name: _private(downloads.c[name]) for name in ("user_id", "ip_address", "user_agent", "denial_reason")},
}
downloads_by_package = PageReader(
    downloads.join(packages, packages.c.id == downloads.c.package_id),
    columns=DOWNLOAD_COLUMNS,
    unique=downloads.c.id,
    owner=downloads.c.package_id,
    default_descending=True,
)
