"""How many statements lists issue: a constant, however many packages there are and however deep one asks."""

from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from app.db.base import new_id, utc_now
from app.db.session import Database
from app.db.tables import PackageAlias, PackageFile, Rating, ScanFinding
from app.enums import PackageComponent, PackageKind, ScanSeverity
from tests import factories
from tests.schema.client import Client
from tests.schema.published import statements

LIST = """
query ($first: Int = 50, $after: String, $filter: PackageFilter, $orderBy: PackageOrder) {
  packages(orderBy: $orderBy, filter: $filter, after: $after, first: $first) {
    pageInfo { startCursor endCursor hasPreviousPage hasNextPage }
    isTotalCountExact
    totalCount
    edges {
      node {
        downloads(first: 5) { nodes { user { username } accessGranted requestedAt } }
        parents(first: 5) { nodes { version name id } }
        rating { count average }
        scores { netScore }
        uploadedBy { username }
        downloadCount license version name id
      }
      cursor
    }
  }
}
"""
ALL_RELATIONS = """
query ($first: Int, $filter: PackageFilter) {
  packages(first: $first, filter: $filter) {
    nodes {
      readme
      organization { slug }
      project { slug }
      scores { metrics { name } }
      ratings(first: 2) { totalCount nodes { stars user { username } } }
      aliases { alias movedBy { username } }
      viewerCan { manage }
      files(first: 2) { totalCount nodes { path tensors { dtypes } } }
      scan { findings { rule } }
      downloads(last: 2) { totalCount nodes { package { name } user { username } } }
      parents(first: 2) { totalCount edges { relationshipType node { name uploadedBy { username } } } }
    }
  }
}
"""
NESTED = """
query ($first: Int, $filter: PackageFilter) {
  packages(first: $first, filter: $filter) {
    nodes {
      parents(first: 5) {
        totalCount
        nodes {
          scores { netScore }
          parents(first: 5) { edges { relationshipType node { id parents(first: 5) { nodes { id } } } } }
        }
      }
      versions(first: 5) {
        nodes { version versions(first: 5) { totalCount nodes { version uploadedBy { username } } } }
      }
    }
  }
}
"""


MODELS = {"filter": {"kind": "MODEL"}}


async def make_models_with_everything(database: Database, how_many: int) -> None:
    """Models with something in every relation. None shares anything with another: that would save statements."""
    organization = await factories.make_organization(database)
    project = await factories.make_project(database, organization)
    uploaders = iter(await factories.make_users(database, how_many * 5))
    rows: dict[Any, list[dict[str, Any]]] = {Rating: [], PackageAlias: [], PackageFile: [], ScanFinding: []}
    edges: list[tuple[UUID, UUID]] = []
    models: list[UUID] = []
    for number, user_id in enumerate(await factories.make_users(database, how_many)):
        family = {"name": f"model-{number}", "organization": organization, "project_id": project.id}
        await factories.make_package(
            database, version="1.0.0", kind=PackageKind.CODE, uploaded_by=next(uploaders), **family
        )
        model = await factories.make_package(
            database, version="2.0.0", readme="# Read me", uploaded_by=next(uploaders), **family
        )
        models.append(model.id)
        ancestors = [
            await factories.make_package(database, uploaded_by=next(uploaders), kind=PackageKind.DATASET)
            for _ in range(3)
        ]
        edges += pairwise([*(package.id for package in ancestors), models[-1]])
        key = {"package_id": models[-1]}
        rows[Rating].append(key | {"user_id": user_id, "stars": 3})
        alias = {"organization_id": organization.id, "name": str(number), "alias": "latest", "moved_at": utc_now()}
        rows[PackageAlias].append(key | alias | {"moved_by_id": user_id})
        file = {"path": "a", "size_bytes": 1, "sha256": "0" * 64, "component": PackageComponent.OTHER}
        rows[PackageFile].append(key | file)
        rows[ScanFinding].append(key | {"severity": ScanSeverity.INFO, "rule": "rule", "message": "Found."})
        await factories.make_downloads(database, 6, models[-1], user_id)
    await factories.make_scores(database, [package for edge in edges for package in edge[:1]] + models)
    await factories.make_edges(database, edges)
    async with database.write() as session:
        for table, values in rows.items():
            await session.execute(insert(table), [{"id": new_id()} | each for each in values])


@pytest.mark.parametrize("query", [LIST, ALL_RELATIONS, NESTED], ids=["list", "all relations", "nested"])
async def test_two_packages_cost_as_many_statements_as_fifty(client: Client, database: Database, query: str) -> None:
    # given
    await factories.make_user(database, "ada", is_admin=True)
    await make_models_with_everything(database, 50)
    reader = await client.sign_in("ada")

    async def issued(first: int) -> tuple[int, int]:
        with statements() as texts:
            answer = await reader.execute(query, MODELS, first=first)
        page = answer["packages"]
        reads = [text for text in texts if "auth_tokens" not in text]
        return len(reads), len(page.get("nodes") or page["edges"])

    # when
    few, many = await issued(2), await issued(50)

    # then
    assert (few[1], many[1]) == (2, 50)
    assert few[0] == many[0]


async def test_the_list_view_reads_each_table_at_most_once_for_each_purpose(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada", is_admin=True)
    await make_models_with_everything(database, 10)
    reader = await client.sign_in("ada")

    # when
    with statements() as texts:
        await reader.execute(LIST, MODELS)

    # then packages, their total, parents, downloads, scores, ratings, uploaders and downloaders
    texts = [text for text in texts if "auth_tokens" not in text]
    assert len(texts) <= 8, texts


async def test_without_its_total_a_list_counts_nothing(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    await make_models_with_everything(database, 2)
    reader = await client.sign_in("ada")

    # when
    with statements() as texts:
        await reader.execute("{ packages { nodes { id name } } }")

    # then
    assert len([text for text in texts if "FROM packages" in text]) == 1
    assert not any("count(" in text for text in texts)
