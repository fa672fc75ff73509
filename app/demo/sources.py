"""Python that comes with demo packages: code of packages, never run by the registry."""

import json
from string import Template

TEXT_REQUIREMENTS = """safetensors==0.6.2
torch==2.9.0
transformers==4.57.1
"""

TABLE_REQUIREMENTS = """numpy==2.3.4
pandas==2.3.3
scikit-learn==1.7.2
xgboost==3.1.1
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

FRAUD_FEATURES = '''"""Features of card payments."""

import numpy as np
import pandas as pd

FEATURES = ["log_amount", "is_night", "merchant_risk"]


def features(payments: pd.DataFrame) -> pd.DataFrame:
    """The columns of FEATURES, one row for each payment."""
    return pd.DataFrame(
        {
            "log_amount": np.log1p(payments["amount"].astype(float)),
            "is_night": (payments["hour"].astype(int) < 6).astype(int),
            "merchant_risk": payments["merchant_risk"].astype(float),
        }
    )
'''

TEST_FRAUD_FEATURES = '''"""Tests of the features."""

import pandas as pd
from fraud_features.payments import FEATURES, features


def test_a_payment_before_six_is_one_at_night() -> None:
    payments = pd.DataFrame({"amount": [10.0, 10.0], "hour": [5, 6], "merchant_risk": [0.1, 0.1]})
    found = features(payments)
    assert list(found.columns) == FEATURES
    assert found["is_night"].tolist() == [1, 0]
'''

TRAIN_FRAUD = '''"""Train fraud-xgboost on transactions-2025."""

from pathlib import Path

import pandas as pd
from fraud_features.payments import features
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from xgboost import XGBClassifier

SEED = 2025


def train(data: Path, target: Path) -> float:
    """Fit on four fifths of the payments, save to `target` and return the ROC AUC on the last fifth."""
    payments = pd.read_csv(data)
    inputs, labels = features(payments), payments["is_fraud"]
    train_x, test_x, train_y, test_y = train_test_split(
        inputs, labels, test_size=0.2, random_state=SEED, stratify=labels
    )
    model = XGBClassifier(n_estimators=40, max_depth=3, scale_pos_weight=19, random_state=SEED)
    model.fit(train_x, train_y)
    model.save_model(target)
    return float(roc_auc_score(test_y, model.predict_proba(test_x)[:, 1]))


if __name__ == "__main__":
    print(train(Path("transactions.csv"), Path("model.json")))
'''

PREDICT_FRAUD = """import pandas as pd
from xgboost import XGBClassifier

model = XGBClassifier()
model.load_model("model.json")
payment = pd.DataFrame({"log_amount": [6.2], "is_night": [1], "merchant_risk": [0.8]})
print(model.predict_proba(payment)[0, 1])
"""

SHOW_FRAUD_MLP = """from safetensors.torch import load_file

weights = load_file("model.safetensors")
print(weights["hidden.weight"].shape)
"""

UNTIDY = """from utils import *
import os, sys
def run(x):
  m = load_model("C:/Users/me/model.bin")
  if x == None: return
  return m.predict(prep(x))
"""


def train_classifier(name: str, base: str, data: str, labels: tuple[str, ...], seed: int) -> str:
    """A training script for a text classifier."""
    return _TRAIN_CLASSIFIER.substitute(name=name, base=base, data=data, labels=json.dumps(labels), seed=seed)


def test_classifier(label: str) -> str:
    """The tests that go with it."""
    return _TEST_CLASSIFIER.substitute(label=label)


def classify(name: str) -> str:
    """A usage example of a text classifier."""
    return _CLASSIFY.substitute(name=name)
