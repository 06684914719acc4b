"""Nested cross-validation and permuted targets: data sets like any other, with the same rules."""

import csv

import numpy as np
import pytest
from projects import Project, trials_in
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier

from hypertrial import compare
from hypertrial.data import table
from hypertrial.splitting import splits

pytestmark = pytest.mark.workflow

ASKED = "seed: 3\nhonesty: {outer_folds: 2, permuted: true}"


def test_searches_that_check_others_run_beside_them_and_change_none(finished: Project) -> None:
    assert "permuted" not in rows_of(finished)[0]
    before = finished.trials()
    finished.edit_config("seed: 3", ASKED)
    redone = trials_in(finished.changed_by(finished.succeed))
    assert not redone & before
    assert {trial.split("/")[0] for trial in redone} == {
        f"{name}.{part}"
        for name in ("iris", "diabetes")
        for part in ("outer1", "outer2", "permuted")
    }
    for row in rows_of(finished):
        assert row["outer_folds"] == "2"
        assert row["at_chance"] == "True"
        own = [winner(finished, f"{row['dataset']}.outer{i}/{row['model']}") for i in (1, 2)]
        held_out = [each["held_out"][row["metric"]] for each in own]
        assert float(row["nested"]) == pytest.approx(np.mean(held_out), rel=1e-12)
    assert ".outer" not in (finished.results() / "leaderboard.csv").read_text("utf-8")


def test_an_outer_fold_is_searched_as_scikit_learn_would(finished: Project) -> None:
    finished.edit_config("seed: 3", ASKED)
    finished.succeed("results/small/iris.outer2/decision_tree/winner.json")
    folder = finished.results() / "iris.outer2" / "data"
    data = table.load(folder / "table.npz", folder / "table.json")
    parts = splits.load(folder / "splits.npz")
    parent = finished.results() / "iris" / "data"
    held_out = splits.load(parent / "splits.npz").held_out
    outside = table.load(parent / "table.npz", parent / "table.json").rows(held_out)
    assert len(data.y) == 150 - len(outside.y)
    own = winner(finished, "iris.outer2/decision_tree")
    search = GridSearchCV(
        DecisionTreeClassifier(random_state=own["hyperparameters"]["control"]["random_state"]),
        {"max_depth": [2, 3], "min_samples_leaf": [1, 5]},
        scoring="balanced_accuracy",
        cv=list(parts.parts()),
        refit=False,
    ).fit(data.X, data.y)
    best = own["validation"]["balanced_accuracy"]["mean"]
    assert max(search.cv_results_["mean_test_score"]) <= best + 1e-12
    chosen = DecisionTreeClassifier(
        random_state=own["hyperparameters"]["control"]["random_state"],
        **own["hyperparameters"]["set"],
    ).fit(data.X[parts.training], data.y[parts.training])
    recalls = [
        np.mean(chosen.predict(data.X[rows]) == code)
        for code in range(3)
        if len(rows := parts.held_out[data.y[parts.held_out] == code])
    ]
    assert own["held_out"]["balanced_accuracy"] == pytest.approx(np.mean(recalls), rel=1e-12)


def test_outer_folds_of_a_fold_column_are_refused_before_anything_runs(project: Project) -> None:
    rows = "".join(f"{i},{i % 3},{'ab'[i % 2]}\n" for i in range(60))
    (project.root / "parts.csv").write_text("x,part,y\n" + rows, "utf-8")
    project.configure(
        "study: parts\ndatasets: {parts: {source: parts.csv, target: y, fold: part}}\n"
        "honesty: {outer_folds: 3}\n"
    )
    output = project.fail("--dry-run")
    assert "honesty.outer_folds: must be 0, as the folds of parts are those of a column" in output
    assert "Traceback" not in output


def winner(finished: Project, search: str) -> compare.Winner:
    return compare.read_winners([str(finished.results() / search / "winner.json")])[0]


def rows_of(finished: Project) -> list[dict[str, str]]:
    with open(finished.results() / "honesty.csv", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))
