"""Projects by what people call them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.readers import EVERYTHING, KEY, Shape, chosen
from app.db.repositories.organizations import (
    PROJECT_COLUMNS,
    organizations,
    organizations_visible_to,
    projects,
    projects_visible_to,
)
from app.db.statements import Row, StatementCache, among
from app.identity.viewer import Viewer


@dataclass(frozen=True, slots=True)
class ProjectSlug:
    """What people call a project by."""

    organization: str
    slug: str


class _ProjectsBySlug:
    """Reads projects by their own and their organization's slug."""

    def __init__(self) -> None:
        self._statements = StatementCache()

    async def __call__(
        self, connection: AsyncConnection, viewer: Viewer, keys: Sequence[ProjectSlug], shape: Shape = EVERYTHING
    ) -> Mapping[ProjectSlug, Row]:
        """Rows by what they were asked by, and perhaps others of the same slugs."""
        statement = self._statements.get(
            connection.dialect, (viewer.sight, shape), lambda dialect: self._build(dialect, viewer, shape)
        )
        parameters = {
            **viewer.parameters,
            "organizations": [key.organization for key in keys],
            "slugs": [key.slug for key in keys],
        }
        rows = await statement.run(connection, parameters)
        return {ProjectSlug(row[KEY], row["own_slug"]): row for row in rows}

    @staticmethod
    def _build(dialect: str, viewer: Viewer, shape: Shape) -> Select[Any]:
        return (
            select(
                organizations.c.slug.label(KEY),
                projects.c.slug.label("own_slug"),
                *chosen(PROJECT_COLUMNS, shape, frozenset(), viewer.sight),
            )
            .select_from(projects.join(organizations, organizations.c.id == projects.c.organization_id))
            .where(
                among(dialect, organizations.c.slug, "organizations"),
                among(dialect, projects.c.slug, "slugs"),
                projects_visible_to(viewer.sight),
                organizations_visible_to(viewer.sight),
            )
        )


projects_by_slug = _ProjectsBySlug()
