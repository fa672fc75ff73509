"""The factories give what they promise, on both databases."""

from itertools import pairwise

from sqlalchemy import func, select

from app.db.session import Database
from app.db.tables import Download, LineageEdge, Package, PackageScore, User, UserPermission
from tests import factories


async def test_single_rows_are_stored_as_given(database: Database) -> None:
    # given
    user = await factories.make_user(database, "ada", can_upload=True)
    organization = await factories.make_organization(database, "acme")
    await factories.make_membership(database, organization, user, "OWNER")
    project = await factories.make_project(database, organization, "fraud")
    await factories.make_project_member(database, project, user, "ADMIN")

    # when
    parent = await factories.make_package(database)
    child = await factories.make_package(
        database, "bert", "2.0.0", uploaded_by=user, organization=organization, project_id=project.id, license=None
    )
    await factories.make_edge(database, parent, child)
    await factories.make_score(database, child, 0.75, bus_factor=0.5)
    await factories.make_rating(database, child, user, 5)
    await factories.make_download(database, child, user)

    # then
    query = (
        select(Package.name, Package.license, User.username, UserPermission.can_upload, PackageScore.net_score)
        .join(User, User.id == Package.uploaded_by_id)
        .join(UserPermission, UserPermission.user_id == User.id)
        .join(PackageScore, PackageScore.package_id == Package.id)
    )
    async with database.read() as connection:
        assert (await connection.execute(query)).all() == [("bert", None, "ada", True, 0.75)]


async def test_many_rows_are_stored_at_once(database: Database) -> None:
    # when
    users = await factories.make_users(database, 20)
    packages = await factories.make_packages(database, 500, uploaded_by=users[0])
    await factories.make_edges(database, list(pairwise(packages)))
    await factories.make_scores(database, packages)
    await factories.make_downloads(database, 300, packages[0], users[1])

    # then
    assert packages == sorted(packages)
    async with database.read() as connection:
        counts = {
            table.__tablename__: (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (User, UserPermission, Package, LineageEdge, PackageScore, Download)
        }
    assert counts == {
        "users": 20,
        "permissions": 20,
        "packages": 500,
        "lineage_edges": 499,
        "package_scores": 500,
        "downloads": 300,
    }
