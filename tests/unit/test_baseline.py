"""The floor: what knows no feature, against scikit-learn's dummies; and sentences about it."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import get_scorer
from studies import bench, bundled

from hypertrial import baseline, board, board_rows, collect, compare, floor, metrics, winnerless

RULES = {"selection": "best", "repeats": 1, "resamples": 100, "level": 0.9, "seed": 3}
SCORERS = {
    "binary": {"accuracy": "accuracy", "log_loss": "neg_log_loss", "roc_auc": "roc_auc"},
    "multiclass": {"accuracy": "accuracy", "log_loss": "neg_log_loss", "f1": "f1_macro"},
    "regression": {
        "rmse": "neg_root_mean_squared_error",
        "mae": "neg_mean_absolute_error",
        "r2": "r2",
    },
}


def written(made, names, path):
    baseline.write(
        made.table_paths, made.splits_path, {"metrics": names, **RULES}, str(path / "b.json")
    )
    return json.loads((path / "b.json").read_bytes())


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("task", SCORERS)
def test_scores_are_those_of_scikit_learns_dummies(task, weighted, tmp_path):
    data = bundled(task, 120)
    weight = np.random.default_rng(1).integers(0, 4, len(data.y)).astype(float)
    data = replace(data, weight=weight if weighted else None)
    made = bench(data, tmp_path)
    found = written(made, list(SCORERS[task]), tmp_path)
    given = weight if weighted else np.ones(len(data.y))
    held = (made.splits.training, made.splits.held_out)
    for name, scorer in SCORERS[task].items():
        expected = []
        for training, part in [*made.splits.parts(), held]:
            if task == "regression":
                dummy = DummyRegressor(strategy="median" if name == "mae" else "mean")
            else:
                dummy = DummyClassifier(strategy="prior")
            dummy.fit(data.X[training], data.y[training], given[training])
            score = get_scorer(scorer)
            own = score(dummy, data.X[part], data.y[part], sample_weight=given[part])
            expected.append(own if metrics.METRICS[name].greater_is_better else -own)
        assert found["validation"][name]["folds"] == pytest.approx(expected[:-1], rel=1e-9)
        assert found["validation"][name]["mean"] == pytest.approx(np.mean(expected[:-1]), rel=1e-9)
        assert found["held_out"][name] == pytest.approx(expected[-1], rel=1e-9)
        bounds = found["held_out_intervals"][name]
        if bounds["low"] is not None:
            assert bounds["low"] - 1e-12 <= found["held_out"][name] <= bounds["high"] + 1e-12


def test_two_runs_write_the_same_bytes(tmp_path):
    made = bench(bundled("binary", 90), tmp_path)
    written(made, ["roc_auc"], tmp_path)
    first = (tmp_path / "b.json").read_bytes()
    written(made, ["roc_auc"], tmp_path)
    assert (tmp_path / "b.json").read_bytes() == first


def test_a_score_that_is_not_defined_is_missing(tmp_path):
    data = bundled("regression", 90)
    made = bench(replace(data, y=data.y - 200), tmp_path)  # the mean is below 0
    found = written(made, ["mean_poisson_deviance"], tmp_path)
    assert found["validation"]["mean_poisson_deviance"]["mean"] is None
    row = board_rows.of_baseline(found)
    assert np.isnan(row["mean_test"])
    assert floor.sentences([row]) == []


def test_the_median_of_few_numbers_is_the_middle_and_weights_count_as_copies():
    assert baseline.median(np.array([3.0, 1.0, 2.0]), None) == 2.0
    assert baseline.median(np.array([4.0, 1.0]), None) == 2.5
    assert baseline.median(np.array([3.0, 1.0, 2.0]), np.array([3.0, 1.0, 1.0])) == 3.0


def test_it_stands_in_the_leaderboard_without_a_rank(tmp_path):
    record = {
        "dataset": "d",
        "task": "binary",
        "metrics": ["f1"],
        "validation": {"f1": {"mean": 0.9, "std": 0.0, "folds": [0.9]}},
        "held_out": {"f1": 0.5},
        "held_out_intervals": {"f1": {"low": 0.4, "high": 0.6, "note": ""}},
        "held_out_rows": 9,
    }
    won = {**record, "model": "svm", "trial": "abc", "gain": None, "default": None}
    won |= {"hyperparameters": {"set": {}}, "learned": {"values": 7}, "trials": 1, "failures": []}
    won["validation"] = {"f1": {"mean": 0.5, "std": 0.1, "mean_train": 1.0, "folds": [0.5]}}
    for name, content in (("won", won), ("base", record)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    paths = [str(tmp_path / f"{name}.json") for name in ("won", "base")]
    assert winnerless.won(winnerless.read(paths[0]))
    out = [str(tmp_path / "board.csv"), str(tmp_path / "held_out.csv")]
    compare.leaderboard(paths[:1], *out, paths[1:])
    rows = collect.read_table(out[0])
    assert rows["model"].tolist() == ["svm", "baseline"]
    assert rows["rank"].tolist()[0] == 1
    assert np.isnan(rows["rank"][1])
    (_, table) = board.markdown([dict(row) for _, row in rows.iterrows()])
    assert table.splitlines()[2].startswith("| 1    | svm ")
    assert table.splitlines()[3].startswith("|      | baseline | 0.9 ± 0")
    assert collect.read_table(out[1])["model"].tolist() == ["svm", "baseline"]


def row(dataset, model, mean, held_out, metric="f1"):
    kind = "baseline" if model == "baseline" else "winner"
    names = ("dataset", "model", "kind", "metric", "mean_test", "held_out")
    return dict(zip(names, (dataset, model, kind, metric, mean, held_out), strict=True))


def test_a_winner_that_beats_the_baseline_and_several_that_do():
    base, svm, tree = (row("d", *each) for each in (("baseline", 0.5, 0.5), ("svm", 0.9, 0.8),
                                                    ("tree", 0.7, 0.6)))  # fmt: skip
    one, many = floor.sentences([svm, base]), floor.sentences([svm, tree, base])
    assert one == ["The winner beats the baseline on validation rows and on held-out rows."]
    assert many == ["Every winner beats the baseline on validation rows and on held-out rows."]
    assert floor.sentences([svm, tree]) == floor.sentences([base]) == floor.sentences([]) == []


def test_a_data_set_on_which_no_winner_beats_the_baseline_is_named():
    said = floor.sentences(
        [
            row("d", "svm", -0.64, -0.7, "r2"),
            row("d", "tree", -0.9, 0.2, "r2"),
            row("d", "baseline", -0.01, -0.02, "r2"),
        ]
    )
    assert said == [
        "**On the validation rows of d no winner beats the baseline:** R² −0.64 of svm, −0.01 of "
        "the baseline.",
        "Of the winners this one does not beat the baseline on held-out rows: svm on d.",
    ]
    (only, _) = floor.sentences([row("d", "svm", 3.0, 3.0, "rmse"),
                                 row("d", "baseline", 3.0, 2.0, "rmse")])  # fmt: skip
    assert "the winner does not beat the baseline:** RMSE 3 of svm, 3 of" in only


@pytest.mark.parametrize(
    ("metric", "selected", "held_out", "low", "high", "base", "far"),
    [
        ("f1", 0.9, 0.6, 0.5, 0.7, 0.5, True),  # 0.3 of a gain of 0.4 is lost
        ("f1", 0.9, 0.8, 0.75, 0.85, 0.5, False),  # 0.1 of 0.4
        ("f1", 0.9, 0.6, 0.3, 0.95, 0.5, False),  # within the interval
        ("f1", 0.6, 0.9, 0.8, 0.95, 0.5, False),  # better than selected
        ("rmse", 50, 80, 70, 90, 76, True),
        ("rmse", 50, 80, 45, 110, 76, False),
        ("r2", -0.6, -5.0, -8.0, -2.0, -0.01, True),  # it never beat the baseline, and fell
        ("f1", 0.9, 0.6, None, None, 0.5, False),  # no interval
        ("f1", 0.9, 0.6, 0.5, 0.7, None, False),  # no baseline
    ],
)
def test_a_held_out_score_is_far_worse_beyond_its_interval_by_much_of_the_gain(
    metric, selected, held_out, low, high, base, far
):
    names = ("metric", "selected", "held_out", "held_out_low", "held_out_high", "baseline")
    values = (metric, selected, held_out, low, high, base)
    found = dict(zip(names, (np.nan if each is None else each for each in values), strict=True))
    assert floor.is_far_worse(found) is far
    told = floor.far_worse([{**found, "far_worse": far, "dataset": "d", "model": "svm",
                             "baseline_held_out": 0.4}])  # fmt: skip
    assert bool(told) is far
    if far:
        assert told[0].startswith("**This winner is far worse on held-out rows")
        assert "svm on d" in told[1]
