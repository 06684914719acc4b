"""Metrics that are added after a trial ran are scored from its predictions."""

import json
from dataclasses import replace

import numpy as np
import pytest
from studies import METRICS, bench, bundled, read, rich

from hypertrial import records, refit
from hypertrial.rescore import Rescorer

LATER = {
    "binary": ["log_loss", "average_precision", "balanced_accuracy"],
    "multiclass": ["precision", "log_loss"],
    "regression": ["median_absolute_error", "mape"],
}


@pytest.mark.parametrize("task", list(LATER))
@pytest.mark.parametrize("model", ["decision_tree", "xgboost"])
def test_scores_are_those_of_a_trial_that_had_the_metric(tmp_path, task, model):
    made = bench(rich(task), tmp_path, repeats=2, method="group")
    few, all_of_them = METRICS[task], METRICS[task] + LATER[task]
    folder = made.run(made.spec(model, metrics=few))
    rescorer = Rescorer(all_of_them, made.table_paths)
    completed = rescorer.complete(read(folder)[0], folder)
    whole = read(made.run(made.spec(model, metrics=all_of_them), tmp_path / "other"))[0]
    for own, other in zip(completed["folds"], whole["folds"], strict=True):
        assert own["validation"] == other["validation"]
        assert set(other["train"]) - set(own["train"]) == set(LATER[task])
    assert completed["metrics"] == whole["metrics"]


def test_nothing_is_read_where_no_metric_is_missing(tmp_path):
    record = {"status": "ok", "metrics": {"rmse": {}, "mae": {}}}
    assert Rescorer(["mae"], ["absent", "absent"]).complete(record, tmp_path) is record


def test_a_score_that_is_not_defined_fails_the_trial_as_it_would_have_in_the_trial(tmp_path):
    data = bundled("regression")
    made = bench(replace(data, y=np.where(np.arange(90) == 5, -1e6, data.y)), tmp_path)
    folder = made.run(made.spec("decision_tree", {"max_depth": 1}))
    assert read(folder)[0]["status"] == records.OK
    names = [*METRICS["regression"], "mean_gamma_deviance"]
    completed = Rescorer(names, made.table_paths).complete(read(folder)[0], folder)
    spec = made.spec("decision_tree", {"max_depth": 1}, metrics=names)
    other = read(made.run(spec, tmp_path / "other"))[0]
    assert completed["status"] == other["status"] == records.FAILED
    assert "mean_gamma_deviance" in completed["reason"]
    assert "folds" not in completed


def test_a_trial_is_up_to_date_under_other_metrics_but_not_where_it_needs_another_fit(tmp_path):
    made = bench(bundled("binary"), tmp_path)
    for model, runs_again in (("decision_tree", False), ("svm", True)):
        spec = made.spec(model, metrics=["f1"])
        folder = made.run(spec)
        assert records.is_there(replace(spec, metrics=["roc_auc"]), folder, 600)
        calibrated = replace(spec, metrics=["f1", "log_loss"])
        assert records.is_there(calibrated, folder, 600) is not runs_again


def test_a_trial_that_failed_by_a_metric_has_another_chance_without_it(tmp_path):
    data = bundled("regression")
    made = bench(replace(data, y=np.where(np.arange(90) == 5, -1e6, data.y)), tmp_path)
    spec = made.spec("decision_tree", metrics=["rmse", "mean_gamma_deviance"])
    folder = made.run(spec)
    assert read(folder)[0]["status"] == records.FAILED
    assert records.is_there(spec, folder, 600)
    assert not records.is_there(replace(spec, metrics=["rmse"]), folder, 600)


def test_the_refit_of_a_trial_is_compared_under_the_metrics_it_was_scored_by(tmp_path):
    made = bench(bundled("binary"), tmp_path)
    spec = made.spec("decision_tree", metrics=["f1"])
    folder = made.run(spec)
    later = replace(spec, metrics=["accuracy", "f1"]).to_json()
    refit.compare(later, made.table_paths, made.splits_path, str(folder), str(tmp_path / "out"))
    assert json.loads((tmp_path / "out").read_bytes())["compared"]
