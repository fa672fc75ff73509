"""The exported contract is current, and says what everything is for."""

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
)

from schema.export import CONTRACT, contract


def undescribed() -> Iterator[str]:
    for name, type_ in build_schema(contract()).type_map.items():
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        if not type_.description:
            yield name
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in type_.fields.items():
                if not field.description:
                    yield f"{name}.{field_name}"
                yield from (
                    f"{name}.{field_name}({argument_name}:)"
                    for argument_name, argument in field.args.items()
                    if not argument.description
                )
        elif isinstance(type_, GraphQLInputObjectType):
            yield from (f"{name}.{field_name}" for field_name, field in type_.fields.items() if not field.description)
        elif isinstance(type_, GraphQLEnumType):
            yield from (f"{name}.{value_name}" for value_name, value in type_.values.items() if not value.description)


def test_the_exported_contract_is_current() -> None:
    assert CONTRACT.read_text(encoding="utf-8") == contract(), "run `make schema`"


def test_everything_is_described() -> None:
    assert list(undescribed()) == []


def test_every_mutation_answers_with_a_union_of_a_payload_and_errors() -> None:
    # given
    schema = build_schema(contract())
    mutations = schema.mutation_type
    assert mutations is not None
    for name, field in mutations.fields.items():
        # when
        result = getattr(field.type, "of_type", field.type)
        # then
        assert isinstance(result, GraphQLUnionType), name
        payload, *errors = result.types
        assert payload.name == f"{name[0].upper()}{name[1:]}Payload"
        assert all("Error" in [interface.name for interface in error.interfaces] for error in errors), name
        assert "Unauthenticated" in [error.name for error in errors], name
