"""Reading the history of aliases."""

import strawberry

from app.db.initial_data import PUBLIC_SLUG
from app.db.repositories.aliases import alias_moves
from app.enums import Permission
from schema.aliases.types import PackageAliasMoveConnection
from schema.core.connections import connection
from schema.core.lookups import argument


@strawberry.type
class AliasQueries:
    """Root fields about aliases."""

    package_alias_history: PackageAliasMoveConnection = connection(
        alias_moves,
        key=None,
        arguments=(
            argument("name", str, "The package's name."),
            argument("alias", str, "The alias; `latest` moves by itself and has no history."),
            argument("organization", str, "The slug of the organization the package belongs to.", default=PUBLIC_SLUG),
        ),
        requires=Permission.SEARCH,
        description="Where an alias has stood, the present first, as far as the viewer sees the versions.",
    )
