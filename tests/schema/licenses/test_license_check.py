"""Whether a project's licence admits a package and what it descends from."""

import json
from itertools import pairwise
from typing import Any

import pytest

from app.db.base import utc_now
from app.db.session import Database
from app.db.tables import Package
from app.enums import RelationshipType, Visibility
from schema.core.ids import encode_id
from tests import factories
from tests.local_server import Prepared, serve
from tests.schema.client import Answer, Client

CHECK = """query LicenseCheck($input: LicenseCheckInput!) {
  licenseCheck(input: $input) {
    compatible verdict projectLicense packageLicense reason warnings { code message } isComplete
    lineageConflicts { package { name version license } path { name version } reason }
  }
}"""


@pytest.fixture
async def ada(client: Client, database: Database) -> Client:
    """A user like any other."""
    await factories.make_user(database, "ada")
    return await client.sign_in("ada")


async def ask(client: Client, package: Package, **given: Any) -> Answer:
    values = {"packageId": encode_id("pkg", package.id), "projectLicense": "MIT", "use": "FINE_TUNE"}
    return await client.execute(CHECK, input={**values, **given})


async def checked(client: Client, package: Package, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await ask(client, package, **given))["licenseCheck"]
    return found


def names(conflict: dict[str, Any]) -> list[str | None]:
    return [step and step["name"] for step in conflict["path"]]


@pytest.mark.parametrize(
    ("license", "project", "verdict", "compatible"),
    [
        ("MIT", "GPL-3.0", "COMPATIBLE", True),
        ("GPL-3.0-only", "MIT", "INCOMPATIBLE", False),
        (None, "MIT", "UNKNOWN", None),
        ("LicenseRef-acme", "MIT", "UNKNOWN", None),
    ],
)
async def test_one_package_is_judged(
    ada: Client, database: Database, license: str | None, project: str, verdict: str, compatible: bool | None
) -> None:
    # given
    package = await factories.make_package(database, license=license)
    # when
    found = await checked(ada, package, projectLicense=project)
    # then
    assert (found["verdict"], found["compatible"]) == (verdict, compatible)
    assert found["packageLicense"] == license
    assert found["projectLicense"] == ("GPL-3.0-only" if project == "GPL-3.0" else project)
    assert found["reason"]
    assert (found["isComplete"], found["lineageConflicts"]) == (True, [])


async def test_a_project_whose_licence_is_no_licence_is_unknown(ada: Client, database: Database) -> None:
    found = await checked(ada, await factories.make_package(database), projectLicense="other")
    assert (found["verdict"], found["projectLicense"]) == ("UNKNOWN", None)


async def test_warnings_depend_on_the_use(ada: Client, database: Database) -> None:
    # given
    package = await factories.make_package(database, license="LicenseRef-llama3")
    # when
    found = [await checked(ada, package, use=use) for use in ("USE", "REDISTRIBUTE")]
    # then
    codes = [[warning["code"] for warning in each["warnings"]] for each in found]
    assert codes[1] == ["KEEP_NOTICES", *codes[0]]
    assert "NAMING" in codes[0]


async def test_a_non_commercial_base_far_up_is_found_with_the_way_to_it(ada: Client, database: Database) -> None:
    # given
    chain = [await factories.make_package(database, f"generation{n}", license="Apache-2.0") for n in range(12)]
    base = await factories.make_package(database, "base", license="CC-BY-NC-4.0")
    for parent, child in zip([*chain[1:], base], chain, strict=True):
        await factories.make_edge(database, parent, child)
    # when
    found = await checked(ada, chain[0])
    without = await checked(ada, chain[0], includeLineage=False)
    # then
    assert (found["verdict"], found["compatible"], found["isComplete"]) == ("INCOMPATIBLE", False, True)
    assert "base 1.0.0" in found["reason"]
    (conflict,) = found["lineageConflicts"]
    assert conflict["package"] == {"name": "base", "version": "1.0.0", "license": "CC-BY-NC-4.0"}
    assert names(conflict) == [*(f"generation{n}" for n in range(12)), "base"]
    assert "commercial" in conflict["reason"]
    assert (without["verdict"], without["lineageConflicts"]) == ("COMPATIBLE", [])


async def test_the_way_through_a_diamond_is_the_shortest(ada: Client, database: Database) -> None:
    # given
    made = {name: await factories.make_package(database, name) for name in ("model", "left", "right", "longer")}
    base = await factories.make_package(database, "base", license="GPL-3.0-only")
    for parent, child in (("left", "model"), ("right", "model"), ("longer", "left")):
        await factories.make_edge(database, made[parent], made[child])
    await factories.make_edge(database, base, made["longer"])
    await factories.make_edge(database, base, made["right"], RelationshipType.MERGED_FROM)
    await factories.make_edge(database, base, made["right"], RelationshipType.DISTILLED_FROM)
    # when
    found = await checked(ada, made["model"])
    # then
    assert [names(conflict) for conflict in found["lineageConflicts"]] == [["model", "right", "base"]]


