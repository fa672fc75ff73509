"""The project fraud-detection of Acme ML: sensitive data, features, a boosted model in versions, and its student."""

import json
from random import Random
from typing import Any

from app.demo import fraud_sources, samples, text_sources
from app.demo.archives import Files, safetensors
from app.demo.cards import IN_HOUSE, Evaluation, ModelCard, data_card
from app.demo.licenses import MIT
from app.demo.package import ACME, DATA_SCIENTIST, FRAUD_DETECTION, ML_ENGINEER, DemoPackage
from app.enums import PackageKind, RelationshipType, Visibility

_FEATURES = ("log_amount", "is_night", "merchant_risk")
_LIMITATIONS = (
    "Learned from made-up payments. Whoever is refused a payment needs a person to complain to; a model alone must not "
    "decide."
)


def fraud_detection() -> list[DemoPackage]:
    """The project's packages, parents first."""
    return [
        DemoPackage(
            "transactions-2025",
            "2025.12.1",
            PackageKind.DATASET,
            DATA_SCIENTIST,
            {
                "README.md": data_card(
                    "Transactions of 2025",
                    "Two thousand card payments, one in twenty of them fraudulent. For members of the project only.",
                    IN_HOUSE,
                    "data/transactions.csv",
                    {
                        "transaction_id": "the payment",
                        "amount": "in euros",
                        "hour": "the hour of the day, 0 to 23",
                        "country": "ISO 3166-1 code",
                        "merchant_risk": "from 0 to 1",
                        "is_fraud": "1 where it was fraud",
                    },
                    "Written by a program that knows how fraudsters are said to behave.",
                ),
                "data/transactions.csv": samples.comma_separated(samples.transactions(2000, seed=30)),
            },
            author="Acme ML Risk",
            organization=ACME,
            project=FRAUD_DETECTION,
            visibility=Visibility.PROJECT,
            is_sensitive=True,
            access_control_script="downloader.username == uploader.username",
        ),
        DemoPackage(
            "fraud-features",
            "1.2.0",
            PackageKind.CODE,
            ML_ENGINEER,
            {
                "README.md": _FEATURES_README,
                "LICENSE": MIT,
                "fraud_features/__init__.py": '"""Features for fraud models."""\n',
                "fraud_features/payments.py": fraud_sources.FRAUD_FEATURES,
                "tests/test_payments.py": fraud_sources.TEST_FRAUD_FEATURES,
                "requirements.txt": fraud_sources.TABLE_REQUIREMENTS,
            },
            author="Acme ML Risk",
            organization=ACME,
            project=FRAUD_DETECTION,
            visibility=Visibility.ORGANIZATION,
        ),
        _boosted("1.0.0", seed=31, trees=20, auc=0.941),
        _boosted("1.1.0", 32, 40, 0.957, ("fraud-xgboost@1.0.0", RelationshipType.DERIVED_FROM)),
        _student(),
    ]


def _boosted(version: str, seed: int, trees: int, auc: float, *parents: tuple[str, RelationshipType]) -> DemoPackage:
    card = ModelCard(
        title="Fraud XGBoost",
        summary=f"Tells fraudulent card payments from honest ones: {trees} boosted trees over three features.",
        license="MIT",
        task="tabular-classification",
        library="xgboost",
        usage=fraud_sources.PREDICT_FRAUD,
        requirements=fraud_sources.TABLE_REQUIREMENTS,
        training="Fitted on four fifths of the data set transactions-2025 with the features of fraud-features 1.2.0.",
        limitations=_LIMITATIONS,
        evaluation=Evaluation("transactions-2025", {"roc_auc": auc, "f1": auc - 0.09, "recall": auc - 0.05}),
        datasets=("acme-ml/transactions-2025",),
    )
    files = {
        "README.md": str(card),
        "LICENSE": MIT,
        "model.json": json.dumps(_booster(seed, trees)),
        "train.py": fraud_sources.TRAIN_FRAUD,
        "requirements.txt": fraud_sources.TABLE_REQUIREMENTS,
    }
    return DemoPackage(
        "fraud-xgboost",
        version,
        PackageKind.MODEL,
        DATA_SCIENTIST,
        files,
        author="Acme ML Risk",
        organization=ACME,
        project=FRAUD_DETECTION,
        visibility=Visibility.ORGANIZATION,
        parents=(("fraud-features@1.2.0", RelationshipType.USES_CODE), *parents),
    )


def _student() -> DemoPackage:
    card = ModelCard(
        title="Fraud MLP",
        summary="A network of two layers that learned from fraud-xgboost: the version that may leave the house.",
        license="MIT",
        task="tabular-classification",
        library="safetensors",
        usage=fraud_sources.SHOW_FRAUD_MLP,
        requirements=text_sources.TEXT_REQUIREMENTS,
        training="Distilled: its targets are the probabilities that fraud-xgboost gave, not the payments' labels.",
        limitations=_LIMITATIONS,
        evaluation=Evaluation("transactions-2025", {"roc_auc": 0.939, "f1": 0.842}),
    )
    shapes = {
        "hidden.weight": (32, len(_FEATURES)),
        "hidden.bias": (32,),
        "output.weight": (1, 32),
        "output.bias": (1,),
    }
    files: Files = {"README.md": str(card), "LICENSE": MIT, "model.safetensors": safetensors(shapes, seed=33)}
    return DemoPackage(
        "fraud-mlp",
        "0.1.0",
        PackageKind.MODEL,
        ML_ENGINEER,
        files,
        author="Acme ML Risk",
        organization=ACME,
        project=FRAUD_DETECTION,
        parents=(("fraud-xgboost@1.1.0", RelationshipType.DISTILLED_FROM),),
    )


def _booster(seed: int, trees: int) -> dict[str, Any]:
    """Stumps in XGBoost's JSON format (xgboost.readthedocs.io/en/stable/tutorials/saving_model.html)."""
    random = Random(seed)  # noqa: S311  weights, not secrets
    names = list(_FEATURES)
    model = {
        "gbtree_model_param": {"num_parallel_tree": "1", "num_trees": str(trees)},
        "tree_info": [0] * trees,
        "trees": [_stump(random, number) for number in range(trees)],
    }
    learner = {
        "feature_names": names,
        "feature_types": ["float"] * len(names),
        "gradient_booster": {"name": "gbtree", "model": model},
        "learner_model_param": {"base_score": "5E-1", "num_class": "0", "num_feature": str(len(names))},
        "objective": {"name": "binary:logistic", "reg_loss_param": {"scale_pos_weight": "19"}},
    }
    return {"version": [3, 1, 1], "learner": learner}


def _stump(random: Random, number: int) -> dict[str, Any]:
    left, right = -random.random(), random.random()
    return {
        "id": number,
        "left_children": [1, -1, -1],
        "right_children": [2, -1, -1],
        "parents": [2147483647, 0, 0],
        "split_indices": [random.randrange(len(_FEATURES)), 0, 0],
        "split_conditions": [round(random.uniform(0.2, 5.0), 4), round(left, 4), round(right, 4)],
        "default_left": [1, 0, 0],
        "base_weights": [round(left + right, 4), round(left, 4), round(right, 4)],
        "tree_param": {"num_feature": str(len(_FEATURES)), "num_nodes": "3", "size_leaf_vector": "1"},
    }


_FEATURES_README = """---
license: mit
---

# Fraud features

What fraud models know of a card payment: its amount, whether it was made at night, and how risky the merchant is.

## Usage

```python
import pandas as pd
from fraud_features.payments import features

print(features(pd.read_csv("transactions.csv")).head())
```
"""
