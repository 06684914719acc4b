"""One trial: what it records, when it fails, and that it says the same every time."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, roc_auc_score
from studies import POINTS, bench, bundled, estimator, mixed, read

from hypertrial import files, records, setting
from hypertrial.data.table import Column, Table
from hypertrial.errors import DataError
from hypertrial.models import get_family
from hypertrial.records import TRIAL_FILES

TASKS = ["binary", "multiclass", "regression"]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("model", POINTS)
def test_a_record_holds_ids_digests_hyperparameters_by_kind_and_scores(model, task, tmp_path):
    made = bench(mixed(task), tmp_path)
    spec = made.spec(model, POINTS[model])
    folder = made.run(spec)
    scores, parameters, _ = read(folder)
    assert (scores["status"], scores["reason"], scores["task"]) == ("ok", None, task)
    assert {key: scores[key] for key in spec.identity()} == spec.identity()
    kinds = scores["hyperparameters"]
    assert kinds["set"] == POINTS[model]
    family = get_family(model)
    assert {**kinds["set"], **kinds["defaulted"]} == family.effective(task, spec.hyperparameters)
    assert not kinds["set"].keys() & kinds["defaulted"].keys()
    assert set(kinds["needed"]) == {h.name for h in family.declared(task).values() if h.needed} - (
        {"degree", "coef0"} if model == "svm" else set()
    )
    drawn = "random_state" in family.controls and (model, task) != ("svm", "regression")
    assert ("random_state" in kinds["control"]) == drawn
    assert len(scores["folds"]) == made.splits.count
    for fold in scores["folds"]:
        for part in ("train", "validation"):
            assert list(fold[part]) == spec.metrics
    assert scores["metrics"]["rmse" if task == "regression" else "f1"] == {
        "greater_is_better": task != "regression"
    }
    assert scores["inputs"] == {
        "spec": files.digest_text(spec.params),
        "table": made.table.digest,
        "splits": made.splits.digest(),
        "versions": spec.versions,
        "code": spec.code,
    }
    for name in ("parameters.npz", "predictions.npz"):
        assert scores["files"][name] == files.digest_file(folder / name)
    described = {name: list(array.shape) for name, array in parameters.items()}
    assert scores["learned"]["arrays"] == described


def test_what_scale_stood_for_is_resolved_and_what_was_given_is_not(tmp_path):
    made = bench(mixed("binary"), tmp_path)
    scores, _, _ = made.result("svm")
    _, X = estimator(made, made.spec("svm"))
    expected = 1 / (X.shape[1] * X[made.splits.training].var())
    assert scores["hyperparameters"]["defaulted"]["gamma"] == "scale"
    assert scores["hyperparameters"]["resolved"] == {"gamma": pytest.approx(expected, rel=1e-12)}
    assert scores["hyperparameters"]["needed"] == {
        "kernel": "rbf",
        "gamma": scores["hyperparameters"]["resolved"]["gamma"],
    }
    given, _, _ = made.result("svm", {"gamma": 0.5})
    assert given["hyperparameters"]["resolved"] == {}
    assert given["hyperparameters"]["needed"]["gamma"] == 0.5
    linear, _, _ = made.result("svm", {"kernel": "linear"})
    assert linear["hyperparameters"]["needed"] == {"kernel": "linear"}
    assert "gamma" not in linear["hyperparameters"]["defaulted"]


@pytest.mark.parametrize("model", POINTS)
def test_learned_values_are_counted_without_names(model, tmp_path):
    made = bench(mixed("multiclass"), tmp_path)
    scores, parameters, _ = made.result(model, POINTS[model])
    counted = [parameters[name] for name in parameters if "." in name]
    assert scores["learned"]["values"] == sum(each.size for each in counted)
    assert scores["learned"]["bytes"] == sum(each.nbytes for each in counted)
    prepared = [parameters[name] for name in parameters if name.startswith("preprocessing.")]
    assert scores["learned"]["preprocessing_values"] == sum(each.size for each in prepared)
    assert scores["learned"]["preprocessing_bytes"] == sum(each.nbytes for each in prepared)
    assert list(parameters["columns"]) == ["height", "colour", "price", "town"]
    assert list(parameters["classes"]) == ["low", "mid", "top"]


SCORERS = {
    "roc_auc": lambda y, part: roc_auc_score(y, part["ranking"]),
    "accuracy": lambda y, part: accuracy_score(y, part["labels"]),
    "log_loss": lambda y, part: log_loss(y, part["probabilities"]),
    "mae": lambda y, part: mean_absolute_error(y, part["labels"]),
}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("model", POINTS)
def test_out_of_fold_predictions_give_the_validation_scores_again(model, task, tmp_path):
    made = bench(mixed(task), tmp_path)
    names = ["mae"] if task == "regression" else ["accuracy", "log_loss"]
    names += ["roc_auc"] if task == "binary" else []
    scores, _, predictions = made.result(model, POINTS[model], names)
    np.testing.assert_array_equal(predictions["rows"], made.splits.training)
    folds = (made.splits.part[:, made.splits.training] == 2).argmax(axis=0)
    np.testing.assert_array_equal(predictions["fold"], folds)
    for number, fold in enumerate(scores["folds"]):
        own = predictions["fold"] == number
        part = {name: array[own] for name, array in predictions.items()}
        for name in names:
            expected = SCORERS[name](made.table.y[part["rows"]], part)
            assert fold["validation"][name] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("model", POINTS)
def test_the_same_trial_gives_the_same_bytes_in_any_folder(model, task, tmp_path):
    made = bench(mixed(task), tmp_path)
    spec = made.spec(model, POINTS[model])
    one = made.run(spec, tmp_path / "one")
    setting.PREPARED = type(setting.PREPARED)()
    elsewhere = bench(made.table, tmp_path / "elsewhere")
    two = elsewhere.run(spec, tmp_path / "two")
    for name in ("scores.json", "parameters.npz", "predictions.npz"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def texts(value):
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


FAILING = {
    "too large": ("decision_tree", {}, "too large"),
    "too large for boosting": ("xgboost", {}, "too large"),
    "not converging": ("svm", {"max_iter": 1}, "did not converge"),
    "overflowing": ("svm", {"kernel": "poly", "degree": 999, "gamma": 10.0}, "not finite"),
    "not for the target": ("decision_tree", {"criterion": "poisson"}, "negative"),
}


def failing(case, folder):
    """Run a trial that fails; return its folder, its files' content and its cost."""
    model, point, _ = FAILING[case]
    data = mixed("regression" if "target" in case else "binary")
    if "large" in case:
        X = data.X.copy()
        X[:, 0] = 1e39
        data = replace(data, X=X)
    elif "target" not in case:
        data = bundled("binary")
    made = bench(data, folder)
    where = made.run(made.spec(model, point))
    return where, *read(where), json.loads((where / "cost.json").read_bytes())


