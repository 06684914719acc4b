"""Exports stand where they are told, and cv_results_ has scikit-learn's form and values."""

import json
from dataclasses import replace

import numpy as np
import optuna
import pytest
from finished import export, study, tool
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from studies import bundled

from hypertrial.errors import HypertrialError
from hypertrial.exports import cv_results

POINTS = [
    {"max_depth": 1},
    {"max_depth": 2},
    {"max_depth": None, "min_samples_leaf": 4},
    {"max_features": "sqrt", "ccp_alpha": 0.01},
    {"max_features": 0.5},
]
SCORING = {
    "multiclass": {"balanced_accuracy": "balanced_accuracy", "f1": "f1_macro"},
    "regression": {"neg_rmse": "neg_root_mean_squared_error", "r2": "r2"},
}
ESTIMATORS = {"multiclass": DecisionTreeClassifier, "regression": DecisionTreeRegressor}


def grid_search(made, points, task):
    """Return what scikit-learn's own search gives for the same points and folds."""
    training = np.flatnonzero(~made.splits.held)
    place = {row: i for i, row in enumerate(training)}
    folds = [[[place[row] for row in part] for part in split] for split in made.splits.parts()]
    search = GridSearchCV(
        ESTIMATORS[task](random_state=7),
        [{name: [value] for name, value in point.items()} for point in points],
        scoring=SCORING[task],
        cv=folds,
        refit=False,
        return_train_score=True,
    )
    return search.fit(made.table.X[training], made.table.y[training]).cv_results_


@pytest.mark.parametrize("task", SCORING)
def test_cv_results_are_those_of_grid_search(task, tmp_path):
    metrics = [name.removeprefix("neg_") for name in SCORING[task]]
    folder, made = study(tmp_path, bundled(task), {"decision_tree": POINTS}, metrics)
    own = cv_results.read(folder / made.table.name / "decision_tree")
    expected = grid_search(made, own["params"], task)
    assert len(own["params"]) == 1 + len(POINTS)
    assert all(point in own["params"] for point in ({}, *POINTS))
    assert list(own) == list(expected)
    for name, theirs in expected.items():
        mine = own[name]
        if name == "params":
            assert mine == theirs
            continue
        assert (type(mine), mine.dtype, mine.shape) == (type(theirs), theirs.dtype, theirs.shape)
        if name.startswith("param_"):
            np.testing.assert_array_equal(mine.mask, theirs.mask)
            assert mine.compressed().tolist() == theirs.compressed().tolist()
        elif name.endswith("_time"):
            assert (mine >= 0).all()
        else:
            np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-14, err_msg=name)


def test_a_failed_trial_has_no_scores_and_the_last_rank(tmp_path):
    data = bundled("regression")
    low = replace(data, X=data.X, y=data.y - data.y.mean())
    points = [{"n_estimators": 2}, {"n_estimators": 3, "objective": "reg:gamma"}]
    folder, _ = study(tmp_path, low, {"xgboost": points}, ["rmse"])
    own = cv_results.read(folder / data.name / "xgboost")
    last = own["params"].index(points[1])
    assert last == 2
    assert own["rank_test_neg_rmse"].tolist() == [1, 2, 3]
    for name in ("split0_test_neg_rmse", "mean_test_neg_rmse", "std_train_neg_rmse"):
        assert np.isnan(own[name]).tolist() == [False, False, True]


@pytest.fixture(scope="module")
def two_models(tmp_path_factory):
    models = {"decision_tree": POINTS[:2], "svm": [{"C": 3.0}]}
    return study(tmp_path_factory.mktemp("two"), bundled("multiclass"), models)[0]


def test_the_command_writes_json_of_every_search(two_models, tmp_path):
    printed = export("cv_results", two_models, "--output", tmp_path / "out")
    paths = [
        tmp_path / "out" / "iris" / model / "cv_results.json" for model in ("decision_tree", "svm")
    ]
    assert printed.splitlines() == [str(path) for path in paths]
    content = json.loads(paths[0].read_text())
    own = cv_results.read(two_models / "iris" / "decision_tree")
    assert content["search"] == "test/iris/decision_tree"
    assert list(content["cv_results"]) == list(own)
    assert content["cv_results"]["mean_test_f1"] == own["mean_test_f1"].tolist()
    assert content["cv_results"]["param_max_depth"] == own["param_max_depth"].tolist()
    for trial, point in zip(content["trials"], own["params"], strict=True):
        path = two_models / "iris" / "decision_tree" / "trials" / trial / "scores.json"
        assert json.loads(path.read_text())["hyperparameters"]["set"] == point


def test_exports_stand_below_the_study_and_are_replaced_only_on_demand(two_models):
    expected = two_models / "exports" / "iris" / "svm" / "cv_results.json"
    assert export("cv_results", two_models / "iris" / "svm").strip() == str(expected)
    expected.write_text("mine")
    error = export("cv_results", two_models, fails=True)
    assert error == f"{expected}: is there already; --overwrite replaces it\n"
    assert expected.read_text() == "mine"
    assert not (two_models / "exports" / "iris" / "decision_tree").exists()
    export("cv_results", two_models, "--overwrite")
    assert json.loads(expected.read_text())["search"] == "test/iris/svm"


def test_a_mistake_is_told_in_one_line(two_models, tmp_path):
    cases = {
        ("cv_result", two_models): "unknown format (did you mean 'cv_results'?)",
        ("cv_results", tmp_path / "none"): "no such folder",
        ("cv_results", tmp_path): "is no study, data set or model",
    }
    for arguments, reason in cases.items():
        error = export(*arguments, fails=True)
        assert reason in error
        assert error.count("\n") == 1


def test_one_model_is_read_at_a_time(two_models):
    with pytest.raises(HypertrialError, match="holds 2 searches; give one model's folder"):
        cv_results.read(two_models)


def test_an_unfinished_study_is_refused(tmp_path):
    folder, made = study(tmp_path, bundled("multiclass"), {"decision_tree": POINTS[:1]})
    made.run(made.spec("svm", {}), folder / "iris")
    assert "svm: is not finished" in export("cv_results", folder / "iris", fails=True)
    (folder / "leaderboard.csv").unlink()
    assert "the study is not finished" in export("cv_results", folder, fails=True)
    assert not list(folder.rglob("cv_results.json"))


def test_a_metric_that_was_added_later_has_no_training_scores(tmp_path):
    models = {"decision_tree": POINTS[:1]}
    folder, _ = study(tmp_path, bundled("multiclass"), models, ["accuracy"], later=["f1"])
    own = cv_results.read(folder / "iris" / "decision_tree")
    splits = [name for name in own if name.startswith("split") and name.endswith("_train_f1")]
    assert len(splits) == 3
    assert all(np.isnan(own[name]).all() for name in [*splits, "mean_train_f1"])
    assert np.isfinite(own["mean_test_f1"]).all()
    assert np.isfinite(own["mean_train_accuracy"]).all()
    export("cv_results", folder)
    tool("mlflow")
    export("mlflow", folder)
    path = export("optuna", folder).strip()
    (name,) = optuna.get_all_study_names(f"sqlite:///{path}")
    loaded = optuna.load_study(study_name=name, storage=f"sqlite:///{path}")
    told = loaded.trials[0].user_attrs
    assert "mean_test_f1" in told
    assert "mean_train_f1" not in told
