"""Packages by alias, now and as of a moment."""

from datetime import UTC, datetime, timedelta

import pytest

from app.db.base import new_id
from app.db.repositories.package_names import PackageName, packages_by_name
from app.db.session import Database
from app.enums import PackageStatus, Visibility
from app.identity.viewer import Viewer
from tests import factories
from tests.schema.aliases.operations import set_alias, stand, version_under
from tests.schema.client import Client
from tests.schema.packages.changes import DELETE, RESTORE, change
from tests.schema.published import statements

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(hours: float) -> str:
    return (NOON + hours * HOUR).isoformat()


async def test_a_version_is_found_by_its_alias(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "root", is_admin=True)
    first = await factories.make_package(database, "bert", "1.0.0")
    await factories.make_package(database, "bert", "2.0.0")
    reader = await client.sign_in("root")
    await set_alias(reader, first)
    # when / then
    assert await version_under(reader, "production") == "1.0.0"
    assert await version_under(reader, "latest") == await version_under(reader, None) == "2.0.0"
    assert await version_under(reader, "staging") is None
    assert await version_under(reader, "production", organization="elsewhere") is None
    assert await version_under(reader, "production", name="gpt") is None
    assert await version_under(reader, "a\x00") is None


async def test_an_alias_on_a_deleted_package_reads_null_until_it_is_restored(
    client: Client, database: Database
) -> None:
    # given
    await factories.make_user(database, "root", is_admin=True)
    await factories.make_package(database, "bert", "0.9.0")
    package = await factories.make_package(database, "bert", "1.0.0")
    reader = await client.sign_in("root")
    await set_alias(reader, package)
    # when
    await change(reader, DELETE, package)
    # then
    assert await version_under(reader, "production") is None
    assert await version_under(reader, "latest") == "0.9.0"
    # when
    await change(reader, RESTORE, package)
    # then
    assert await version_under(reader, "production") == await version_under(reader, "latest") == "1.0.0"


async def test_as_of_a_moment_an_alias_is_where_it_was(client: Client, database: Database) -> None:
    # given production on 1.0.0 from noon, and on 2.0.0 from two hours later
    await factories.make_user(database, "ada")
    first = await factories.make_package(database, "bert", "1.0.0")
    second = await factories.make_package(database, "bert", "2.0.0")
    await stand(database, first, NOON, NOON + 2 * HOUR)
    await stand(database, second, NOON + 2 * HOUR)
    reader = await client.sign_in("ada")
    # when
    found = [await version_under(reader, "production", asOf=at(hours)) for hours in (-1, 0, 1.99, 2, 100)]
    # then
    assert found == [None, "1.0.0", "1.0.0", "2.0.0", "2.0.0"]


async def test_as_of_a_moment_latest_is_what_was_the_newest(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    for version, hours, more in (
        ("1.0.0", 0, {}),
        ("2.0.0", 2, {"deprecated_at": NOON + 4 * HOUR}),
        ("3.0.0", 6, {"deleted_at": NOON + 8 * HOUR}),
        ("4.0.0", 1, {"released_at": NOON + 10 * HOUR}),
        ("5.0.0", 1, {"status": PackageStatus.QUARANTINED}),
    ):
        await factories.make_package(database, "bert", version, uploaded_at=NOON + hours * HOUR, **more)
    reader = await client.sign_in("ada")
    # when
    found = [await version_under(reader, "latest", asOf=at(hours)) for hours in (-1, 0, 2, 4, 6, 8, 10)]
    # then 3.0.0 is deleted since, and nothing is put in its place
    assert found == [None, "1.0.0", "2.0.0", "1.0.0", None, "1.0.0", "4.0.0"]
    assert [await version_under(reader, None, asOf=at(hours)) for hours in (2, 4)] == ["2.0.0", "1.0.0"]


@pytest.mark.parametrize("name", ['alias: "production"', 'asOf: "2026-03-01T12:00:00Z"'])
async def test_a_version_is_named_alone(client: Client, database: Database, name: str) -> None:
    # given
    await factories.make_user(database, "ada")
    await factories.make_package(database, "bert", "1.0.0")
    # when
    query = f'{{ package(name: "bert", version: "1.0.0", {name}) {{ version }} }}'
    answer = await (await client.sign_in("ada")).execute(query)
    # then
    assert answer.code == "INVALID_INPUT"


async def test_what_is_invisible_is_under_no_alias(client: Client, database: Database) -> None:
    # given a newer version that only members see, and that has the alias
    lab = await factories.make_organization(database, "lab")
    await factories.make_membership(database, lab, await factories.make_user(database, "member"))
    await factories.make_user(database, "outsider")
    await factories.make_package(database, "bert", "1.0.0", organization=lab)
    hidden = await factories.make_package(
        database, "bert", "2.0.0", organization=lab, visibility=Visibility.ORGANIZATION
    )
    await stand(database, hidden, NOON)
    # when
    found = {
        name: [
            await version_under(await client.sign_in(name), alias, organization="lab", **moment)
            for alias in ("production", "latest")
            for moment in ({}, {"asOf": "2100-01-01T00:00:00Z"})
        ]
        for name in ("member", "outsider")
    }
    # then
    assert found == {"member": ["2.0.0"] * 4, "outsider": [None, None, "1.0.0", "1.0.0"]}


async def test_many_packages_by_alias_are_one_statement_for_each_moment(database: Database) -> None:
    # given
    names = [f"model{number}" for number in range(8)]
    for name in names:
        await stand(database, await factories.make_package(database, name), NOON)
    keys = [
        PackageName("public", name, alias="production", as_of=as_of) for name in names for as_of in (None, NOON + HOUR)
    ]
    # when
    with statements() as texts:
        async with database.read() as connection:
            found = await packages_by_name(connection, Viewer(is_admin=True, user_id=new_id()), keys)
    # then
    assert [found[key]["name"] for key in keys] == [key.name for key in keys]
    assert len(texts) == 2


async def test_the_alias_latest_is_told_of_one_version_of_each_name(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    for version, hours, more in (
        ("1.0.0", 0, {}),
        ("1.1.0", 1, {}),
        ("2.0.0", 2, {"deprecated_at": NOON + 9 * HOUR}),
        ("2.0.0-rc.1", 3, {}),
        ("3.0.0", 4, {"status": PackageStatus.QUARANTINED}),
    ):
        await factories.make_package(database, "bert", version, uploaded_at=NOON + hours * HOUR, **more)
    await factories.make_package(database, "gpt", "1.0.0", uploaded_at=NOON)
    query = "{ packages { nodes { name version aliases { alias movedAt isProtected movedBy { username } } } } }"
    # when
    with statements() as texts:
        nodes = (await (await client.sign_in("ada")).execute(query))["packages"]["nodes"]
    # then it is on 1.1.0 since 2.0.0 was deprecated
    found = {(node["name"], node["version"]): node["aliases"] for node in nodes if node["aliases"]}
    alias = {"alias": "latest", "isProtected": False, "movedBy": None}
    assert found == {("bert", "1.1.0"): [alias | {"movedAt": at(9)}], ("gpt", "1.0.0"): [alias | {"movedAt": at(0)}]}
    assert len([text for text in texts if "package_aliases" in text]) == 1
