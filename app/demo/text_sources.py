"""Python that comes with the text models: their packages' code, never run by the registry."""

import json
from string import Template

TEXT_REQUIREMENTS = """safetensors==0.6.2
torch==2.9.0
transformers==4.57.1
"""

_TRAIN_CLASSIFIER = Template('''"""Train $name on $data."""

import csv
import random
from collections.abc import Iterator
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

SEED = $seed
BASE = "$base"
LABELS = $labels
EPOCHS = 3
BATCH_SIZE = 32


def read_rows(path: Path) -> list[tuple[str, int]]:
    """Texts and the numbers of their labels."""
    with path.open(newline="", encoding="utf-8") as file:
        return [(row["text"], LABELS.index(row["label"])) for row in csv.DictReader(file)]


def batches(rows: list[tuple[str, int]], size: int) -> Iterator[list[tuple[str, int]]]:
    """The rows in random order, `size` at a time."""
    shuffled = random.sample(rows, len(rows))
    for start in range(0, len(shuffled), size):
        yield shuffled[start:start + size]


def train(data: Path, target: Path) -> float:
    """Fine-tune the base model, save it to `target` and return the loss of the last batch."""
    random.seed(SEED)
    torch.manual_seed(SEED)
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    model = AutoModelForSequenceClassification.from_pretrained(BASE, num_labels=len(LABELS))
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-4)
    loss = torch.tensor(0.0)
    for _ in range(EPOCHS):
        for batch in batches(read_rows(data), BATCH_SIZE):
            inputs = tokenizer([text for text, _ in batch], padding=True, truncation=True, return_tensors="pt")
            loss = model(**inputs, labels=torch.tensor([label for _, label in batch])).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    model.save_pretrained(target)
    return float(loss)


if __name__ == "__main__":
    print(train(Path("train.csv"), Path("model")))
''')

_TEST_CLASSIFIER = Template('''"""Tests of reading and batching; they need no model."""

from pathlib import Path

from train import LABELS, batches, read_rows


def test_rows_carry_the_number_of_their_label(tmp_path: Path) -> None:
    file = tmp_path / "train.csv"
    file.write_text("id,text,label\\n0,fine,$label\\n", encoding="utf-8")
    assert read_rows(file) == [("fine", LABELS.index("$label"))]


def test_batches_hold_every_row_once() -> None:
    rows = [(str(number), 0) for number in range(10)]
    assert sorted(row for batch in batches(rows, 4) for row in batch) == rows
''')

_CLASSIFY = Template("""from transformers import pipeline

classify = pipeline("text-classification", model="$name")
print(classify("The story is a delight."))
""")

EMBED = """import torch
from transformers import AutoModel, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("tiny-bert")
model = AutoModel.from_pretrained("tiny-bert")
with torch.no_grad():
    states = model(**tokenizer("the library was rebuilt", return_tensors="pt")).last_hidden_state
print(states.shape)
"""

PRETRAIN = '''"""Train tiny-bert to guess masked words of wiki-sentences."""

import json
import random
from pathlib import Path

import torch
from transformers import BertConfig, BertForMaskedLM, BertTokenizer

SEED = 7
MASKED_SHARE = 0.15
BATCH_SIZE = 64


def read_sentences(path: Path) -> list[str]:
    """The texts of a file of JSON lines."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def mask(tokens: torch.Tensor, mask_token: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The tokens with some of them masked, and what had stood there; -100 elsewhere, which the loss leaves out."""
    is_masked = torch.rand(tokens.shape) < MASKED_SHARE
    return tokens.masked_fill(is_masked, mask_token), tokens.masked_fill(~is_masked, -100)


def pretrain(data: Path, vocabulary: Path, target: Path, steps: int) -> float:
    """Train from nothing for some steps, save to `target` and return the last loss."""
    random.seed(SEED)
    torch.manual_seed(SEED)
    tokenizer = BertTokenizer(str(vocabulary))
    model = BertForMaskedLM(BertConfig.from_json_file("config.json"))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    texts = read_sentences(data)
    loss = torch.tensor(0.0)
    for _ in range(steps):
        batch = tokenizer(random.sample(texts, BATCH_SIZE), padding=True, truncation=True, return_tensors="pt")
        inputs, labels = mask(batch["input_ids"], tokenizer.mask_token_id)
        loss = model(input_ids=inputs, attention_mask=batch["attention_mask"], labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.bert.save_pretrained(target)
    return float(loss)


if __name__ == "__main__":
    print(pretrain(Path("sentences.jsonl"), Path("vocab.txt"), Path("model"), steps=2000))
'''

TEST_PRETRAIN = '''"""Tests of the masking."""

import torch

from train import mask


def test_a_label_stands_exactly_where_a_token_was_masked() -> None:
    torch.manual_seed(1)
    tokens = torch.arange(10, 60).reshape(5, 10)
    inputs, labels = mask(tokens, mask_token=4)
    assert torch.equal(labels != -100, inputs == 4)
'''

TEXT_TOOLS = '''"""Cleaning text before it is tokenized."""

import re
import unicodedata

_SPACES = re.compile(r"\\s+")
_MENTION = re.compile(r"@\\w+")
_URL = re.compile(r"https?://\\S+")


def clean(text: str) -> str:
    """The text in NFKC, its links and mentions replaced by words, its white space single."""
    normalized = unicodedata.normalize("NFKC", text)
    without_links = _URL.sub("link", normalized)
    return _SPACES.sub(" ", _MENTION.sub("somebody", without_links)).strip()


def truncate(text: str, words: int) -> str:
    """The first `words` words. Raises ValueError for a negative number."""
    if words < 0:
        raise ValueError("a number of words is not negative")
    return " ".join(text.split()[:words])
'''

TEST_TEXT_TOOLS = '''"""Tests of the cleaning."""

import pytest
from text_tools.cleaning import clean, truncate


def test_links_and_mentions_become_words() -> None:
    assert clean("see  https://example.com @you") == "see link somebody"


def test_truncating_keeps_the_first_words() -> None:
    assert truncate("one two three", 2) == "one two"


def test_a_negative_number_of_words_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        truncate("one", -1)
'''


def train_classifier(name: str, base: str, data: str, labels: tuple[str, ...], seed: int) -> str:
    """A training script for a text classifier."""
    return _TRAIN_CLASSIFIER.substitute(name=name, base=base, data=data, labels=json.dumps(labels), seed=seed)


def test_classifier(label: str) -> str:
    """The tests that go with it."""
    return _TEST_CLASSIFIER.substitute(label=label)


def classify(name: str) -> str:
    """A usage example of a text classifier."""
    return _CLASSIFY.substitute(name=name)
