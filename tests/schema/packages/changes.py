"""The operations that clients send about what becomes of packages."""

from typing import Any

from sqlalchemy import select

from app.db.session import Database
from app.db.tables import Package
from tests.schema.client import Client
from tests.schema.published import package_id


def _mutation(verb: str, payload: str, *, lists_issues: bool = True) -> str:
    issues = "... on InvalidInput { issues { path message } }" if lists_issues else ""
    return f"""
    mutation {verb}($input: {verb}PackageInput!) {{
      {verb.lower()}Package(input: $input) {{
        __typename
        ... on {verb}PackagePayload {{ {payload} }}
        ... on Error {{ code message path }}
        {issues}
      }}
    }}
    """


DEPRECATE = _mutation("Deprecate", "package { deprecation { at reason } updatedAt }")
UNDEPRECATE = _mutation("Undeprecate", "package { deprecation { reason } }", lists_issues=False)
DELETE = _mutation("Delete", "deletedId", lists_issues=False)
RESTORE = _mutation("Restore", "package { id version aliases { alias } updatedAt }", lists_issues=False)
RELEASE = _mutation("Release", "package { status scan { status release { at reason } } }")
UPDATE = _mutation(
    "Update",
    "package { id description author license sourceUrl datasetUrl repositoryUrl visibility isSensitive "
    "project { slug } updatedAt }",
)


async def change(client: Client, mutation: str, package: Any, **more: Any) -> Any:
    """What a mutation answers about a package, given as a row or a key."""
    answer = await client.execute(mutation, input={"packageId": package_id(package), **more})
    assert not answer.errors, answer.errors
    assert answer.data is not None
    (found,) = answer.data.values()
    return found


async def row_of(database: Database, package: Package) -> Any:
    """The package's row as it stands."""
    table = Package.__table__
    async with database.read() as connection:
        return (await connection.execute(select(table).where(table.c.id == package.id))).one()
