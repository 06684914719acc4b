"""Scores with weights, groups, times and repeats equal those of scikit-learn's GridSearchCV.

The splits are made by scikit-learn's own splitters on the training rows, and the pipelines from
pandas frames with texts, without the package; weights go through metadata routing.
"""

from dataclasses import replace

import numpy as np
import pytest
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.impute import SimpleImputer
from sklearn.metrics import get_scorer, log_loss, make_scorer, matthews_corrcoef
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    PredefinedSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from studies import bench, rich
from test_oracle import frame_of
from xgboost import XGBClassifier, XGBRegressor

from hypertrial import seeds

SEED = 7
SCORERS = {
    "binary": {
        "roc_auc": get_scorer("roc_auc"),
        "f1": get_scorer("f1"),
        "balanced_accuracy": get_scorer("balanced_accuracy"),
        "matthews": make_scorer(matthews_corrcoef),
        "average_precision": get_scorer("average_precision"),
    },
    "multiclass": {"accuracy": get_scorer("accuracy"), "f1": get_scorer("f1_macro")},
    "regression": {
        "r2": get_scorer("r2"),
        "rmse": get_scorer("neg_root_mean_squared_error"),
        "mae": get_scorer("neg_mean_absolute_error"),
    },
}
LOWER = ("rmse", "mae")
BOOST = {"n_estimators": 6, "max_depth": 3}
ESTIMATORS = {
    "decision_tree": (DecisionTreeClassifier, DecisionTreeRegressor, {"max_depth": 4}),
    "svm": (SVC, SVR, {"C": 3.0}),
    "xgboost": (XGBClassifier, XGBRegressor, BOOST),
}


def pipeline(model, task, weighted):
    classifier, regressor, point = ESTIMATORS[model]
    kind = regressor if task == "regression" else classifier
    seed = {} if kind is SVR else {"random_state": SEED}
    extra = {"tree_method": "hist", "n_jobs": 1} if model == "xgboost" else {}
    estimator = kind(**seed, **point, **extra)
    scaler = StandardScaler()
    if weighted:
        estimator.set_fit_request(sample_weight=True)
        scaler.set_fit_request(sample_weight=False)
    numbers = make_pipeline(SimpleImputer(strategy="median"), scaler)
    encoder = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=50, sparse_output=False
    )
    columns = ColumnTransformer(
        [
            (
                "numbers",
                numbers if model == "svm" else "passthrough",
                make_column_selector(dtype_include="number"),
            ),
            ("texts", encoder, make_column_selector(dtype_exclude="number")),
        ]
    )
    # A transformation weighs targets, which scikit-learn's scaler is not asked to do here.
    untransformed = {"target_transform": "none"} if task == "regression" else {}
    return make_pipeline(columns, estimator), {**point, **untransformed}


def search(estimator, task, data, parts, weighted):
    """Return GridSearchCV's scores by part, metric and split."""
    scorers = SCORERS[task]
    weights = {}
    if weighted:
        scorers = {
            name: each.set_score_request(sample_weight=True) for name, each in scorers.items()
        }
        weights = {"sample_weight": data.weight}
    found = GridSearchCV(
        estimator,
        {},
        scoring=scorers,
        cv=parts,
        refit=False,
        return_train_score=True,
        error_score="raise",
    ).fit(frame_of(as_numbers(data)), data.y, **weights)
    return {
        (part, name): [
            (-1 if name in LOWER else 1) * found.cv_results_[f"split{i}_{word}_{name}"][0]
            for i in range(len(parts))
        ]
        for name in scorers
        for part, word in (("validation", "test"), ("train", "train"))
    }


def as_numbers(data):
    """Return the table with its ordered columns as the numbers that they stand for."""
    columns = tuple(
        replace(each, kind="numeric") if each.kind == "ordered" else each for each in data.columns
    )
    return replace(data, columns=columns)


