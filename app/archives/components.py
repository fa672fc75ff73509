"""Which part of a package a file belongs to. The first rule that matches wins; `pattern` is matched without case.

What is needed to load a model goes with its WEIGHTS, configuration and tokenizer too: who downloads the weights alone
must be able to use them.
"""

import re
from dataclasses import dataclass

from app.enums import PackageComponent

_WEIGHTS = PackageComponent.WEIGHTS
_DATASETS = PackageComponent.DATASETS
_CODE = PackageComponent.CODE
_DOCUMENTATION = PackageComponent.DOCUMENTATION
_OTHER = PackageComponent.OTHER


@dataclass(frozen=True, slots=True)
class _Rule:
    component: PackageComponent
    pattern: re.Pattern[str] | None = None  # searched in "/" + path
    formats: frozenset[str] = frozenset()


def _named(component: PackageComponent, pattern: str) -> _Rule:
    return _Rule(component, re.compile(pattern, re.IGNORECASE))


def _formatted(component: PackageComponent, formats: str) -> _Rule:
    return _Rule(component, formats=frozenset(formats.split()))


_RULES = (
    # rubbish that archivers leave, and version control
    _named(_OTHER, r"/(__MACOSX/|\.git/|\.ds_store$|\.gitattributes$|\.gitignore$|thumbs\.db$)"),
    # said by name, whatever the format
    _named(_DOCUMENTATION, r"/(readme|license|licence|copying|notice|citation|changelog|authors|model_?card)[^/]*$"),
    _named(_CODE, r"/(requirements[^/]*\.txt|dockerfile|makefile|environment\.ya?ml|pyproject\.toml|setup\.cfg)$"),
    # needed to load the model: configuration, tokenizer, vocabulary, shard index
    _named(_OTHER, r"/data_config\.json$"),  # how training data was mixed: not needed to load
    _named(_WEIGHTS, r"/[^/]*config[^/]*\.(json|ya?ml)$"),
    _named(_WEIGHTS, r"/(modules|model_index|special_tokens|added_tokens|vocab|merges|tokenizer)[^/]*\.(json|txt)$"),
    _named(_WEIGHTS, r"/(tokenizer|spiece|sentencepiece|source|target)[^/]*\.(model|spm|bpe)$"),
    _named(_WEIGHTS, r"/([^/]*\.index\.json|chat_template\.(jinja|json)|params\.json|labels?\.(txt|json))$"),
    # inside a folder of data
    _named(_CODE, r"/(data|datasets?|corpus)/.*\.(py|sh|ipynb)$"),
    _formatted(_WEIGHTS, "safetensors gguf onnx pytorch keras tflite xgboost"),
    _named(_DATASETS, r"/(data|datasets?|corpus|corpora|training_data)/"),
    _named(_DATASETS, r"/(train|test|validation|valid|dev|eval)[^/]*\.(txt|json|npy|npz|pkl)$"),
    # by format
    _formatted(
        _WEIGHTS,
        "ggml onnx_data ort pytorch pickle joblib keras hdf5 savedmodel protobuf index tflite coreml msgpack tensorrt "
        "sentencepiece npy npz",
    ),
    _formatted(_DATASETS, "parquet arrow csv jsonl tfrecord avro sqlite audio video"),
    _formatted(
        _CODE,
        "python notebook shell batch powershell javascript typescript c c++ cuda java go rust r sql protobuf_schema "
        "jinja dockerfile makefile lock",
    ),
    _formatted(_DOCUMENTATION, "markdown restructuredtext html pdf png jpeg gif webp svg"),
)  # fmt: skip


def component_of(path: str, format_name: str | None) -> PackageComponent:
    """The component of the file with this path and format (a name from `formats`)."""
    for rule in _RULES:
        if rule.pattern is not None and rule.pattern.search("/" + path):
            return rule.component
        if format_name in rule.formats:
            return rule.component
    return _OTHER
