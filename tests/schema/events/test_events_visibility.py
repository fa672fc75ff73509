"""In random worlds, `events` tells each viewer exactly what the rules allow, and names nothing that is invisible."""

import json
import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.db.base import utc_now
from app.db.session import Database
from app.db.tables import ApiKey, Organization, Package, Project, User
from app.enums import EntityType, EventType, OrganizationRole, ProjectRole, Visibility
from app.public_ids import public_id
from tests import factories
from tests.schema.client import Client
from tests.schema.events.notes import note
from tests.schema.events.test_events import EVENTS

EVENTS_OF_A_WORLD = 150
ABOUT_PACKAGES = [each for each in EventType if each.startswith(("PACKAGE", "LINEAGE", "DOWNLOAD"))]
ABOUT_USERS = [each for each in EventType if each.startswith("USER")]
TOLD_WITH_THE_PACKAGE = {
    "PACKAGE_PUBLISHED",
    "PACKAGE_SCORED",
    "PACKAGE_DEPRECATED",
    "PACKAGE_QUARANTINED",
    "PACKAGE_RATED",
    "LINEAGE_LINKED",
    "LINEAGE_UNLINKED",
}
MANAGING = {OrganizationRole.OWNER, OrganizationRole.ADMIN}


@dataclass
class Noted:
    """An event as it was written."""

    type: EventType
    entity: Any
    actor: User | None
    other: Package | None = None


@dataclass
class World:
    """What there is, and who has which role."""

    chance: random.Random
    users: list[User] = field(default_factory=list)
    keys: list[ApiKey] = field(default_factory=list)
    organizations: list[Organization] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    packages: list[Package] = field(default_factory=list)
    roles: dict[tuple[Any, Any], OrganizationRole] = field(default_factory=dict)
    noted: list[Noted] = field(default_factory=list)

    @property
    def things(self) -> list[Any]:
        return [*self.organizations, *self.projects, *self.packages]

    def manages(self, viewer: User, organization_id: Any) -> bool:
        return self.roles.get((organization_id, viewer.id)) in MANAGING

    def sees(self, viewer: User, event: Noted, visible: set[str]) -> bool:
        """The rules, as sentences of Python over what the viewer can reach by id."""
        if viewer.is_admin:
            return True
        entity, is_own = event.entity, event.actor is viewer
        if isinstance(entity, User):
            return entity is viewer
        if isinstance(entity, ApiKey):
            return bool(entity.user_id == viewer.id)
        if id_of(entity) not in visible:
            return False
        organization_id = entity.id if isinstance(entity, Organization) else entity.organization_id
        manages = self.manages(viewer, organization_id)
        if not isinstance(entity, Package):
            return is_own or manages
        if event.other is not None and id_of(event.other) not in visible:
            return False
        return is_own or manages or entity.uploaded_by_id == viewer.id or event.type in TOLD_WITH_THE_PACKAGE

    def sees_origin(self, viewer: User, event: Noted) -> bool:
        if viewer.is_admin or event.actor is viewer:
            return True
        entity = event.entity
        if isinstance(entity, User | ApiKey):
            return entity is viewer and event.actor is None
        organization_id = entity.id if isinstance(entity, Organization) else entity.organization_id
        is_managed_download = event.type is EventType.DOWNLOAD_RECORDED and entity.uploaded_by_id == viewer.id
        return self.manages(viewer, organization_id) or is_managed_download


def id_of(thing: Any) -> str:
    return public_id(type(thing).__name__, thing.id)


async def make_world(database: Database, seed: int) -> World:
    world = World(random.Random(seed))
    chance = world.chance
    for number in range(6):
        rights = {"is_admin": number == 0, "can_search": number != 1}
        world.users.append(await factories.make_user(database, f"person{number}", **rights))
        key = ApiKey(user_id=world.users[-1].id, name="ci", prefix="k", hashed_secret=f"{number}", scopes=[])
        async with database.write() as session:
            session.add(key)
        world.keys.append(key)
    for number in range(3):
        deleted_at = utc_now() if number == 2 else None
        organization = await factories.make_organization(database, f"organization{number}x", deleted_at=deleted_at)
        world.organizations.append(organization)
        for user in world.users[1:]:
            if chance.random() < 0.5:
                role = world.roles[organization.id, user.id] = chance.choice(list(OrganizationRole))
                await factories.make_membership(database, organization, user, role)
        project = await factories.make_project(database, organization, f"project{number}x", deleted_at=deleted_at)
        world.projects.append(project)
        for user in world.users[1:]:
            if chance.random() < 0.3:
                await factories.make_project_member(database, project, user, chance.choice(list(ProjectRole)))
    for number in range(15):
        project = chance.choice(world.projects)
        world.packages.append(
            await factories.make_package(
                database,
                f"package{number}x",
                organization=project.organization_id,
                project_id=project.id,
                uploaded_by=chance.choice(world.users[1:]),
                visibility=chance.choice(list(Visibility)),
                deleted_at=utc_now() if chance.random() < 0.15 else None,
            )
        )
    for _ in range(EVENTS_OF_A_WORLD):
        await happen(database, world)
    return world


