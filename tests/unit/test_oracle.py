"""The scores of a trial equal those of scikit-learn's GridSearchCV on the same folds.

The pipelines here are built from pandas frames with texts, without the package.
"""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import (
    ColumnTransformer,
    TransformedTargetRegressor,
    make_column_selector,
)
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.impute import SimpleImputer
from sklearn.metrics import make_scorer, matthews_corrcoef
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from studies import POINTS, bench, mixed
from xgboost import XGBClassifier, XGBRegressor

from hypertrial.data import datasets
from hypertrial.families import Features
from hypertrial.models import family_names, get_family

SEED = 7
SCORERS = {
    "accuracy": ("accuracy", 1),
    "balanced_accuracy": ("balanced_accuracy", 1),
    "f1": ("f1", 1),
    "roc_auc": ("roc_auc", 1),
    "matthews": (make_scorer(matthews_corrcoef), 1),
    "rmse": ("neg_root_mean_squared_error", -1),
    "mae": ("neg_mean_absolute_error", -1),
    "r2": ("r2", 1),
    "log_loss": ("neg_log_loss", -1),
}
NAMES = {
    "binary": ["roc_auc", "f1", "matthews", "balanced_accuracy", "accuracy"],
    "multiclass": ["balanced_accuracy", "accuracy", "f1", "matthews"],
    "regression": ["rmse", "mae", "r2"],
}
ESTIMATORS = {
    "decision_tree": (DecisionTreeClassifier, DecisionTreeRegressor, {"random_state": SEED}),
    "svm": (SVC, SVR, {}),
    "xgboost": (
        XGBClassifier,
        XGBRegressor,
        {"tree_method": "hist", "n_jobs": 1, "random_state": SEED},
    ),
}
SKIPPED = {"class_weight", "missing_indicator", "ordinal"}
"""Of examples: names and words that these pipelines do not know."""


def points(model, task):
    """Return the examples of a family that a pipeline here can be built for."""
    return [
        each for each in get_family(model).points(task) if not SKIPPED & {*each, *each.values()}
    ]


def frame_of(data):
    """Return a table's features as a frame of numbers and texts, numbers first."""
    columns = sorted(enumerate(data.columns), key=lambda pair: pair[1].kind != "numeric")
    frame = {}
    for i, column in columns:
        values = data.X[:, i]
        if column.kind == "categorical":
            texts = [np.nan if np.isnan(v) else column.categories[int(v)] for v in values]
            values = np.array(texts, dtype=object)
        frame[column.name] = pd.Series(values, dtype=values.dtype)
    return pd.DataFrame(frame)


def as_categories(frame):
    """Return a frame whose texts are pandas categories, which XGBoost takes as they are."""
    labels = {"colour": ["blue", "green", "red"], "town": ["Bonn", "Köln", "Ulm", "Worms"]}
    kinds = {name: pd.CategoricalDtype(labels[name]) for name in labels if name in frame}
    return frame.astype(kinds)


def bare(model, task, own):
    """Return an estimator without preprocessing; of a family not listed above as it builds it."""
    if model not in ESTIMATORS:
        values = get_family(model).of_stage("model", get_family(model).effective(task, own))
        return get_family(model).build(task, values, SEED, False, Features((), ()))
    classifier, regressor, options = ESTIMATORS[model]
    return (regressor if task == "regression" else classifier)(**options, **own)


def pipeline(model, task, point, calibrated=False):
    family = get_family(model)
    given = family.of_stage("preprocessing", family.effective(task, point))
    estimator = bare(model, task, family.of_stage("model", point))
    if calibrated:
        estimator = CalibratedClassifierCV(estimator, cv=StratifiedKFold(3), ensemble=False)
    if given.get("encoding") == "native":
        estimator.set_params(enable_categorical=True)
        return make_pipeline(FunctionTransformer(as_categories), estimator)
    if given.get("target_transform") == "standard":
        estimator = TransformedTargetRegressor(estimator, transformer=StandardScaler())
    filled, scaled = given["imputation"] != "none", given["scaling"] == "standard"
    steps = [SimpleImputer(strategy=given["imputation"])] * filled + [StandardScaler()] * scaled
    numeric = make_pipeline(*steps) if steps else "passthrough"
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = ColumnTransformer(
        [
            ("numbers", numeric, make_column_selector(dtype_include="number")),
            ("texts", encoder, make_column_selector(dtype_exclude="number")),
        ]
    )
    return make_pipeline(columns, estimator)


