"""lineageChanged, over graphql-transport-ws."""

from typing import Any

from app.db.session import Database
from app.db.tables import Package
from app.enums import Visibility
from app.events.cursor import BEGINNING
from tests import factories
from tests.schema.client import Client
from tests.schema.published import make_zip, package_id, publish_archive
from tests.schema.uploads.conftest import token_of
from tests.server import Running

CHANGES = """
subscription LineageChanges($packageId: ID!, $direction: LineageDirection = BOTH, $after: String) {
  lineageChanged(packageId: $packageId, direction: $direction, after: $after) {
    cursor type package { id name version }
  }
}
"""
FROM_THE_START = BEGINNING.encode()
CHANGE = """
mutation ($input: %sPackagesInput!) { %sPackages(input: $input) { __typename ... on Error { message } } }
"""


async def change(server: Running, token: str, verb: str, parent: Package, child: Package) -> None:
    """Link or unlink two packages through the API."""
    given = {"parentId": package_id(parent), "childId": package_id(child), "relationshipType": "DERIVED_FROM"}
    data = await server.post(CHANGE % (verb.title(), verb), {"input": given}, token=token)
    assert data[f"{verb}Packages"]["__typename"] == f"{verb.title()}PackagesPayload", data


async def told(server: Running, token: str, package: Package, count: int, **more: Any) -> list[tuple[str, str]]:
    """The next changes of a package's lineage, from the log's beginning unless said otherwise."""
    variables = {"packageId": package_id(package), "after": FROM_THE_START, **more}
    async with server.subscribed(CHANGES, variables, token=token) as events:
        found = [(await events.next())["data"]["lineageChanged"] for _ in range(count)]
    return [(each["type"].removeprefix("LINEAGE_"), each["package"]["name"]) for each in found]


async def family(database: Database) -> dict[str, Package]:
    """Packages without links, of somebody who signs in as `maker`."""
    maker = await factories.make_user(database, "maker", can_upload=True)
    return {name: await factories.make_package(database, name, uploaded_by=maker) for name in "abcdxyz"}


async def sign_in(server: Running, name: str) -> str:
    return (await Client(server.services).sign_in(name)).token or ""


async def test_both_ends_hear_of_each_other_as_they_are_linked_and_unlinked(server: Running) -> None:
    # given
    by_name = await family(server.services.database)
    token = await sign_in(server, "maker")
    a, b = by_name["a"], by_name["b"]
    variables = {"packageId": package_id(a), "after": await server.head()}
    async with server.subscribed(CHANGES, variables, token=token) as events:
        # when
        await change(server, token, "link", a, b)
        live = (await events.next())["data"]["lineageChanged"]
    await change(server, token, "unlink", a, b)
    # then
    assert (live["type"], live["package"]) == (
        "LINEAGE_LINKED",
        {"id": package_id(b), "name": "b", "version": "1.0.0"},
    )
    assert await told(server, token, a, 1, after=live["cursor"]) == [("UNLINKED", "b")]
    assert await told(server, token, b, 2) == [("LINKED", "a"), ("UNLINKED", "a")]


async def test_changes_at_any_distance_are_told_in_the_direction_asked_for(server: Running) -> None:
    # given
    by_name = await family(server.services.database)
    a, b, c, d, x, y = (by_name[name] for name in "abcdxy")
    token = await sign_in(server, "maker")
    # when a → b → c → d, and x → y beside it
    for parent, child in ((b, c), (x, y), (a, b), (c, d)):
        await change(server, token, "link", parent, child)
    # then
    assert await told(server, token, c, 3) == [("LINKED", "b"), ("LINKED", "a"), ("LINKED", "d")]
    assert await told(server, token, c, 2, direction="ANCESTORS") == [("LINKED", "b"), ("LINKED", "a")]
    assert await told(server, token, c, 1, direction="DESCENDANTS") == [("LINKED", "d")]
    assert await told(server, token, a, 3, direction=None) == [("LINKED", "c"), ("LINKED", "b"), ("LINKED", "d")]
    assert await told(server, token, x, 1) == [("LINKED", "y")]


async def test_who_comes_late_hears_of_what_has_been_cut_off_since(server: Running) -> None:
    # given a → b → c, taken apart from the far end to the near one, so that nothing leads there any more
    by_name = await family(server.services.database)
    a, b, c = (by_name[name] for name in "abc")
    token = await sign_in(server, "maker")
    await change(server, token, "link", b, c)
    await change(server, token, "link", a, b)
    after = await server.head()
    # when
    await change(server, token, "unlink", a, b)
    await change(server, token, "unlink", b, c)
    # then
    assert await told(server, token, c, 2, after=after) == [("UNLINKED", "a"), ("UNLINKED", "b")]
    assert await told(server, token, a, 1, after=after) == [("UNLINKED", "b")]


async def test_a_link_to_what_the_viewer_does_not_see_is_not_told(server: Running) -> None:
    # given
    database = server.services.database
    maker = await factories.make_user(database, "maker", can_upload=True)
    lab = await factories.make_organization(database, "lab")
    await factories.make_membership(database, lab, maker)
    hidden = await factories.make_package(
        database, "hidden", organization=lab, uploaded_by=maker, visibility=Visibility.ORGANIZATION
    )
    base, child = [await factories.make_package(database, name, uploaded_by=maker) for name in ("base", "child")]
    token, stranger = await sign_in(server, "maker"), await token_of(server, "reader")
    # when base → hidden → child, and base → child
    await change(server, token, "link", hidden, child)
    await change(server, token, "link", base, hidden)
    await change(server, token, "link", base, child)
    # then
    assert await told(server, token, child, 3) == [("LINKED", "hidden"), ("LINKED", "base"), ("LINKED", "base")]
    async with server.subscribed(
        CHANGES, {"packageId": package_id(child), "after": FROM_THE_START}, token=stranger
    ) as events:
        assert (await events.next())["data"]["lineageChanged"]["package"]["name"] == "base"
        await change(server, token, "unlink", base, child)
        assert (await events.next())["data"]["lineageChanged"]["type"] == "LINEAGE_UNLINKED"


async def test_links_that_publishing_makes_are_told(server: Running) -> None:
    # given
    database = server.services.database
    maker = await factories.make_user(database, "maker", can_upload=True)
    base = await factories.make_package(database, "base", uploaded_by=maker)
    token = await sign_in(server, "maker")
    # when
    archive = make_zip({"README.md": "---\nbase_model: base\n---\n# Tuned\n", "train.py": "print(1)\n"})
    await publish_archive(server.services, maker, archive, name="tuned")
    # then
    assert await told(server, token, base, 1) == [("LINKED", "tuned")]


async def test_a_package_that_is_not_seen_is_not_found(server: Running) -> None:
    # given
    database = server.services.database
    lab = await factories.make_organization(database, "lab")
    hidden = await factories.make_package(database, organization=lab, visibility=Visibility.ORGANIZATION)
    token = await token_of(server, "reader")
    for wanted in (package_id(hidden), "nonsense"):
        # when
        async with server.subscribed(CHANGES, {"packageId": wanted}, token=token) as events:
            # then
            assert (await events.refusal())[0]["extensions"]["code"] == "NOT_FOUND"


async def test_strangers_hear_nothing(server: Running) -> None:
    package = await factories.make_package(server.services.database)
    async with server.subscribed(CHANGES, {"packageId": package_id(package)}) as events:
        assert (await events.refusal())[0]["extensions"]["code"] == "UNAUTHENTICATED"
