"""Licence expressions as trees, read by the one place that knows spellings (`app.archives.license_names`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from license_expression import Licensing

from app.archives.license_names import spdx_expression
from app.licenses.table import License


@dataclass(frozen=True, slots=True)
class Term:
    """One licence, perhaps WITH an exception."""

    id: str
    exception: str | None = None

    def __str__(self) -> str:
        return f"{self.id} WITH {self.exception}" if self.exception else self.id


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of these apply: AND."""

    parts: tuple["Expression", ...]

    def __str__(self) -> str:
        return " AND ".join(f"({part})" if isinstance(part, AnyOf) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Whoever gets it chooses one of these: OR, and "or any later version"."""

    parts: tuple["Expression", ...]

    def __str__(self) -> str:
        return " OR ".join(map(str, self.parts))


Expression: TypeAlias = Term | AllOf | AnyOf

_GRAMMAR = Licensing()


def read_expression(text: str | None, licenses: Mapping[str, License]) -> Expression | None:
    """The tree of a licence as people write it; None where it names none.

    What `licenses` calls a choice ("or later") becomes one. Names it does not have are kept, as Terms.
    """
    spelled = spdx_expression(text) if text else None
    return _tree(_GRAMMAR.parse(spelled), licenses) if spelled else None


def _tree(node: Any, licenses: Mapping[str, License]) -> Expression:
    if hasattr(node, "exception_symbol"):
        return _term(node.license_symbol.key, node.exception_symbol.key, licenses)
    if not node.args:
        return _term(node.key, None, licenses)
    parts = tuple(_tree(part, licenses) for part in node.args)
    return AnyOf(parts) if node.operator.strip() == "OR" else AllOf(parts)


def _term(key: str, exception: str | None, licenses: Mapping[str, License]) -> Expression:
    if key.endswith("+") and key not in licenses:
        base = key[:-1]
        later = f"{base.removesuffix('-only')}-or-later"
        key = later if later in licenses else base
    license = licenses.get(key)
    if license is None or not license.any_of:
        return Term(key, exception)
    choice = tuple(Term(version, exception) for version in license.any_of)
    return choice[0] if len(choice) == 1 else AnyOf(choice)
