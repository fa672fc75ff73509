"""Python that comes with the fraud models: their packages' code, never run by the registry."""

TABLE_REQUIREMENTS = """numpy==2.3.4
pandas==2.3.3
scikit-learn==1.7.2
xgboost==3.1.1
"""

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
