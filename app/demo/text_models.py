"""The tiny-bert family in the public organization: data, a base model, and what was made of it, with a diamond."""

from app.demo import samples, text_sources
from app.demo.archives import Files
from app.demo.bert import bert_files, quantized_files
from app.demo.cards import Evaluation, ModelCard, data_card
from app.demo.licenses import APACHE_2, MIT, creative_commons
from app.demo.package import DATA_SCIENTIST, ML_ENGINEER, DemoPackage
from app.enums import PackageKind, RelationshipType

_SENTIMENT = ("positive", "negative")
_TOXICITY = ("civil", "toxic")
_MODERATION = ("fine", "rude")
_LIMITATIONS = (
    "With a vocabulary of some two hundred words it misunderstands most texts. It knows English only, and has the "
    "biases of its data."
)


def text_models() -> list[DemoPackage]:
    """The family, parents first."""
    return [*_data_and_code(), *_base_models(), *_descendants()]


def _data_and_code() -> list[DemoPackage]:
    return [
        _data(
            "wiki-sentences",
            {"sentences.jsonl": samples.jsonl(samples.sentences(400, seed=1))},
            data_card(
                "Wiki sentences",
                "Four hundred encyclopedic sentences, one JSON object a line.",
                "CC-BY-SA-4.0",
                "sentences.jsonl",
                {"id": "the number of the sentence", "text": "the sentence"},
                "Written by a program from lists of things and years.",
            ),
            creative_commons("Wiki sentences", "CC-BY-SA-4.0"),
        ),
        _data(
            "movie-reviews",
            _train_and_test(samples.reviews(500, seed=2, labels=_SENTIMENT)),
            data_card(
                "Movie reviews",
                "Five hundred one-sentence reviews of films that do not exist.",
                "CC-BY-4.0",
                "data/train.csv",
                {"id": "the number of the review", "text": "the review", "label": "positive or negative"},
                "Written by a program: a subject, and what is said of it, drawn from two lists.",
            ),
            creative_commons("Movie reviews", "CC-BY-4.0"),
        ),
        _data(
            "forum-comments",
            _train_and_test(samples.reviews(300, seed=3, labels=_TOXICITY)),
            data_card(
                "Forum comments",
                "Three hundred comments of a forum, marked as civil or toxic. Not for commercial use.",
                "CC-BY-NC-4.0",
                "data/train.csv",
                {"id": "the number of the comment", "text": "the comment", "label": "civil or toxic"},
                "Written by a program, because real comments have authors.",
            ),
            creative_commons("Forum comments", "CC-BY-NC-4.0"),
        ),
        DemoPackage(
            "text-tools",
            "0.3.0",
            PackageKind.CODE,
            ML_ENGINEER,
            {
                "README.md": _TEXT_TOOLS_README,
                "LICENSE": MIT,
                "text_tools/__init__.py": '"""Tools for text."""\n',
                "text_tools/cleaning.py": text_sources.TEXT_TOOLS,
                "tests/test_cleaning.py": text_sources.TEST_TEXT_TOOLS,
                "requirements.txt": "pytest==8.4.2\n",
            },
            author="Acme ML",
        ),
    ]


def _base_models() -> list[DemoPackage]:
    def version(number: str, seed: int, perplexity: float, *parents: tuple[str, RelationshipType]) -> DemoPackage:
        card = ModelCard(
            title="Tiny BERT",
            summary="A BERT of thirty thousand parameters, small enough to read its weights by eye.",
            license="Apache-2.0",
            task="fill-mask",
            usage=text_sources.EMBED,
            requirements=text_sources.TEXT_REQUIREMENTS,
            training="Two thousand steps of guessing masked words in the data set wiki-sentences; see `train.py`.",
            limitations=_LIMITATIONS,
            evaluation=Evaluation("wiki-sentences", {"perplexity": perplexity, "accuracy": 1 - perplexity / 40}),
            datasets=("wiki-sentences",),
        )
        files = {
            "README.md": str(card),
            "LICENSE": APACHE_2,
            **bert_files(seed),
            "train.py": text_sources.PRETRAIN,
            "tests/test_train.py": text_sources.TEST_PRETRAIN,
            "requirements.txt": text_sources.TEXT_REQUIREMENTS,
        }
        return DemoPackage(
            "tiny-bert", number, PackageKind.MODEL, DATA_SCIENTIST, files, author="Acme ML Research", parents=parents
        )

    cleaned = ("text-tools@0.3.0", RelationshipType.USES_CODE)
    return [
        version("1.0.0", 10, 14.2, cleaned),
        version("1.1.0", 11, 11.8, cleaned, ("tiny-bert@1.0.0", RelationshipType.DERIVED_FROM)),
        version("2.0.0-rc.1", 12, 9.6, cleaned, ("tiny-bert@1.1.0", RelationshipType.DERIVED_FROM)),
    ]


