"""The operations that clients send about aliases."""

from datetime import datetime
from typing import Any

from app.db.session import Database
from app.db.tables import PackageAlias
from tests.schema.client import Client
from tests.schema.published import package_id

SET = """
mutation SetAlias($input: SetPackageAliasInput!) {
  setPackageAlias(input: $input) {
    __typename
    ... on SetPackageAliasPayload {
      package { version aliases { alias isProtected movedAt movedBy { username } } }
      previous { version }
    }
    ... on Error { code message path }
  }
}
"""
BY_ALIAS = """
query ByAlias($name: String! = "bert", $alias: String, $asOf: DateTime, $organization: String = "public") {
  package(name: $name, alias: $alias, asOf: $asOf, organization: $organization) { version }
}
"""
HISTORY = """
query AliasHistory($name: String! = "bert", $first: Int = 20, $after: String, $organization: String! = "public") {
  packageAliasHistory(name: $name, alias: "production", first: $first, after: $after, organization: $organization) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes { movedAt supersededAt isProtected movedBy { username } package { version } }
  }
}
"""


async def set_alias(client: Client, package: Any, alias: str = "production", **more: Any) -> Any:
    """What setting an alias on a package, given as a row or a key, answers."""
    answer = await client.execute(SET, input={"packageId": package_id(package), "alias": alias, **more})
    return answer["setPackageAlias"]


async def version_under(client: Client, alias: str | None, **more: Any) -> str | None:
    """The version of `bert` under an alias."""
    found = (await client.execute(BY_ALIAS, alias=alias, **more))["package"]
    return found["version"] if found is not None else None


async def stand(database: Database, package: Any, moved_at: datetime, superseded_at: datetime | None = None) -> None:
    """Have `production` stand, or have stood, on a package."""
    async with database.write() as session:
        session.add(
            PackageAlias(
                organization_id=package.organization_id,
                name=package.name,
                alias="production",
                package_id=package.id,
                moved_at=moved_at,
                superseded_at=superseded_at,
            )
        )
