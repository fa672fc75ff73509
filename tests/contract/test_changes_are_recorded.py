"""Every mutation of the schema is run once, and writes down who did what, from where."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from graphql import GraphQLObjectType
from sqlalchemy import select
from starlette.datastructures import UploadFile

from app.config import Settings
from app.db.session import Database
from app.db.tables import Event, User
from app.enums import PackageStatus
from app.events.tail import EventTail
from app.identity.authentication import Authenticator
from app.identity.passwords import hash_password_async
from app.jobs.scoring import ScoringJobs
from app.storage.factory import make_store
from schema.context import Services
from schema.core.ids import encode_id
from tests import factories
from tests.schema.client import HERE, Client, whole_schema
from tests.schema.published import ARCHIVE

PASSWORD, NEW_PASSWORD = "correct horse battery", "staple and another horse"
RAW_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|\"[0-9a-f]{32}\"")

STEPS: dict[str, dict[str, Any] | None] = {
    "signIn": {"username": "boss", "password": PASSWORD},
    "createUser": {"username": "ann", "email": "ann@example.com", "password": PASSWORD},
    "setUserPermissions": {"userId": "<user>", "permissions": {"canUpload": True}},
    "updateUser": {"userId": "<user>", "email": "ann@example.org"},
    "resetPassword": {"userId": "<user>"},
    "createApiKey": {"name": "ci", "scopes": ["SEARCH"]},
    "revokeApiKey": {"apiKeyId": "<apiKey>"},
    "createOrganization": {"slug": "lab", "name": "Lab"},
    "updateOrganization": {"organization": "lab", "name": "Laboratory"},
    "addOrganizationMember": {"organization": "lab", "userId": "<user>", "role": "VIEWER"},
    "changeOrganizationRole": {"organization": "lab", "userId": "<user>", "role": "MEMBER"},
    "createProject": {"organization": "lab", "slug": "cats", "name": "Cats"},
    "addProjectMember": {"projectId": "<project>", "userId": "<user>", "role": "EDITOR"},
    "removeOrganizationMember": {"organization": "lab", "userId": "<user>"},
    "uploadPackage": {"file": "<file>", "name": "tiny", "version": "1.0.0"},
    "linkPackages": {"parentId": "<parent>", "childId": "<package>", "relationshipType": "DERIVED_FROM"},
    "unlinkPackages": {"parentId": "<parent>", "childId": "<package>", "relationshipType": "DERIVED_FROM"},
    "requestDownload": {"packageId": "<package>"},
    "ratePackage": {"packageId": "<package>", "stars": 5},
    "scorePackage": {"packageId": "<package>"},
    "updatePackage": {"packageId": "<package>", "author": "Ann"},
    "setPackageAlias": {"packageId": "<package>", "alias": "production"},
    "deprecatePackage": {"packageId": "<package>", "reason": "Old."},
    "undeprecatePackage": {"packageId": "<package>"},
    "deletePackage": {"packageId": "<package>"},
    "restorePackage": {"packageId": "<package>"},
    "releasePackage": {"packageId": "<quarantined>", "reason": "We wrote it."},
    "deleteOrganization": {"organization": "lab"},
    "deleteUser": {"userId": "<user>"},
    "changePassword": {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD},
    "signOut": None,
}
"""The input of each mutation, in an order in which they work; `<name>` is an id that an earlier one answered with."""

ANSWERED = {"createUser": "user", "createApiKey": "apiKey", "createProject": "project", "uploadPackage": "package"}
NOT_RECORDED: dict[str, str] = {}
"""Mutations that write no event, and why that is right."""


@pytest.fixture
async def services(database: Database, settings: Settings) -> AsyncIterator[Services]:
    """The parts of a server."""
    store = make_store(settings)
    await store.start()
    scoring = ScoringJobs(database, store, settings)
    yield Services(settings, database, store, EventTail(database), Authenticator(database, settings), scoring)
    await scoring.stop()
    await store.close()


@dataclass
class World:
    """Somebody who does everything, and what has come of it so far."""

    client: Client
    known: dict[str, Any] = field(default_factory=dict)
    seen: int = 0

    async def run(self, name: str) -> str:
        """Run a mutation; returns the type that it answered with."""
        given = STEPS[name]
        payload = f"{name[0].upper()}{name[1:]}Payload"
        wanted = f"... on {payload} {{ {ANSWERED[name]} {{ id }} }}" if name in ANSWERED else ""
        wanted = "... on SignInPayload { token }" if name == "signIn" else wanted
        type_ = whole_schema()._schema.mutation_type.fields[name].args.get("input")  # type: ignore[union-attr]
        head, call = (f"($input: {type_.type})", "(input: $input)") if type_ is not None else ("", "")
        query = f"mutation {head} {{ {name}{call} {{ __typename ... on Error {{ message }} {wanted} }} }}"
        values = {key: self._value(value) for key, value in (given or {}).items()}
        answer = (await self.client.execute(query, {"input": values} if given is not None else {}))[name]
        if name in ANSWERED:
            self.known[ANSWERED[name]] = answer[ANSWERED[name]]["id"]
        if name == "signIn":
            self.client = self.client.with_token(answer["token"])
        return f"{answer['__typename']} {answer.get('message', '')}".strip()

    def _value(self, value: Any) -> Any:
        if value == "<file>":
            return UploadFile(BytesIO(ARCHIVE), size=len(ARCHIVE), filename="tiny.zip")
        return self.known[value[1:-1]] if isinstance(value, str) and value.startswith("<") else value

    async def new_events(self) -> list[Any]:
        """The events since the last time."""
        async with self.client.services.database.read() as connection:
            rows = await connection.execute(select(Event.__table__).where(Event.id > self.seen).order_by(Event.id))
            found = list(rows.all())
        self.seen = max((row.id for row in found), default=self.seen)
        return found


def test_every_mutation_is_run() -> None:
    mutation = whole_schema()._schema.mutation_type
    assert isinstance(mutation, GraphQLObjectType)
    assert set(mutation.fields) == set(STEPS) | set(NOT_RECORDED), "add the new mutation to STEPS, where it works"


async def test_every_mutation_writes_who_did_what_from_where(services: Services) -> None:
    # given
    database = services.database
    hashed = await hash_password_async(PASSWORD, services.settings.password_hash_rounds)
    boss: User = await factories.make_user(database, "boss", is_admin=True, hashed_password=hashed)
    await factories.make_user(database, "deputy", is_admin=True)
    parent = await factories.make_package(database, "parent")
    quarantined = await factories.make_package(database, status=PackageStatus.QUARANTINED)
    ids = {"parent": encode_id("pkg", parent.id), "quarantined": encode_id("pkg", quarantined.id)}
    world = World(Client(services), ids)
    for name in STEPS:
        # when
        answered = await world.run(name)
        found = await world.new_events()
        # then
        assert answered == f"{name[0].upper()}{name[1:]}Payload"
        assert found, f"{name} wrote no event"
        for event in found:
            assert (event.actor_id, event.ip_address, event.user_agent) == (boss.id, *vars(HERE).values()), name
            assert event.payload or name == "deleteUser", f"{name} does not say what changed"
            assert not RAW_KEY.search(str(event.payload).replace("'", '"')), f"{name} tells a key that is no id"


async def test_refusals_that_are_records_are_recorded(services: Services) -> None:
    # given
    database = services.database
    user = await factories.make_user(database, "ann", can_download=False)
    package = await factories.make_package(database)
    world = World(Client(services), {"package": encode_id("pkg", package.id)})
    signed_in = World(await world.client.sign_in("ann"), world.known)
    for who, name, answer, actor_id in (
        (world, "signIn", "Unauthenticated", None),
        (signed_in, "requestDownload", "Forbidden", user.id),
    ):
        # when
        query = f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ __typename }} }}"
        given = {"username": "ann", "password": "wrong"} if name == "signIn" else {"packageId": who.known["package"]}
        answered = (await who.client.execute(query, {"input": given}))[name]["__typename"]
        [event] = await world.new_events()
        # then
        assert answered == answer
        assert (event.actor_id, event.ip_address, event.user_agent) == (actor_id, *vars(HERE).values())
        assert event.payload.get("reason") or event.payload.get("denialReason")
