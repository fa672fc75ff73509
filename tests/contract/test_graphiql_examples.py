"""GraphiQL's examples are good operations of the schema, and their variables are values of it."""

import json
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate
from graphql.execution.values import get_variable_values

from schema.export import CONTRACT

EXAMPLES = sorted((Path(__file__).parents[2] / "graphiql" / "src" / "examples").glob("*.graphql"))


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_validates(path: Path) -> None:
    # given
    schema = build_schema(CONTRACT.read_text(encoding="utf-8"))
    document = parse(path.read_text(encoding="utf-8"))
    [operation] = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    variables = path.with_suffix(".json")
    values = json.loads(variables.read_text(encoding="utf-8")) if variables.exists() else {}
    # when
    problems = validate(schema, document)
    coerced = get_variable_values(schema, operation.variable_definitions or (), values)
    # then
    assert problems == []
    assert not isinstance(coerced, list), coerced
    assert values.keys() <= {definition.variable.name.value for definition in operation.variable_definitions or ()}
