"""Whatever a table looks like, a trial on it gives a result, and its parameters prove it."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from studies import bench

from hypertrial.data.table import Column, Table

TASKS = ("binary", "multiclass", "regression")
POINTS = {
    "decision_tree": [{}, {"max_depth": 2}, {"splitter": "random", "max_features": 0.5}],
    "xgboost": [
        {"n_estimators": 3},
        {"n_estimators": 2, "max_depth": 0, "grow_policy": "lossguide", "subsample": 0.5},
    ],
    "svm": [
        {},
        {"kernel": "linear"},
        {"C": 100.0, "gamma": 10.0},
        {"kernel": "poly", "degree": 2, "coef0": 1.0},
    ],
}
KINDS = ("normal", "constant", "whole", "two values", "wide", "tiny", "shifted", "outliers")


def numbers(kind, rows, rng):
    """Return a column of numbers of a kind that occurs in real tables."""
    normal = rng.normal(size=rows)
    return {
        "normal": normal,
        "constant": np.full(rows, 3.25),
        "whole": rng.integers(0, 5, rows).astype(float),
        "two values": np.where(normal > 0.5, 1.0, -1.0),
        "wide": np.exp(5 * normal),
        "tiny": normal * 1e-30,
        "shifted": 1e9 + rng.integers(0, 100, rows),
        "outliers": np.where(np.arange(rows) < 4, 1e6, normal),
    }[kind]


@st.composite
def tables(draw):
    """Draw a table of one to four columns, numeric and categorical, some values missing."""
    task = draw(st.sampled_from(TASKS))
    rows = draw(st.integers(24, 48))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    columns, values = [], []
    for position in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            labels = tuple(f"label {i}" for i in range(draw(st.integers(1, 5))))
            columns.append(Column(f"c{position}", "categorical", labels))
            column = rng.integers(0, len(labels), rows).astype(float)
        else:
            columns.append(Column(f"c{position}", "numeric"))
            column = numbers(draw(st.sampled_from(KINDS)), rows, rng)
        gaps = draw(st.sampled_from([0.0, 0.0, 0.2, 0.95]))
        values.append(np.where(rng.random(rows) < gaps, np.nan, column))
    classes = {"binary": ("a", "b"), "multiclass": ("a", "b", "c"), "regression": ()}[task]
    y = rng.permutation(np.arange(rows) % len(classes)) if classes else rng.normal(size=rows)
    return Table("odd", task, "y", tuple(columns), classes, np.column_stack(values), y)


@pytest.mark.parametrize("model", POINTS)
@settings(max_examples=40)
@given(data=st.data())
def test_a_trial_on_an_odd_table_is_ok_and_replays(model, data):
    table = data.draw(tables())
    point = data.draw(st.sampled_from(POINTS[model]))
    metric = "rmse" if table.task == "regression" else "log_loss"
    with tempfile.TemporaryDirectory() as folder:
        scores, parameters, predictions = bench(table, Path(folder)).result(model, point, [metric])
    assume("dual coefficients or intercepts are not finite" not in (scores["reason"] or ""))
    assert (scores["status"], scores["reason"]) == ("ok", None)
    assert scores["replay"]["agrees"]
    assert scores["replay"]["rows"] == len(table.y)
    assert not any(np.isnan(each).any() for each in parameters.values() if each.dtype.kind == "f")
    assert len(predictions["rows"]) == len(table.y) - int(np.ceil(0.2 * len(table.y)))
