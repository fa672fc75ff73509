"""The files inside packages."""

from app.db.page_readers import PageReader
from app.db.readers import anybody
from app.db.tables import PackageFile

package_files = PackageFile.__table__

files_by_package = PageReader(
    package_files,
    columns={column.name: column for column in package_files.c},
    unique=package_files.c.id,
    owner=package_files.c.package_id,
    visible=anybody,
)
