"""The event log as people read it: who is told of which event, and how much of it.

Administrators see everything. Others see, of what is visible to them at present:

- what happened to their own account and API keys;
- what happened to a package, where it is told by the package's own fields too; whatever else happened to it (downloads
  most of all), where they did it themselves or manage the package;
- what happened to an organization or project, where they did it themselves or manage the organization.

An event that also names another package is told to those who see both. What is not listed here is not told.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from app.db.base import enum_column
from app.db.page_readers import PageReader
from app.db.paging import Keyset, Order, PageKey, PageRequest
from app.db.readers import EVERYTHING, Columns, RowReader, Shape
from app.db.repositories.credentials import api_keys
from app.db.repositories.events import UNKNOWN_ENTITY, is_known, settled
from app.db.repositories.organizations import (
    MANAGING_ROLES,
    VIEWER_ID,
    organizations,
    organizations_visible_to,
    projects,
    projects_visible_to,
    viewers_organizations,
)
from app.db.repositories.package_rights import may_manage
from app.db.repositories.packages import packages, packages_visible_to
from app.db.statements import Row, among
from app.db.tables import Event
from app.enums import EntityType, EventType
from app.events.cursor import EventCursor, parse_cursor, unknown_cursor
from app.identity.viewer import Sight, Viewer
from app.public_ids import TAGS

events = Event.__table__

TOLD_WITH_THE_PACKAGE = (
    EventType.PACKAGE_PUBLISHED,
    EventType.PACKAGE_SCORED,
    EventType.PACKAGE_DEPRECATED,
    EventType.PACKAGE_QUARANTINED,
    EventType.PACKAGE_RATED,
    EventType.LINEAGE_LINKED,
    EventType.LINEAGE_UNLINKED,
)
"""What the package's fields tell everyone who sees it: its publisher, scores, status, ratings, parents and children."""


class _AsUuid(GenericFunction[Any]):
    """The UUID spelled by 32 hexadecimal digits; null for another text."""

    type = Uuid()
    inherit_cache = True
    name = "as_uuid"


@compiles(_AsUuid)
def _as_uuid_is_text(element: _AsUuid, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses.clauses[0], **options))


@compiles(_AsUuid, "postgresql")
def _as_uuid_on_postgresql(element: _AsUuid, compiler: Any, **options: Any) -> str:
    text = compiler.process(element.clauses.clauses[0], **options)
    return f"CASE WHEN {text} ~ '^[0-9a-f]{{32}}$' THEN CAST({text} AS uuid) END"


def _digits(text: ColumnElement[Any]) -> ColumnElement[str]:
    """A UUID's 32 hexadecimal digits, however it is stored."""
    digits: ColumnElement[str] = func.replace(cast(text, String), literal("-", String), literal("", String))
    return digits


def _is_one_of(types: Iterable[EventType]) -> ColumnElement[bool]:
    return or_(*(events.c.type == each for each in types))


def _is_about(type_: EntityType) -> ColumnElement[bool]:
    return events.c.entity_type == literal(type_.value, String)


_KEY = _digits(events.c.entity_id)
_OTHER_PACKAGES = ("parentId", "previousPackageId")
"""Where payloads name other packages than the one that the event is about, by the ids that clients know."""
_IS_OWN = events.c.actor_id == VIEWER_ID
_IS_ABOUT_VIEWER = and_(_is_about(EntityType.USER), _digits(VIEWER_ID) == _KEY)
_IS_IN_MANAGED_ORGANIZATION = events.c.organization_id.in_(viewers_organizations(*MANAGING_ROLES))