async def test_conflicts_are_told_nearest_first(ada: Client, database: Database) -> None:
    # given
    model = await factories.make_package(database, "model")
    near = await factories.make_package(database, "near", license="CC-BY-NC-4.0")
    far = await factories.make_package(database, "far", license="GPL-2.0-only")
    await factories.make_edge(database, far, near)
    await factories.make_edge(database, near, model)
    # when
    found = await checked(ada, model)
    # then
    assert [names(conflict)[-1] for conflict in found["lineageConflicts"]] == ["near", "far"]
    assert "2 may not be used like this, the nearest being near 1.0.0" in found["reason"]


async def test_of_many_conflicts_a_hundred_are_told(ada: Client, database: Database) -> None:
    # given
    model = await factories.make_package(database)
    bases = await factories.make_packages(database, 101, license="CC-BY-NC-4.0")
    await factories.make_edges(database, [(base, model.id) for base in bases])
    # when
    found = await checked(ada, model)
    # then
    assert len(found["lineageConflicts"]) == 100
    assert "101 may not be used" in found["reason"]


async def test_descendants_and_evaluation_data_do_not_count(ada: Client, database: Database) -> None:
    # given
    model = await factories.make_package(database)
    child = await factories.make_package(database, license="CC-BY-NC-4.0")
    benchmark = await factories.make_package(database, license="CC-BY-NC-4.0")
    await factories.make_edge(database, model, child)
    await factories.make_edge(database, benchmark, model, RelationshipType.EVALUATED_ON)
    # then
    assert (await checked(ada, model))["verdict"] == "COMPATIBLE"


async def test_an_ancestor_without_a_licence_leaves_it_open(ada: Client, database: Database) -> None:
    # given
    model = await factories.make_package(database)
    await factories.make_edge(database, await factories.make_package(database, license=None), model)
    # when
    found = await checked(ada, model)
    # then
    assert (found["verdict"], found["compatible"], found["lineageConflicts"]) == ("UNKNOWN", None, [])
    assert "1 could not be judged" in found["reason"]


async def test_duties_of_ancestors_are_told(ada: Client, database: Database) -> None:
    # given
    model = await factories.make_package(database)
    await factories.make_edge(database, await factories.make_package(database, license="LicenseRef-llama3"), model)
    # when
    found = await checked(ada, model)
    # then
    assert found["verdict"] == "COMPATIBLE"
    assert "NAMING" in [warning["code"] for warning in found["warnings"]]


async def test_ancestors_that_exclude_each_other_are_noticed(ada: Client, database: Database) -> None:
    # given
    model = await factories.make_package(database)
    for license in ("GPL-2.0-only", "GPL-3.0-only"):
        await factories.make_edge(database, await factories.make_package(database, license=license), model)
    # when
    found = await checked(ada, model, projectLicense="GPL-2.0-or-later")
    # then
    assert (found["verdict"], found["lineageConflicts"]) == ("INCOMPATIBLE", [])
    assert "one and the same choice" in found["reason"]


@pytest.mark.parametrize("gap", [{"visibility": Visibility.ORGANIZATION}, {"deleted_at": True}])
@pytest.mark.parametrize(
    ("license", "verdict"), [("CC-BY-NC-4.0", "INCOMPATIBLE"), (None, "UNKNOWN"), ("LicenseRef-llama3", "COMPATIBLE")]
)
async def test_what_the_viewer_may_not_see_is_judged_and_not_named(
    ada: Client, database: Database, gap: dict[str, Any], license: str | None, verdict: str
) -> None:
    # given
    hidden = {name: utc_now() if value is True else value for name, value in gap.items()}
    acme = await factories.make_organization(database)
    model = await factories.make_package(database, "model")
    secret = await factories.make_package(database, "secret", "9.9.9", organization=acme, license=license, **hidden)
    await factories.make_edge(database, secret, model)
    # when
    found = await checked(ada, model)
    # then
    assert (found["verdict"], found["isComplete"]) == (verdict, True)
    for trace in ("secret", "9.9.9", "CC-BY", "ommercial", "lama"):
        assert trace not in json.dumps(found)
    if verdict == "INCOMPATIBLE":
        (conflict,) = found["lineageConflicts"]
        assert conflict["package"] is None
        assert conflict["path"] == [{"name": "model", "version": "1.0.0"}, None]
        assert "you may not see" in found["reason"]


async def test_the_way_leads_through_what_the_viewer_may_not_see(ada: Client, database: Database) -> None:
    # given
    model = await factories.make_package(database, "model")
    deleted = await factories.make_package(database, "gone", deleted_at=utc_now())
    base = await factories.make_package(database, "base", license="CC-BY-NC-4.0")
    await factories.make_edge(database, deleted, model)
    await factories.make_edge(database, base, deleted)
    # when
    found = await checked(ada, model)
    # then
    assert [names(conflict) for conflict in found["lineageConflicts"]] == [["model", None, "base"]]