def grid_search(estimator, frame, y, splits, names, task):
    """Return the values of all scorers, by part, metric and fold."""
    macro = {"f1": ("f1_macro", 1)} if task == "multiclass" else {}
    scorers = {name: (SCORERS | macro)[name] for name in names}
    search = GridSearchCV(
        clone(estimator),
        {},
        scoring={name: scorer for name, (scorer, _) in scorers.items()},
        cv=list(splits.parts()),
        refit=False,
        return_train_score=True,
        error_score="raise",
    ).fit(frame, y)
    return {
        (part, name): [
            sign * search.cv_results_[f"split{i}_{word}_{name}"][0] for i in range(splits.count)
        ]
        for name, (_, sign) in scorers.items()
        for part, word in (("validation", "test"), ("train", "train"))
    }


def check(made, frame, y, model, point, names, calibrated=False):
    task = made.table.task
    scores, _, _ = made.result(model, point, names)
    assert scores["status"] == "ok", scores["reason"]
    estimator = pipeline(model, task, point, calibrated)
    expected = grid_search(estimator, frame, y, made.splits, names, task)
    for (part, name), values in expected.items():
        own = [fold[part][name] for fold in scores["folds"]]
        np.testing.assert_allclose(own, values, rtol=1e-12, atol=1e-12, err_msg=f"{part} {name}")


CASES = [(m, t, each) for m in family_names() for t in NAMES for each in points(m, t)]


@pytest.mark.parametrize(("model", "task", "point"), CASES)
def test_scores_on_a_mixed_table_equal_those_of_grid_search(model, point, task, tmp_path):
    made = bench(mixed(task, seed=3), tmp_path)
    check(made, frame_of(made.table), made.table.y, model, point, NAMES[task])


LOADERS = {
    "binary": ("breast_cancer", load_breast_cancer, 150),
    "multiclass": ("iris", load_iris, 150),
    "regression": ("diabetes", load_diabetes, 120),
}


@pytest.mark.parametrize("task", LOADERS)
@pytest.mark.parametrize("model", family_names())
def test_scores_on_a_bundled_set_equal_those_of_grid_search(model, task, tmp_path):
    name, load, rows = LOADERS[task]
    positive = "malignant" if task == "binary" else None
    data, _ = datasets.read(datasets.DatasetSpec(name, name, positive=positive), task)
    order = np.random.default_rng(5).permutation(len(data.y))[:rows]
    made = bench(data.rows(order), tmp_path)
    bunch = load(as_frame=True)
    y = bunch.target.to_numpy()[order]
    if positive:
        y = (np.asarray(bunch.target_names)[y] == positive).astype(int)
    frame = bunch.data.iloc[order].reset_index(drop=True)
    check(made, frame, y, model, POINTS[model], NAMES[task])


@pytest.mark.parametrize("task", ["binary", "multiclass"])
@pytest.mark.parametrize("model", family_names())
def test_log_loss_equals_that_of_grid_search(model, task, tmp_path):
    made = bench(mixed(task, seed=4), tmp_path)
    frame, y = frame_of(made.table), made.table.y
    check(made, frame, y, model, POINTS[model], ["log_loss"], calibrated=model == "svm")


def test_asking_a_machine_for_probabilities_changes_no_other_score(tmp_path):
    made = bench(mixed("multiclass"), tmp_path)
    plain, _, _ = made.result("svm", {}, ["f1", "matthews"])
    calibrated, _, _ = made.result("svm", {}, ["f1", "matthews", "log_loss"])
    for one, other in zip(plain["folds"], calibrated["folds"], strict=True):
        for part in ("train", "validation"):
            assert other[part].pop("log_loss") > 0
            assert one[part] == other[part]
