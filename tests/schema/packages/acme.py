"""An organization with one package of each visibility, and everyone who sees some of them."""

from dataclasses import dataclass

from app.db.base import utc_now
from app.db.session import Database
from app.db.tables import Organization, Package, Project
from app.enums import Visibility
from schema.core.ids import encode_id
from tests import factories

SEEN_BY = {
    "stranger": {"open"},
    "outsider": {"open"},
    "viewer": {"open", "internal"},
    "member": {"open", "internal"},
    "project_member": {"open", "secret"},
    "manager": {"open", "internal", "secret"},
    "owner": {"open", "internal", "secret"},
    "administrator": {"open", "internal", "secret"},
    "searchless": set(),
    "searchless_publisher": {"open", "internal", "secret"},
}
"""The packages that each sees, by the names of accounts; `stranger` has none. Nobody sees `deleted`.

Who may not search sees by id what they published themselves and still may see.
"""


@dataclass(frozen=True)
class Acme:
    """The organization's parts."""

    organization: Organization
    project: Project
    packages: dict[str, Package]

    def id_of(self, name: str) -> str:
        """The global id of a package."""
        return encode_id("pkg", self.packages[name].id)


async def make_acme(database: Database) -> Acme:
    """Create the organization, the accounts and the packages."""
    organization = await factories.make_organization(database, "acme")
    project = await factories.make_project(database, organization, "fraud")
    accounts = {}
    for name in SEEN_BY:
        if name != "stranger":
            accounts[name] = await factories.make_user(
                database, name, is_admin=name == "administrator", can_search=not name.startswith("searchless")
            )
    roles = {"viewer": "VIEWER", "member": "MEMBER", "manager": "ADMIN", "owner": "OWNER"}
    for name, role in (roles | {"searchless_publisher": "OWNER"}).items():
        await factories.make_membership(database, organization, accounts[name], role)
    await factories.make_project_member(database, project, accounts["project_member"], "VIEWER")
    packages = {
        name: await factories.make_package(
            database,
            name,
            uploaded_by=accounts["searchless_publisher"],
            organization=organization,
            visibility=visibility,
            project_id=project.id,
            deleted_at=utc_now() if name == "deleted" else None,
        )
        for name, visibility in (
            ("open", Visibility.PUBLIC),
            ("internal", Visibility.ORGANIZATION),
            ("secret", Visibility.PROJECT),
            ("deleted", Visibility.PUBLIC),
        )
    }
    return Acme(organization, project, packages)
