import math
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from app.scoring.evaluator import METRICS
from app.scoring.weights import WEIGHTS, net_score

PAGE = Path(__file__).parents[2] / "docs" / "scoring.md"
VALUES = st.fixed_dictionaries({name: st.none() | st.floats(0, 1) for name in WEIGHTS})


def test_the_weights_are_those_of_the_metrics_and_sum_to_one():
    assert list(WEIGHTS) == list(METRICS)
    assert math.isclose(sum(WEIGHTS.values()), 1)


def test_the_documentation_shows_the_weights_and_every_metric():
    page = PAGE.read_text(encoding="utf-8")
    assert {name: float(weight) for name, weight in re.findall(r"^\| (\w+) \| (0\.\d+) \|$", page, re.M)} == WEIGHTS
    assert re.findall(r"^\*\*(\w+)\*\*:", page, re.M) == list(WEIGHTS)


def test_without_any_evidence_there_is_no_net_score():
    assert net_score(dict.fromkeys(WEIGHTS)) is None


def test_metrics_without_evidence_are_left_out():
    values = {**dict.fromkeys(WEIGHTS), "license_score": 1.0, "treescore": 0.0}
    assert net_score(values) == 0.15 / 0.20


@given(VALUES)
def test_the_net_score_lies_between_the_lowest_and_the_highest(values):
    known = [value for value in values.values() if value is not None]
    score = net_score(values)
    assert (score is None) is (not known)
    if score is not None:
        assert min(known) - 1e-9 <= score <= max(known) + 1e-9


@given(VALUES, st.sampled_from(list(WEIGHTS)), st.floats(0, 1))
def test_raising_a_metric_never_lowers_the_net_score(values, name, raised):
    before = {**values, name: min(raised, values[name] if values[name] is not None else raised)}
    after = {**values, name: raised}
    assert net_score(after) >= net_score(before) - 1e-12
