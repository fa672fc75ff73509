"""What the scanner found in packages."""

from sqlalchemy import case

from app.db.readers import ListReader, anybody
from app.db.tables import ScanFinding
from app.enums import ScanSeverity

scan_findings = ScanFinding.__table__

_GRAVEST_FIRST = case(
    (scan_findings.c.severity == ScanSeverity.CRITICAL, 0),
    (scan_findings.c.severity == ScanSeverity.WARNING, 1),
    else_=2,
)
scan_findings_by_package = ListReader(
    scan_findings,
    scan_findings.c.package_id,
    columns={column.name: column for column in scan_findings.c},
    order_by=(_GRAVEST_FIRST, scan_findings.c.id),
    visible=anybody,
)
