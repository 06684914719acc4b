"""Prediction from parameters.npz alone equals what the estimator itself predicts."""

from dataclasses import replace

import numpy as np
import pytest
from studies import bench, bundled, estimator, mixed, peer, response

from hypertrial import files, prediction
from hypertrial.models import get_family
from hypertrial.preprocessing import replaying

TREES = [
    {},
    {"max_depth": 1},
    {"max_depth": 4, "splitter": "random"},
    {"max_features": "sqrt"},
    {"max_features": 0.4, "min_samples_split": 9},
    {"max_leaf_nodes": 7},
    {"ccp_alpha": 0.02},
    {"min_impurity_decrease": 0.01, "min_samples_leaf": 5},
    {"min_samples_leaf": 1000},
]
BOOSTERS = [
    {"n_estimators": 1},
    {"n_estimators": 12},
    {"n_estimators": 9, "max_depth": 0, "grow_policy": "lossguide", "max_leaves": 6},
    {"n_estimators": 5, "max_depth": 0, "grow_policy": "lossguide"},
    {"n_estimators": 7, "subsample": 0.6, "colsample_bytree": 0.5},
    {"n_estimators": 6, "reg_alpha": 1.0, "reg_lambda": 0.0, "min_split_loss": 0.2},
    {"n_estimators": 6, "max_bin": 4, "min_child_weight": 5.0, "learning_rate": 0.05},
    {"n_estimators": 3, "reg_alpha": 1e6},
]
MACHINES = [
    {},
    {"kernel": "linear", "C": 0.1},
    {"gamma": "auto", "C": 10.0},
    {"gamma": 5.0, "tol": 1e-5},
    {"kernel": "poly"},
    {"kernel": "poly", "degree": 1, "coef0": -0.5},
    {"kernel": "poly", "degree": 2, "coef0": 1.0, "gamma": 0.2},
    {"kernel": "sigmoid", "gamma": 0.05, "coef0": 0.3},
    {"C": 1e-6},
]
TASKS = ["binary", "multiclass", "regression"]


@pytest.fixture(scope="module", params=[*TASKS, "binary plain", "multiclass plain"])
def made(request, tmp_path_factory):
    """A mixed table of each task with missing values, or a bundled set without them."""
    task, _, plain = request.param.partition(" ")
    data = bundled(task) if plain else mixed(task, seed=1)
    return bench(data, tmp_path_factory.mktemp("bench"))


def responses(made, model, point, metrics=None):
    """Return the estimator's own response to every row, and that of its parameters on disk."""
    spec = made.spec(model, point, metrics)
    folder = made.run(spec)
    family = get_family(model)
    fitted, X = estimator(made, spec)
    other, _ = peer(made, spec)
    learned = files.load_npz(folder / "parameters.npz")
    values = family.effective(spec.task, spec.hyperparameters) | family.resolved(fitted)
    needed = family.needed(values)
    return (
        other,
        X,
        response(made, spec, fitted, X),
        prediction.predict(family, spec.task, learned, needed, made.table),
    )


@pytest.mark.parametrize("point", TREES)
def test_a_tree_replays_to_the_bit(made, point):
    fitted, X, _, replayed = responses(made, "decision_tree", point)
    np.testing.assert_array_equal(replayed.labels, fitted.predict(X))
    if made.table.task != "regression":
        np.testing.assert_array_equal(replayed.probabilities, fitted.predict_proba(X))


@pytest.mark.parametrize("task", ["binary", "multiclass"])
@pytest.mark.parametrize("criterion", ["entropy", "log_loss"])
def test_a_tree_of_another_criterion_replays_to_the_bit(criterion, task, tmp_path):
    made = bench(mixed(task, seed=1), tmp_path)
    fitted, X, _, replayed = responses(made, "decision_tree", {"criterion": criterion})
    np.testing.assert_array_equal(replayed.probabilities, fitted.predict_proba(X))


@pytest.mark.parametrize("criterion", ["absolute_error", "poisson"])
def test_a_tree_of_a_criterion_for_complete_data_replays_to_the_bit(criterion, tmp_path):
    made = bench(bundled("regression"), tmp_path)
    fitted, X, _, replayed = responses(made, "decision_tree", {"criterion": criterion})
    np.testing.assert_array_equal(replayed.labels, fitted.predict(X))


