"""Creating accounts without having one."""

import pytest

from app.config import Settings
from app.db.session import Database
from app.errors import Conflict, InvalidInput
from app.events.log import Origin
from app.identity.attempts import PasswordAttempts
from app.services.sessions import check_password
from app.services.users import NewUser, create_account

ADA = NewUser("ada", "ada@example.com", "correct horse battery", is_admin=True)


async def test_the_account_can_sign_in(database: Database, settings: Settings) -> None:
    user_id = await create_account(database, settings, ADA)
    attempts, origin = PasswordAttempts(10, 60), Origin(None, None)
    checked = await check_password(database, settings, attempts, origin, "ada", ADA.password)
    assert (checked.user_id, checked.verified_hash is not None) == (user_id, True)


async def test_the_rules_hold_for_everybody(database: Database, settings: Settings) -> None:
    await create_account(database, settings, ADA)
    with pytest.raises(Conflict):
        await create_account(database, settings, ADA)
    with pytest.raises(InvalidInput):
        await create_account(database, settings, NewUser("bob", "bob@example.com", "short"))
