"""The closed sets of the domain, as stored in the database and shown in the API."""

from enum import StrEnum


class UserKind(StrEnum):
    """Whether an account belongs to a person or to a machine."""

    PERSON = "PERSON"
    SERVICE = "SERVICE"


class Permission(StrEnum):
    """What an account may do; one boolean column each on the permissions table."""

    SEARCH = "can_search"
    UPLOAD = "can_upload"
    DOWNLOAD = "can_download"
    RATE = "can_rate"


class OrganizationRole(StrEnum):
    """A member's standing in an organization, from most to least powerful."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    MEMBER = "MEMBER"
    VIEWER = "VIEWER"


class ProjectRole(StrEnum):
    """A member's standing in a project, from most to least powerful."""

    ADMIN = "ADMIN"
    EDITOR = "EDITOR"
    VIEWER = "VIEWER"


class PackageKind(StrEnum):
    """What a package holds."""

    MODEL = "MODEL"
    DATASET = "DATASET"
    CODE = "CODE"


class Visibility(StrEnum):
    """Who may see a package."""

    PUBLIC = "PUBLIC"
    ORGANIZATION = "ORGANIZATION"
    PROJECT = "PROJECT"


class PackageStatus(StrEnum):
    """Where a package stands: being inspected, scanned clean (or released by an administrator), or held back."""

    PENDING = "PENDING"
    READY = "READY"
    QUARANTINED = "QUARANTINED"


class PackageComponent(StrEnum):
    """The part of a package that a file belongs to."""

    WEIGHTS = "WEIGHTS"
    DATASETS = "DATASETS"
    CODE = "CODE"
    DOCUMENTATION = "DOCUMENTATION"
    OTHER = "OTHER"


class RelationshipType(StrEnum):
    """How a child package descends from its parent."""

    FINE_TUNED_FROM = "FINE_TUNED_FROM"
    TRAINED_ON = "TRAINED_ON"
    EVALUATED_ON = "EVALUATED_ON"
    QUANTIZED_FROM = "QUANTIZED_FROM"
    DISTILLED_FROM = "DISTILLED_FROM"
    MERGED_FROM = "MERGED_FROM"
    ADAPTER_OF = "ADAPTER_OF"
    DERIVED_FROM = "DERIVED_FROM"
    USES_CODE = "USES_CODE"


class LineageDirection(StrEnum):
    """Which way a walk over lineage goes from where it starts."""

    ANCESTORS = "ANCESTORS"
    DESCENDANTS = "DESCENDANTS"
    BOTH = "BOTH"


class IncompleteReason(StrEnum):
    """Why a lineage graph stops before its end."""

    MAX_DEPTH = "MAX_DEPTH"
    MAX_NODES = "MAX_NODES"


class ScanSeverity(StrEnum):
    """How grave a scan finding is; a critical one quarantines the package."""

    INFO = "INFO"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"


class ConfusionDecision(StrEnum):
    """What was done about a name that resembles another owner's package."""

    WARNED = "WARNED"
    BLOCKED = "BLOCKED"
    OVERRIDDEN = "OVERRIDDEN"


class LicenseUse(StrEnum):
    """What a project does with somebody else's model, data or code."""

    USE = "USE"
    FINE_TUNE = "FINE_TUNE"
    REDISTRIBUTE = "REDISTRIBUTE"


class LicenseVerdict(StrEnum):
    """Whether one licence admits what is done under another."""

    COMPATIBLE = "COMPATIBLE"
    INCOMPATIBLE = "INCOMPATIBLE"
    UNKNOWN = "UNKNOWN"


class UploadState(StrEnum):
    """The life of a direct-to-storage upload."""

    OPEN = "OPEN"
    COMPLETED = "COMPLETED"
    ABORTED = "ABORTED"
    EXPIRED = "EXPIRED"


class TimeBucket(StrEnum):
    """The spans of UTC time that series are counted in."""

    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


class EventType(StrEnum):
    """What happened; every change appends one event of these types."""

    USER_SIGNED_IN = "USER_SIGNED_IN"
    USER_SIGN_IN_FAILED = "USER_SIGN_IN_FAILED"
    USER_SIGNED_OUT = "USER_SIGNED_OUT"
    USER_CREATED = "USER_CREATED"
    USER_UPDATED = "USER_UPDATED"
    USER_DELETED = "USER_DELETED"
    USER_PERMISSIONS_CHANGED = "USER_PERMISSIONS_CHANGED"
    USER_PASSWORD_CHANGED = "USER_PASSWORD_CHANGED"  # noqa: S105
    API_KEY_CREATED = "API_KEY_CREATED"
    API_KEY_REVOKED = "API_KEY_REVOKED"
    ORGANIZATION_CREATED = "ORGANIZATION_CREATED"
    ORGANIZATION_UPDATED = "ORGANIZATION_UPDATED"
    ORGANIZATION_DELETED = "ORGANIZATION_DELETED"
    ORGANIZATION_MEMBER_ADDED = "ORGANIZATION_MEMBER_ADDED"
    ORGANIZATION_MEMBER_REMOVED = "ORGANIZATION_MEMBER_REMOVED"
    ORGANIZATION_ROLE_CHANGED = "ORGANIZATION_ROLE_CHANGED"
    PROJECT_CREATED = "PROJECT_CREATED"
    PROJECT_MEMBER_ADDED = "PROJECT_MEMBER_ADDED"
    PACKAGE_PUBLISHED = "PACKAGE_PUBLISHED"
    PACKAGE_SCORED = "PACKAGE_SCORED"
    PACKAGE_UPDATED = "PACKAGE_UPDATED"
    PACKAGE_DEPRECATED = "PACKAGE_DEPRECATED"
    PACKAGE_UNDEPRECATED = "PACKAGE_UNDEPRECATED"
    PACKAGE_DELETED = "PACKAGE_DELETED"
    PACKAGE_RESTORED = "PACKAGE_RESTORED"
    PACKAGE_STORAGE_FREED = "PACKAGE_STORAGE_FREED"
    PACKAGE_QUARANTINED = "PACKAGE_QUARANTINED"
    PACKAGE_RELEASED = "PACKAGE_RELEASED"
    PACKAGE_RATED = "PACKAGE_RATED"
    PACKAGE_ALIAS_MOVED = "PACKAGE_ALIAS_MOVED"
    LINEAGE_LINKED = "LINEAGE_LINKED"
    LINEAGE_UNLINKED = "LINEAGE_UNLINKED"
    DOWNLOAD_RECORDED = "DOWNLOAD_RECORDED"


class EntityType(StrEnum):
    """What an event is about; the values are the names of the types."""

    USER = "User"
    API_KEY = "ApiKey"
    ORGANIZATION = "Organization"
    PROJECT = "Project"
    PACKAGE = "Package"


class ApiKeyScope(StrEnum):
    """What an API key may do of what its account may; the names of `Permission`, and ADMIN."""

    SEARCH = "SEARCH"
    UPLOAD = "UPLOAD"
    DOWNLOAD = "DOWNLOAD"
    RATE = "RATE"
    ADMIN = "ADMIN"