@pytest.mark.parametrize("point", BOOSTERS)
def test_boosted_margins_replay_to_the_bit(made, point):
    fitted, X, _, replayed = responses(made, "xgboost", point)
    np.testing.assert_array_equal(replayed.raw, fitted.predict(X, output_margin=True))
    np.testing.assert_array_equal(replayed.labels, fitted.predict(X))
    if made.table.task != "regression":
        np.testing.assert_allclose(replayed.probabilities, fitted.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("point", MACHINES)
def test_a_machine_replays_to_rounding(made, point):
    fitted, X, own, replayed = responses(made, "svm", point)
    if made.table.task == "regression":  # scikit-learn's own sums the kernel in another order
        np.testing.assert_allclose(own.labels, fitted.predict(X), rtol=1e-9)
    else:
        np.testing.assert_array_equal(own.labels, fitted.predict(X))
    scale = np.abs(own.raw).max()
    np.testing.assert_allclose(replayed.raw, own.raw, rtol=0, atol=1e-10 * scale)
    if made.table.task == "regression":
        np.testing.assert_allclose(replayed.labels, fitted.predict(X), rtol=1e-9)
    else:
        np.testing.assert_array_equal(replayed.labels, fitted.predict(X))


@pytest.mark.parametrize("point", MACHINES[:4])
def test_a_calibrated_machine_replays_its_probabilities(made, point):
    if made.table.task == "regression":
        point = {"kernel": "linear", "epsilon": 0.0}
        fitted, X, _, replayed = responses(made, "svm", point)
        np.testing.assert_allclose(replayed.labels, fitted.predict(X), rtol=1e-9)
        return
    fitted, X, _, replayed = responses(made, "svm", point, ["f1", "log_loss"])
    np.testing.assert_allclose(replayed.probabilities, fitted.predict_proba(X), atol=1e-10)
    np.testing.assert_array_equal(
        replayed.labels, fitted.calibrated_classifiers_[0].estimator.predict(X)
    )


CORRUPTIONS = {
    "decision_tree": ["threshold", "value", "feature", "left"],
    "xgboost": ["threshold", "base_margin", "feature"],
    "svm": ["dual_coefficients", "intercepts", "support_vectors"],
}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    ("model", "array"), [(model, array) for model, names in CORRUPTIONS.items() for array in names]
)
def test_one_changed_parameter_is_a_disagreement(model, array, task, tmp_path):
    made = bench(bundled(task), tmp_path)
    spec = made.spec(model, {} if model == "svm" else {"max_depth": 3})
    folder = made.run(spec)
    fitted, X = estimator(made, spec)
    family = get_family(model)
    learned = files.load_npz(folder / "parameters.npz")
    values = family.effective(spec.task, spec.hyperparameters) | family.resolved(fitted)
    needed, own = family.needed(values), response(made, spec, fitted, X)

    def agreement():
        replayed = prediction.predict(family, spec.task, learned, needed, made.table)
        return prediction.compare(family, spec.task, own, replayed)

    assert agreement().agrees
    changed = learned[f"model.{array}"]
    if array == "feature":
        changed[0] = (changed[0] + 1) % made.table.X.shape[1]
    elif array == "left":
        changed[0] = learned["model.right"][0]
    elif array == "threshold":
        changed[0] = np.median(made.table.X[:, learned["model.feature"][0]]) + 0.123 * changed[0]
    elif array == "value":
        changed[learned["model.left"] < 0] += 1e-9
    else:
        changed.flat[0] += np.float32(1e-6) * (1 + abs(changed.flat[0]))
    assert not agreement().agrees


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("model", ["decision_tree", "xgboost"])
def test_a_value_on_a_threshold_goes_where_the_estimator_sends_it(model, task, tmp_path):
    data = bundled(task)
    made = bench(replace(data, X=np.round(data.X * 100)), tmp_path)
    spec = made.spec(model, {"max_depth": 4})
    learned = files.load_npz(made.run(spec) / "parameters.npz")
    fitted, _ = estimator(made, spec)
    inner = learned["model.left"] >= 0
    thresholds = learned["model.threshold"][inner].astype(np.float32).astype(float)
    X = np.repeat(made.table.X[:1], len(thresholds), axis=0)
    X[np.arange(len(X)), learned["model.feature"][inner]] = thresholds
    rows = replace(made.table, X=X, y=np.zeros(len(X)))
    family = get_family(model)
    needed = family.needed(family.effective(task, {}))
    replayed = prediction.predict(family, task, learned, needed, rows)
    np.testing.assert_array_equal(replayed.raw, family.respond(fitted, X).raw)


@pytest.mark.parametrize("model", ["decision_tree", "svm", "xgboost"])
def test_categories_are_known_by_their_labels_and_unseen_ones_are_none_of_them(model, tmp_path):
    data = mixed("binary", seed=2)
    made = bench(data, tmp_path)
    spec = made.spec(model)
    learned = files.load_npz(made.run(spec) / "parameters.npz")
    fitted, _ = estimator(made, spec)
    family = get_family(model)
    needed = family.needed(family.effective(spec.task, {}) | family.resolved(fitted))
    expected = prediction.predict(family, "binary", learned, needed, data)

    towns, order = data.columns[3].categories, [2, 0, 3, 1]
    town = replace(data.columns[3], categories=("Aue", *(towns[i] for i in order)))
    X = data.X.copy()
    known = ~np.isnan(X[:, 3])
    X[known, 3] = 1 + np.argsort(order)[X[known, 3].astype(int)]
    other = replace(data, columns=(*data.columns[:3], town), X=X)
    same = prediction.predict(family, "binary", learned, needed, other)
    np.testing.assert_array_equal(same.raw, expected.raw)

    X[:, 3] = 0.0
    features = replaying.replay(learned, other)
    if model == "xgboost":
        assert np.isnan(features[:, -1]).all()  # a code of its own is none
    else:
        assert not features[:, -5:].any()
    unseen = prediction.predict(family, "binary", learned, needed, other)
    assert np.isfinite(unseen.raw).all()
