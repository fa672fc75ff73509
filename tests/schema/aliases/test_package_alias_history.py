"""Who moved an alias, when and to what."""

from datetime import UTC, datetime, timedelta

from app.db.session import Database
from app.enums import Visibility
from tests import factories
from tests.schema.aliases.operations import HISTORY, set_alias, stand
from tests.schema.client import Client
from tests.schema.packages.changes import DELETE, change

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_every_move_is_told_the_last_first(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "root", is_admin=True)
    ada = await factories.make_user(database, "ada")
    versions = [
        await factories.make_package(database, "bert", version, uploaded_by=ada) for version in ("1.0.0", "1.1.0")
    ]
    other = await factories.make_package(database, "gpt", uploaded_by=ada)
    publisher, administrator = await client.sign_in("ada"), await client.sign_in("root")
    for somebody, package, alias in (
        (publisher, versions[0], "production"),
        (publisher, versions[0], "staging"),
        (publisher, other, "production"),
        (administrator, versions[1], "production"),
        (publisher, versions[0], "production"),
    ):
        await set_alias(somebody, package, alias)
    # when
    history = (await publisher.execute(HISTORY))["packageAliasHistory"]
    # then
    told = [(move["movedBy"]["username"], move["package"]["version"]) for move in history["nodes"]]
    assert told == [("ada", "1.0.0"), ("root", "1.1.0"), ("ada", "1.0.0")]
    assert [move["supersededAt"] for move in history["nodes"]] == [
        None,
        *(move["movedAt"] for move in history["nodes"][:-1]),
    ]
    assert history["totalCount"] == 3
    # when read page by page
    page = (await publisher.execute(HISTORY, first=2))["packageAliasHistory"]
    rest = (await publisher.execute(HISTORY, first=2, after=page["pageInfo"]["endCursor"]))["packageAliasHistory"]
    # then
    assert page["nodes"] + rest["nodes"] == history["nodes"]
    assert (page["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)


async def test_a_deleted_version_leaves_its_place_empty(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "root", is_admin=True)
    administrator = await client.sign_in("root")
    package = await factories.make_package(database, "bert")
    await set_alias(administrator, package)
    # when
    await change(administrator, DELETE, package)
    # then
    (move,) = (await administrator.execute(HISTORY))["packageAliasHistory"]["nodes"]
    assert (move["movedBy"], move["package"]) == ({"username": "root"}, None)


async def test_moves_to_what_is_invisible_are_not_told(client: Client, database: Database) -> None:
    # given
    lab = await factories.make_organization(database, "lab")
    await factories.make_membership(database, lab, await factories.make_user(database, "member"))
    await factories.make_user(database, "outsider")
    open_one = await factories.make_package(database, "bert", "1.0.0", organization=lab)
    hidden = await factories.make_package(
        database, "bert", "2.0.0", organization=lab, visibility=Visibility.ORGANIZATION
    )
    await stand(database, open_one, NOON, NOON + timedelta(hours=1))
    await stand(database, hidden, NOON + timedelta(hours=1))
    # when
    found = {
        name: (await (await client.sign_in(name)).execute(HISTORY, organization="lab"))["packageAliasHistory"]
        for name in ("member", "outsider")
    }
    # then
    assert [move["package"]["version"] for move in found["member"]["nodes"]] == ["2.0.0", "1.0.0"]
    assert [move["package"]["version"] for move in found["outsider"]["nodes"]] == ["1.0.0"]
    assert found["outsider"]["totalCount"] == 1


async def test_of_nothing_there_is_no_history(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    reader = await client.sign_in("ada")
    # when / then
    assert (await client.execute(HISTORY)).code == "UNAUTHENTICATED"
    assert (await reader.execute(HISTORY, name="nothing"))["packageAliasHistory"]["nodes"] == []
    assert (await reader.execute(HISTORY, name="nul\x00")).code == "INVALID_INPUT"
    await factories.make_user(database, "bob", can_search=False)
    assert (await (await client.sign_in("bob")).execute(HISTORY)).code == "FORBIDDEN"
