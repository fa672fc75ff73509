"""A BERT of toy size: configuration, vocabulary and weights under the names that the transformers library loads."""

import json
from string import ascii_lowercase, digits
from typing import Any

from app.demo.archives import Files, Shapes, safetensors

HIDDEN, LAYERS, HEADS, INTERMEDIATE, POSITIONS = 32, 2, 2, 64, 64
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_WORDS = (
    "the of and to in is was for on that with as it at by from this are be or an not but have had they you we she he "
    "film movie good bad great boring story actor scene plot product order price quality payment card account bank "
    "love hate buy sell new old first last best worst more less very never always time year day people world music"
)
VOCABULARY = (*_SPECIAL, *ascii_lowercase, *digits, *(f"##{letter}" for letter in ascii_lowercase), *_WORDS.split())


def bert_files(seed: int, labels: tuple[str, ...] = (), *, named: str | None = None) -> Files:
    """Weights, configuration and vocabulary; with labels those of a classifier.

    `named` is the `_name_or_path` that transformers writes into the configuration of a model loaded from another.
    """
    return {
        "config.json": json.dumps(_config(labels, named), indent=2) + "\n",
        "vocab.txt": "\n".join(VOCABULARY) + "\n",
        "model.safetensors": safetensors(bert_shapes(labels), seed),
    }


def quantized_files(seed: int, labels: tuple[str, ...]) -> Files:
    """The same with weights of 8 bits and, for each matrix, the scale that brings them back."""
    shapes = bert_shapes(labels)
    scales = {f"{name}.scale": (1,) for name, shape in shapes.items() if len(shape) > 1}
    config = _config(labels, None) | {"quantization_config": {"bits": 8, "quant_method": "absmax"}}
    return {
        "config.json": json.dumps(config, indent=2) + "\n",
        "vocab.txt": "\n".join(VOCABULARY) + "\n",
        "model.safetensors": safetensors(shapes, seed, "I8"),
        "scales.safetensors": safetensors(scales, seed),
    }


def adapter_files(seed: int, base_model: str, rank: int = 4) -> Files:
    """A low-rank adapter (LoRA) of the attention's queries and values, as the peft library stores it."""
    config = {
        "base_model_name_or_path": base_model,
        "lora_alpha": 2 * rank,
        "peft_type": "LORA",
        "r": rank,
        "target_modules": ["query", "value"],
        "task_type": "SEQ_CLS",
    }
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in range(LAYERS):
        for module in ("query", "value"):
            name = f"base_model.model.bert.encoder.layer.{layer}.attention.self.{module}"
            shapes |= {f"{name}.lora_A.weight": (rank, HIDDEN), f"{name}.lora_B.weight": (HIDDEN, rank)}
    return {
        "adapter_config.json": json.dumps(config, indent=2) + "\n",
        "adapter_model.safetensors": safetensors(shapes, seed),
    }


def bert_shapes(labels: tuple[str, ...] = ()) -> Shapes:
    """The tensors of the model, and of a classifier on top where there are labels."""
    shapes: dict[str, tuple[int, ...]] = {
        "bert.embeddings.word_embeddings.weight": (len(VOCABULARY), HIDDEN),
        "bert.embeddings.position_embeddings.weight": (POSITIONS, HIDDEN),
        "bert.embeddings.token_type_embeddings.weight": (2, HIDDEN),
        **_normalization("bert.embeddings.LayerNorm"),
    }
    for layer in range(LAYERS):
        name = f"bert.encoder.layer.{layer}"
        for module in ("query", "key", "value"):
            shapes |= _linear(f"{name}.attention.self.{module}", HIDDEN, HIDDEN)
        shapes |= _linear(f"{name}.attention.output.dense", HIDDEN, HIDDEN)
        shapes |= _normalization(f"{name}.attention.output.LayerNorm")
        shapes |= _linear(f"{name}.intermediate.dense", INTERMEDIATE, HIDDEN)
        shapes |= _linear(f"{name}.output.dense", HIDDEN, INTERMEDIATE)
        shapes |= _normalization(f"{name}.output.LayerNorm")
    shapes |= _linear("bert.pooler.dense", HIDDEN, HIDDEN)
    if labels:
        shapes |= _linear("classifier", len(labels), HIDDEN)
    return shapes


def _linear(name: str, outputs: int, inputs: int) -> Shapes:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _normalization(name: str) -> Shapes:
    return {f"{name}.weight": (HIDDEN,), f"{name}.bias": (HIDDEN,)}


def _config(labels: tuple[str, ...], named: str | None) -> dict[str, Any]:
    config: dict[str, Any] = {
        "architectures": ["BertForSequenceClassification" if labels else "BertModel"],
        "model_type": "bert",
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "intermediate_size": INTERMEDIATE,
        "max_position_embeddings": POSITIONS,
        "vocab_size": len(VOCABULARY),
        "transformers_version": "4.57.1",
    }
    if labels:
        config["id2label"] = {str(number): label for number, label in enumerate(labels)}
        config["label2id"] = {label: number for number, label in enumerate(labels)}
    return {"_name_or_path": named, **config} if named else config
