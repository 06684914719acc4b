"""A winner on the edge of its grid is told with values to add, but not where none would help."""

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml
from explained import won
from studies import bundled

from hypertrial import edges, summary
from hypertrial.models import get_family

BEYOND = {
    "factors of two": ("xgboost", "n_estimators", [25, 50, 100], "largest", [200, 400]),
    "few rounds": ("xgboost", "n_estimators", [25, 50, 100], "smallest", [12, 6]),
    "half decades": ("svm", "C", [0.1, 0.3, 1, 3, 10], "largest", [30, 100]),
    "half decades down": ("svm", "C", [0.1, 0.3, 1, 3, 10], "smallest", [0.03, 0.01]),
    "differences": ("decision_tree", "max_depth", [2, 4, 6, 8], "largest", [10, 12]),
    "differences down": ("decision_tree", "max_depth", [4, 6, 8], "smallest", [2]),
    "growing steps": ("decision_tree", "max_depth", [2, 3, 4, 6, 10], "largest", [15, 22]),
    "down to the bound": ("decision_tree", "min_samples_leaf", [3, 10, 30], "smallest", [1]),
    "one row in a leaf": ("decision_tree", "min_samples_leaf", [1, 3, 10], "smallest", []),
    "no pruning": ("decision_tree", "ccp_alpha", [0, 0.003, 0.01], "smallest", []),
    "more pruning": ("decision_tree", "ccp_alpha", [0, 0.003, 0.01], "largest", [0.03, 0.1]),
    "all rows": ("xgboost", "subsample", [0.6, 0.8, 1], "largest", []),
    "up to the bound": ("xgboost", "subsample", [0.4, 0.6, 0.9], "largest", [1.0]),
    "a rate": ("xgboost", "learning_rate", [0.03, 0.1, 0.3], "largest", [0.9]),
    "two values, a factor": ("svm", "gamma", [0.01, 0.1], "largest", [1.0, 10.0]),
    "two values, a difference": ("xgboost", "colsample_bytree", [0.5, 0.6], "largest", [0.7, 0.8]),
    "0 is no limit": ("xgboost", "max_depth", [2, 3, 5], "smallest", [1]),
    "1 is the least limit": ("xgboost", "max_depth", [1, 2, 3], "smallest", []),
    "any sign": ("svm", "coef0", [-1.0, 0.0, 1.0], "smallest", [-2.0, -3.0]),
}


@pytest.mark.parametrize("case", BEYOND)
def test_values_go_on_in_the_steps_of_the_grid_up_to_the_bounds(case):
    model, name, values, end, expected = BEYOND[case]
    about = get_family(model).declared("binary")[name]
    found = edges.beyond(about, [float(each) for each in values], end)
    assert found == pytest.approx(expected)
    assert all(about.coerce(each) == each for each in found)
    assert [type(each) for each in found] == [int if about.kind == "integer" else float] * len(
        found
    )


def trials(rows, name="n_estimators"):
    """Return a table of trials, the best first, from pairs of a value and scores of two folds."""
    return pd.DataFrame(
        [
            {
                "trial": f"{i}",
                f"param_{name}": value,
                "param_learning_rate": rate,
                "split0_test_rmse": one,
                "split1_test_rmse": two,
                "mean_test_rmse": (one + two) / 2,
            }
            for i, (value, rate, one, two) in enumerate(rows)
        ]
    )


def told(rows, model="xgboost", name="n_estimators"):
    return edges.find(trials(rows, name), 0, model, "regression", "rmse", 2)


def test_the_last_of_a_grid_is_told_where_the_score_still_rises():
    rows = [(100, 0.1, 5.0, 6.0), (50, 0.1, 7.0, 8.1), (25, 0.1, 9.0, 9.0), (400, 0.3, 9.0, 9.0)]
    (edge,) = told(rows)
    assert edge == {
        "hyperparameter": "n_estimators",
        "value": 100,
        "end": "largest",
        "low": 25,
        "high": 100,
        "try": [200, 400],
    }
    assert edges.sentence(edge) == "n_estimators=100 is the largest of 25…100: try 200, 400"


