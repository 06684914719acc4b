"""Machines trained together on a kernel matrix: the same as alone, and as those trained on rows."""

import weakref
from dataclasses import replace

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.metrics.pairwise import pairwise_kernels
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.svm import SVC, SVR
from studies import bench, bundled, mixed, read, rich
from threadpoolctl import threadpool_limits

from hypertrial import records
from hypertrial.families import Features, Roles, Training
from hypertrial.models import get_family
from hypertrial.models.svm import fitting, kernel_matrix, replay
from hypertrial.models.svm.kernel_matrix import KernelMatrix

SVM = get_family("svm")
TASKS = ["binary", "multiclass", "regression"]
KERNELS = [
    {},
    {"gamma": 0.2},
    {"kernel": "linear"},
    {"kernel": "poly", "degree": 2, "coef0": 1.0},
    {"kernel": "sigmoid", "gamma": 0.05},
]
UNLIKE = {
    "binary": [{"C": 0.3}, {"C": 9.0, "class_weight": "balanced"}, {"tol": 1e-5}],
    "multiclass": [{"C": 0.3}, {"C": 9.0, "class_weight": "balanced"}, {"max_iter": 10_000}],
    "regression": [{"C": 0.3}, {"C": 9.0, "epsilon": 0.5}, {"tol": 1e-5}],
}
SAME_FILES = ("scores.json", "parameters.npz", "predictions.npz")


def contents(folder):
    """Publish a trial that is staged; return the bytes that may not depend on its company."""
    records.publish(folder)
    return [(folder / name).read_bytes() for name in SAME_FILES]


def together_and_alone(made, points, metrics=None):
    """Run trials together and each alone; return what they recorded, a pair for each."""
    specs = [made.spec("svm", point, metrics) for point in points]
    together = made.stage(specs, made.folder / "together")
    alone = [made.stage([spec], made.folder / "alone")[0] for spec in specs]
    found = [(contents(one), contents(other)) for one, other in zip(together, alone, strict=True)]
    assert [read(folder)[0]["status"] for folder in alone] == ["ok"] * len(points)
    return found


def same(pairs):
    return all(one == other for one, other in pairs)


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
@pytest.mark.parametrize("task", TASKS)
def test_trials_together_record_what_they_would_alone(task, kernel, tmp_path):
    made = bench(mixed(task), tmp_path)
    assert same(together_and_alone(made, [kernel | other for other in UNLIKE[task]]))


@pytest.mark.parametrize("kernel", KERNELS[:2], ids=str)
@pytest.mark.parametrize("task", TASKS[:2])
def test_trials_with_probabilities_weights_and_groups_record_what_they_would_alone(
    task, kernel, tmp_path
):
    made = bench(replace(rich(task), time=None), tmp_path)
    points = [kernel | other for other in UNLIKE[task]]
    assert same(together_and_alone(made, points, ["log_loss", "accuracy"]))


@pytest.mark.parametrize("task", TASKS)
def test_trials_on_more_rows_than_the_bound_record_what_they_would_alone(
    task, tmp_path, monkeypatch
):
    monkeypatch.setattr(kernel_matrix, "MOST_ROWS", 10)
    monkeypatch.setattr(fitting, "KernelMatrix", None)
    assert same(together_and_alone(bench(mixed(task), tmp_path), UNLIKE[task]))


@pytest.mark.parametrize("task", TASKS)
def test_trials_whose_kernel_values_are_not_kept_record_what_they_would_alone(
    task, tmp_path, monkeypatch
):
    monkeypatch.setattr(kernel_matrix, "KEPT_BYTES", 0)
    monkeypatch.setattr(replay.blocks, "__defaults__", (500,))
    assert same(together_and_alone(bench(mixed(task), tmp_path), UNLIKE[task]))


def test_a_trial_that_does_not_converge_leaves_the_others_whole(tmp_path):
    made = bench(bundled("binary"), tmp_path)
    points = [{"C": 1.0}, {"C": 2.0, "max_iter": 1}, {"C": 3.0}]
    specs = [made.spec("svm", point) for point in points]
    one, failed, other = made.stage(specs, tmp_path / "together")
    assert not failed.exists()
    for folder, spec in ((one, specs[0]), (other, specs[2])):
        assert contents(folder) == contents(made.stage([spec], tmp_path / "alone")[0])
        assert read(folder)[0]["warnings"] == []
    scores, _, _ = read(made.run(specs[1]))
    assert scores["reason"].startswith("fold 0: the solver did not converge")


def test_kernel_values_that_overflow_fail_every_trial_in_the_same_words(tmp_path):
    made = bench(bundled("binary"), tmp_path)
    point = {"kernel": "poly", "degree": 999, "gamma": 10.0}
    specs = [made.spec("svm", point | {"C": C}) for C in (1.0, 2.0)]
    assert not any(folder.exists() for folder in made.stage(specs, tmp_path / "together"))
    reasons = {made.result("svm", point | {"C": C})[0]["reason"] for C in (1.0, 2.0)}
    assert reasons == {
        "ValueError: fold 0: kernel values are not finite numbers of single precision"
    }


