"""Creating projects, and adding members to them."""

from typing import Any

import pytest

from app.db.session import Database
from app.enums import EventType
from schema.core.ids import encode_id
from tests import factories
from tests.schema.client import Client
from tests.schema.identity.accounts import events, user_id

CREATE = """mutation ($input: CreateProjectInput!) {
  createProject(input: $input) {
    ... on CreateProjectPayload { project { id slug name description organization { slug } } }
    ... on Error { code message path }
    ... on InvalidInput { issues { path } }
  }
}"""
ADD = """mutation ($project: ID!, $user: ID!, $role: ProjectRole!) {
  addProjectMember(input: {projectId: $project, userId: $user, role: $role}) {
    ... on AddProjectMemberPayload { project { members(first: 10) { edges { role node { username } } } } }
    ... on Error { code message path }
  }
}"""
FRAUD = {"organization": "acme", "slug": "fraud", "name": "Fraud"}


@pytest.fixture
async def acme(database: Database) -> dict[str, Any]:
    """acme with owner, admin and members, two of them in a project; an outsider and an administrator, each by name."""
    acme = await factories.make_organization(database, "acme")
    names = ("owner", "admin", "member", "lead", "editor", "outsider")
    users = {name: await factories.make_user(database, name) for name in names}
    for name, role in zip(names[:5], ("OWNER", "ADMIN", "MEMBER", "MEMBER", "MEMBER"), strict=True):
        await factories.make_membership(database, acme, users[name], role)
    project = await factories.make_project(database, acme, "churn")
    await factories.make_project_member(database, project, users["lead"], "ADMIN")
    await factories.make_project_member(database, project, users["editor"], "EDITOR")
    root = await factories.make_user(database, "root", is_admin=True)
    return users | {"root": root, "project": encode_id("prj", project.id)}


async def as_somebody(client: Client, name: str) -> Client:
    """The client of a name; nobody's for `nobody`."""
    return client if name == "nobody" else await client.sign_in(name)


@pytest.mark.parametrize(
    ("by", "code"),
    [
        ("nobody", "UNAUTHENTICATED"),
        ("outsider", "NOT_FOUND"),
        ("member", "FORBIDDEN"),
        ("admin", None),
        ("owner", None),
        ("root", None),
    ],
)
@pytest.mark.usefixtures("acme")
async def test_managers_create_projects(client: Client, database: Database, by: str, code: str | None) -> None:
    # when
    result = (await (await as_somebody(client, by)).execute(CREATE, input=FRAUD))["createProject"]

    # then
    assert result.get("code") == code
    assert len(await events(database, EventType.PROJECT_CREATED)) == (code is None)
    if code is None:
        project = result["project"]
        assert (project["slug"], project["name"], project["description"]) == ("fraud", "Fraud", None)
        assert project["organization"] == {"slug": "acme"}


@pytest.mark.usefixtures("acme")
async def test_a_slug_is_unique_in_its_organization_only(client: Client, database: Database) -> None:
    # given
    owner, root = await client.sign_in("owner"), await client.sign_in("root")
    await owner.execute(CREATE, input=FRAUD)

    # when
    taken = (await owner.execute(CREATE, input=FRAUD))["createProject"]
    elsewhere = (await root.execute(CREATE, input=FRAUD | {"organization": "public"}))["createProject"]

    # then
    assert (taken["code"], taken["path"]) == ("CONFLICT", ["input", "slug"])
    assert elsewhere["project"]["organization"] == {"slug": "public"}


@pytest.mark.usefixtures("acme")
async def test_all_that_is_wrong_is_told_at_once(client: Client) -> None:
    answer = await (await client.sign_in("owner")).execute(CREATE, input=FRAUD | {"slug": "A", "name": ""})
    assert [issue["path"] for issue in answer["createProject"]["issues"]] == [["input", "slug"], ["input", "name"]]


@pytest.mark.parametrize(
    ("by", "code"),
    [
        ("nobody", "UNAUTHENTICATED"),
        ("outsider", "NOT_FOUND"),
        ("member", "NOT_FOUND"),
        ("editor", "FORBIDDEN"),
        ("lead", None),
        ("admin", None),
        ("root", None),
    ],
)
async def test_admins_of_a_project_add_members(client: Client, acme: dict[str, Any], by: str, code: str | None) -> None:
    # when
    somebody = await as_somebody(client, by)
    answer = await somebody.execute(ADD, project=acme["project"], user=user_id(acme["member"]), role="VIEWER")

    # then
    assert answer["addProjectMember"].get("code") == code
    if code is None:
        edges = answer["addProjectMember"]["project"]["members"]["edges"]
        assert {"role": "VIEWER", "node": {"username": "member"}} in edges


async def test_adding_a_member_again_changes_the_role(client: Client, acme: dict[str, Any]) -> None:
    lead = await client.sign_in("lead")
    answer = await lead.execute(ADD, project=acme["project"], user=user_id(acme["editor"]), role="ADMIN")
    edges = answer["addProjectMember"]["project"]["members"]["edges"]
    assert {edge["node"]["username"]: edge["role"] for edge in edges} == {"lead": "ADMIN", "editor": "ADMIN"}


async def test_an_outsider_is_added_to_the_organization_first(client: Client, acme: dict[str, Any]) -> None:
    lead = await client.sign_in("lead")
    answer = await lead.execute(ADD, project=acme["project"], user=user_id(acme["outsider"]), role="VIEWER")
    assert (answer["addProjectMember"]["code"], answer["addProjectMember"]["path"]) == ("CONFLICT", ["input", "userId"])


async def test_everybody_may_be_in_a_project_of_the_public_organization(client: Client, acme: dict[str, Any]) -> None:
    root = await client.sign_in("root")
    made = await root.execute(CREATE, input=FRAUD | {"organization": "public"})
    project = made["createProject"]["project"]["id"]
    answer = await root.execute(ADD, project=project, user=user_id(acme["outsider"]), role="VIEWER")
    assert answer["addProjectMember"]["project"]["members"]["edges"][0]["node"] == {"username": "outsider"}


async def test_no_project_and_no_account_are_not_found(client: Client, acme: dict[str, Any]) -> None:
    lead = await client.sign_in("lead")
    for ids in (
        {"project": "prj_" + "0" * 32, "user": user_id(acme["member"])},
        {"project": acme["project"], "user": "usr_" + "0" * 32},
        {"project": "nonsense", "user": user_id(acme["member"])},
    ):
        assert (await lead.execute(ADD, ids, role="VIEWER"))["addProjectMember"]["code"] == "NOT_FOUND"
