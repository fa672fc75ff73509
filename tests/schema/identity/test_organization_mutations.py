"""Creating, changing and deleting organizations."""

import asyncio
from typing import Any

import pytest

from app.db.session import Database
from app.enums import ApiKeyScope, EventType
from tests import factories
from tests.schema.client import Client
from tests.schema.identity.accounts import events, make_api_key

CREATE = """mutation ($input: CreateOrganizationInput!) {
  createOrganization(input: $input) {
    __typename
    ... on CreateOrganizationPayload {
      organization { id slug name description viewerRole members { edges { role node { username } } } }
    }
    ... on Error { code message path }
    ... on InvalidInput { issues { path } }
  }
}"""
UPDATE = """mutation ($input: UpdateOrganizationInput!) {
  updateOrganization(input: $input) {
    ... on UpdateOrganizationPayload { organization { slug name description } }
    ... on Error { code message path }
  }
}"""
DELETE = """mutation ($slug: String!) {
  deleteOrganization(input: {organization: $slug}) {
    ... on DeleteOrganizationPayload { deletedId }
    ... on Error { code message path }
  }
}"""
ACME = {"slug": "acme", "name": "Acme"}


@pytest.fixture
async def people(client: Client, database: Database) -> dict[str, Client]:
    """acme's owner, admin, member and viewer, an outsider, an administrator and nobody, each by that name."""
    acme = await factories.make_organization(database, "acme", description="Anvils")
    clients = {"nobody": client}
    for role in ("OWNER", "ADMIN", "MEMBER", "VIEWER"):
        user = await factories.make_user(database, role.lower())
        await factories.make_membership(database, acme, user, role)
        clients[role.lower()] = await client.sign_in(role.lower())
    await factories.make_user(database, "outsider")
    await factories.make_user(database, "root", is_admin=True)
    return clients | {name: await client.sign_in(name) for name in ("outsider", "root")}


