"""How many parameters a package has, without counting the same weights twice."""

import re
from collections import defaultdict
from collections.abc import Iterable

from app.archives.contents import ArchiveFile

# Which format's word counts when the same weights come in several.
_PREFERENCE = ("safetensors", "gguf", "onnx")
_SHARD = re.compile(r"-\d{5}-of-\d{5}$")
# Variants of one model by precision, optimization level or averaging, as diffusers, optimum and transformers.js name
# them.
_VARIANT = re.compile(
    r"[._-](fp16|fp32|bf16|fp8|int8|uint8|int4|uint4|quantized|quant|bnb4|q\d\w*|qint8\w*|quint8\w*|o[1-4]|non_ema|ema)$"
)


def parameter_count(files: Iterable[ArchiveFile]) -> int | None:
    """The sum over the weights of the preferred format; None when no header told any.

    Shards add up, and so do different parts in one package (encoder and decoder, model and adapter). Variants of one
    part count once, as their largest; all GGUF files of a folder are quantizations of one model.
    """
    by_format: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for file in files:
        if file.tensors is not None and file.format in _PREFERENCE:
            folder, _, name = file.path.lower().rpartition("/")
            stem = _SHARD.sub("", name.rpartition(".")[0])
            part = f"{folder}/{_part(stem, file.format)}"
            by_format[file.format][part][stem] += file.tensors.parameter_count
    for name in _PREFERENCE:
        if parts := by_format.get(name):
            return sum(max(variants.values()) for variants in _without_copies(parts).values())
    return None


def _part(stem: str, format_name: str) -> str:
    if format_name == "gguf":
        return ""
    previous = None
    while previous != stem:
        previous, stem = stem, _VARIANT.sub("", stem)
    if format_name == "onnx" and stem.startswith("decoder"):
        return "decoder"  # decoder_model, decoder_with_past_model and decoder_model_merged share their weights
    return stem


def _without_copies(parts: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """Without `consolidated`, which is the same model in its authors' own layout beside the usual one."""
    return {
        part: variants
        for part, variants in parts.items()
        if not (part.endswith("/consolidated") and part.removesuffix("consolidated") + "model" in parts)
    }
