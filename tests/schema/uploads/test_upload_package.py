"""uploadPackage, over HTTP by the multipart request specification."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests import factories
from tests.archive_files import dangerous_pickle, model_archive, safetensors, zipped
from tests.schema.uploads.conftest import token_of
from tests.server import Running

UPLOAD = """
mutation Publish($input: UploadPackageInput!) {
  uploadPackage(input: $input) {
    __typename
    ... on UploadPackagePayload {
      package {
        id name version status sha256 fileSizeBytes license description readme parameterCount
        files(first: 5) { totalCount nodes { path component format sha256 tensors { parameterCount dtypes } } }
        parents { edges { relationshipType node { name } } }
        scan { findings { rule severity file } }
        uploadedBy { username }
      }
      warnings { code message }
    }
    ... on Error { code message path }
    ... on InvalidInput { issues { path message } }
  }
}
"""


async def upload(server: Running, token: str | None, archive: bytes, **more: Any) -> dict[str, Any]:
    """Publish, and give what uploadPackage answered."""
    given = {"file": None, "name": "tiny", "version": "1.0.0", **more}
    answer = (await server.upload(UPLOAD, {"input": given}, archive, token=token)).json()
    assert "errors" not in answer, answer
    result: dict[str, Any] = answer["data"]["uploadPackage"]
    return result


async def stored_objects(server: Running) -> list[str]:
    """The keys of everything the server's store holds."""
    later = datetime.now(UTC) + timedelta(days=1)
    return [key async for key in server.services.store.keys_older_than(later, prefix="packages/")]


async def package_count(server: Running) -> int:
    """How many packages there are."""
    admin = await token_of(server, "counter", is_admin=True)
    data = await server.post("{ packages { totalCount } }", token=admin)
    total: int = data["packages"]["totalCount"]
    return total


async def test_publishes_what_the_archive_holds(server: Running, publisher: str) -> None:
    # given
    archive = model_archive()
    # when
    result = await upload(server, publisher, archive)
    # then
    assert result["__typename"] == "UploadPackagePayload", result
    package = result["package"]
    assert package["sha256"] == hashlib.sha256(archive).hexdigest()
    assert package["fileSizeBytes"] == str(len(archive))
    assert package["status"] == "READY"
    assert package["parameterCount"] == "6"
    assert package["uploadedBy"] == {"username": "publisher"}
    weights = next(file for file in package["files"]["nodes"] if file["path"] == "model.safetensors")
    assert weights["component"] == "WEIGHTS"
    assert weights["tensors"] == {"parameterCount": "6", "dtypes": ["F32"]}
    assert weights["sha256"] == hashlib.sha256(safetensors()).hexdigest()
    assert await stored_objects(server) == [f"packages/{package['id'].removeprefix('pkg_')}.zip"]


async def test_the_card_fills_what_the_input_left_empty(server: Running, publisher: str) -> None:
    # when
    package = (await upload(server, publisher, model_archive()))["package"]
    # then
    assert package["license"] == "MIT"
    assert package["description"].startswith("It tells cats from dogs.")
    assert package["readme"].startswith("# A model")


async def test_what_is_stated_goes_before_the_card(server: Running, publisher: str) -> None:
    # when
    result = await upload(server, publisher, model_archive(), license="apache-2.0", description="Mine.")
    # then
    assert result["package"]["license"] == "Apache-2.0"
    assert result["package"]["description"] == "Mine."


async def test_a_licence_that_no_list_knows_is_kept_with_a_warning(server: Running, publisher: str) -> None:
    # when
    result = await upload(server, publisher, model_archive(card="# M"), license="Apache-2,0")
    # then
    assert result["package"]["license"].startswith("LicenseRef-")
    assert [warning["code"] for warning in result["warnings"]] == ["LICENSE_UNKNOWN"]


async def test_links_to_what_the_card_names(server: Running, publisher: str) -> None:
    # given
    await upload(server, publisher, model_archive(card="# Parent"), name="parent-model")
    await upload(server, publisher, zipped({"data.csv": "a,b\n1,2\n"}), name="sample-data", kind="DATASET")
    # when
    result = await upload(server, publisher, model_archive())
    # then
    edges = {(edge["relationshipType"], edge["node"]["name"]) for edge in result["package"]["parents"]["edges"]}
    assert edges == {("FINE_TUNED_FROM", "parent-model"), ("TRAINED_ON", "sample-data")}
    assert [warning["code"] for warning in result["warnings"]] == ["LINEAGE_PROPOSED", "LINEAGE_PROPOSED"]


async def test_links_to_the_stated_parents(server: Running, publisher: str) -> None:
    # given
    parent = (await upload(server, publisher, model_archive(card="# P"), name="stated"))["package"]["id"]
    # when
    result = await upload(
        server,
        publisher,
        model_archive(card="# C"),
        parents=[{"packageId": parent, "relationshipType": "QUANTIZED_FROM"}],
    )
    # then
    assert result["package"]["parents"]["edges"] == [{"relationshipType": "QUANTIZED_FROM", "node": {"name": "stated"}}]


