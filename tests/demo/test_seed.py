import contextlib
import io
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select, true

from app.config import Settings, load_settings
from app.db import migrations
from app.db.base import Base, new_id
from app.db.initial_data import ensure_initial_data
from app.db.paging import PageKey, PageRequest
from app.db.repositories.aliases import alias_moves
from app.db.repositories.package_names import PackageName, packages_by_name
from app.db.repositories.packages import all_packages, unscored_packages
from app.db.repositories.users import password_by_name
from app.db.session import Database
from app.db.tables import Download, LineageEdge, Package, PackageScore, Rating
from app.demo.package import ACME, DATA_SCIENTIST, ML_ENGINEER, TEST_USER
from app.demo.seed import seed_registry
from app.enums import PackageKind, PackageStatus, Permission, RelationshipType, Visibility
from app.errors import NotFound
from app.events.log import Origin
from app.identity.attempts import PasswordAttempts
from app.identity.viewer import Viewer
from app.services.organizations import Labels, create_organization
from app.services.sessions import SignedIn, check_password, sign_in
from tests.databases import DIALECTS

ORIGIN = Origin(None, None)
EVERYTHING = PageKey(None, PageRequest())


@dataclass(frozen=True)
class Seeded:
    settings: Settings
    database: Database
    printed: str


def settings_for(url, folder):
    return load_settings(
        _env_file=None,
        data_dir=folder,
        database_url=url,
        secret_key="a-secret-key-of-thirty-two-characters-or-more",
        admin_password="an administrator's password",
        password_hash_rounds=4,
    )


async def seed(settings):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        await seed_registry(settings)
    return printed.getvalue()


@contextlib.asynccontextmanager
async def migrated(url, folder):
    settings = settings_for(url, folder)
    database = Database(url)
    await migrations.upgrade(database)
    await ensure_initial_data(database, settings)
    yield settings, database
    await database.close()


@pytest.fixture(scope="module", params=DIALECTS)
async def seeded(request, make_database_url, tmp_path_factory):
    async with migrated(make_database_url(request.param, "demo"), tmp_path_factory.mktemp("demo")) as registry:
        settings, database = registry
        yield Seeded(settings, database, await seed(settings))


@pytest.fixture(params=DIALECTS)
async def unseeded(request, make_database_url, tmp_path):
    async with migrated(make_database_url(request.param, "unseeded"), tmp_path) as registry:
        yield registry


def passwords(printed):
    rows = (line.split() for line in printed.splitlines() if line.startswith("  "))
    return {row[0]: row[1] for row in rows}


async def rows_of(database, *columns, where=true()):
    async with database.read() as connection:
        return [tuple(row) for row in await connection.execute(select(*columns).where(where))]


async def counts(database):
    async with database.read() as connection:
        return {
            table.name: await connection.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
        }


async def viewer_named(database, username, *permissions):
    async with database.read() as connection:
        user_id, _ = await password_by_name(connection, username)
    return Viewer(user_id, username, permissions=frozenset({Permission.SEARCH, *permissions}))


async def test_the_registry_holds_packages_of_every_kind_all_of_them_scored(seeded):
    # when
    packages = await rows_of(seeded.database, Package.name, Package.kind, Package.version)
    async with seeded.database.read() as connection:
        unscored = await unscored_packages(connection)

    # then
    assert f"Added {len(packages)} demo packages." in seeded.printed
    assert len(packages) >= 20
    assert {kind for _, kind, _ in packages} == set(PackageKind)
    assert {version for name, _, version in packages if name == "tiny-bert"} == {"1.0.0", "1.1.0", "2.0.0-rc.1"}
    assert unscored == []


async def test_good_cards_score_well_above_poor_ones(seeded):
    # when
    scored = Package.id == PackageScore.package_id
    by_name = dict(await rows_of(seeded.database, Package.name, PackageScore.net_score, where=scored))

    # then
    assert by_name["tiny-bert-sentiment"] > 0.75
    assert by_name["quick-sentiment"] < 0.3


async def test_the_dangerous_pickle_alone_is_quarantined(seeded):
    # when
    held_back = await rows_of(seeded.database, Package.name, Package.status)

    # then
    assert [name for name, status in held_back if status is not PackageStatus.READY] == ["legacy-sentiment"]