NOT_TOLD = {
    "inside": [(50, 0.1, 5.0, 6.0), (100, 0.1, 7.0, 8.0), (25, 0.1, 9.0, 9.0)],
    "no better than inside": [(100, 0.1, 5.0, 6.0), (50, 0.1, 5.0, 6.0)],
    "within a standard error": [(100, 0.1, 5.0, 6.0), (50, 0.1, 6.5, 5.0)],
    "alone": [(100, 0.1, 5.0, 6.0), (50, 0.3, 7.0, 8.0)],
    "what is inside failed": [(100, 0.1, 5.0, 6.0), (50, 0.1, float("nan"), float("nan"))],
}


@pytest.mark.parametrize("case", NOT_TOLD)
def test_it_is_not_told(case):
    assert [each for each in told(NOT_TOLD[case]) if each["hyperparameter"] == "n_estimators"] == []


def test_a_larger_value_that_failed_was_tried():
    nan = float("nan")
    rows = [(100, 0.1, 5.0, 6.0), (50, 0.1, 7.0, 8.0), (200, 0.1, nan, nan)]
    assert told(rows) == []


@pytest.mark.parametrize(("model", "none"), [("decision_tree", "None"), ("xgboost", 0)])
def test_no_limit_at_all_is_beyond_every_number(model, none):
    rows = [(6, 0.1, 5.0, 6.0), (4, 0.1, 7.0, 8.0)]
    if model == "decision_tree":
        table = trials(rows, "max_depth").drop(columns="param_learning_rate")
        more = trials([*rows, (none, 0.1, 8.0, 8.0)], "max_depth").drop(
            columns="param_learning_rate"
        )
    else:
        table, more = (trials(each, "max_depth") for each in (rows, [*rows, (none, 0.1, 8.0, 8.0)]))
    find = [edges.find(each, 0, model, "regression", "rmse", 2) for each in (table, more)]
    assert [each["try"] for each in find[0]] == [[8, 10]]
    assert find[1] == []


def test_a_word_is_no_edge_and_hides_none():
    rows = [(0.1, 0.1, 5.0, 6.0), (0.01, 0.1, 7.0, 8.0), ("scale", 0.1, 6.0, 7.0)]
    table = trials(rows, "gamma").rename(columns={"param_learning_rate": "param_C"})
    (edge,) = edges.find(table, 0, "svm", "regression", "rmse", 2)
    assert edge["try"] == [1.0, 10.0]
    assert edges.find(table.iloc[[2, 1, 0]].reset_index(), 0, "svm", "regression", "rmse", 2) == []


def test_a_winner_has_its_edges_in_its_record_and_in_the_summary(tmp_path):
    points = [{"n_estimators": each, "learning_rate": 0.03, "max_depth": 2} for each in (9, 18, 36)]
    winner = won(bundled("regression", 200), "xgboost", tmp_path, points)
    record = json.loads(Path(winner).read_bytes())
    assert record["hyperparameters"]["set"] == points[-1]
    assert [each["try"] for each in record["edges"]] == [[72, 140]]
    assert summary._edges([record])[1] == (
        f"- {record['dataset']}/xgboost: n_estimators=36 is the largest of 9…36: try 72, 140"
    )
    assert summary._edges([{**record, "edges": []}]) == [
        "No winner lies on an edge of its grid beyond which scores may still improve."
    ]


def test_values_to_try_can_be_copied_into_a_config():
    edge = {"hyperparameter": "gamma", "value": 1e-4, "low": 1e-4, "high": 1e2, "end": "smallest"}
    said = edges.sentence({**edge, "try": [1e-05, 3e-06]})
    assert said == "gamma=0.0001 is the smallest of 0.0001…100: try 0.00001, 0.000003"
    assert yaml.safe_load(f"[{said.partition('try ')[2]}]") == [1e-05, 3e-06]
    assert edges.sentence({**edge, "try": [3e6, 1e7]}).endswith("try 3000000, 10000000")
