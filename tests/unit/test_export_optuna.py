"""Optuna loads the exported studies with the trials' own values, and its dashboard opens them."""

import json
from dataclasses import replace
from io import BytesIO

import optuna
import optuna_dashboard
import pytest
from finished import export, study
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState
from studies import bundled

TREES = [{"max_depth": depth, "max_features": share} for depth, share in ((1, 0.5), (3, "sqrt"))]
BOOSTERS = [
    {"n_estimators": 2, "learning_rate": 0.5},
    {"n_estimators": 3, "learning_rate": 0.001},
    {"n_estimators": 3, "objective": "reg:gamma"},
]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Return a study's folder, whose last booster fails, and the storage that was exported."""
    data = bundled("regression")
    low = replace(data, y=data.y - data.y.mean())
    models = {"decision_tree": TREES, "xgboost": BOOSTERS}
    folder, _ = study(tmp_path_factory.mktemp("optuna"), low, models, ["rmse", "r2"])
    path = folder / "exports" / "optuna.db"
    assert export("optuna", folder) == f"{path}\n"
    assert [each.name for each in path.parent.iterdir()] == ["optuna.db"]
    storage = optuna.storages.RDBStorage(f"sqlite:///{path}")
    yield folder, storage
    storage.engine.dispose()


def record(folder, trial):
    content = (folder / "trials" / trial / "scores.json").read_bytes()
    return json.loads(content)


def test_there_is_an_optuna_study_for_each_model_on_each_data_set(exported):
    _, storage = exported
    names = optuna.get_all_study_names(storage)
    assert names == ["test/diabetes/decision_tree", "test/diabetes/xgboost"]
    assert {optuna.load_study(study_name=name, storage=storage).direction.name for name in names} == {
        "MINIMIZE"
    }


@pytest.mark.parametrize("model", ["decision_tree", "xgboost"])
def test_trials_have_their_hyperparameters_and_scores(exported, model):
    folder, storage = exported
    loaded = optuna.load_study(study_name=f"test/diabetes/{model}", storage=storage)
    assert len(loaded.trials) == 1 + len({"decision_tree": TREES, "xgboost": BOOSTERS}[model])
    for trial in loaded.get_trials(states=[TrialState.COMPLETE]):
        own = record(folder / "diabetes" / model, trial.user_attrs["trial"])
        given = {**own["hyperparameters"]["defaulted"], **own["hyperparameters"]["set"]}
        assert trial.params == {name: given[name] for name in trial.params}
        assert trial.params.items() >= own["hyperparameters"]["set"].items()
        scores = [fold["validation"]["rmse"] for fold in own["folds"]]
        assert trial.value == trial.user_attrs["mean_test_rmse"] == pytest.approx(sum(scores) / 3)
        assert trial.user_attrs["splits"]["test_rmse"] == scores
        assert trial.user_attrs["splits"]["train_r2"] == [each["train"]["r2"] for each in own["folds"]]
    winner = json.loads((folder / "diabetes" / model / "winner.json").read_bytes())
    assert loaded.user_attrs["winner"] == winner["trial"]
    assert loaded.metric_names == ["mean_test_rmse"]


def test_distributions_span_the_values_that_were_tried(exported):
    _, storage = exported
    trees = optuna.load_study(study_name="test/diabetes/decision_tree", storage=storage)
    boosters = optuna.load_study(study_name="test/diabetes/xgboost", storage=storage)
    of_tree = trees.trials[0].distributions
    assert isinstance(of_tree["max_depth"], CategoricalDistribution)
    assert set(of_tree["max_depth"].choices) == {None, 1, 3}
    assert set(of_tree["max_features"].choices) == {None, 0.5, "sqrt"}
    of_booster = boosters.trials[0].distributions
    assert of_booster["learning_rate"] == FloatDistribution(0.001, 0.5, log=True)
    assert isinstance(of_booster["n_estimators"], IntDistribution)
    assert of_booster["n_estimators"].low == 2


def test_a_failed_trial_fails_there_too_and_says_why(exported):
    folder, storage = exported
    loaded = optuna.load_study(study_name="test/diabetes/xgboost", storage=storage)
    (failed,) = loaded.get_trials(states=[TrialState.FAIL])
    own = record(folder / "diabetes" / "xgboost", failed.user_attrs["trial"])
    assert failed.user_attrs["reason"] == own["reason"]
    assert failed.params["objective"] == "reg:gamma"
    assert failed.values is None


def ask(app, path):
    """Return what a WSGI application answers to GET, without a socket."""
    told = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "test",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": BytesIO(),
    }
    body = b"".join(app(environ, lambda status, headers, info=None: told.append(status)))
    assert told[0].startswith("200"), (path, told, body[:300])
    return json.loads(body)


def test_the_dashboard_opens_the_studies(exported):
    _, storage = exported
    app = optuna_dashboard.wsgi(storage)
    summaries = ask(app, "/api/studies")["study_summaries"]
    by_name = {each["study_name"]: each["study_id"] for each in summaries}
    assert set(by_name) == {"test/diabetes/decision_tree", "test/diabetes/xgboost"}
    shown = ask(app, f"/api/studies/{by_name['test/diabetes/xgboost']}")
    states = sorted(trial["state"] for trial in shown["trials"])
    assert states == ["Complete", "Complete", "Complete", "Fail"]
    names = {each["name"] for trial in shown["trials"] for each in trial["params"]}
    assert names == {"n_estimators", "learning_rate", "objective"}
