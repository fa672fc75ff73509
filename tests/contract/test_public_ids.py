"""Ids are the same in the API and in what the log holds."""

from app.enums import EntityType
from app.public_ids import TAGS
from schema.nodes.queries import Node
from tests.schema.client import whole_schema


def test_every_node_type_has_its_tag() -> None:
    assert whole_schema()
    assert {type_.__name__: type_.TAG for type_ in Node.__subclasses__()} == dict(TAGS)


def test_what_events_are_about_has_ids() -> None:
    assert {each.value for each in EntityType} <= set(TAGS)
