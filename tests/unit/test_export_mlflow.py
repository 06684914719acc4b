"""Runs of MLflow hold the trials, as MLflow's own client reads them."""

import json
import os
import socket
import warnings
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
from finished import export, study
from studies import bundled

from hypertrial.exports import mlflow_runs

MODELS = {
    "decision_tree": [{"max_depth": 1}, {"max_features": "sqrt", "ccp_alpha": 0.5}],
    "xgboost": [{"n_estimators": 2}, {"n_estimators": 3, "objective": "reg:gamma"}],
}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Return a study's folder, whose last booster fails, and the store that was exported."""
    data = bundled("regression")
    low = replace(data, y=data.y - data.y.mean())
    folder, _ = study(tmp_path_factory.mktemp("mlflow"), low, MODELS, ["rmse", "r2"])
    store = folder / "exports" / "mlruns"
    assert export("mlflow", folder) == f"{store}\n"
    assert [each.name for each in store.parent.iterdir()] == ["mlruns"]
    return folder / "diabetes", store


@pytest.fixture
def client(exported):
    with warnings.catch_warnings(), mlflow_runs.switched():
        warnings.simplefilter("ignore")  # MLflow's own
        from mlflow.tracking import MlflowClient

        yield MlflowClient(exported[1].as_uri())


def runs_of(client, model):
    experiment = client.get_experiment_by_name(f"test/diabetes/{model}")
    return {run.data.tags["trial"]: run for run in client.search_runs([experiment.experiment_id])}


def test_there_is_an_experiment_for_each_search(client):
    names = sorted(each.name for each in client.search_experiments())
    assert names == ["test/diabetes/decision_tree", "test/diabetes/xgboost"]
    experiment = client.get_experiment_by_name("test/diabetes/xgboost")
    assert experiment.tags["ranking_metric"] == "mean_test_rmse"


@pytest.mark.parametrize("model", MODELS)
def test_runs_hold_hyperparameters_scores_and_tags(exported, client, model):
    folder, _ = exported
    runs = runs_of(client, model)
    paths = sorted((folder / model / "trials").glob("*/scores.json"))
    assert sorted(runs) == [path.parent.name for path in paths]
    assert len(runs) == 3
    for path in paths:
        own, run = json.loads(path.read_bytes()), runs[path.parent.name]
        given = {**own["hyperparameters"]["defaulted"], **own["hyperparameters"]["set"]}
        assert run.data.params == {name: str(value) for name, value in given.items()}
        assert json.loads(run.data.tags["set"]) == own["hyperparameters"]["set"]
        if own["status"] != "ok":
            assert run.info.status == "FAILED"
            assert run.data.tags["reason"] == own["reason"]
            assert not [name for name in run.data.metrics if "rmse" in name]
            continue
        assert run.info.status == "FINISHED"
        scores = [fold["validation"]["r2"] for fold in own["folds"]]
        assert run.data.metrics["mean_test_r2"] == pytest.approx(sum(scores) / 3)
        history = client.get_metric_history(run.info.run_id, "split_test_r2")
        assert [each.value for each in sorted(history, key=lambda each: each.step)] == scores
    states = sorted(run.info.status for run in runs.values())
    assert states.count("FAILED") == (1 if model == "xgboost" else 0)


def test_the_winner_is_marked_and_its_record_is_where_the_run_says(exported, client):
    folder, store = exported
    winner = json.loads((folder / "xgboost" / "winner.json").read_bytes())
    runs = runs_of(client, "xgboost").values()
    (best,) = [run for run in runs if run.data.tags.get("winner") == "true"]
    assert best.data.tags["trial"] == winner["trial"]
    assert [each.path for each in client.list_artifacts(best.info.run_id)] == ["winner.json"]
    place = Path(unquote(urlparse(best.info.artifact_uri).path))
    assert place.is_relative_to(store)
    assert json.loads((place / "winner.json").read_bytes()) == winner
    with_files = [run for run in runs if client.list_artifacts(run.info.run_id)]
    assert with_files == [best]


def test_a_store_is_replaced_on_demand_and_nothing_else_is(exported, tmp_path):
    folder, _ = exported
    store = tmp_path / "mlruns"
    export("mlflow", folder / "xgboost", "--output", tmp_path)
    before = {each.name for each in store.iterdir()}
    assert "--overwrite" in export("mlflow", folder, "--output", tmp_path, fails=True)
    assert {each.name for each in store.iterdir()} == before
    export("mlflow", folder, "--output", tmp_path, "--overwrite")
    assert len([each for each in store.iterdir() if (each / "meta.yaml").exists()]) == 2
    assert [each.name for each in tmp_path.iterdir()] == ["mlruns"]
    (store / "notes.txt").write_text("mine")
    error = export("mlflow", folder, "--output", tmp_path, "--overwrite", fails=True)
    assert error == f"{store}: is no store of MLflow's; it is not replaced\n"
    assert (store / "notes.txt").read_text() == "mine"


def test_nothing_is_sent_and_no_setting_stays(exported, tmp_path, monkeypatch):
    from hypertrial.exports import searches

    def refuse(*arguments):
        raise AssertionError(f"a connection was tried: {arguments[1:]}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "false")
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE", raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlflow_runs.write(searches.find(exported[0] / "decision_tree"), tmp_path / "mlruns")
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "false"
    assert "MLFLOW_ALLOW_FILE_STORE" not in os.environ
