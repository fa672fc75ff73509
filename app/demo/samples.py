"""Rows of data sets, made up by seeded programs."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any

SampleRow = dict[str, Any]

_SUBJECTS = ("The story", "The acting", "The music", "The ending", "The plot", "Every scene", "The dialogue")
_GOOD = ("is a delight", "kept me awake with joy", "is the best of the year", "was great fun", "deserves a prize")
_BAD = ("is a bore", "made me leave early", "is the worst of the year", "was no fun at all", "deserves oblivion")
_THINGS = ("river", "mountain", "city", "bridge", "language", "planet", "composer", "theorem", "island", "library")
_FACTS = ("was first described in", "has been known since", "was rebuilt in", "got its name in", "was measured in")
_PRODUCTS = ("lamp", "chair", "kettle", "backpack", "keyboard", "bicycle bell", "notebook", "raincoat", "desk fan")
_QUALITIES = ("foldable", "quiet", "waterproof", "recycled", "wooden", "bright", "small", "warm")
_COUNTRIES = ("DE", "FR", "GB", "IN", "JP", "US")


def jsonl(rows: Iterable[Mapping[str, Any]]) -> str:
    """One JSON object a line."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def comma_separated(rows: Sequence[Mapping[str, Any]]) -> str:
    """CSV with a header."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def sentences(count: int, seed: int) -> list[SampleRow]:
    """Encyclopedic sentences."""
    random = _random(seed)
    return [
        {"id": number, "text": f"The {random.choice(_THINGS)} {random.choice(_FACTS)} {random.randint(1500, 2020)}."}
        for number in range(count)
    ]


def reviews(count: int, seed: int, labels: tuple[str, str]) -> list[SampleRow]:
    """Short texts of two kinds, the first label for the friendly ones."""
    random = _random(seed)
    rows = []
    for number in range(count):
        is_good = random.random() < 0.5
        text = f"{random.choice(_SUBJECTS)} {random.choice(_GOOD if is_good else _BAD)}."
        rows.append({"id": number, "text": text, "label": labels[0] if is_good else labels[1]})
    return rows


def transactions(count: int, seed: int) -> list[SampleRow]:
    """Card payments, about one in twenty of them fraudulent."""
    random = _random(seed)
    rows = []
    for number in range(count):
        is_fraud = random.random() < 0.05
        amount = random.lognormvariate(5.5 if is_fraud else 3.2, 0.9)
        rows.append(
            {
                "transaction_id": f"t{number:06}",
                "amount": f"{amount:.2f}",
                "hour": random.randrange(0, 6) if is_fraud else random.randrange(6, 24),
                "country": random.choice(_COUNTRIES),
                "merchant_risk": f"{random.betavariate(4, 2) if is_fraud else random.betavariate(2, 6):.3f}",
                "is_fraud": int(is_fraud),
            }
        )
    return rows


def products(count: int, seed: int) -> list[SampleRow]:
    """A shop's catalogue."""
    random = _random(seed)
    return [
        {
            "sku": f"P{number:05}",
            "title": f"{random.choice(_QUALITIES)} {random.choice(_PRODUCTS)}".capitalize(),
            "price": round(random.uniform(4, 250), 2),
        }
        for number in range(count)
    ]


def _random(seed: int) -> Random:
    return Random(seed)  # noqa: S311  samples, not secrets
