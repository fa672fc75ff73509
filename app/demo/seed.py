"""Fills an empty registry with demo data, through the same services that requests go through."""

import io
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from app.config import Settings
from app.db.paging import PageKey, PageRequest
from app.db.repositories import organizations, users
from app.db.repositories.packages import all_packages
from app.db.session import Database
from app.demo.accounts import PEOPLE, NewAccount, Team, create_team, new_accounts
from app.demo.archives import make_zip
from app.demo.fraud_detection import fraud_detection
from app.demo.life import live_on
from app.demo.oddities import oddities
from app.demo.opinions import rate_and_download
from app.demo.package import ACME, DemoPackage
from app.demo.product_recommendations import product_recommendations
from app.demo.text_models import text_models
from app.errors import NotFound
from app.events.log import Origin
from app.identity.viewer import Viewer
from app.services.lineage import ParentLink
from app.services.publish_request import PublishRequest
from app.services.publishing import publish
from app.services.scoring import score_package
from app.storage.factory import make_store
from app.storage.object_store import ObjectStore

_ORIGIN = Origin(ip_address=None, user_agent="demo data")


async def seed_registry(settings: Settings) -> None:
    """Fill a migrated registry that has no packages yet and print the new accounts' passwords; else change nothing.

    Scores without asking other hosts. Raises NotFound where the administrator of the settings does not exist.
    """
    settings = settings.model_copy(update={"scoring_enabled": False})
    async with _registry(settings) as (database, store):
        admin = await _administrator(database, settings)
        if not await _is_unused(database, admin):
            print("The registry is in use already: no demo data were added.", flush=True)
            return
        accounts = await new_accounts(admin, settings)
        async with database.write() as session:
            team = await create_team(session, admin, _ORIGIN, accounts)
        _tell(settings, accounts)
        ids = await _publish_all(database, store, settings, team)
        for package_id in ids.values():  # parents come first: their scores are part of their children's
            await score_package(database, store, settings, package_id)
        await rate_and_download(database, store, settings, _ORIGIN, team, ids)
        async with database.write() as session:
            await live_on(session, _ORIGIN, team, ids)
        print(f"Added {len(ids)} demo packages.", flush=True)


@asynccontextmanager
async def _registry(settings: Settings) -> AsyncIterator[tuple[Database, ObjectStore]]:
    database = Database(settings.effective_database_url, pool_size=2, echo=settings.sql_echo)
    store = make_store(settings)
    try:
        await store.start()
        yield database, store
    finally:
        await store.close()
        await database.close()


async def _administrator(database: Database, settings: Settings) -> Viewer:
    async with database.read() as connection:
        found = await users.password_by_name(connection, settings.admin_username)
    if found is None:
        raise NotFound(
            f"There is no administrator {settings.admin_username}, in whose name the demo data are added; run "
            "`python -m app db init`, or set ADMIN_USERNAME."
        )
    return Viewer(found[0], settings.admin_username, is_admin=True)


async def _is_unused(database: Database, admin: Viewer) -> bool:
    """Whether there is no package yet, and nothing that has the name of one of the demo's accounts or organization."""
    everything = PageKey(None, PageRequest())
    async with database.read() as connection:
        if (await all_packages.totals(connection, admin, [everything]))[everything]:
            return False
    async with database.write() as session:
        if await organizations.slug_is_taken(session, ACME):
            return False
        taken = [await users.taken_names(session, person.username, person.email) for person in PEOPLE]
    return not any(username or email for username, email in taken)


async def _publish_all(database: Database, store: ObjectStore, settings: Settings, team: Team) -> dict[str, UUID]:
    """Publish everything, parents first; returns ids by `name@version`."""
    ids: dict[str, UUID] = {}
    for package in (*text_models(), *fraud_detection(), *product_recommendations(), *oddities()):
        ids[package.key] = await _publish(database, store, settings, team, package, ids)
    return ids


async def _publish(
    database: Database,
    store: ObjectStore,
    settings: Settings,
    team: Team,
    package: DemoPackage,
    ids: Mapping[str, UUID],
) -> UUID:
    request = PublishRequest(
        name=package.name,
        version=package.version,
        kind=package.kind,
        organization=package.organization,
        project_id=team.projects[package.project] if package.project else None,
        author=package.author,
        visibility=package.visibility,
        is_sensitive=package.is_sensitive,
        access_control_script=package.access_control_script,
        parents=tuple(ParentLink(ids[key], relationship_type) for key, relationship_type in package.parents),
    )
    archive = make_zip(package.files)
    published = await publish(
        database, store, settings, team.viewers[package.publisher], _ORIGIN, request, io.BytesIO(archive), len(archive)
    )
    return published.package_id


def _tell(settings: Settings, accounts: Sequence[NewAccount]) -> None:
    """Print the passwords, this once, and how to use them."""
    print("Demo accounts; their passwords are shown this once:")
    for account in accounts:
        print(f"  {account.user.username:<16}{account.user.password:<20}{account.person.role}")
    print(f"Sign in at http://{settings.host}:{settings.port}/graphql with the mutation signIn; then send its token as")
    print("`Authorization: Bearer <token>`. GraphiQL, at the same address, does so by itself.", flush=True)
