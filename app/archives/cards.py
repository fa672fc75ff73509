"""The model card: a README with YAML front matter (huggingface.co/docs/hub/model-cards)."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from app.archives.contents import BaseModelReference, ModelCard
from app.archives.license_names import card_license
from app.archives.plain import clean_text, plain
from app.enums import RelationshipType

FRONT_MATTER_MAX_BYTES = 64 << 10
_FENCE = re.compile(r"---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_MAX_REFERENCES = 100
_MAX_NAME_CHARS = 200
_HUB_NAME = re.compile(r"[\w][\w.-]*(/[\w][\w.-]*)?", re.ASCII)
_RELATIONS = {
    "finetune": RelationshipType.FINE_TUNED_FROM,
    "adapter": RelationshipType.ADAPTER_OF,
    "quantized": RelationshipType.QUANTIZED_FROM,
    "merge": RelationshipType.MERGED_FROM,
}


class _Loader(yaml.SafeLoader):
    """Plain YAML without aliases: those can make a few bytes swell to gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse aliases, compose everything else."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed")
        return super().compose_node(parent, index)


def split_front_matter(text: str) -> tuple[dict[str, Any], str, str | None]:
    """Front matter, the text after it, and what is wrong with the front matter, if anything is."""
    match = _FENCE.match(text)
    if match is None:
        return {}, text, None
    body = text[match.end() :].lstrip("\r\n")
    if len(match[1].encode()) > FRONT_MATTER_MAX_BYTES:
        return (
            {},
            body,
            f"The model card's front matter is longer than {FRONT_MATTER_MAX_BYTES} bytes and was not read.",
        )
    try:
        value = plain(yaml.load(match[1], _Loader))  # noqa: S506  a SafeLoader, only stricter
    except (yaml.YAMLError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError):
        value = False
    if value is None:
        return {}, body, None
    if not isinstance(value, dict):
        return {}, body, "The model card's front matter is not valid YAML and was not read."
    return value, body, None


def read_card(
    text: str, max_bytes: int, references: tuple[BaseModelReference, ...], front: dict[str, Any]
) -> ModelCard:
    """The card made of the text after the front matter, cut at `max_bytes`, and the front matter itself."""
    return ModelCard(
        text=clean_text(text.encode("utf-8", "replace")[:max_bytes].decode("utf-8", "ignore")),
        license=card_license(front),
        base_models=references,
        datasets=tuple(_names(front.get("datasets"))),
        front_matter=front,
    )


def base_models(
    front_matter: dict[str, Any], config: dict[str, Any], adapter_config: dict[str, Any] | None, *, only_gguf: bool
) -> tuple[BaseModelReference, ...]:
    """The models that card and configuration name as parents, each once, the card's word first.

    Without `base_model_relation` it is told as the hub tells it: an adapter by its configuration, a merge by several
    parents, a quantization by GGUF weights alone (`only_gguf`), else a fine-tuning.
    """
    named = list(_names(front_matter.get("base_model")))
    relation = _RELATIONS.get(str(front_matter.get("base_model_relation")))
    if relation is None:
        if adapter_config is not None:
            relation = RelationshipType.ADAPTER_OF
        elif len(named) > 1:
            relation = RelationshipType.MERGED_FROM
        else:
            relation = RelationshipType.QUANTIZED_FROM if only_gguf else RelationshipType.FINE_TUNED_FROM
    found = {name.casefold(): BaseModelReference(name, relation) for name in named}
    for source, key, kind in (
        (adapter_config or {}, "base_model_name_or_path", RelationshipType.ADAPTER_OF),
        (config, "_name_or_path", RelationshipType.FINE_TUNED_FROM),
    ):
        for name in _names(source.get(key)):
            if _HUB_NAME.fullmatch(name):  # anything else is a path on the author's machine
                found.setdefault(name.casefold(), BaseModelReference(name, kind))
    return tuple(found.values())


def _names(value: Any) -> Iterator[str]:
    """The names in a string or a list of strings, unique."""
    items = value if isinstance(value, list) else [value]
    names = (item.strip() for item in items if isinstance(item, str))
    yield from list(dict.fromkeys(name for name in names if 0 < len(name) <= _MAX_NAME_CHARS))[:_MAX_REFERENCES]
