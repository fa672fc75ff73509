"""The schema: all subjects merged. Resolves nothing itself."""

import warnings
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from app.config import Settings
from schema.aliases.mutations import AliasMutations
from schema.aliases.queries import AliasQueries
from schema.api_keys.mutations import ApiKeyMutations
from schema.core import enums as _described_enums  # noqa: F401
from schema.core.declarations import check_declarations
from schema.core.errors import EXCEPTION_HANDLERS, ErrorShape
from schema.core.guard import Guard
from schema.core.hooks import Schema
from schema.core.limits import OperationLimits, operation_limits, operation_timeout
from schema.core.planner.extension import Planner, plan_extension
from schema.core.scalars import SCALARS
from schema.core.suggestions import hide_suggestions
from schema.downloads.mutations import DownloadMutations
from schema.downloads.subscriptions import DownloadSubscriptions
from schema.events.queries import EventQueries
from schema.events.subscriptions import EventSubscriptions
from schema.licenses.queries import LicenseQueries
from schema.lineage.mutations import LineageMutations
from schema.lineage.queries import LineageQueries
from schema.lineage.subscriptions import LineageSubscriptions
from schema.nodes.queries import NodeQueries
from schema.organizations.mutations import OrganizationMutations
from schema.organizations.queries import OrganizationQueries
from schema.packages.deleted import DeletedPackageQueries
from schema.packages.life import PackageLifeMutations
from schema.packages.mutations import PackageMutations
from schema.packages.queries import PackageQueries
from schema.packages.subscriptions import PackageSubscriptions
from schema.packages.updates import PackageUpdateMutations
from schema.ratings.mutations import RatingMutations
from schema.scores.mutations import ScoreMutations
from schema.sessions.mutations import SessionMutations
from schema.sessions.queries import SessionQueries
from schema.users.mutations import UserMutations
from schema.users.queries import UserQueries

QUERIES = (
    NodeQueries,
    PackageQueries,
    DeletedPackageQueries,
    AliasQueries,
    UserQueries,
    SessionQueries,
    OrganizationQueries,
    LineageQueries,
    LicenseQueries,
    EventQueries,
)
MUTATIONS = (
    SessionMutations,
    UserMutations,
    ApiKeyMutations,
    OrganizationMutations,
    PackageMutations,
    PackageUpdateMutations,
    PackageLifeMutations,
    AliasMutations,
    LineageMutations,
    DownloadMutations,
    RatingMutations,
    ScoreMutations,
)
SUBSCRIPTIONS = (EventSubscriptions, PackageSubscriptions, LineageSubscriptions, DownloadSubscriptions)


def make_schema(
    settings: Settings, planner: Planner | None = None, limits: OperationLimits | None = None
) -> strawberry.Schema:
    """The schema, with the limits of these settings; without a planner, every query runs the ordinary way.

    Raises TypeError for a declaration that cannot work.
    """
    plans = [plan_extension(planner)] if planner is not None else []
    schema = Schema(
        query=_merged("Query", "Everything that can be read.", QUERIES),
        mutation=_merged("Mutation", "Everything that can be changed.", MUTATIONS),
        subscription=_merged("Subscription", "Everything that can be listened to.", SUBSCRIPTIONS),
        config=StrawberryConfig(scalar_map=SCALARS),
        exception_handlers=EXCEPTION_HANDLERS,
        # The first is outermost: it sees what all others answer.
        extensions=[
            ErrorShape,
            hide_suggestions(lambda context: not context.settings.is_production),
            operation_timeout(settings),
            operation_limits(settings, limits),
            Guard,
            *plans,
        ],
    )
    check_declarations(schema)
    return schema


def _merged(name: str, description: str, parts: tuple[type, ...]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # two subjects with one field name
        merged = merge_types(name, parts)
    merged.__strawberry_definition__.description = description  # type: ignore[attr-defined]
    return merged