def given(task, rows=120, features=6, weighted=False, grouped=False, probabilities=False):
    """Return random training rows and rows of a validation."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(rows + 40, features)) + 2.0
    signal = X[:, 0] * X[:, 1] + X[:, 2] + rng.normal(scale=0.5, size=len(X))
    y = signal
    if task != "regression":
        cuts = [0.5] if task == "binary" else [0.25, 0.5, 0.75]
        y = np.searchsorted(np.quantile(signal, cuts), signal)
    weight = rng.gamma(1.0, 1.0, rows) * (rng.random(rows) < 0.9) if weighted else None
    group = rng.integers(0, 20, rows) if grouped else None
    plain = Features((False,) * features, (0,) * features)
    training = Training(
        task, 7, probabilities, plain, X[:rows], y[:rows], Roles(weight, group), threads=1
    )
    return training, X[rows:]


def fitted(training, *points):
    """Return a machine for each point, all of them fitted together."""
    values = [SVM.effective(training.task, point) for point in points]
    model = [SVM.of_stage("model", each) for each in values]
    return [fit() for fit in SVM.fits(training, model)]


def on_rows(training, point):
    kind = SVR if training.task == "regression" else SVC
    weight = training.roles.weight
    return kind(**point).fit(training.X, training.y, sample_weight=weight)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kernel", KERNELS, ids=str)
@pytest.mark.parametrize("task", TASKS)
def test_a_machine_trained_on_the_matrix_is_the_one_trained_on_rows(task, kernel, weighted):
    training, X = given(task, weighted=weighted)
    for C in (0.5, 20.0):
        point = kernel | {"C": C, "tol": 1e-6}
        (machine,), expected = fitted(training, point), on_rows(training, point)
        if not weighted:  # scikit-learn does not count rows without weight
            np.testing.assert_array_equal(machine.bare.support_, expected.support_)
        learned = SVM.parameters(machine)
        np.testing.assert_array_equal(learned["support_vectors"], expected.support_vectors_)
        np.testing.assert_allclose(
            learned["dual_coefficients"], expected.dual_coef_, rtol=1e-3, atol=1e-4 * C
        )
        for rows in (X, training.X, np.vstack([X, training.X, X[:3]])):
            labels = SVM.respond(machine, rows).labels
            if task == "regression":
                np.testing.assert_allclose(labels, expected.predict(rows), rtol=1e-4, atol=1e-4)
            else:
                np.testing.assert_array_equal(labels, expected.predict(rows))


@pytest.mark.parametrize("task", TASKS)
def test_a_response_is_that_of_the_estimator_itself(task):
    training, X = given(task, probabilities=task != "regression")
    (machine,) = fitted(training, {"gamma": 0.1})
    values = replay.kernel(X, training.X, {"kernel": "rbf", "gamma": 0.1})
    response = SVM.respond(machine, X)
    np.testing.assert_array_equal(response.labels, machine.bare.predict(values))
    if task != "regression":
        assert machine.bare.decision_function_shape == "ovr"
        np.testing.assert_array_equal(response.probabilities, machine.fitted.predict_proba(values))
        machine.bare.decision_function_shape = "ovo"
        np.testing.assert_array_equal(response.raw, machine.bare.decision_function(values))


@pytest.mark.parametrize("task", TASKS)
def test_a_response_to_training_rows_is_that_of_the_estimator_but_for_rounding(task):
    training, _ = given(task, probabilities=task != "regression")
    (machine,) = fitted(training, {"gamma": 0.1})
    product, own = SVM.respond(machine, training.X), SVM.respond(machine, training.X.copy())
    np.testing.assert_allclose(product.raw, own.raw, rtol=0, atol=1e-12)
    if task != "regression":
        np.testing.assert_array_equal(product.labels, own.labels)
        np.testing.assert_allclose(product.probabilities, own.probabilities, rtol=0, atol=1e-12)


@pytest.mark.parametrize("bound", [1000, 10])
@pytest.mark.parametrize("point", [{}, {"gamma": 0.1}, {"gamma": "auto"}], ids=str)
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("task", TASKS[:2])
def test_probabilities_are_those_of_scikit_learns_calibration(
    task, grouped, point, bound, monkeypatch
):
    monkeypatch.setattr(kernel_matrix, "MOST_ROWS", bound)
    training, X = given(task, weighted=True, grouped=grouped, probabilities=True)
    (machine,) = fitted(training, point)
    folds = StratifiedKFold(3).split(training.X, training.y)
    if grouped:
        folds = StratifiedGroupKFold(3).split(training.X, training.y, training.roles.group)
    expected = CalibratedClassifierCV(SVC(**point), cv=list(folds), ensemble=False)
    expected.fit(training.X, training.y, sample_weight=training.roles.weight)
    found = SVM.respond(machine, X).probabilities
    # The sigmoid's solver makes more of a difference in rounding: it stops at a tolerance.
    np.testing.assert_allclose(found, expected.predict_proba(X), rtol=0, atol=1e-6)


@pytest.mark.parametrize("word", ["scale", "auto"])
@pytest.mark.parametrize("bound", [1000, 10])
def test_gamma_is_resolved_to_the_bit_as_scikit_learn_does(word, bound, monkeypatch):
    monkeypatch.setattr(kernel_matrix, "MOST_ROWS", bound)
    training, _ = given("binary")
    for X in (training.X, np.asfortranarray(training.X * 1e3), np.ones_like(training.X)):
        (machine,) = fitted(replace(training, X=X), {"gamma": word})
        expected = SVC(gamma=word).fit(X, training.y)._gamma
        assert SVM.resolved(machine) == {"gamma": expected}
    assert SVM.resolved(fitted(training, {"gamma": 0.5})[0]) == {}
    assert SVM.resolved(fitted(training, {"kernel": "linear"})[0]) == {}


@pytest.mark.parametrize("kernel", KERNELS[1:], ids=str)
@pytest.mark.parametrize("rows", [1, 255, 256, 600])
def test_a_kernel_matrix_is_symmetric_and_has_scikit_learns_values(rows, kernel):
    X = np.random.default_rng(0).normal(size=(rows, 7))
    needed = {"kernel": "rbf", "gamma": 0.1, "degree": 3, "coef0": 0.0} | kernel
    matrix = kernel_matrix.symmetric(X, needed)
    name, options = needed["kernel"], dict(needed)
    del options["kernel"]
    expected = pairwise_kernels(X, metric=name, filter_params=True, **options)
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_allclose(matrix, expected, rtol=1e-11, atol=1e-12)
    if name == "rbf":
        assert (matrix.diagonal() == 1).all()


def test_a_kernel_matrix_does_not_depend_on_the_number_of_threads():
    X = np.random.default_rng(0).normal(size=(455, 300))
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            found.append(kernel_matrix.symmetric(X, {"kernel": "linear"}))
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("gamma", [1e-3, 10.0, 1e6])
def test_near_rows_far_from_the_rest_keep_their_kernel_values(gamma):
    rng = np.random.default_rng(0)
    places = rng.normal(scale=1e4, size=(20, 3))
    X = np.repeat(places, 4, axis=0) + rng.normal(scale=1 / np.sqrt(gamma), size=(80, 3))
    exact = np.exp(-gamma * ((X[:, None] - X[None]) ** 2).sum(axis=2))
    needed = {"kernel": "rbf", "gamma": gamma}
    for found in (kernel_matrix.symmetric(X, needed), replay.kernel(X, X[5:50], needed)):
        columns = exact if len(found.T) == 80 else exact[:, 5:50]
        np.testing.assert_allclose(found, columns, rtol=0, atol=2e-12)


def test_a_machine_without_support_vectors_predicts_its_intercept(tmp_path):
    made = bench(mixed("regression"), tmp_path)
    scores, learned, predictions = made.result("svm", {"epsilon": 1e6})
    assert scores["status"] == "ok", scores["reason"]
    assert learned["model.support_vectors"].shape[0] == 0
    assert len(np.unique(predictions["labels"][predictions["fold"] == 0])) == 1


def test_only_one_kernel_matrix_is_held_at_a_time_and_none_after_the_trials(tmp_path, monkeypatch):
    held, most = weakref.WeakSet(), []

    class Watched(KernelMatrix):
        def __init__(self, *arguments):
            most.append(len(held))
            super().__init__(*arguments)
            held.add(self)

    monkeypatch.setattr(fitting, "KernelMatrix", Watched)
    made = bench(mixed("binary"), tmp_path)
    for metrics in (["accuracy"], ["log_loss"]):
        specs = [made.spec("svm", {"C": C}, metrics) for C in (1.0, 2.0)]
        made.stage(specs, tmp_path / "together")
        assert most == [0] * (made.splits.count + 1)
        assert not held
        most.clear()


def shared(task="binary", **chosen):
    return SVM.shares(SVM.effective(task, chosen))


def test_machines_share_a_matrix_whatever_they_pay_for_errors_and_when_they_stop():
    assert shared(C=2.0, tol=0.1, max_iter=9, class_weight="balanced") == shared()
    assert shared("regression", C=2.0, epsilon=0.5) == shared("regression")


def test_machines_share_no_matrix_if_their_kernels_or_rows_differ():
    points = [{"gamma": 0.1}, {"kernel": "linear"}, {"scaling": "robust"}, {"imputation": "mean"}]
    points += [{"kernel": "poly"} | other for other in ({}, {"degree": 2}, {"coef0": 1.0})]
    kinds = [shared(), *(shared(**point) for point in points)]
    assert all(one not in kinds[:i] for i, one in enumerate(kinds))


def test_more_work_is_guessed_for_a_larger_cost():
    guesses = [SVM.work(SVM.effective("binary", {"C": C})) for C in (0.01, 1.0, 100.0, 1e6)]
    assert guesses == sorted(guesses)
    assert guesses[0] > SVM.work(SVM.effective("binary", {"C": 0.01, "kernel": "linear"})) > 0