async def test_lineage_is_deep_has_a_diamond_and_most_ways_to_descend(seeded):
    # given
    edges = await rows_of(seeded.database, LineageEdge.parent_id, LineageEdge.child_id, LineageEdge.relationship_type)
    ids = {f"{n}@{v}": i for n, v, i in await rows_of(seeded.database, Package.name, Package.version, Package.id)}
    parents = {child: {p for p, c, _ in edges if c == child} for _, child, _ in edges}

    def depth(package_id):
        return max((1 + depth(parent) for parent in parents.get(package_id, ())), default=0)

    # then
    assert depth(ids["tiny-bert-moderation-int8@1.0.0"]) >= 5
    siblings = parents[ids["tiny-bert-moderation@1.0.0"]]
    assert siblings == {ids["tiny-bert-sentiment@1.0.0"], ids["tiny-bert-toxicity@1.0.0"]}
    assert all(ids["tiny-bert@1.1.0"] in parents[sibling] for sibling in siblings)
    assert {kind for _, _, kind in edges} == set(RelationshipType)


async def test_every_printed_password_signs_in(seeded):
    # given
    attempts = PasswordAttempts(10, 300)
    printed = passwords(seeded.printed)
    assert set(printed) == {DATA_SCIENTIST, ML_ENGINEER, TEST_USER}

    for username, password in printed.items():
        # when
        checked = await check_password(seeded.database, seeded.settings, attempts, ORIGIN, username, password)
        async with seeded.database.write() as session:
            answer = await sign_in(session, seeded.settings, ORIGIN, checked)

        # then
        assert isinstance(answer, SignedIn)


async def test_an_outsider_sees_what_is_public_a_member_what_is_the_organizations(seeded):
    # given
    everything = await rows_of(seeded.database, Package.visibility)
    public = [visibility for (visibility,) in everything if visibility is Visibility.PUBLIC]
    assert {visibility for (visibility,) in everything} == set(Visibility)

    # when
    seen = {}
    for username in (TEST_USER, ML_ENGINEER):
        viewer = await viewer_named(seeded.database, username)
        async with seeded.database.read() as connection:
            seen[username] = (await all_packages.totals(connection, viewer, [EVERYTHING]))[EVERYTHING]

    # then
    assert seen == {TEST_USER: len(public), ML_ENGINEER: len(everything)}


async def test_packages_are_rated_and_downloaded_and_refusals_are_on_record(seeded):
    # when
    raters = await rows_of(seeded.database, Rating.user_id)
    downloaded = Package.id == Download.package_id
    attempts = await rows_of(seeded.database, Package.name, Download.access_granted, where=downloaded)
    counted = await rows_of(seeded.database, func.sum(Package.download_count))

    # then
    assert len({user_id for (user_id,) in raters}) == 3
    assert {name for name, granted in attempts if not granted} == {"legacy-sentiment", "transactions-2025"}
    assert counted == [(sum(granted for _, granted in attempts),)]


async def test_a_second_time_changes_nothing(seeded):
    # given
    before = await counts(seeded.database)

    # when
    printed = await seed(seeded.settings)

    # then
    assert printed == "The registry is in use already: no demo data were added.\n"
    assert await counts(seeded.database) == before


async def test_a_registry_that_has_the_demos_names_otherwise_is_left_alone(unseeded):
    # given
    settings, database = unseeded
    async with database.read() as connection:
        admin_id, _ = await password_by_name(connection, settings.admin_username)
    async with database.write() as session:
        await create_organization(session, Viewer(admin_id, "admin", is_admin=True), ORIGIN, ACME, Labels("Other"))
    before = await counts(database)

    # when
    printed = await seed(settings)

    # then
    assert printed.startswith("The registry is in use already")
    assert await counts(database) == before


async def test_without_its_administrator_it_says_so(unseeded):
    # given
    settings, _ = unseeded

    # when / then
    with pytest.raises(NotFound, match="There is no administrator somebody"):
        await seed(settings.model_copy(update={"admin_username": "somebody"}))


async def test_an_old_version_is_deprecated_and_production_moved_on(seeded):
    # given
    admin = Viewer(new_id(), is_admin=True)
    keys = [PackageName("public", "tiny-bert", alias="production"), PackageName("public", "tiny-bert", "1.0.0")]

    # when
    async with seeded.database.read() as connection:
        found = await packages_by_name(connection, admin, keys)
        page = PageKey(None, PageRequest(filters=(("name", "tiny-bert"), ("alias", "production"))))
        moves = (await alias_moves(connection, admin, [page]))[page].rows

    # then
    production, old = (found[key] for key in keys)
    assert (production["version"], production["deprecated_at"]) == ("1.1.0", None)
    assert "1.1.0" in old["deprecation_reason"]
    assert [move["package_id"] for move in moves] == [production["id"], old["id"]]
