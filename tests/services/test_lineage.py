"""Links between packages: no cycle, whoever tries at the same time, and scores that follow."""

import asyncio
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from sqlalchemy import select, update

from app.db.base import new_id, utc_now
from app.db.session import Database
from app.db.tables import LineageEdge, Package
from app.enums import OrganizationRole, Permission, RelationshipType, Visibility
from app.errors import AppError, Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated
from app.events.log import Origin
from app.identity.viewer import ANONYMOUS, Credential, Viewer
from app.services.lineage import link_packages, unlink_packages
from tests import factories
from tests.schema.published import viewer_of

TYPE = RelationshipType.FINE_TUNED_FROM
ORIGIN = Origin(None, None)


async def link(database: Database, viewer: Viewer, parent: UUID, child: UUID, type_=TYPE) -> AppError | None:
    """What the link was refused for."""
    try:
        async with database.write() as session:
            await link_packages(session, viewer, ORIGIN, parent, child, type_)
    except AppError as refusal:
        return refusal
    return None


async def administrator(database: Database) -> Viewer:
    return viewer_of(await factories.make_user(database, is_admin=True))


async def edges(database: Database) -> set[tuple[UUID, UUID]]:
    async with database.read() as connection:
        found = await connection.execute(select(LineageEdge.parent_id, LineageEdge.child_id))
        return {(parent, child) for parent, child in found}


def descends(stored: set[tuple[UUID, UUID]], child: UUID, parent: UUID) -> bool:
    return child == parent or any(descends(stored, above, parent) for above, below in stored if below == child)


@effort(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(attempts=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=20))
async def test_no_sequence_of_links_closes_a_cycle(database: Database, attempts) -> None:
    # given
    viewer = await administrator(database)
    packages = await factories.make_packages(database, 6)
    expected: set[tuple[UUID, UUID]] = set()
    for one, other in attempts:
        parent, child = packages[one], packages[other]
        # when
        refusal = await link(database, viewer, parent, child)
        # then
        if parent == child:
            assert isinstance(refusal, InvalidInput)
        elif descends(expected, parent, child):
            assert isinstance(refusal, Conflict)
            assert (refusal.chain[0], refusal.chain[-1]) == (child, parent)
            assert expected.issuperset(pairwise(refusal.chain))
        else:
            assert isinstance(refusal, Conflict) == ((parent, child) in expected)
            expected.add((parent, child))
    assert {edge for edge in await edges(database) if edge[0] in packages} == expected


@pytest.mark.parametrize("between", [0, 1, 3])
async def test_of_two_links_that_close_a_cycle_together_one_wins(database: Database, between: int) -> None:
    # given
    viewer = await administrator(database)
    for _ in range(15):
        packages = await factories.make_packages(database, 2 + 2 * between)
        above, below = packages[: between + 1], packages[between + 1 :]
        if between:
            await factories.make_edges(database, [*pairwise(above), *pairwise(below)])
        # when
        refusals = await asyncio.gather(
            link(database, viewer, above[-1], below[0]), link(database, viewer, below[-1], above[0])
        )
        # then
        assert sorted(type(refusal).__name__ for refusal in refusals) == ["Conflict", "NoneType"]


async def test_three_links_that_close_a_cycle_together_lose_one(database: Database) -> None:
    viewer = await administrator(database)
    for _ in range(15):
        one, two, three = await factories.make_packages(database, 3)
        pairs = [(one, two), (two, three), (three, one)]
        refusals = await asyncio.gather(*(link(database, viewer, *pair) for pair in pairs))
        assert sum(refusal is not None for refusal in refusals) == 1


async def test_links_and_unlinks_at_once_do_not_block_each_other(database: Database) -> None:
    # given
    viewer = await administrator(database)
    one, two = await factories.make_packages(database, 2)
    await factories.make_edge(database, one, two, RelationshipType.MERGED_FROM)

    async def unlink() -> None:
        async with database.write() as session:
            await unlink_packages(session, viewer, ORIGIN, one, two, RelationshipType.MERGED_FROM)

    # when
    refusal, _, other = await asyncio.gather(
        link(database, viewer, one, two), unlink(), link(database, viewer, one, two, RelationshipType.ADAPTER_OF)
    )
    # then
    assert (refusal, other) == (None, None)
    assert len(await edges(database)) == 1


async def test_the_chain_is_the_shortest_and_passes_what_is_hidden(database: Database) -> None:
    # given
    viewer = await administrator(database)
    top, gone, bottom, *detour = await factories.make_packages(database, 6)
    await factories.make_edges(database, [(top, gone), (gone, bottom), *pairwise([top, *detour, bottom])])
    async with database.write() as session:
        await session.execute(update(Package).where(Package.id == gone).values(deleted_at=utc_now()))
    # when
    refusal = await link(database, viewer, bottom, top)
    # then
    assert isinstance(refusal, Conflict)
    assert refusal.chain == (top, gone, bottom)


async def test_linking_twice_conflicts_unless_the_type_differs(database: Database) -> None:
    viewer = await administrator(database)
    parent, child = await factories.make_packages(database, 2)
    assert await link(database, viewer, parent, child) is None
    assert isinstance(await link(database, viewer, parent, child), Conflict)
    assert await link(database, viewer, parent, child, RelationshipType.TRAINED_ON) is None


async def test_who_manages_the_child_links(database: Database) -> None:
    # given
    organization = await factories.make_organization(database)
    uploader, owner, member, stranger = [await factories.make_user(database) for _ in range(4)]
    await factories.make_membership(database, organization, owner, OrganizationRole.OWNER)
    await factories.make_membership(database, organization, member, OrganizationRole.MEMBER)
    parents = await factories.make_packages(database, 4)
    child = await factories.make_package(database, uploaded_by=uploader, organization=organization)
    # when
    refusals = [
        await link(database, viewer_of(user), parent, child.id)
        for user, parent in zip((uploader, owner, member, stranger), parents, strict=True)
    ]
    # then
    assert [type(refusal) for refusal in refusals] == [type(None), type(None), Forbidden, Forbidden]
    assert isinstance(await link(database, ANONYMOUS, parents[0], child.id), Unauthenticated)


async def test_a_key_without_the_upload_scope_links_nothing(database: Database) -> None:
    # given
    user = await factories.make_user(database)
    parent, child = await factories.make_packages(database, 2, uploaded_by=user)
    key = Credential(new_id(), is_api_key=True, call_limit=0, expires_at=None)
    reading = Viewer(user.id, permissions=frozenset({Permission.SEARCH}), credential=key)
    writing = Viewer(user.id, permissions=frozenset({Permission.SEARCH, Permission.UPLOAD}), credential=key)
    # when
    refusals = [await link(database, viewer, parent, child) for viewer in (reading, writing)]
    # then
    assert [type(refusal) for refusal in refusals] == [Forbidden, type(None)]


async def test_what_is_not_seen_is_not_found(database: Database) -> None:
    # given
    user = await factories.make_user(database)
    organization = await factories.make_organization(database)
    own = await factories.make_package(database, uploaded_by=user)
    private = await factories.make_package(database, organization=organization, visibility=Visibility.ORGANIZATION)
    gone = await factories.make_package(database, deleted_at=utc_now())
    # when
    for hidden in (private.id, gone.id, new_id()):
        parent = await link(database, viewer_of(user), hidden, own.id)
        child = await link(database, viewer_of(user), own.id, hidden)
        # then
        assert isinstance(parent, NotFound)
        assert isinstance(child, NotFound)
        assert (parent.path, child.path) == (("input", "parentId"), ("input", "childId"))
        assert parent.message == child.message
