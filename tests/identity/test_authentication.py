"""From a credential to a viewer, and its budget."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.config import Settings
from app.db.base import utc_now
from app.db.repositories import credentials
from app.db.session import Database
from app.db.statements import Row
from app.db.tables import AuthToken, User, UserPermission
from app.enums import EventType, Permission
from app.errors import LimitExceeded, Unauthenticated
from app.events.log import append
from app.identity.authentication import Authenticator
from app.identity.tokens import issue_token
from app.identity.viewer import Sight, Viewer
from tests import factories


async def make_token(database: Database, settings: Settings, user: User, **overrides: Any) -> str:
    """A token of the account, good for an hour and 1000 calls unless said otherwise."""
    values = {"user_id": user.id, "expires_at": utc_now() + timedelta(hours=1), "call_limit": 1000} | overrides
    async with database.write() as session:
        token = AuthToken(**values)
        session.add(token)
    # The row decides: the text alone would be good for long.
    return issue_token(token.id, user.id, utc_now() + timedelta(days=1), settings.secret_keys)


async def test_the_viewer_is_the_account_as_it_stands(database: Database, settings: Settings) -> None:
    # given
    ada = await factories.make_user(database, "ada", can_upload=True, can_rate=False)
    token = await make_token(database, settings, ada)

    # when
    viewer = await Authenticator(database, settings).viewer_of(token)

    # then
    assert (viewer.user_id, viewer.username, viewer.is_admin, viewer.sight) == (ada.id, "ada", False, Sight.MEMBER)
    assert viewer.permissions == {Permission.SEARCH, Permission.UPLOAD, Permission.DOWNLOAD}


@pytest.mark.parametrize(
    ("token", "account"),
    [
        ({"revoked_at": utc_now()}, {}),
        ({"expires_at": utc_now() - timedelta(seconds=1)}, {}),
        ({}, {"is_active": False}),
        ({}, {"deleted_at": utc_now()}),
    ],
)
async def test_a_token_is_as_good_as_its_row_and_account(
    database: Database, settings: Settings, token: dict[str, Any], account: dict[str, Any]
) -> None:
    user = await factories.make_user(database, "ada", **account)
    credential = await make_token(database, settings, user, **token)
    with pytest.raises(Unauthenticated):
        await Authenticator(database, settings).viewer_of(credential)


async def test_a_change_made_while_a_credential_is_looked_up_is_seen_at_once(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given an account that loses a right just after its credential was read
    ada = await factories.make_user(database, "ada", can_upload=True)
    token = await make_token(database, settings, ada)
    authenticator = Authenticator(database, settings)
    look_up = credentials.credentials_by_token

    async def overtaken(connection: AsyncConnection, token_id: UUID) -> Row | None:
        found = await look_up(connection, token_id)
        async with database.write() as session:
            taken = update(UserPermission).where(UserPermission.user_id == ada.id).values(can_upload=False)
            await session.execute(taken)
            await append(
                session, EventType.USER_PERMISSIONS_CHANGED, actor_id=None, entity_type="User", entity_id=ada.id
            )
        return found

    with monkeypatch.context() as patch:
        patch.setattr(credentials, "credentials_by_token", overtaken)
        await authenticator.viewer_of(token)
    # when
    viewer = await authenticator.viewer_of(token)
    # then
    assert not viewer.may(Permission.UPLOAD)


async def test_a_token_without_a_row_is_refused(database: Database, settings: Settings) -> None:
    ada = await factories.make_user(database, "ada")
    token = issue_token(ada.id, ada.id, utc_now() + timedelta(days=1), settings.secret_keys)
    with pytest.raises(Unauthenticated):
        await Authenticator(database, settings).viewer_of(token)


@pytest.mark.parametrize("credential", ["", "mlr_", "mlr_unknown", "nonsense", "a.b.c"])
async def test_what_is_no_credential_is_refused(database: Database, settings: Settings, credential: str) -> None:
    with pytest.raises(Unauthenticated):
        await Authenticator(database, settings).viewer_of(credential)


@pytest.mark.parametrize("limit", [1, 7, 50, 230])
async def test_a_budget_is_never_overrun_nor_wasted(database: Database, settings: Settings, limit: int) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    token = await make_token(database, settings, ada, call_limit=limit)
    servers = [Authenticator(database, settings) for _ in range(3)]
    viewers = [await server.viewer_of(token) for server in servers]

    async def charge(server: Authenticator, viewer: Viewer) -> bool:
        try:
            await server.charge(viewer)
        except LimitExceeded:
            return False
        return True

    # when
    rounds = [
        await asyncio.gather(*(charge(servers[n % 3], viewers[n % 3]) for n in range(50)))
        for _ in range(limit // 50 + 3)
    ]

    # then
    assert sum(sum(answers) for answers in rounds) == limit
    async with database.read() as connection:
        assert await connection.scalar(select(AuthToken.calls_used)) == limit


async def test_what_a_crashed_server_had_leased_is_lost_and_no_more(database: Database, settings: Settings) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    token = await make_token(database, settings, ada, call_limit=100)
    crashed = Authenticator(database, settings)
    viewer = await crashed.viewer_of(token)
    await crashed.charge(viewer)
    assert viewer.credential is not None
    lost = crashed.unused(viewer.credential)

    # when
    other = Authenticator(database, settings)
    for _ in range(99 - lost):
        await other.charge(viewer)

    # then
    with pytest.raises(LimitExceeded):
        await other.charge(viewer)


async def test_a_budget_of_0_does_not_end(database: Database, settings: Settings) -> None:
    ada = await factories.make_user(database, "ada")
    authenticator = Authenticator(database, settings)
    viewer = await authenticator.viewer_of(await make_token(database, settings, ada, call_limit=0))
    for _ in range(150):
        await authenticator.charge(viewer)
    async with database.read() as connection:
        assert (await connection.scalar(select(AuthToken.calls_used)) or 0) >= 150


async def test_nobody_is_not_charged(database: Database, settings: Settings) -> None:
    authenticator = Authenticator(database, settings)
    await authenticator.charge(authenticator.anonymous)
    assert authenticator.anonymous.sight is Sight.NOTHING
    settings.anonymous_read = True
    assert authenticator.anonymous.sight is Sight.PUBLIC
