"""Putting aliases on packages."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select, update

from app.db.base import utc_now
from app.db.session import Database
from app.db.tables import Package, PackageAlias, User
from app.enums import EventType, OrganizationRole, PackageStatus, Permission, Visibility
from tests import factories
from tests.schema.aliases.operations import set_alias
from tests.schema.client import Client
from tests.schema.published import events, package_id, viewer_of


async def positions(database: Database) -> list[Any]:
    """All positions of aliases, in the order in which they began."""
    table = PackageAlias.__table__
    async with database.read() as connection:
        return list((await connection.execute(select(table).order_by(table.c.moved_at, table.c.id))).all())


async def two_versions(database: Database, owner: User, **more: Any) -> tuple[Package, Package]:
    first = await factories.make_package(database, "bert", "1.0.0", uploaded_by=owner, **more)
    return first, await factories.make_package(database, "bert", "1.1.0", uploaded_by=owner, **more)


async def test_an_alias_is_made_and_moved(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    first, second = await two_versions(database, ada)
    publisher = await client.sign_in("ada")
    # when
    made = await set_alias(publisher, first)
    moved = await set_alias(publisher, second)
    # then
    (alias,) = made["package"]["aliases"]
    assert (alias["alias"], alias["isProtected"], alias["movedBy"]) == ("production", False, {"username": "ada"})
    assert made["previous"] is None
    assert moved["previous"] == {"version": "1.0.0"}
    assert [alias["alias"] for alias in moved["package"]["aliases"]] == ["latest", "production"]
    # and every move is kept, without gap or overlap
    before, after = await positions(database)
    assert (before.package_id, after.package_id) == (first.id, second.id)
    assert (before.superseded_at, after.superseded_at) == (after.moved_at, None)
    # and on record
    one, other = await events(database, EventType.PACKAGE_ALIAS_MOVED)
    assert (one.entity_id, one.actor_id, one.payload["previousPackageId"]) == (str(first.id), ada.id, None)
    assert other.payload == {
        "name": "bert",
        "version": "1.1.0",
        "alias": "production",
        "previousPackageId": package_id(first),
        "isProtected": False,
        "wasProtected": False,
    }


async def test_setting_it_where_it_is_changes_nothing(client: Client, database: Database) -> None:
    # given
    first, _ = await two_versions(database, await factories.make_user(database, "ada"))
    publisher = await client.sign_in("ada")
    await set_alias(publisher, first)
    # when
    again = await set_alias(publisher, first)
    # then
    assert (again["package"]["version"], again["previous"]) == ("1.0.0", {"version": "1.0.0"})
    assert len(await positions(database)) == len(await events(database, EventType.PACKAGE_ALIAS_MOVED)) == 1


async def test_each_organization_and_name_has_aliases_of_its_own(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "root", is_admin=True)
    lab = await factories.make_organization(database)
    packages = [
        await factories.make_package(database, name, organization=organization)
        for name, organization in (("bert", None), ("bert", lab), ("gpt", None))
    ]
    administrator = await client.sign_in("root")
    # when
    answers = [await set_alias(administrator, package) for package in packages]
    # then
    assert [answer["previous"] for answer in answers] == [None] * 3
    assert {position.superseded_at for position in await positions(database)} == {None}


async def test_only_who_manages_the_organization_protects_and_moves_what_is_protected(
    client: Client, database: Database
) -> None:
    # given
    lab = await factories.make_organization(database)
    ada, owner = await factories.make_user(database, "ada"), await factories.make_user(database, "owner")
    await factories.make_membership(database, lab, ada)
    await factories.make_membership(database, lab, owner, OrganizationRole.OWNER)
    first, second = await two_versions(database, ada, organization=lab)
    publisher, manager = await client.sign_in("ada"), await client.sign_in("owner")
    # when / then a publisher may not protect it, and the manager may, also where it is
    refused = await set_alias(publisher, first, isProtected=True)
    assert (refused["code"], refused["path"]) == ("FORBIDDEN", ["input", "isProtected"])
    await set_alias(publisher, first)
    protected = await set_alias(manager, first, isProtected=True)
    assert protected["package"]["aliases"][0]["isProtected"]
    assert len(await positions(database)) == 1
    # when / then a publisher may neither move nor free it
    refused = await set_alias(publisher, second)
    assert (refused["code"], refused["path"]) == ("FORBIDDEN", ["input", "alias"])
    assert (await set_alias(publisher, first, isProtected=False))["path"] == ["input", "isProtected"]
    # when / then it stays protected when the manager moves it, until the manager says otherwise
    await set_alias(manager, second)
    assert [position.is_protected for position in await positions(database)] == [True, True]
    await set_alias(manager, second, isProtected=False)
    assert (await set_alias(publisher, first))["previous"] == {"version": "1.1.0"}


@pytest.mark.parametrize(
    "alias", ["", "Production", "1.0.0", "-a", "a b", "a" * 65, "production\n", "prod\x00", "latest"]
)
async def test_what_is_no_alias_is_invalid(client: Client, database: Database, alias: str) -> None:
    # given
    first, _ = await two_versions(database, await factories.make_user(database, "ada"))
    # when
    refused = await set_alias(await client.sign_in("ada"), first, alias)
    # then
    assert (refused["code"], refused["path"]) == ("INVALID_INPUT", ["input", "alias"])
    assert await positions(database) == []


async def test_what_is_quarantined_is_not_put_to_use(client: Client, database: Database) -> None:
    # given
    first, _ = await two_versions(
        database, await factories.make_user(database, "ada"), status=PackageStatus.QUARANTINED
    )
    # when
    refused = await set_alias(await client.sign_in("ada"), first)
    # then
    assert refused["code"] == "CONFLICT"
    assert await positions(database) == []


async def test_what_it_stood_on_is_told_to_who_sees_it_only(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    first, second = await two_versions(database, ada)
    publisher = await client.sign_in("ada")
    await set_alias(publisher, first)
    async with database.write() as session:
        await session.execute(update(Package).where(Package.id == first.id).values(deleted_at=utc_now()))
    # when
    moved = await set_alias(publisher, second)
    # then
    assert (moved["package"]["version"], moved["previous"]) == ("1.1.0", None)


async def test_only_who_manages_a_package_puts_aliases_on_it(client: Client, database: Database) -> None:
    # given
    lab = await factories.make_organization(database)
    ada = await factories.make_user(database, "ada")
    await factories.make_membership(database, lab, ada)
    await factories.make_membership(database, lab, await factories.make_user(database, "member"))
    await factories.make_user(database, "outsider")
    first, _ = await two_versions(database, ada, organization=lab, visibility=Visibility.ORGANIZATION)
    # when
    codes = [(await set_alias(client, first))["code"]]
    codes += [(await set_alias(await client.sign_in(name), first))["code"] for name in ("member", "outsider")]
    codes.append((await set_alias(await client.sign_in("ada"), ada))["code"])
    # then
    assert codes == ["UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND", "NOT_FOUND"]
    assert await positions(database) == []


async def test_moves_at_once_leave_one_position_and_a_clean_history(client: Client, database: Database) -> None:
    # given an alias that nobody has set yet, and somebody in a hurry
    ada = await factories.make_user(database, "ada")
    versions = [
        await factories.make_package(database, "bert", f"1.{number}.0", uploaded_by=ada) for number in range(12)
    ]
    publisher = client.as_user(viewer_of(ada, Permission.SEARCH))
    # when
    answers = await asyncio.gather(*(set_alias(publisher, version) for version in versions))
    # then
    assert {answer["__typename"] for answer in answers} == {"SetPackageAliasPayload"}
    found = await positions(database)
    assert {position.package_id for position in found} == {version.id for version in versions}
    assert [position.superseded_at for position in found][-1] is None
    for one, following in pairwise(sorted(found, key=lambda position: (position.moved_at, position.id))):
        assert one.superseded_at == following.moved_at
    # and each was told what it took the place of
    told = sorted(answer["previous"]["version"] for answer in answers if answer["previous"])
    by_id = {version.id: version.version for version in versions}
    assert told == sorted(by_id[position.package_id] for position in found[:-1])