def _package(key: ColumnElement[Any], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(packages.c.id).where(packages.c.id == _AsUuid(key), *conditions).exists()


def _names_none_but(visible: ColumnElement[bool], name: str) -> ColumnElement[bool]:
    """The payload has no package of this name, or a visible one."""
    id = events.c.payload[name].as_string()
    return or_(id.is_(None), _package(func.substr(id, len(TAGS["Package"]) + 2, type_=String()), visible))


def events_visible_to(sight: Sight) -> ColumnElement[bool]:
    """See the module's rules. Types that this version does not know are passed over: a newer one may run beside it."""
    is_known_type = _is_one_of(EventType)
    if sight is Sight.ALL:
        return is_known_type
    if sight not in (Sight.MEMBER, Sight.OWN):
        return false()
    own_keys = select(_digits(api_keys.c.id)).where(api_keys.c.user_id == VIEWER_ID)
    seen_organizations = select(organizations.c.id).where(organizations_visible_to(sight))
    seen_projects = select(projects.c.id).where(projects_visible_to(sight))
    sees_package = packages_visible_to(sight)
    sees_more = or_(_is_one_of(TOLD_WITH_THE_PACKAGE), _IS_OWN, _package(_KEY, may_manage(sight)))
    return and_(
        is_known_type,
        or_(
            _IS_ABOUT_VIEWER,
            and_(_is_about(EntityType.API_KEY), _KEY.in_(own_keys)),
            and_(
                _is_about(EntityType.ORGANIZATION),
                events.c.organization_id.in_(seen_organizations),
                or_(_IS_OWN, _IS_IN_MANAGED_ORGANIZATION),
            ),
            and_(
                _is_about(EntityType.PROJECT),
                events.c.project_id.in_(seen_projects),
                or_(_IS_OWN, _IS_IN_MANAGED_ORGANIZATION),
            ),
            and_(
                _is_about(EntityType.PACKAGE),
                _package(_KEY, sees_package),
                sees_more,
                *(_names_none_but(sees_package, name) for name in _OTHER_PACKAGES),
            ),
        ),
    )


def _private(column: ColumnElement[Any]) -> Callable[[Sight], ColumnElement[Any]]:
    """From where somebody acted: told to that person, to the organization's managers and to administrators.

    A sign-in that failed is the account's own; a download is told to who manages the package, too.
    """

    def shown(sight: Sight) -> ColumnElement[Any]:
        if sight is Sight.ALL:
            return column
        if sight not in (Sight.MEMBER, Sight.OWN):
            return null()
        is_failed_sign_in = and_(events.c.actor_id.is_(None), _IS_ABOUT_VIEWER)
        is_managed_download = and_(
            events.c.type == EventType.DOWNLOAD_RECORDED, _package(_KEY, packages.c.uploaded_by_id == VIEWER_ID)
        )
        is_shown = or_(_IS_OWN, is_failed_sign_in, _IS_IN_MANAGED_ORGANIZATION, is_managed_download)
        return case((is_shown, column), else_=null())

    return shown


_PUBLIC_ID = case(
    (events.c.entity_id == literal(UNKNOWN_ENTITY, String), null()),
    else_=case({each.value: literal(f"{TAGS[each.value]}_", String) for each in EntityType}, value=events.c.entity_type)
    + _KEY,
)
EVENT_COLUMNS: Columns = {
    **{
        name: events.c[name]
        for name in ("id", "type", "actor_id", "organization_id", "project_id", "payload", "occurred_at")
    },
    "entity_type": type_coerce(events.c.entity_type, enum_column(EntityType)),
    "entity_id": type_coerce(_PUBLIC_ID, String),
    "ip_address": _private(events.c.ip_address),
    "user_agent": _private(events.c.user_agent),
}


class _EventKeyset(Keyset):
    """The order of the log, with the cursors that followers of it know."""

    def cursor(self, row: Row) -> str:
        """The place of an event."""
        return EventCursor(*(row[name] for name in self.columns)).encode()

    def values(self, cursor: str, argument: str) -> tuple[Any, ...]:
        """The place that a cursor names. Raises InvalidInput for a text that is no cursor."""
        return parse_cursor(cursor, argument=argument)


class _EventPages(PageReader):
    """Pages of what is settled: what comes later stands behind it, for followers and for pages alike."""

    async def __call__(
        self, connection: AsyncConnection, viewer: Viewer, keys: Sequence[PageKey], shape: Shape = EVERYTHING
    ) -> Mapping[PageKey, Any]:
        """Pages by key. Raises InvalidInput for a cursor that the log does not have."""
        for request in {key.request for key in keys}:
            for argument, place in (("after", request.after), ("before", request.before)):
                if place is not None and not await is_known(connection, EventCursor(*place)):
                    raise unknown_cursor(argument)
        return await super().__call__(connection, viewer, keys, shape)

    def conditions(self, dialect: str, viewer: Viewer, request: PageRequest) -> list[ColumnElement[bool]]:
        """Visibility, filters, and that the event is settled."""
        return [*super().conditions(dialect, viewer, request), settled(dialect)]


def _compared(column: ColumnElement[Any], operator: str, name: str) -> Callable[[str], ColumnElement[bool]]:
    return lambda dialect: column.bool_op(operator)(bindparam(f"filter_{name}", type_=column.type))


EVENT_FILTERS: Mapping[str, Callable[[str], ColumnElement[bool]]] = {
    "types": lambda dialect: among(dialect, type_coerce(events.c.type, String), "filter_types"),
    "actor": _compared(events.c.actor_id, "=", "actor"),
    "entity_type": _compared(events.c.entity_type, "=", "entity_type"),
    "entity_id": _compared(events.c.entity_id, "=", "entity_id"),
    "organization": lambda dialect: events.c.organization_id.in_(
        select(organizations.c.id).where(organizations.c.slug == bindparam("filter_organization", type_=String()))
    ),
    "from": _compared(events.c.occurred_at, ">=", "from"),
    "to": _compared(events.c.occurred_at, "<", "to"),
}

events_by_id = RowReader(events, events.c.id, columns=EVENT_COLUMNS, visible=events_visible_to)
all_events = _EventPages(
    events,
    columns=EVENT_COLUMNS,
    unique=events.c.id,
    orders={"LOG": Order(events.c.transaction_id)},
    default_order="LOG",
    default_descending=True,
    filters={**EVENT_FILTERS, "id": _compared(events.c.id, "=", "id")},
    visible=events_visible_to,
    keyset=_EventKeyset,
)