@pytest.mark.parametrize("case", FAILING)
def test_a_failing_trial_records_its_reason_in_one_line(case, tmp_path):
    folder, scores, parameters, predictions, cost = failing(case, tmp_path)
    assert scores["status"] == "failed"
    assert FAILING[case][2] in scores["reason"]
    assert "fold 0: " in scores["reason"] or "fold 1: " in scores["reason"]
    assert "\n" not in scores["reason"]
    assert len(scores["reason"]) < 500
    assert (parameters, predictions) == ({}, {})
    raised = case != "not converging"
    assert ("Traceback" in (cost["traceback"] or "")) == raised
    assert sorted(path.name for path in folder.iterdir()) == sorted(TRIAL_FILES)


@pytest.mark.parametrize("case", FAILING)
def test_a_failing_trial_says_nothing_of_the_time_or_the_machine(case, tmp_path):
    _, scores, *_ = failing(case, tmp_path)
    for text in texts(scores):
        assert "/" not in text or text.count("/") == text.count("https://"), text
        assert "0x" not in text
        assert "[bt]" not in text


def test_an_ok_trial_names_no_path(tmp_path):
    made = bench(mixed("binary"), tmp_path)
    for model, point in POINTS.items():
        scores, _, _ = made.result(model, point)
        assert not [text for text in texts(scores) if text.startswith("/") or "/tmp" in text]


def test_a_score_that_is_not_a_number_fails_the_trial(tmp_path):
    rng = np.random.default_rng(0)
    data = Table(
        "few",
        "regression",
        "y",
        (Column("x", "numeric"),),
        (),
        rng.normal(size=(8, 1)),
        rng.normal(size=8),
    )
    made = bench(data, tmp_path, folds=5)
    scores, parameters, _ = made.result("decision_tree", {}, ["r2"])
    assert scores["status"] == "failed"
    assert scores["reason"].endswith("r2 of the validation part is nan")
    assert parameters == {}


def test_another_seed_changes_the_trial(tmp_path):
    made = bench(mixed("binary"), tmp_path)
    results = [made.result("decision_tree", {"max_features": 0.3}, seed=seed)[1] for seed in (1, 2)]
    assert not np.array_equal(results[0]["model.feature"], results[1]["model.feature"])


def test_a_trial_costs_something(tmp_path):
    made = bench(mixed("binary"), tmp_path)
    folder = made.run(made.spec("decision_tree"))
    _, cost = records.read(folder)
    assert len(cost["folds"]) == made.splits.count
    assert cost["seconds"] > sum(fold["fit_seconds"] for fold in cost["folds"]) > 0
    assert cost["peak_memory_bytes"] > 2**20
    assert cost["traceback"] is None


@pytest.mark.parametrize("model", POINTS)
def test_a_trial_of_a_model_never_depends_on_held_out_rows(model, tmp_path):
    data = mixed("binary")
    made = bench(data, tmp_path)
    before, parameters, _ = made.result(model, POINTS[model])
    X = data.X.copy()
    X[made.splits.held_out] = np.roll(X[made.splits.held_out], 1, axis=0)
    other = bench(replace(data, X=X), tmp_path / "other")
    after, same, _ = other.result(model, POINTS[model])
    assert after["inputs"]["table"] != before["inputs"]["table"]
    assert after["folds"] == before["folds"]
    for name, array in parameters.items():
        np.testing.assert_array_equal(array, same[name])


def test_trials_on_other_folds_share_no_prepared_rows(tmp_path):
    data = mixed("binary")
    one, two = bench(data, tmp_path / "one"), bench(data, tmp_path / "two", test_size=0.3)
    alone = []
    for made in (one, two):
        setting.PREPARED = type(setting.PREPARED)()
        alone.append(made.result("svm")[0])
    setting.PREPARED = type(setting.PREPARED)()
    assert one.result("svm")[0] == alone[0]
    assert two.result("svm")[0] == alone[1]


def test_a_damaged_table_is_not_trained_on(tmp_path):
    made = bench(mixed("binary"), tmp_path)
    path = tmp_path / "table.npz"
    content = bytearray(path.read_bytes())
    at = bytes(content).index(np.ascontiguousarray(made.table.X).tobytes())
    content[at + 7] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(DataError, match=r"table\.npz: damaged; run the study again"):
        made.run(made.spec("decision_tree"))
    path.write_bytes(bytes(content)[:60])
    with pytest.raises(DataError, match=r"table\.npz: damaged"):
        made.run(made.spec("decision_tree"))
