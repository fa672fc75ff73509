"""All tables; importing this package fills `Base.metadata`."""

from app.db.tables.aliases import PackageAlias
from app.db.tables.downloads import Download
from app.db.tables.events import Event
from app.db.tables.idempotency import IdempotencyKey
from app.db.tables.lineage import LineageEdge
from app.db.tables.organizations import Organization, OrganizationMembership, Project, ProjectMember
from app.db.tables.packages import Package, PackageFile
from app.db.tables.ratings import Rating
from app.db.tables.scans import ScanFinding
from app.db.tables.scores import PackageScore
from app.db.tables.search import PackageSearch
from app.db.tables.tokens import ApiKey, AuthToken
from app.db.tables.users import User, UserPermission

__all__ = [
    "ApiKey",
    "AuthToken",
    "Download",
    "Event",
    "IdempotencyKey",
    "LineageEdge",
    "Organization",
    "OrganizationMembership",
    "Package",
    "PackageAlias",
    "PackageFile",
    "PackageScore",
    "PackageSearch",
    "Project",
    "ProjectMember",
    "Rating",
    "ScanFinding",
    "User",
    "UserPermission",
]