async def test_a_dangerous_pickle_is_quarantined(server: Running, publisher: str) -> None:
    # when
    result = await upload(server, publisher, zipped({"README.md": "# M", "model.pkl": dangerous_pickle()}))
    # then
    assert result["package"]["status"] == "QUARANTINED"
    finding = result["package"]["scan"]["findings"][0]
    assert (finding["severity"], finding["file"]) == ("CRITICAL", "model.pkl")


async def test_refuses_strangers_before_reading_the_file(server: Running) -> None:
    # when
    response = await server.upload(UPLOAD, {"input": {"file": None, "name": "a", "version": "1"}}, model_archive())
    # then
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert await stored_objects(server) == []


async def test_refuses_accounts_that_may_not_upload(server: Running) -> None:
    # given
    reader = await token_of(server, "reader")
    # when
    response = await server.upload(
        UPLOAD, {"input": {"file": None, "name": "a", "version": "1"}}, model_archive(), token=reader
    )
    # then
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await package_count(server) == 0


async def test_an_organization_of_others_is_not_found(server: Running, publisher: str) -> None:
    # given
    await factories.make_organization(server.services.database, "secret-lab")
    # when
    results = [
        await upload(server, publisher, model_archive(), organization=slug) for slug in ("secret-lab", "no-such-lab")
    ]
    # then
    assert [(result["code"], result["path"]) for result in results] == [("NOT_FOUND", ["input", "organization"])] * 2
    assert results[0]["message"] == results[1]["message"]


async def test_a_viewer_of_the_organization_may_not_publish_in_it(server: Running) -> None:
    # given
    database = server.services.database
    token = await token_of(server, "onlooker", can_upload=True)
    organization = await factories.make_organization(database, "lab")
    user = (await server.post("{ viewer { id } }", token=token))["viewer"]["id"]
    await factories.make_membership(database, organization, UUID(hex=user.removeprefix("usr_")), role="VIEWER")
    # when
    result = await upload(server, token, model_archive(), organization="lab")
    # then
    assert (result["code"], result["path"]) == ("FORBIDDEN", ["input", "organization"])


async def test_all_problems_are_listed_at_once(server: Running, publisher: str) -> None:
    # when
    result = await upload(
        server,
        publisher,
        model_archive(),
        name="a/b",
        version="",
        sourceUrl="javascript:alert(1)",
        visibility="PROJECT",
        accessControlScript="true",
    )
    # then
    assert result["code"] == "INVALID_INPUT"
    paths = {tuple(issue["path"]) for issue in result["issues"]}
    fields = {"name", "version", "sourceUrl", "project", "visibility", "accessControlScript"}
    assert paths == {("input", field) for field in fields}


@pytest.mark.parametrize(
    ("archive", "rule"),
    [
        (b"no zip at all", "not_a_zip"),
        (zipped({"../escape.txt": "x"}), "path_traversal"),
        (zipped({"/etc/passwd": "x"}), "absolute_path"),
        (zipped({"a.txt": b"\0" * 50_000_000}), "bomb"),
        (model_archive()[:-30], "truncated"),
    ],
)
async def test_hostile_archives_leave_nothing_behind(
    server: Running, publisher: str, archive: bytes, rule: str
) -> None:
    # when
    result = await upload(server, publisher, archive)
    # then
    assert (result["code"], result["path"]) == ("INVALID_INPUT", ["input", "file"])
    assert rule in result["message"]
    assert await stored_objects(server) == []
    assert await package_count(server) == 0


async def test_a_version_is_never_used_again(server: Running, publisher: str) -> None:
    # given
    await upload(server, publisher, model_archive())
    # when
    result = await upload(server, publisher, model_archive(card="# Other"))
    # then
    assert (result["code"], result["path"]) == ("CONFLICT", ["input", "version"])
    assert len(await stored_objects(server)) == 1


async def test_of_several_uploads_of_one_version_at_once_one_wins(server: Running, publisher: str) -> None:
    # when
    results = await asyncio.gather(*(upload(server, publisher, model_archive(card=f"# {n}")) for n in range(4)))
    # then
    assert sorted(result.get("code", "PUBLISHED") for result in results) == ["CONFLICT"] * 3 + ["PUBLISHED"]
    assert len(await stored_objects(server)) == 1
    assert await package_count(server) == 1


async def test_a_parent_the_publisher_does_not_see_is_not_found(server: Running, publisher: str) -> None:
    # given
    database = server.services.database
    owner = await factories.make_user(database, "owner")
    organization = await factories.make_organization(database, "hidden")
    hidden = await factories.make_package(
        database, "hidden", uploaded_by=owner, organization=organization, visibility="ORGANIZATION"
    )
    # when
    result = await upload(
        server,
        publisher,
        model_archive(),
        parents=[{"packageId": f"pkg_{hidden.id.hex}", "relationshipType": "DERIVED_FROM"}],
    )
    # then
    assert (result["code"], result["path"]) == ("NOT_FOUND", ["input", "parents", "0", "packageId"])
    assert await stored_objects(server) == []