def _descendants() -> list[DemoPackage]:
    sentiment = _classifier("tiny-bert-sentiment", "movie-reviews", _SENTIMENT, seed=20, accuracy=0.914)
    toxicity = _classifier("tiny-bert-toxicity", "forum-comments", _TOXICITY, seed=21, accuracy=0.887)
    merged = ModelCard(
        title="Tiny BERT moderation",
        summary="The mean of a sentiment and a toxicity classifier, weight by weight: a merge of two siblings.",
        license="Apache-2.0",
        task="text-classification",
        usage=text_sources.classify("tiny-bert-moderation"),
        requirements=text_sources.TEXT_REQUIREMENTS,
        training="Not trained: both parents have the same shape, and each weight is the mean of theirs.",
        limitations=_LIMITATIONS + " What forum-comments forbids, commercial use, may hold for it too.",
        evaluation=Evaluation("forum-comments", {"accuracy": 0.861, "f1": 0.848}),
        base_model=("public/tiny-bert-sentiment", "public/tiny-bert-toxicity"),
        relation="merge",
    )
    quantized = ModelCard(
        title="Tiny BERT moderation, 8 bits",
        summary="The moderation model with weights of 8 bits, a quarter of its size.",
        license="Apache-2.0",
        task="text-classification",
        usage=text_sources.classify("tiny-bert-moderation-int8"),
        requirements=text_sources.TEXT_REQUIREMENTS,
        training="Not trained: each matrix is divided by its largest value and rounded.",
        limitations=_LIMITATIONS,
        evaluation=Evaluation("forum-comments", {"accuracy": 0.854, "f1": 0.839}),
        base_model="public/tiny-bert-moderation",
        relation="quantized",
    )
    return [
        sentiment,
        toxicity,
        _model("tiny-bert-moderation", merged, bert_files(22, _MODERATION), DATA_SCIENTIST),
        _model("tiny-bert-moderation-int8", quantized, quantized_files(23, _MODERATION), ML_ENGINEER),
        _model(
            "nano-sentiment",
            "# Nano sentiment\n\nA student of tiny-bert-sentiment, for devices with little memory.\n",
            bert_files(24, _SENTIMENT),
            ML_ENGINEER,
            ("tiny-bert-sentiment@1.0.0", RelationshipType.DISTILLED_FROM),
            ("movie-reviews@1.0.0", RelationshipType.EVALUATED_ON),
        ),
    ]


def _classifier(name: str, data: str, labels: tuple[str, str], seed: int, accuracy: float) -> DemoPackage:
    card = ModelCard(
        title=name.replace("-", " ").capitalize(),
        summary=f"Tells {labels[0]} from {labels[1]} texts: tiny-bert, fine-tuned on {data}.",
        license="Apache-2.0",
        task="text-classification",
        usage=text_sources.classify(name),
        requirements=text_sources.TEXT_REQUIREMENTS,
        training=f"Three epochs of AdamW on the training part of {data}, batches of 32; see `train.py`.",
        limitations=_LIMITATIONS,
        evaluation=Evaluation(data, {"accuracy": accuracy, "f1": accuracy - 0.012, "roc_auc": accuracy + 0.043}),
        base_model="public/tiny-bert",
        datasets=(data,),
    )
    files = {
        **bert_files(seed, labels, named="tiny-bert"),
        "train.py": text_sources.train_classifier(name, "tiny-bert", data, labels, seed),
        "tests/test_train.py": text_sources.test_classifier(labels[0]),
        "requirements.txt": text_sources.TEXT_REQUIREMENTS,
    }
    return _model(name, card, files, DATA_SCIENTIST, ("text-tools@0.3.0", RelationshipType.USES_CODE))


def _model(
    name: str,
    card: ModelCard | str,
    files: Files,
    publisher: str,
    *parents: tuple[str, RelationshipType],
) -> DemoPackage:
    files = {"README.md": str(card), "LICENSE": APACHE_2, **files}
    return DemoPackage(name, "1.0.0", PackageKind.MODEL, publisher, files, author="Acme ML Research", parents=parents)


def _data(name: str, files: Files, card: str, license: str) -> DemoPackage:
    files = {"README.md": card, "LICENSE": license, **files}
    return DemoPackage(name, "1.0.0", PackageKind.DATASET, DATA_SCIENTIST, files, author="Acme ML Research")


def _train_and_test(rows: list[samples.SampleRow]) -> Files:
    held_out = len(rows) // 5
    return {
        "data/train.csv": samples.comma_separated(rows[held_out:]),
        "data/test.csv": samples.comma_separated(rows[:held_out]),
    }


_TEXT_TOOLS_README = """---
license: mit
---

# Text tools

Cleans text before it is tokenized: Unicode's normal form, links, mentions and white space.

## Installation

```bash
pip install .
```

## Usage

```python
from text_tools.cleaning import clean

print(clean("see  https://example.com @you"))
```
"""
