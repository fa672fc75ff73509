"""Who used what in the demo, and what they think of it; one download is refused, for the record."""

from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID

from app.config import Settings
from app.db.session import Database
from app.demo.accounts import Team
from app.demo.package import DATA_SCIENTIST, ML_ENGINEER, TEST_USER
from app.errors import Forbidden
from app.events.log import Origin
from app.services.downloads import request_download
from app.services.ratings import rate_package
from app.storage.object_store import ObjectStore

_RATINGS = (
    (ML_ENGINEER, "tiny-bert@1.1.0", 5, "Loads in a blink; just right for our tests."),
    (TEST_USER, "tiny-bert@1.1.0", 4, None),
    (TEST_USER, "tiny-bert@1.0.0", 3, "Fine, but 1.1.0 is better."),
    (ML_ENGINEER, "tiny-bert-sentiment@1.0.0", 4, "Good on reviews, lost on anything else."),
    (TEST_USER, "tiny-bert-sentiment@1.0.0", 5, None),
    (DATA_SCIENTIST, "text-tools@0.3.0", 5, "Small and tested."),
    (TEST_USER, "movie-reviews@1.0.0", 4, "Clean, and the card says how it was made."),
    (DATA_SCIENTIST, "quick-sentiment@0.1.0", 1, "Neither licence nor example, and the code does not run."),
    (TEST_USER, "quick-sentiment@0.1.0", 2, None),
    (ML_ENGINEER, "fraud-xgboost@1.1.0", 5, "Holds up in the shadow deployment."),
)
_DOWNLOADS = (
    (TEST_USER, "tiny-bert@1.0.0"),
    (TEST_USER, "tiny-bert@1.1.0"),
    (ML_ENGINEER, "tiny-bert@1.1.0"),
    (ML_ENGINEER, "tiny-bert@1.1.0"),
    (DATA_SCIENTIST, "tiny-bert@1.1.0"),
    (TEST_USER, "tiny-bert-sentiment@1.0.0"),
    (ML_ENGINEER, "movie-reviews@1.0.0"),
    (DATA_SCIENTIST, "text-tools@0.3.0"),
    (ML_ENGINEER, "fraud-xgboost@1.1.0"),
    (DATA_SCIENTIST, "transactions-2025@2025.12.1"),
    (ML_ENGINEER, "transactions-2025@2025.12.1"),  # refused by its access-control script
    (TEST_USER, "legacy-sentiment@0.9.0"),  # refused: quarantined
)


async def rate_and_download(
    database: Database, store: ObjectStore, settings: Settings, origin: Origin, team: Team, ids: Mapping[str, UUID]
) -> None:
    """Record them; `ids` are the packages' by `name@version`."""
    async with database.write() as session:
        for username, key, stars, review in _RATINGS:
            await rate_package(session, team.viewers[username], origin, ids[key], stars, review)
    for username, key in _DOWNLOADS:
        with suppress(Forbidden):
            await request_download(
                database, store, settings, team.viewers[username], origin, ids[key], [], base_url="http://localhost"
            )
