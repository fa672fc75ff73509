"""What a demo package is, before it is published."""

from dataclasses import dataclass

from app.db.initial_data import PUBLIC_SLUG
from app.demo.archives import Files
from app.enums import PackageKind, RelationshipType, Visibility

DATA_SCIENTIST = "data_scientist"
ML_ENGINEER = "ml_engineer"
TEST_USER = "testuser"

ACME = "acme-ml"
FRAUD_DETECTION = "fraud-detection"
PRODUCT_RECOMMENDATIONS = "product-recommendations"


@dataclass(frozen=True)
class DemoPackage:
    """A package and its files. `parents` are others that come before it, by `name@version`; more stand in its card."""

    name: str
    version: str
    kind: PackageKind
    publisher: str
    files: Files
    author: str | None = None
    organization: str = PUBLIC_SLUG
    project: str | None = None
    visibility: Visibility = Visibility.PUBLIC
    is_sensitive: bool = False
    access_control_script: str | None = None
    parents: tuple[tuple[str, RelationshipType], ...] = ()

    @property
    def key(self) -> str:
        """By what the others call it."""
        return f"{self.name}@{self.version}"
