"""Reading organizations and projects: who sees which."""

import pytest

from app.db.session import Database
from tests import factories
from tests.schema.client import Client

ORGANIZATIONS = "{ organizations(first: 20) { totalCount nodes { slug name viewerRole } } }"
ORGANIZATION = """query ($slug: String!) {
  organization(slug: $slug) {
    id name viewerRole
    members(first: 20) { totalCount edges { role node { username } } }
    projects(first: 20) { nodes { slug name } }
    packages(first: 20) { totalCount nodes { name version } }
  }
}"""
PROJECT = """query ($organization: String!, $slug: String!) {
  project(organization: $organization, slug: $slug) {
    id name organization { slug } members { edges { role node { username } } } packages { nodes { name } }
  }
}"""


@pytest.fixture
async def acme(database: Database) -> None:
    """acme with ada its owner and bob a viewer; two projects, of which cy, a member, is in one; packages."""
    ada, bob, cy = [await factories.make_user(database, name) for name in ("ada", "bob", "cy")]
    await factories.make_user(database, "outsider")
    await factories.make_user(database, "root", is_admin=True)
    acme = await factories.make_organization(database, "acme")
    for user, role in ((ada, "OWNER"), (bob, "VIEWER"), (cy, "MEMBER")):
        await factories.make_membership(database, acme, user, role)
    fraud = await factories.make_project(database, acme, "fraud")
    await factories.make_project(database, acme, "churn")
    await factories.make_project_member(database, fraud, cy, "ADMIN")
    for name, visibility, project in (
        ("open", "PUBLIC", None),
        ("inner", "ORGANIZATION", None),
        ("own", "PROJECT", fraud),
    ):
        await factories.make_package(
            database, name, organization=acme, visibility=visibility, project_id=project.id if project else None
        )


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("username", "seen"),
    [
        ("ada", {"public": None, "acme": "OWNER"}),
        ("bob", {"public": None, "acme": "VIEWER"}),
        ("outsider", {"public": None}),
        ("root", {"public": None, "acme": None}),
    ],
)
async def test_organizations_are_listed_to_their_members(
    client: Client, username: str, seen: dict[str, str | None]
) -> None:
    found = (await (await client.sign_in(username)).execute(ORGANIZATIONS))["organizations"]
    assert {node["slug"]: node["viewerRole"] for node in found["nodes"]} == seen
    assert found["totalCount"] == len(seen)


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("username", "projects", "packages"),
    [
        ("ada", {"fraud", "churn"}, {"open", "inner", "own"}),
        ("bob", set(), {"open", "inner"}),
        ("cy", {"fraud"}, {"open", "inner", "own"}),
        ("root", {"fraud", "churn"}, {"open", "inner", "own"}),
    ],
)
async def test_what_an_organization_holds_is_seen_by_standing(
    client: Client, username: str, projects: set[str], packages: set[str]
) -> None:
    found = (await (await client.sign_in(username)).execute(ORGANIZATION, slug="acme"))["organization"]
    members = {edge["node"]["username"]: edge["role"] for edge in found["members"]["edges"]}
    assert members == {"ada": "OWNER", "bob": "VIEWER", "cy": "MEMBER"}
    assert {node["slug"] for node in found["projects"]["nodes"]} == projects
    assert {node["name"] for node in found["packages"]["nodes"]} == packages
    assert found["packages"]["totalCount"] == len(packages)


@pytest.mark.usefixtures("acme")
async def test_an_outsider_cannot_tell_that_it_exists(client: Client) -> None:
    # given
    acme_id = (await (await client.sign_in("ada")).execute(ORGANIZATION, slug="acme"))["organization"]["id"]
    outsider = await client.sign_in("outsider")

    # when
    by_slug, unknown = [await outsider.execute(ORGANIZATION, slug=slug) for slug in ("acme", "nowhere")]
    by_id = await outsider.execute("query ($id: ID!) { node(id: $id) { id } }", id=acme_id)
    project = await outsider.execute(PROJECT, organization="acme", slug="fraud")

    # then
    assert by_slug.data == unknown.data == {"organization": None}
    assert by_id["node"] is None
    assert project["project"] is None


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(("username", "is_seen"), [("ada", True), ("cy", True), ("bob", False), ("outsider", False)])
async def test_a_project_is_seen_by_its_members_and_managers(client: Client, username: str, is_seen: bool) -> None:
    found = (await (await client.sign_in(username)).execute(PROJECT, organization="acme", slug="fraud"))["project"]
    assert (found is not None) == is_seen
    if found is not None:
        assert found["organization"] == {"slug": "acme"}
        assert found["members"]["edges"] == [{"role": "ADMIN", "node": {"username": "cy"}}]
        assert found["packages"]["nodes"] == [{"name": "own"}]


@pytest.mark.parametrize("slug", ["nowhere", "", "\x00", "ACME", "a b"])
async def test_no_organization_is_null(client: Client, database: Database, slug: str) -> None:
    await factories.make_user(database, "ada")
    ada = await client.sign_in("ada")
    assert (await ada.execute(ORGANIZATION, slug=slug))["organization"] is None
    assert (await ada.execute(PROJECT, organization="public", slug=slug))["project"] is None


@pytest.mark.usefixtures("acme")
async def test_strangers_see_nothing_and_anonymous_readers_the_public_one(client: Client) -> None:
    # given
    assert (await client.execute(ORGANIZATIONS)).code == "UNAUTHENTICATED"
    assert (await client.execute(ORGANIZATION, slug="public")).code == "UNAUTHENTICATED"

    # when
    client.services.settings.anonymous_read = True
    organizations = (await client.execute(ORGANIZATIONS))["organizations"]
    acme = await client.execute(ORGANIZATION, slug="acme")
    public = (await client.execute(ORGANIZATION, slug="public"))["organization"]

    # then
    assert [node["slug"] for node in organizations["nodes"]] == ["public"]
    assert acme["organization"] is None
    assert public["members"] == {"totalCount": 0, "edges": []}