async def test_an_ancestry_too_large_to_read_is_said_to_be(ada: Client, database: Database) -> None:
    # given
    ada.services.settings.lineage_max_nodes = 2
    chain = [await factories.make_package(database) for _ in range(5)]
    for child, parent in pairwise(chain):
        await factories.make_edge(database, parent, child)
    # when
    found = await checked(ada, chain[0])
    # then
    assert (found["isComplete"], found["verdict"], found["compatible"]) == (False, "UNKNOWN", None)
    assert "not all of them were judged" in found["reason"]


async def test_a_ladder_of_diamonds_is_walked_once(ada: Client, database: Database) -> None:
    # given
    top = (await factories.make_package(database, "top", license="CC-BY-NC-4.0")).id
    bottom = await factories.make_package(database, "bottom")
    rungs = await factories.make_packages(database, 120)
    edges = []
    for left, right in zip(rungs[::2], rungs[1::2], strict=True):
        edges += [(top, left), (top, right)]
        top = (await factories.make_package(database)).id
        edges += [(left, top), (right, top)]
    await factories.make_edges(database, [*edges, (top, bottom.id)])
    # when
    found = await checked(ada, bottom)
    # then
    assert [len(conflict["path"]) for conflict in found["lineageConflicts"]] == [122]


async def test_the_projects_licence_is_read_from_its_repository(ada: Client, database: Database) -> None:
    # given
    package = await factories.make_package(database, license="GPL-3.0-only")
    answer = json.dumps({"license": {"spdx_id": "Apache-2.0"}, "content": ""}).encode()
    with serve() as host:
        settings = ada.services.settings
        settings.scoring_enabled = True
        settings.github_api_url = host.url("")
        settings.allowed_fetch_hosts = [host.host]
        host.answers["/repos/acme/tool/license"] = Prepared(answer)
        # when
        read = [
            await checked(ada, package, projectLicense=None, repositoryUrl=f"https://github.com/acme/{name}")
            for name in ("tool", "missing")
        ]
    # then
    assert [(each["verdict"], each["projectLicense"]) for each in read] == [
        ("INCOMPATIBLE", "Apache-2.0"),
        ("UNKNOWN", None),
    ]
    assert "no such public repository" in read[1]["reason"]


async def test_a_repository_out_of_reach_is_unknown(ada: Client, database: Database) -> None:
    found = await checked(
        ada, await factories.make_package(database), projectLicense=None, repositoryUrl="https://github.com/acme/tool"
    )
    assert found["verdict"] == "UNKNOWN"
    assert "turned off" in found["reason"]


async def test_nobody_in_particular_is_refused(client: Client, database: Database) -> None:
    # given
    package = await factories.make_package(database)
    # when
    stranger = await ask(client, package)
    client.services.settings.anonymous_read = True
    anonymous = await ask(client, package)
    # then
    assert (stranger.code, anonymous.code) == ("UNAUTHENTICATED", "UNAUTHENTICATED")


async def test_an_account_that_may_not_search_is_refused(client: Client, database: Database) -> None:
    await factories.make_user(database, "bob", can_search=False)
    answer = await ask(await client.sign_in("bob"), await factories.make_package(database))
    assert answer.code == "FORBIDDEN"


async def test_an_invisible_package_is_not_there(ada: Client, database: Database) -> None:
    # given
    acme = await factories.make_organization(database)
    private = await factories.make_package(database, organization=acme, visibility=Visibility.ORGANIZATION)
    deleted = await factories.make_package(database, deleted_at=utc_now())
    # when
    answers = [await ask(ada, package) for package in (private, deleted)]
    no_id = await ask(ada, private, packageId="pkg_x")
    # then
    assert [answer.code for answer in (*answers, no_id)] == ["NOT_FOUND"] * 3
    assert answers[0].data == {"licenseCheck": None}
    assert answers[0].errors[0]["message"] == answers[1].errors[0]["message"]


@pytest.mark.parametrize(
    ("given", "paths"),
    [
        ({"projectLicense": None}, ["projectLicense"]),
        ({"repositoryUrl": "https://github.com/acme/tool"}, ["projectLicense"]),
        ({"projectLicense": " "}, ["projectLicense"]),
        ({"projectLicense": "x" * 201}, ["projectLicense"]),
        ({"projectLicense": "MIT\x00"}, ["projectLicense"]),
        ({"projectLicense": None, "repositoryUrl": "tool"}, ["repositoryUrl"]),
        ({"projectLicense": "", "repositoryUrl": "tool"}, ["projectLicense", "repositoryUrl", "projectLicense"]),
    ],
)
async def test_invalid_inputs_are_explained(
    ada: Client, database: Database, given: dict[str, Any], paths: list[str]
) -> None:
    # when
    answer = await ask(ada, await factories.make_package(database), **given)
    # then
    assert answer.code == "INVALID_INPUT"
    assert [list(issue["path"]) for issue in answer.errors[0]["extensions"]["issues"]] == [
        ["input", path] for path in paths
    ]