async def happen(database: Database, world: World) -> None:
    """Write a random event; its payload names what it is about."""
    chance = world.chance
    actor = chance.choice([*world.users, None])
    kind = chance.choices(
        [world.users, world.keys, world.organizations, world.projects, world.packages], [1, 1, 1, 1, 6]
    )
    entity = chance.choice(kind[0])
    event = Noted(EventType.ORGANIZATION_UPDATED, entity, actor)
    payload: dict[str, Any] = {"about": getattr(entity, "slug", None) or getattr(entity, "name", None)}
    if isinstance(entity, Package):
        event.type = chance.choice(ABOUT_PACKAGES)
        if event.type.startswith(("LINEAGE", "PACKAGE_ALIAS")):
            event.other = chance.choice(world.packages)
            key = "parentId" if event.type.startswith("LINEAGE") else "previousPackageId"
            payload |= {key: id_of(event.other), "other": event.other.name}
        else:
            payload["previousPackageId"] = None
    elif isinstance(entity, User):
        event.type = chance.choice(ABOUT_USERS)
    places = {"organization_id": entity.id} if isinstance(entity, Organization) else {}
    places |= {"project_id": entity.id} if isinstance(entity, Project) else {}
    await note(database, event.type, entity, actor=actor, payload=payload, **places)
    world.noted.append(event)


async def visible_ids(client: Client, world: World) -> set[str]:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    found = (await client.execute(query, ids=[id_of(thing) for thing in world.things]))["nodes"]
    return {each["id"] for each in found if each is not None}


async def all_of(client: Client, size: int) -> tuple[list[dict[str, Any]], int]:
    """Every event that the viewer is told, the oldest first, and how many they are said to be."""
    nodes: list[dict[str, Any]] = []
    after, total = None, 0
    while True:
        events = (await client.execute(EVENTS, first=size, after=after))["events"]
        nodes += [edge["node"] for edge in events["edges"]]
        total = events["totalCount"]
        if not events["pageInfo"]["hasNextPage"]:
            return nodes[::-1], total
        after = events["edges"][-1]["cursor"]


@pytest.mark.parametrize("seed", range(3))
async def test_each_viewer_is_told_exactly_what_the_rules_allow(client: Client, seed: int) -> None:
    # given
    world = await make_world(client.services.database, seed)
    told_in_all = 0
    for user in world.users:
        signed_in = await client.sign_in(user.username or "")
        visible = await visible_ids(signed_in, world)
        allowed = [event for event in world.noted if world.sees(user, event, visible)]
        told_in_all += len(allowed)
        # when
        nodes, total = await all_of(signed_in, world.chance.choice([7, 50]))
        # then
        assert [(node["type"], node["entityId"]) for node in nodes] == [
            (event.type.value, id_of(event.entity)) for event in allowed
        ]
        assert total == len(allowed)
        assert [node["ipAddress"] is not None for node in nodes] == [world.sees_origin(user, each) for each in allowed]
        if user.is_admin:
            continue
        # and nothing that cannot be reached by its id is named anywhere in it, nor counted by any filter
        text = json.dumps(nodes)
        for thing in world.things:
            if id_of(thing) not in visible:
                assert id_of(thing) not in text
                assert (getattr(thing, "slug", None) or thing.name) not in text
                for filter in ({"entityId": id_of(thing)}, {"entityId": id_of(thing), "types": list(EventType)}):
                    assert (await signed_in.execute(EVENTS, filter=filter))["events"]["totalCount"] == 0
        for type_ in EntityType:
            wanted = sum(type(event.entity).__name__ == type_.value for event in allowed)
            found = await signed_in.execute(EVENTS, filter={"entityType": type_.name})
            assert found["events"]["totalCount"] == wanted
        for actor in world.users:
            wanted = sum(event.actor is actor for event in allowed)
            found = await signed_in.execute(EVENTS, filter={"actor": id_of(actor)})
            assert found["events"]["totalCount"] == wanted
    assert EVENTS_OF_A_WORLD < told_in_all < EVENTS_OF_A_WORLD * (len(world.users) - 1)
