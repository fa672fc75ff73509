"""The plan and the executor answer alike, to the letter."""

import json
import os
import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from strawberry import Schema

from app.config import load_settings
from app.db.base import utc_now
from app.identity.viewer import Viewer
from schema.context import Context, Services
from schema.core.planner.extension import Planner
from schema.root import make_schema
from tests.schema.client import Client
from tests.schema.core.planner.operations import Operation, OperationMaker
from tests.schema.core.planner.world import World, make_world

SETTINGS = load_settings(_env_file=None, secret_key="k" * 32, max_query_depth=30, max_query_aliases=500)
OPERATIONS = int(os.environ.get("SAMENESS_OPERATIONS", "250"))  # a database; set it to millions for a soak
NOT_COMPARED = frozenset(  # ever changing, or never planned
    {"Query.rateLimit", "Query.health", "Session.callsUsed", "Session.lastUsedAt", "Query.licenseCheck"}
)


def values_of(world: World, cursors: Sequence[str]) -> dict[str, list[Any]]:
    now = utc_now()
    return {
        "ID": [id for id in world.ids if id.startswith("pkg_")] * 5 + world.ids,
        "id": world.ids,
        "ids": world.ids,
        "name": [f"package{number}" for number in range(10)],
        "exact": ["package1", "package2"],
        "contains": ["pack", "1", "%", ""],
        "startsWith": ["pack", "x"],
        "version": [*["1.0.0", "1.1.0", "^1.2", ">=1.3 <2"] * 10, "nonsense range!"],
        "organization": ["public", "lab", "no-such"],
        "alias": ["production", "production", "latest", "no-such"],
        "asOf": [(now - timedelta(hours=hours)).isoformat() for hours in (-1, 0, 12, 48)],
        "slug": ["public", "lab", "cats", "no-such"],
        "username": ["member", "MANAGER", "nobody"],
        "search": ["m", "man", ""],
        "license": ["MIT", "Apache-2.0", "GPL-3.0-only"],
        "first": [0, *[1, 2, 3, 5, 10, 50] * 10, 1001, -1],
        "last": [0, *[1, 2, 3, 5] * 10, 1001],
        "after": cursors,
        "before": cursors,
        "maxDepth": [*[0, 1, 2, 5] * 10, -1],
        "from": [(now - timedelta(days=days)).isoformat() for days in (1, 3)],
        "to": [now.isoformat()],
        "String": ["", "text", "ünïcode"],
        "Int": [0, 1, -5, 2**31 - 1],
        "BigInt": ["0", "5", str(2**40)],
        "Float": [0.0, 0.5, 1],
        "Boolean": [True, False],
        "DateTime": [now.isoformat(), (now - timedelta(days=2)).isoformat()],
    }


async def run(schema: Schema, services: Services, viewer: Viewer, operation: Operation) -> tuple[str, list[str]]:
    """The data as JSON text, and the errors sorted."""
    result = await schema.execute(operation.text, operation.variables, Context(services, viewer))
    errors = [json.dumps(error.formatted, sort_keys=True, default=str) for error in result.errors or ()]
    return json.dumps(result.data), sorted(errors)


async def viewers_of(client: Client, world: World) -> list[Viewer]:
    found = [Viewer(reads_public=True)]
    for name in world.usernames:
        signed_in = await client.sign_in(name, call_limit=0)
        assert signed_in.token is not None
        found.append(await client.services.authenticator.viewer_of(signed_in.token))
    return found


async def test_random_queries_answer_alike(client: Client) -> None:
    # given
    seed = int(os.environ.get("SAMENESS_SEED", "1"))
    world = await make_world(client.services.database, seed)
    viewers = await viewers_of(client, world)
    planner = Planner()
    ordinary, planned = make_schema(SETTINGS, planner=None), make_schema(SETTINGS, planner=planner)
    chance = random.Random(seed)
    cursors = await some_cursors(ordinary, client.services, viewers[-1])
    maker = OperationMaker(ordinary._schema, values_of(world, cursors), chance, NOT_COMPARED)
    answers: Counter[str] = Counter()
    for _ in range(OPERATIONS):
        operation, viewer = maker.operation(), chance.choice(viewers)
        # when
        expected = await run(ordinary, client.services, viewer, operation)
        found = await run(planned, client.services, viewer, operation)
        # then
        case = f"{operation.text}\n{operation.variables}\n{viewer.username}"
        assert "INTERNAL" not in str(expected[1]), case
        assert found[0] == expected[0], case
        if len(expected[1]) > 1 or expected[0] == "null":
            # Errors race each other, and the first in a non-null place cancels the rest: any of them may be told.
            assert bool(found[1]) == bool(expected[1]), case
        else:
            assert found[1] == expected[1], case
        answers["with errors" if expected[1] else "fine"] += 1
    assert planner.outcomes["failure"] == 0, planner.outcomes
    assert planner.outcomes["planned"] > OPERATIONS / 4, planner.outcomes
    assert answers["fine"] > OPERATIONS / 4, answers


async def some_cursors(schema: Schema, services: Services, viewer: Viewer) -> list[str]:
    """Cursors of several lists, good in some and wrong in the others."""
    query = """{
      a: packages(first: 5) { edges { cursor } }
      b: packages(first: 5, orderBy: {field: NET_SCORE, direction: DESC}) { edges { cursor } }
      c: users(first: 3) { edges { cursor } }
    }"""
    result = await schema.execute(query, None, Context(services, viewer))
    assert result.data is not None, result.errors
    return [edge["cursor"] for page in result.data.values() for edge in page["edges"]] + ["", "nonsense"]
