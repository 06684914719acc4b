"""Trials are Optuna studies: Optuna loads them, optuna-dashboard opens them."""

import io
import json
import warnings
from dataclasses import replace

import numpy as np
import optuna
import pytest
from finished import export, study, tool
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState
from studies import bundled

from hypertrial import collect

MODELS = {
    "svm": [
        {"kernel": "linear", "C": 0.1},
        {"kernel": "poly", "C": 100.0, "degree": 2},
        {"kernel": "rbf", "gamma": 0.5},
    ],
    "xgboost": [
        {"n_estimators": 2},
        {"n_estimators": 400, "max_depth": 2},
        {"n_estimators": 3, "objective": "reg:gamma"},
    ],
}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    data = bundled("regression")
    centred = replace(data, y=data.y - data.y.mean())
    folder, _ = study(tmp_path_factory.mktemp("optuna"), centred, MODELS, ["rmse", "r2"])
    path = export("optuna", folder).strip()
    assert path == str(folder / "exports" / "optuna.db")
    assert [each.name for each in (folder / "exports").iterdir()] == ["optuna.db"]
    return folder / data.name, f"sqlite:///{path}"


def test_optuna_loads_every_trial(exported):
    folder, storage = exported
    assert sorted(optuna.get_all_study_names(storage)) == [
        "test/diabetes/svm",
        "test/diabetes/xgboost",
    ]
    for model in MODELS:
        loaded = optuna.load_study(study_name=f"test/diabetes/{model}", storage=storage)
        table = collect.read_table(folder / model / "trials.csv").set_index("trial")
        assert loaded.direction == optuna.study.StudyDirection.MINIMIZE
        assert loaded.metric_names == ["mean_test_rmse"]
        assert loaded.best_trial.user_attrs["trial"] == table.index[0]
        assert loaded.user_attrs["task"] == "regression"
        assert loaded.user_attrs["winner"] == table.index[0]
        assert [each.user_attrs["trial"] for each in loaded.trials] == table.index.tolist()
        for trial in loaded.trials:
            row = table.loc[trial.user_attrs["trial"]]
            done = row["status"] == "ok"
            assert trial.state == (TrialState.COMPLETE if done else TrialState.FAIL)
            if not done:
                assert trial.value is None
                assert trial.user_attrs["reason"] == row["reason"]
                continue
            assert trial.value == pytest.approx(row["mean_test_rmse"], rel=1e-15)
            for name in ("mean_test_r2", "mean_train_rmse"):
                assert trial.user_attrs[name] == pytest.approx(row[name], rel=1e-15)
            splits = [row[f"split{i}_test_r2"] for i in range(3)]
            np.testing.assert_allclose(trial.user_attrs["splits"]["test_r2"], splits, rtol=1e-15)
            assert trial.datetime_complete > trial.datetime_start


def test_distributions_span_the_values_tried(exported):
    _, storage = exported
    svm = optuna.load_study(study_name="test/diabetes/svm", storage=storage)
    xgboost = optuna.load_study(study_name="test/diabetes/xgboost", storage=storage)
    by_kernel = {each.params["kernel"]: each for each in svm.trials if "degree" in each.params}
    assert by_kernel["poly"].params == {
        "kernel": "poly",
        "C": 100.0,
        "degree": 2,
        "gamma": "scale",
    }
    found = {}
    for trial in svm.trials + xgboost.trials:
        assert trial.params.keys() == trial.distributions.keys()
        found |= trial.distributions
    assert found["C"] == FloatDistribution(0.1, 100.0, log=True)
    assert found["degree"] == IntDistribution(2, 2)
    assert found["n_estimators"] == IntDistribution(2, 400, log=True)
    assert set(found["gamma"].choices) == {"scale", 0.5}
    assert isinstance(found["kernel"], CategoricalDistribution)
    linear = next(each for each in svm.trials if each.params["kernel"] == "linear")
    assert "gamma" not in linear.params


def ask(application, path):
    """Ask a WSGI application for a path, without a socket; return the JSON that it gives."""
    told = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "nowhere",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
    }
    body = b"".join(application(environ, lambda status, headers, *_: told.append(status)))
    assert told == ["200 OK"], (path, told, body[:500])
    return json.loads(body)


def test_optuna_dashboard_opens_the_studies(exported):
    tool("optuna_dashboard")
    folder, storage = exported
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the dashboard's own
        from optuna_dashboard import wsgi

        application = wsgi(storage)
        summaries = ask(application, "/api/studies")["study_summaries"]
        by_name = {each["study_name"]: each for each in summaries}
        assert set(by_name) == {"test/diabetes/svm", "test/diabetes/xgboost"}
        number = by_name["test/diabetes/xgboost"]["study_id"]
        detail = ask(application, f"/api/studies/{number}")
    assert detail["directions"] == ["minimize"]
    states = [each["state"] for each in detail["trials"]]
    assert states == ["Complete", "Complete", "Complete", "Fail"]
    table = collect.read_table(folder / "xgboost" / "trials.csv")
    best = [float(each["values"][0]) for each in detail["trials"] if each["state"] == "Complete"]
    np.testing.assert_allclose(best, table["mean_test_rmse"][:3], rtol=1e-12)
    assert {each["name"] for each in detail["union_search_space"]} == {
        "max_depth",
        "n_estimators",
        "objective",
    }
    failed = {each["key"]: each["value"] for each in detail["trials"][-1]["user_attrs"]}
    assert failed["reason"] == table["reason"].iloc[-1]
