"""The history of a package's downloads, and who is told what of it."""

import pytest
from sqlalchemy import update

from app.db.session import Database
from app.db.tables import Package
from app.enums import OrganizationRole, PackageComponent, Visibility
from tests import factories
from tests.schema.client import Client
from tests.schema.published import package_id, statements

HISTORY = """
query ($id: ID!, $first: Int, $after: String) {
  node(id: $id) {
    ... on Package {
      downloads(first: $first, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        nodes {
          id user { username } ipAddress userAgent components accessGranted denialReason requestedAt
          package { name }
        }
      }
    }
  }
}
"""
LIST = """
query ($first: Int!) {
  packages(first: $first) {
    nodes {
      id
      scores { netScore metrics { name value } }
      rating { average count histogram { stars count } viewerStars }
      ratings(first: 5) { totalCount nodes { stars user { username } } }
      downloads(first: 5) { totalCount nodes { requestedAt accessGranted user { username } } }
      downloadSeries(bucket: DAY, from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z") { at count }
    }
  }
}
"""
PRIVATE = ("user", "ipAddress", "userAgent", "denialReason")


async def history(client, package, **page):
    return (await client.execute(HISTORY, id=package_id(package), first=10, **page))["node"]["downloads"]


@pytest.fixture
async def package(database):
    """In an organization: grace downloaded it and was then refused, a deleted account did too."""
    organization = await factories.make_organization(database, "acme")
    publisher = await factories.make_user(database, "publisher")
    package = await factories.make_package(database, organization=organization, uploaded_by=publisher)
    for username, role in (("owner", "OWNER"), ("manager", "ADMIN"), ("member", "MEMBER")):
        user = await factories.make_user(database, username)
        await factories.make_membership(database, organization, user, OrganizationRole[role])
    await factories.make_user(database, "root", is_admin=True)
    await factories.make_user(database, "other")
    grace = await factories.make_user(database, "grace")
    where = {"ip_address": "203.0.113.9", "user_agent": "curl/8"}
    await factories.make_download(database, package, grace, components=[PackageComponent.CODE], **where)
    await factories.make_download(database, package, grace, access_granted=False, denial_reason="No.", **where)
    await factories.make_download(database, package, None, **where)
    return package


@pytest.mark.parametrize("username", ["root", "owner", "manager", "publisher"])
async def test_who_manages_the_package_sees_who_downloaded(client: Client, package, username: str) -> None:
    # when
    found = await history(await client.sign_in(username), package)
    # then the newest come first
    assert found["totalCount"] == 3
    nameless, refused, granted = found["nodes"]
    assert granted["user"] == refused["user"] == {"username": "grace"}
    assert nameless["user"] is None
    assert {row["ipAddress"] for row in found["nodes"]} == {"203.0.113.9"}
    assert {row["userAgent"] for row in found["nodes"]} == {"curl/8"}
    assert (granted["accessGranted"], granted["denialReason"], granted["components"]) == (True, None, ["CODE"])
    assert (refused["accessGranted"], refused["denialReason"], refused["components"]) == (False, "No.", [])
    assert granted["package"] == {"name": package.name}


async def test_oneself_one_sees_and_nobody_else(client: Client, package, database: Database) -> None:
    # given
    other = await client.sign_in("other")
    # when
    found = await history(await client.sign_in("grace"), package)
    # then
    nameless, refused, granted = found["nodes"]
    assert refused["user"] == granted["user"] == {"username": "grace"}
    assert (refused["ipAddress"], refused["denialReason"]) == ("203.0.113.9", "No.")
    assert [nameless[name] for name in PRIVATE] == [None] * 4
    assert [row["user"] for row in (await history(other, package))["nodes"]] == [None] * 3


@pytest.mark.parametrize("username", ["other", "member"])
async def test_others_see_that_it_was_downloaded_and_not_by_whom(client: Client, package, username: str) -> None:
    # when
    found = await history(await client.sign_in(username), package)
    # then
    assert found["totalCount"] == 3
    assert {tuple(row[name] for name in PRIVATE) for row in found["nodes"]} == {(None,) * 4}
    assert [row["accessGranted"] for row in found["nodes"]] == [True, False, True]


async def test_strangers_who_may_read_see_no_more(client: Client, package, settings) -> None:
    # given a server that lets anybody read
    settings.anonymous_read = True
    authenticator = type(client.services.authenticator)(client.services.database, settings)
    client.services.authenticator = authenticator
    # when
    found = await history(client, package)
    # then
    assert {tuple(row[name] for name in PRIVATE) for row in found["nodes"]} == {(None,) * 4}


async def test_history_pages(client: Client, package, database: Database) -> None:
    # given
    root = await client.sign_in("root")
    everything = [row["id"] for row in (await history(root, package))["nodes"]]
    # when read in pages of two
    first = (await root.execute(HISTORY, id=package_id(package), first=2))["node"]["downloads"]
    rest = (await root.execute(HISTORY, id=package_id(package), first=2, after=first["pageInfo"]["endCursor"]))["node"][
        "downloads"
    ]
    # then
    assert [row["id"] for row in first["nodes"] + rest["nodes"]] == everything
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)


async def test_a_download_is_found_by_its_id_and_tells_no_more_than_its_list(
    client: Client, package, database: Database
) -> None:
    # given
    manager, other = await client.sign_in("manager"), await client.sign_in("other")
    key = (await history(manager, package))["nodes"][2]["id"]
    query = "query ($id: ID!) { node(id: $id) { ... on Download { accessGranted ipAddress user { username } } } }"
    # when
    told, hidden = [(await somebody.execute(query, id=key))["node"] for somebody in (manager, other)]
    async with database.write() as session:
        await session.execute(update(Package).values(visibility=Visibility.ORGANIZATION))
    # then
    assert told == {"accessGranted": True, "ipAddress": "203.0.113.9", "user": {"username": "grace"}}
    assert hidden == {"accessGranted": True, "ipAddress": None, "user": None}
    assert (await other.execute(query, id=key))["node"] is None


async def test_the_statements_do_not_depend_on_the_number_of_packages(client: Client, database: Database) -> None:
    # given fifty packages, each with scores, a rating and downloads of people
    packages = await factories.make_packages(database, 50)
    users = await factories.make_users(database, 3)
    await factories.make_scores(database, packages)
    for number, key in enumerate(packages):
        await factories.make_rating(database, key, users[number % 3])
        await factories.make_downloads(database, 2, key, users[number % 3])
    await factories.make_user(database, "root", is_admin=True)
    root = await client.sign_in("root")
    # when
    ran = {}
    for first in (2, 50):
        with statements() as texts:
            nodes = (await root.execute(LIST, first=first))["packages"]["nodes"]
        assert len(nodes) == first
        assert all(node["rating"]["count"] == 1 and node["downloads"]["totalCount"] == 2 for node in nodes)
        ran[first] = len(texts)
    # then
    assert ran[2] == ran[50] > 0