def check(made, model, parts, weighted=False):
    task = made.table.task
    with sklearn.config_context(enable_metadata_routing=weighted):
        estimator, point = pipeline(model, task, weighted)
        expected = search(estimator, task, made.table, parts, weighted)
    point = point | ({"encoding": "one_hot"} if model == "xgboost" else {})
    scores, _, _ = made.result(model, point, list(SCORERS[task]))
    assert (scores["status"], scores["reason"]) == ("ok", None)
    for (part, name), values in expected.items():
        own = [fold[part][name] for fold in scores["folds"]]
        np.testing.assert_allclose(own, values, rtol=1e-12, atol=1e-12, err_msg=f"{part} {name}")


def within(rows, splits):
    """Return splits of some rows of a table as splits of the table."""
    return [(np.sort(rows[fitted]), np.sort(rows[other])) for fitted, other in splits]


MODELS = list(ESTIMATORS)
TASKS = list(SCORERS)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("model", MODELS)
def test_weighted_scores_equal_those_of_grid_search(model, task, tmp_path):
    made = bench(rich(task, seed=2), tmp_path, method="random")
    check(made, model, list(made.splits.parts()), weighted=True)


@pytest.mark.parametrize("model", MODELS)
def test_scores_by_time_equal_those_of_grid_search(model, tmp_path):
    data = replace(rich("regression", seed=5), weight=None, group=None)
    made = bench(data, tmp_path, method="time", gap=2)
    in_order = made.splits.training[np.argsort(data.time[made.splits.training])]
    parts = within(in_order, TimeSeriesSplit(3, gap=2).split(in_order))
    check(made, model, parts)


@pytest.mark.parametrize("task", TASKS)
def test_scores_by_group_equal_those_of_grid_search(task, tmp_path):
    data = replace(rich(task, seed=6), weight=None, time=None)
    made = bench(data, tmp_path)
    rows = made.splits.training
    kind = GroupKFold if task == "regression" else StratifiedGroupKFold
    seed = seeds.derive(1, "folds", data.name)
    splitter = kind(3, shuffle=True, random_state=seed)
    found = splitter.split(data.X[rows], data.y[rows], data.group[rows])
    check(made, "decision_tree", within(rows, found))


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_repeated_scores_equal_those_of_grid_search(task, tmp_path):
    data = replace(rich(task, seed=8), weight=None, time=None, group=None)
    made = bench(data, tmp_path, repeats=3)
    rows = made.splits.training
    kind = KFold if task == "regression" else StratifiedKFold
    first = kind(3, shuffle=True, random_state=seeds.derive(1, "folds", data.name))
    found = within(rows, first.split(data.X[rows], data.y[rows]))
    parts = list(made.splits.parts())
    assert len(parts) == 9
    for own, expected in zip(parts[:3], found, strict=True):
        np.testing.assert_array_equal(own[0], expected[0])
    check(made, "xgboost", parts)


def test_predefined_folds_give_the_scores_of_grid_search(tmp_path):
    data = replace(rich("multiclass", seed=9), weight=None, time=None, group=None)
    fold = (np.arange(len(data.y)) % 5 - 1).astype(np.int16)
    made = bench(replace(data, fold=fold), tmp_path)
    rows = np.flatnonzero(fold >= 0)
    parts = within(rows, PredefinedSplit(fold[rows]).split())
    check(made, "svm", parts)


def test_probabilities_are_calibrated_on_folds_of_whole_groups(tmp_path):
    data = replace(rich("binary", rows=200, seed=3), weight=None, time=None)
    data = replace(data, X=np.nan_to_num(data.X[:, :2]), columns=data.columns[:2])
    made = bench(data, tmp_path)
    scores, _, _ = made.result("svm", {}, ["log_loss"])
    own = [fold["validation"]["log_loss"] for fold in scores["folds"]]
    expected = []
    for training, validation in made.splits.parts():
        scaler = StandardScaler().fit(data.X[training])
        X, y = scaler.transform(data.X), data.y
        folds = StratifiedGroupKFold(3).split(X[training], y[training], data.group[training])
        machine = CalibratedClassifierCV(SVC(), cv=list(folds), ensemble=False)
        shares = machine.fit(X[training], y[training]).predict_proba(X[validation])
        expected.append(log_loss(y[validation], shares, labels=[0, 1]))
    np.testing.assert_allclose(own, expected, rtol=1e-9)
