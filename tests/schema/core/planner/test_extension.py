"""Which queries a planner remembers."""

import pytest

from schema.context import Context
from schema.core.limits import MAX_CACHED_TEXT
from schema.core.planner.extension import Planner
from schema.root import make_schema
from tests.schema.client import Client
from tests.schema.core.planner.test_sameness import SETTINGS


@pytest.mark.parametrize(("comment", "is_kept"), [("", True), ("#" * MAX_CACHED_TEXT, False)])
async def test_a_long_text_is_planned_and_not_kept(stranger: Client, comment: str, is_kept: bool) -> None:
    # given
    planner = Planner()
    schema, text = make_schema(SETTINGS, planner), "{ packages { nodes { name } } }" + comment
    viewer = stranger.services.authenticator.anonymous
    # when
    result = await schema.execute(text, None, Context(stranger.services, viewer))
    # then
    assert result.data == {"packages": {"nodes": []}}
    assert planner.outcomes["planned"] == 1
    assert (planner.known(text, None) is not None) is is_kept
