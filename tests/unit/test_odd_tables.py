"""Whatever a table looks like, a trial on it gives a result, and its parameters prove it."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from studies import bench

from hypertrial.data.table import Column, Table

TASKS = ("binary", "multiclass", "regression")
MODELS = ("decision_tree", "xgboost", "svm")
POINTS = {
    "decision_tree": [
        {},
        {"max_depth": 2},
        {"splitter": "random", "max_features": 0.5},
        {"max_leaf_nodes": 5, "ccp_alpha": 0.01},
    ],
    "xgboost": [
        {"n_estimators": 3},
        {"n_estimators": 2, "max_depth": 0, "grow_policy": "lossguide", "subsample": 0.5},
        {"n_estimators": 2, "max_cat_to_onehot": 1, "max_cat_threshold": 3},
        {"n_estimators": 2, "max_cat_to_onehot": 100, "max_bin": 3},
    ],
    "svm": [
        {},
        {"kernel": "linear", "max_iter": 100_000},
        {"C": 100.0, "gamma": 10.0},
        {"kernel": "poly", "degree": 2, "coef0": 1.0, "max_iter": 100_000},
    ],
}
OBJECTIVES = [
    {},
    {"objective": "reg:absoluteerror"},
    {"objective": "reg:pseudohubererror", "huber_slope": 5.0},
    {"objective": "reg:squaredlogerror"},
    {"objective": "reg:gamma"},
    {"objective": "reg:tweedie", "tweedie_variance_power": 1.2},
    {"objective": "count:poisson"},
]
SMALL_SCALINGS = ("standard", "min_max", "quantile")
SCALINGS = ("none", "standard", "robust", "min_max", "quantile")
ENCODINGS = {
    "decision_tree": ("one_hot", "ordinal"),
    "xgboost": ("native", "one_hot", "ordinal"),
    "svm": ("one_hot",),
}
UNKNOWN_SCALES = {
    f"preprocessing.{name}" for name in ("centers", "scales", "factors", "offsets", "quantiles")
}
NO_SOLUTION = (
    "dual coefficients or intercepts are not finite",
    "the solver did not converge",
)
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
def column(draw, name, rows, rng):
    """Draw a column and its values, of which some are missing, or nearly all."""
    kind = draw(st.sampled_from(("numeric", "numeric", "ordered", "categorical")))
    if kind == "numeric":
        described, values = Column(name, kind), numbers(draw(st.sampled_from(KINDS)), rows, rng)
    else:
        labels = tuple(f"label {i:02}" for i in range(draw(st.sampled_from((1, 2, 3, 5, 60)))))
        described = Column(name, kind, labels)
        values = rng.integers(0, len(labels), rows).astype(float)
    gaps = draw(st.sampled_from((0.0, 0.0, 0.2, 0.95, 1.0)))
    absent = rng.random(rows) < gaps
    absent[rng.integers(0, rows)] = False  # at least one value, which some folds do not train on
    return described, np.where(absent, np.nan, values)


def weights(kind, rows, rng):
    """Return weights of rows: none, spread widely, or none at all for some rows."""
    spread = rng.gamma(1.0, 1.0, rows) + 0.05
    return {
        "none": None,
        "spread": spread,
        "tiny": np.where(rng.random(rows) < 0.1, 1e-12, spread),
        "zero": np.where(rng.random(rows) < 0.1, 0.0, spread),
        "small": spread * 1e-6,
    }[kind]


@st.composite
def tables(draw):
    """Draw a table of one to six columns of every kind, some constant or equal to another."""
    task = draw(st.sampled_from(TASKS))
    rows = draw(st.integers(24, 48))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    drawn = [draw(column(f"c{i}", rows, rng)) for i in range(draw(st.integers(1, 5)))]
    if draw(st.booleans()):
        first, values = drawn[0]
        drawn.append((replace(first, name="a copy"), values))
    columns, values = zip(*drawn, strict=True)
    classes = {"binary": ("a", "b"), "multiclass": ("a", "b", "c"), "regression": ()}[task]
    y = rng.permutation(np.arange(rows) % len(classes)) if classes else rng.normal(size=rows)
    weight = weights(
        draw(st.sampled_from(("none", "none", "spread", "tiny", "zero", "small"))), rows, rng
    )
    return Table("odd", task, "y", columns, classes, np.column_stack(values), y, weight)


@st.composite
def points(draw, model, task):
    """Draw hyperparameters of a model and of its preprocessing."""
    point = dict(draw(st.sampled_from(POINTS[model])))
    # Products of large numbers, added in another order, have no digit in common.
    products = point.get("kernel") in ("linear", "poly")
    point["scaling"] = draw(st.sampled_from(SMALL_SCALINGS if products else SCALINGS))
    imputations = ("median", "mean", "constant", *(() if model == "svm" else ("none",) * 2))
    point["imputation"] = draw(st.sampled_from(imputations))
    if point["imputation"] != "none":
        point["missing_indicator"] = draw(st.booleans())
    if point["imputation"] == "constant":
        point["fill_value"] = draw(st.sampled_from((0.0, -3.5, 1e6)))
    encoding = draw(st.sampled_from(ENCODINGS[model]))
    if model != "svm":
        point["encoding"] = encoding
    if encoding == "one_hot":
        point["max_categories"] = draw(st.sampled_from((2, 4, 50, None)))
    if encoding != "native":
        point = {name: value for name, value in point.items() if not name.startswith("max_cat_")}
    if task != "regression":
        point["class_weight"] = draw(st.sampled_from((None, "balanced")))
    elif model == "xgboost":
        point |= draw(st.sampled_from(OBJECTIVES))
    return point


def legal(table, point):
    """Return the table with a target that the objective allows."""
    return replace(table, y=np.exp(table.y)) if "objective" in point else table


def empty_in_training(made):
    """Tell which numeric and ordered columns have no value in the training rows."""
    numeric = [i for i, each in enumerate(made.table.columns) if each.kind != "categorical"]
    return np.isnan(made.table.X[np.ix_(made.splits.training, numeric)]).all(axis=0)


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=40)
@given(data=st.data())
def test_a_trial_on_an_odd_table_is_ok_and_replays(model, data):
    table = data.draw(tables())
    point = data.draw(points(model, table.task))
    metric = "rmse" if table.task == "regression" else "log_loss"
    with tempfile.TemporaryDirectory() as folder:
        made = bench(legal(table, point), Path(folder))
        scores, parameters, predictions = made.result(model, point, [metric])
    # Some machines have no solution in double precision, or none that libsvm comes to; both are
    # failures that say so.
    assume(not any(reason in (scores["reason"] or "") for reason in NO_SOLUTION))
    assert (scores["status"], scores["reason"]) == ("ok", None)
    assert scores["replay"]["agrees"]
    assert scores["replay"]["rows"] == len(table.y)
    # What scales a column that training has no value of is unknown, and nothing else.
    unknown = empty_in_training(made) if point["imputation"] == "none" else np.array([False])
    for name, values in parameters.items():
        if values.dtype.kind == "f" and name in UNKNOWN_SCALES and unknown.any():
            assert np.isnan(values[..., unknown]).all()
            assert not np.isnan(values[..., ~unknown]).any()
        elif values.dtype.kind == "f":
            assert not np.isnan(values).any(), name
    assert len(predictions["rows"]) == len(table.y) - int(np.ceil(0.2 * len(table.y)))


def test_a_machine_on_large_unscaled_numbers_replays(tmp_path):
    rng = np.random.default_rng(0)
    X = np.column_stack([1.7e9 + rng.integers(0, 1000, 60), rng.normal(size=60)])
    columns = (Column("seconds", "numeric"), Column("b", "numeric"))
    y = rng.permutation(np.arange(60) % 2)
    made = bench(Table("odd", "binary", "y", columns, ("no", "yes"), X, y), tmp_path)
    scores, _, _ = made.result("svm", {"scaling": "none", "gamma": 1e-4})
    assert (scores["status"], scores["reason"]) == ("ok", None)


def test_a_share_of_rows_whose_logarithm_is_rounded_otherwise_replays(tmp_path):
    # 37 of 50 training rows are positive: the system's logf is not that of Python, rounded.
    y = (np.arange(63) < 47).astype(np.int64)
    X = np.random.default_rng(0).normal(size=(63, 2))
    columns = (Column("a", "numeric"), Column("b", "numeric"))
    made = bench(Table("odd", "binary", "y", columns, ("no", "yes"), X, y), tmp_path)
    assert (y[made.splits.training].sum(), len(made.splits.training)) == (37, 50)
    scores, _, _ = made.result("xgboost", {"n_estimators": 3})
    assert (scores["status"], scores["reason"]) == ("ok", None)
