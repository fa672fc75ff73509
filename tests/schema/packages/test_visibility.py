"""Nothing invisible leaks: in random worlds each sees exactly the packages that plain rules say, on every way there."""

from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.base import utc_now
from app.db.session import Database
from app.enums import OrganizationRole, ProjectRole, Visibility
from schema.core.ids import encode_id
from tests import factories
from tests.databases import empty
from tests.schema.client import Client

ORGANIZATIONS, USERS = 2, 4  # each organization has one project

WAYS = """
query ($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Package {
      id
      versions { totalCount nodes { id } }
      parents { totalCount nodes { id } edges { node { id } } }
      children { totalCount nodes { id } }
      organization { packages { totalCount nodes { id } } }
      project { packages { totalCount nodes { id } } }
    }
  }
}
"""
LIST = "{ packages { totalCount nodes { id } } }"


@dataclass(frozen=True)
class Account:
    """Somebody, with a role or none in each organization and each project."""

    is_admin: bool
    can_search: bool
    roles: tuple[OrganizationRole | None, ...]
    project_roles: tuple[ProjectRole | None, ...]


@dataclass(frozen=True)
class Something:
    """A package, with the number of its organization, of its uploader and of its name."""

    organization: int
    is_in_project: bool
    visibility: Visibility
    is_deleted: bool
    uploader: int
    name: int
    parents: frozenset[int]


def sees(viewer: Account | None, number: int, package: Something) -> bool:
    """The rules, in plain words; None is a stranger where anybody may read what is public."""
    if package.is_deleted:
        return False
    if viewer is None:
        return package.visibility is Visibility.PUBLIC
    if viewer.is_admin:
        return True
    role = viewer.roles[package.organization]
    manages = role in (OrganizationRole.OWNER, OrganizationRole.ADMIN)
    takes_part = package.is_in_project and viewer.project_roles[package.organization] is not None
    is_open = {
        Visibility.PUBLIC: True,
        Visibility.ORGANIZATION: role is not None,
        Visibility.PROJECT: manages or takes_part,
    }[package.visibility]
    return is_open and (viewer.can_search or package.uploader == number)


def _roles(roles: Any) -> Any:
    return st.tuples(*[st.one_of(st.none(), st.sampled_from(roles))] * ORGANIZATIONS)


accounts = st.builds(
    Account, st.sampled_from([False, False, True]), st.booleans(), _roles(OrganizationRole), _roles(ProjectRole)
)
somethings = st.builds(
    Something,
    st.integers(0, ORGANIZATIONS - 1),
    st.booleans(),
    st.sampled_from(Visibility),
    st.sampled_from([False, False, False, True]),
    st.integers(0, USERS - 1),
    st.integers(0, 1),
    st.frozensets(st.integers(0, 9), max_size=3),
)


async def build(database: Database, people: list[Account], packages: list[Something]) -> list[str]:
    """Make the world; returns the packages' global ids."""
    users = [
        await factories.make_user(database, f"user-{number}", is_admin=each.is_admin, can_search=each.can_search)
        for number, each in enumerate(people)
    ]
    organizations = [await factories.make_organization(database, f"org-{number}") for number in range(ORGANIZATIONS)]
    projects = [await factories.make_project(database, organization) for organization in organizations]
    for user, account in zip(users, people, strict=True):
        for organization, role in zip(organizations, account.roles, strict=True):
            if role is not None:
                await factories.make_membership(database, organization, user, role)
        for project, project_role in zip(projects, account.project_roles, strict=True):
            if project_role is not None:
                await factories.make_project_member(database, project, user, project_role)
    made = [
        await factories.make_package(
            database,
            f"name-{each.name}",
            f"{number}.0.0",
            uploaded_by=users[each.uploader],
            organization=organizations[each.organization],
            project_id=projects[each.organization].id if each.is_in_project else None,
            visibility=each.visibility,
            deleted_at=utc_now() if each.is_deleted else None,
        )
        for number, each in enumerate(packages)
    ]
    edges = [(made[parent].id, made[child].id) for child, parent in pairs(packages)]
    if edges:
        await factories.make_edges(database, edges)
    return [encode_id("pkg", package.id) for package in made]


def pairs(packages: list[Something]) -> list[tuple[int, int]]:
    """Child and parent, the parent always the earlier package."""
    return [(child, parent) for child, each in enumerate(packages) for parent in each.parents if parent < child]


def ids(page: dict[str, Any]) -> set[str]:
    """The ids on a page, which is the whole list and counts itself right."""
    found = [node["id"] for node in page["nodes"]]
    assert len(found) == len(set(found)) == page["totalCount"]
    assert "edges" not in page or [edge["node"]["id"] for edge in page["edges"]] == found
    return set(found)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(accounts, min_size=USERS, max_size=USERS),
    packages=st.lists(somethings, min_size=4, max_size=10),
)
async def test_each_sees_exactly_what_the_rules_say(
    client: Client, stranger: Client, database: Database, people: list[Account], packages: list[Something]
) -> None:
    # given
    await empty(database)
    all_ids = await build(database, people, packages)
    viewers: list[tuple[int, Account | None, Client]] = [(-1, None, stranger)]
    viewers += [(number, each, await client.sign_in(f"user-{number}")) for number, each in enumerate(people)]

    for number, viewer, reader in viewers:
        seen = {n for n, package in enumerate(packages) if sees(viewer, number, package)}

        def those(numbers: Any, seen: set[int] = seen) -> set[str]:
            return {all_ids[n] for n in numbers if n in seen}

        # when / then in the list of all
        answer = await reader.execute(LIST)
        if viewer is None or viewer.can_search or viewer.is_admin:
            assert ids(answer["packages"]) == those(seen)
        else:
            assert answer.code == "FORBIDDEN"

        # when / then by ids, and from each to its versions, neighbours, and what it is part of
        nodes = (await reader.execute(WAYS, ids=all_ids))["nodes"]
        assert [node is not None for node in nodes] == [n in seen for n in range(len(packages))]
        for n, node in enumerate(nodes):
            if node is not None:
                own = packages[n]
                in_organization = [m for m, each in enumerate(packages) if each.organization == own.organization]
                assert node["id"] == all_ids[n]
                same_name = [m for m in in_organization if packages[m].name == own.name]
                assert ids(node["versions"]) == those(same_name)
                assert ids(node["parents"]) == those(parent for child, parent in pairs(packages) if child == n)
                assert ids(node["children"]) == those(child for child, parent in pairs(packages) if parent == n)
                if node["organization"] is not None:
                    assert ids(node["organization"]["packages"]) == those(in_organization)
                if node["project"] is not None:
                    in_project = [m for m in in_organization if packages[m].is_in_project]
                    assert ids(node["project"]["packages"]) == those(in_project)

        # when / then one by one, by id and by name
        for n, package in enumerate(packages):
            answer = await reader.execute(
                """query ($id: ID!, $name: String!, $version: String, $organization: String) {
                     node(id: $id) { id }
                     package(name: $name, version: $version, organization: $organization) { id }
                   }""",
                id=all_ids[n],
                name=f"name-{package.name}",
                version=f"{n}.0.0",
                organization=f"org-{package.organization}",
            )
            expected = {"id": all_ids[n]} if n in seen else None
            assert answer.data is not None
            assert answer.data["node"] == expected
            if answer.errors:
                assert answer.code == "FORBIDDEN"
            else:
                assert answer.data["package"] == expected