async def test_who_creates_an_organization_owns_it(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")

    # when
    answer = await (await client.sign_in("ada")).execute(CREATE, input=ACME | {"description": "Anvils"})

    # then
    organization = answer["createOrganization"]["organization"]
    assert organization.pop("id").startswith("org_")
    assert organization == {
        "slug": "acme",
        "name": "Acme",
        "description": "Anvils",
        "viewerRole": "OWNER",
        "members": {"edges": [{"role": "OWNER", "node": {"username": "ada"}}]},
    }
    [event] = await events(database, EventType.ORGANIZATION_CREATED)
    assert event.organization_id is not None


@pytest.mark.parametrize(
    ("input", "paths"),
    [
        ({"slug": "Acme", "name": " ", "description": "\x00"}, ["slug", "name", "description"]),
        ({"slug": "", "name": "x" * 201}, ["slug", "name"]),
        ({"slug": "a/b", "name": "\x00"}, ["slug", "name"]),
    ],
)
async def test_all_that_is_wrong_is_told_at_once(
    client: Client, database: Database, input: dict[str, str], paths: list[str]
) -> None:
    await factories.make_user(database, "ada")
    result = (await (await client.sign_in("ada")).execute(CREATE, input=input))["createOrganization"]
    assert [issue["path"] for issue in result["issues"]] == [["input", path] for path in paths]


async def test_a_slug_is_taken_for_good(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    ada = await client.sign_in("ada")
    await ada.execute(CREATE, input=ACME)
    await ada.execute(DELETE, slug="acme")

    # when
    results = [
        (await ada.execute(CREATE, input={"slug": slug, "name": "Again"}))["createOrganization"]
        for slug in ("acme", "public")
    ]

    # then
    assert [(result["code"], result["path"]) for result in results] == [("CONFLICT", ["input", "slug"])] * 2


async def test_of_several_at_once_one_gets_the_slug(client: Client, database: Database) -> None:
    await factories.make_user(database, "ada")
    ada = await client.sign_in("ada")
    answers = await asyncio.gather(*(ada.execute(CREATE, input=ACME) for _ in range(4)))
    names = sorted(answer["createOrganization"]["__typename"] for answer in answers)
    assert names == ["Conflict"] * 3 + ["CreateOrganizationPayload"]


async def test_creating_takes_a_sign_in(client: Client, database: Database) -> None:
    ada = await factories.make_user(database, "ada")
    key = client.with_token(await make_api_key(database, ada, [ApiKeyScope.UPLOAD]))
    for somebody, code in ((client, "UNAUTHENTICATED"), (key, "FORBIDDEN")):
        assert (await somebody.execute(CREATE, input=ACME))["createOrganization"]["code"] == code


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("Acme", "Anvils")),
        ({"name": "ACME"}, ("ACME", "Anvils")),
        ({"description": None}, ("Acme", None)),
        ({"name": "ACME", "description": "Rockets"}, ("ACME", "Rockets")),
    ],
)
async def test_absent_null_and_a_value_are_three_things(
    people: dict[str, Client], changes: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    answer = await people["admin"].execute(UPDATE, input={"organization": "acme"} | changes)
    organization = answer["updateOrganization"]["organization"]
    assert (organization["name"], organization["description"]) == expected


EXPECTED_OF_MANAGERS = {
    "nobody": "UNAUTHENTICATED",
    "outsider": "NOT_FOUND",
    "viewer": "FORBIDDEN",
    "member": "FORBIDDEN",
    "admin": None,
    "owner": None,
    "root": None,
}


async def test_owners_and_admins_change_an_organization(people: dict[str, Client]) -> None:
    input = {"organization": "acme", "name": "ACME"}
    codes = {
        name: (await people[name].execute(UPDATE, input=input))["updateOrganization"].get("code") for name in people
    }
    assert codes == EXPECTED_OF_MANAGERS


async def test_a_bad_name_is_refused(people: dict[str, Client]) -> None:
    answer = await people["owner"].execute(UPDATE, input={"organization": "acme", "name": ""})
    assert answer["updateOrganization"]["path"] == ["input", "name"]


@pytest.mark.parametrize("slug", ["nowhere", "", "\x00"])
async def test_no_organization_is_not_found(people: dict[str, Client], slug: str) -> None:
    update = await people["root"].execute(UPDATE, input={"organization": slug, "name": "x"})
    delete = await people["root"].execute(DELETE, slug=slug)
    assert update["updateOrganization"]["code"] == delete["deleteOrganization"]["code"] == "NOT_FOUND"


async def test_owners_delete_an_organization_with_its_projects(people: dict[str, Client], database: Database) -> None:
    # given
    owner = people["owner"]
    found = (await owner.execute('{ organization(slug: "acme") { id } }'))["organization"]
    create = 'mutation { createProject(input: {organization: "acme", slug: "fraud", name: "Fraud"}) { __typename } }'
    await owner.execute(create)
    refused = {
        name: (await people[name].execute(DELETE, slug="acme"))["deleteOrganization"]["code"]
        for name in ("nobody", "outsider", "viewer", "member", "admin")
    }

    # when
    answer = await owner.execute(DELETE, slug="acme")

    # then
    assert set(refused.values()) == {"UNAUTHENTICATED", "NOT_FOUND", "FORBIDDEN"}
    assert refused["admin"] == "FORBIDDEN"
    assert answer["deleteOrganization"] == {"deletedId": found["id"]}
    for name in ("owner", "root"):
        seen = await people[name].execute('{ organization(slug: "acme") { id } organizations { nodes { slug } } }')
        assert seen.data == {"organization": None, "organizations": {"nodes": [{"slug": "public"}]}}
        project = await people[name].execute('{ project(organization: "acme", slug: "fraud") { id } }')
        assert project["project"] is None
    [event] = await events(database, EventType.ORGANIZATION_DELETED)
    assert event.payload == {"slug": "acme"}


async def test_what_holds_packages_and_the_public_one_stay(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada", is_admin=True)
    acme = await factories.make_organization(database, "acme")
    await factories.make_package(database, organization=acme, uploaded_by=ada)
    admin = await client.sign_in("ada")

    # when
    codes = [(await admin.execute(DELETE, slug=slug))["deleteOrganization"]["code"] for slug in ("acme", "public")]

    # then
    assert codes == ["CONFLICT", "CONFLICT"]
