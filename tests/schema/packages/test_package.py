"""One package by its name."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from app.db.base import new_id
from app.db.session import Database
from app.db.tables import PackageAlias, PackageFile, ScanFinding
from app.enums import PackageComponent, PackageKind, PackageStatus, ScanSeverity, Visibility
from schema.core.ids import encode_id
from tests import factories
from tests.schema.client import Client
from tests.schema.packages.acme import SEEN_BY, make_acme

NEWEST = "query ($name: String!) { package(name: $name) { version } }"
BY_NAME = 'query ($name: String!) { package(name: $name, organization: "acme") { id name } }'
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

EVERYTHING = """
query ($name: String!, $version: String, $organization: String = "public") {
  package(version: $version, organization: $organization, name: $name) {
    viewerCan { manage rate download delete update }
    versions(first: 10) { nodes { uploadedAt version } totalCount }
    scan { findings { message rule severity file } status }
    files(first: 20) {
      nodes { tensors { dtypes parameterCount tensorCount } format component sha256 sizeBytes path }
      totalCount
    }
    aliases { movedAt isProtected alias movedBy { username } }
    ratings(first: 5) { nodes { updatedAt user { username } review stars } }
    rating { viewerStars histogram { count stars } count average }
    scores {
      metrics { latencyMs confidence reason value name }
      scoringLatencyMs scoredAt evaluatorVersion
      treescore reviewedness reproducibility codeQuality datasetCodeLinkage datasetQuality
      sizeScore licenseScore performanceClaims busFactor rampUpTime netScore
    }
    deprecation { at reason }
    project { slug }
    organization { slug }
    uploadedBy { username id }
    uploadedAt downloadCount sha256 fileSizeBytes isSensitive parameterCount status visibility
    repositoryUrl datasetUrl sourceUrl readme license author description version name kind id
  }
}
"""

METRICS = {
    "ramp_up_time": 0.1,
    "bus_factor": 0.2,
    "performance_claims": 0.3,
    "license_score": 1.0,
    "size_score": 0.0,
    "dataset_quality": None,
    "dataset_code_linkage": 0.6,
    "code_quality": 0.7,
    "reproducibility": 0.5,
    "reviewedness": None,
    "treescore": 0.9,
}


async def test_a_package_tells_everything_about_itself(client: Client, database: Database) -> None:
    # given a package with something in every field, and an older version
    ada = await factories.make_user(database, "ada")
    acme = await factories.make_organization(database, "acme")
    await factories.make_membership(database, acme, ada)
    project = await factories.make_project(database, acme, "fraud")
    await factories.make_project_member(database, project, ada)
    own = {"uploaded_by": ada, "organization": acme}
    await factories.make_package(database, "bert", "1.9.0", **own, uploaded_at=NOON)
    package = await factories.make_package(
        database,
        "bert",
        "1.10.0",
        **own,
        project_id=project.id,
        kind=PackageKind.DATASET,
        visibility=Visibility.PROJECT,
        status=PackageStatus.QUARANTINED,
        description="A bear.",
        author="Ada",
        license="Apache-2.0",
        readme="# Bert",
        source_url="https://models.example/bert",
        dataset_url="https://data.example/bert",
        repository_url="https://code.example/bert",
        parameter_count=2**40,
        is_sensitive=True,
        file_size_bytes=2**50,
        sha256="ab" * 32,
        download_count=2**33,
        uploaded_at=NOON,
        deprecated_at=NOON,
        deprecation_reason="Use 2.",
    )
    metric = {"name": "bus_factor", "value": 0.2, "reason": "Two people.", "confidence": 0.9, "latency_ms": 1.5}
    await factories.make_score(
        database, package, 0.55, **METRICS, metrics=[metric], scored_at=NOON, scoring_latency_ms=12.5
    )
    bob = await factories.make_user(database, "bob")
    await factories.make_rating(database, package, ada, 2, review="Hm.", updated_at=NOON)
    await factories.make_rating(database, package, bob, 5, updated_at=NOON)
    async with database.write() as session:
        await session.execute(
            insert(PackageAlias).values(
                organization_id=acme.id,
                name="bert",
                alias="production",
                package_id=package.id,
                is_protected=True,
                moved_by_id=bob.id,
                moved_at=NOON,
            )
        )
        await session.execute(
            insert(PackageAlias).values(
                organization_id=acme.id, name="bert", alias="gone", package_id=package.id, superseded_at=NOON
            )
        )
        file = {"package_id": package.id, "size_bytes": 2**34, "sha256": "cd" * 32}
        tensors = {"format": "safetensors", "parameter_count": 2**40, "tensor_count": 2, "dtypes": ["F32", "BF16"]}
        weights = file | tensors | {"id": new_id(), "path": "model.safetensors", "component": PackageComponent.WEIGHTS}
        await session.execute(insert(PackageFile).values(weights))
        readme = file | {"id": new_id(), "path": "README.md", "component": PackageComponent.DOCUMENTATION}
        await session.execute(insert(PackageFile).values(readme))
        for file_name, severity in ((None, ScanSeverity.INFO), ("a.pkl", ScanSeverity.CRITICAL)):
            finding = {"file": file_name, "severity": severity, "rule": "rule", "message": "Found."}
            await session.execute(insert(ScanFinding).values(id=new_id(), package_id=package.id, **finding))

    # when
    answer = await (await client.sign_in("ada")).execute(EVERYTHING, name="bert", version="1.10.0", organization="acme")

    # then
    noon = "2026-03-01T12:00:00+00:00"
    digest = "cd" * 32
    assert answer["package"] == {
        "id": encode_id("pkg", package.id),
        "kind": "DATASET",
        "name": "bert",
        "version": "1.10.0",
        "description": "A bear.",
        "author": "Ada",
        "license": "Apache-2.0",
        "readme": "# Bert",
        "sourceUrl": "https://models.example/bert",
        "datasetUrl": "https://data.example/bert",
        "repositoryUrl": "https://code.example/bert",
        "visibility": "PROJECT",
        "status": "QUARANTINED",
        "parameterCount": str(2**40),
        "isSensitive": True,
        "fileSizeBytes": str(2**50),
        "sha256": "ab" * 32,
        "downloadCount": str(2**33),
        "uploadedAt": noon,
        "uploadedBy": {"id": encode_id("usr", ada.id), "username": "ada"},
        "organization": {"slug": "acme"},
        "project": {"slug": "fraud"},
        "deprecation": {"at": noon, "reason": "Use 2."},
        "scores": {
            "netScore": 0.55,
            "rampUpTime": 0.1,
            "busFactor": 0.2,
            "performanceClaims": 0.3,
            "licenseScore": 1.0,
            "sizeScore": 0.0,
            "datasetQuality": None,
            "datasetCodeLinkage": 0.6,
            "codeQuality": 0.7,
            "reproducibility": 0.5,
            "reviewedness": None,
            "treescore": 0.9,
            "evaluatorVersion": "1",
            "scoredAt": noon,
            "scoringLatencyMs": 12.5,
            "metrics": [
                {"name": "bus_factor", "value": 0.2, "reason": "Two people.", "confidence": 0.9, "latencyMs": 1.5}
            ],
        },
        "rating": {
            "average": 3.5,
            "count": 2,
            "histogram": [{"stars": stars, "count": int(stars in (5, 2))} for stars in (5, 4, 3, 2, 1)],
            "viewerStars": 2,
        },
        "ratings": {
            "nodes": [
                {
                    "stars": 5,
                    "review": None,
                    "user": {"username": "bob"},
                    "updatedAt": answer.data["package"]["ratings"]["nodes"][0]["updatedAt"],
                },
                {"stars": 2, "review": "Hm.", "user": {"username": "ada"}, "updatedAt": noon},
            ]
        },
        "aliases": [{"alias": "production", "isProtected": True, "movedAt": noon, "movedBy": {"username": "bob"}}],
        "viewerCan": {"update": True, "delete": False, "download": False, "rate": True, "manage": True},
        "files": {
            "totalCount": 2,
            "nodes": [
                {
                    "path": "model.safetensors",
                    "sizeBytes": str(2**34),
                    "sha256": digest,
                    "component": "WEIGHTS",
                    "format": "safetensors",
                    "tensors": {"parameterCount": str(2**40), "tensorCount": 2, "dtypes": ["F32", "BF16"]},
                },
                {
                    "path": "README.md",
                    "sizeBytes": str(2**34),
                    "sha256": digest,
                    "component": "DOCUMENTATION",
                    "format": None,
                    "tensors": None,
                },
            ],
        },
        "scan": {
            "status": "QUARANTINED",
            "findings": [
                {"file": "a.pkl", "severity": "CRITICAL", "rule": "rule", "message": "Found."},
                {"file": None, "severity": "INFO", "rule": "rule", "message": "Found."},
            ],
        },
        "versions": {
            "totalCount": 2,
            "nodes": [{"version": "1.10.0", "uploadedAt": noon}, {"version": "1.9.0", "uploadedAt": noon}],
        },
    }


async def test_a_bare_package_has_nulls_and_empty_lists(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    await factories.make_package(database, "bare", license=None)

    # when
    answer = await (await client.sign_in("ada")).execute(EVERYTHING, name="bare")

    # then
    package = answer["package"]
    absent = ("description", "author", "license", "readme", "sourceUrl", "datasetUrl", "repositoryUrl")
    for name in (*absent, "parameterCount", "project", "deprecation", "scores"):
        assert package[name] is None, name
    assert package["rating"]["average"] is None
    assert (package["rating"]["count"], package["rating"]["viewerStars"]) == (0, None)
    assert [each["count"] for each in package["rating"]["histogram"]] == [0] * 5
    assert (package["ratings"]["nodes"], package["scan"]["findings"]) == ([], [])
    assert [alias["alias"] for alias in package["aliases"]] == ["latest"]
    assert package["files"] == {"totalCount": 0, "nodes": []}
    assert package["viewerCan"] == {
        "update": False,
        "delete": False,
        "download": True,
        "rate": True,
        "manage": False,
    }


@pytest.mark.parametrize(
    ("versions", "newest"),
    [
        (["1.0.0", "1.10.0", "1.9.0"], "1.10.0"),
        (["2.0.0-rc.1", "1.0.0"], "1.0.0"),
        (["2.0.0-rc.1", "2.0.0-alpha"], "2.0.0-rc.1"),
        (["nightly", "0.0.1-dev"], "0.0.1-dev"),
        (["1.0", "v1.0.1"], "v1.0.1"),
        (["1.0.0.post1", "1.0.0"], "1.0.0.post1"),
    ],
)
async def test_without_a_version_the_newest_is_meant(
    client: Client, database: Database, versions: list[str], newest: str
) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    for version in versions:
        await factories.make_package(database, "bert", version, uploaded_by=ada)
    reader = await client.sign_in("ada")

    # when / then also where null is given for the version
    assert (await reader.execute(NEWEST, name="bert"))["package"] == {"version": newest}
    by_null = await reader.execute('{ package(name: "bert", version: null, organization: null) { version } }')
    assert by_null["package"] == {"version": newest}


async def test_what_is_held_back_deprecated_or_deleted_is_not_the_newest(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    await factories.make_package(database, "bert", "1.0.0", uploaded_by=ada)
    for version, overrides in (
        ("2.0.0", {"deprecated_at": NOON}),
        ("3.0.0", {"status": PackageStatus.PENDING}),
        ("4.0.0", {"status": PackageStatus.QUARANTINED}),
        ("5.0.0", {"deleted_at": NOON}),
    ):
        await factories.make_package(database, "bert", version, uploaded_by=ada, **overrides)
    await factories.make_package(database, "old", uploaded_by=ada, deprecated_at=NOON)
    reader = await client.sign_in("ada")

    # then
    assert (await reader.execute(NEWEST, name="bert"))["package"] == {"version": "1.0.0"}
    assert (await reader.execute(NEWEST, name="old"))["package"] is None

    # and by its version each is found but the deleted one
    query = 'query ($v: String!) { package(name: "bert", version: $v) { version } }'
    found = {v: (await reader.execute(query, v=v))["package"] is not None for v in ("2.0.0", "3.0.0", "4.0.0", "5.0.0")}
    assert found == {"2.0.0": True, "3.0.0": True, "4.0.0": True, "5.0.0": False}


async def test_names_organizations_and_versions_are_matched_exactly(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    other = await factories.make_organization(database, "other")
    await factories.make_package(database, "bert", "1.0.0", uploaded_by=ada)
    await factories.make_package(database, "bert", "2.0.0", uploaded_by=ada, organization=other)
    await factories.make_package(database, "elmo", "3.0.0", uploaded_by=ada)
    reader = await client.sign_in("ada")

    # when / then several are asked for in one operation, none is taken for another
    answer = await reader.execute(
        """{
          a: package(name: "bert") { version }
          b: package(name: "bert", organization: "other") { version }
          c: package(name: "elmo", organization: "other") { version }
          d: package(name: "bert", version: "3.0.0") { version }
          e: package(name: "BERT") { version }
          f: package(name: "bert", version: "") { version }
          g: package(name: "bert", organization: "") { version }
          h: package(name: "bert\\u0000") { version }
          i: package(name: "b%t") { version }
          j: package(name: "elmo", version: "3.0.0") { version }
        }"""
    )
    assert answer.errors == []
    found = {alias: package["version"] for alias, package in answer.data.items() if package is not None}
    assert found == {"a": "1.0.0", "b": "2.0.0", "j": "3.0.0"}


@pytest.mark.parametrize("name", SEEN_BY)
async def test_each_finds_what_they_may_see(client: Client, stranger: Client, database: Database, name: str) -> None:
    # given
    acme = await make_acme(database)
    reader = stranger if name == "stranger" else await client.sign_in(name)

    # when
    answers = {package: await reader.execute(BY_NAME, name=package) for package in acme.packages}

    # then
    if name.startswith("searchless"):
        assert {answer.code for answer in answers.values()} == {"FORBIDDEN"}
        return
    found = {package for package, answer in answers.items() if answer["package"] is not None}
    assert found == SEEN_BY[name]
    assert all(answers[package]["package"]["id"] == acme.id_of(package) for package in found)


async def test_who_is_not_signed_in_is_refused(client: Client, database: Database) -> None:
    await factories.make_package(database, "bert")
    assert (await client.execute(NEWEST, name="bert")).code == "UNAUTHENTICATED"
