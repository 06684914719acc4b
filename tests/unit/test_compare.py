"""Winners: scored once on held-out rows, compared with their default and with each other."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import get_scorer
from studies import bench, bundled, mixed, peer, rich
from test_collect import collected

from hypertrial import board, collect, compare, files, records, selection, summary
from hypertrial.data import table
from hypertrial.splitting import split_report
from hypertrial.splitting import splits as splits_module
from hypertrial.splitting.split_rules import SplitRules

POINTS = {
    "decision_tree": {"max_depth": 3, "min_samples_leaf": 2},
    "svm": {"C": 3.0},
    "xgboost": {"n_estimators": 20, "max_depth": 2},
}
SCORERS = {
    "binary": {"roc_auc": "roc_auc", "f1": "f1", "matthews": "matthews_corrcoef"},
    "multiclass": {"balanced_accuracy": "balanced_accuracy", "f1": "f1_macro"},
    "regression": {"rmse": "neg_root_mean_squared_error", "mae": "neg_mean_absolute_error"},
}


RULES = {"selection": "best", "repeats": 1, "resamples": 200, "level": 0.9, "seed": 3}


def evaluated(made, specs, run=None, **rules):
    """Collect trials and evaluate the best; return the winner, its predictions and all trials."""
    trials, _ = collected(made, specs, run)
    root = made.folder / specs[0].model
    compare.evaluate(
        trials=str(root / "trials.csv"),
        table_paths=made.table_paths,
        splits_path=made.splits_path,
        rules={"metrics": specs[0].metrics, **RULES, **rules},
        winner=str(root / "winner.json"),
        parameters=str(root / "winner.npz"),
        predictions=[str(root / f"held_out_predictions.{end}") for end in ("csv", "parquet")],
    )
    winner = json.loads((root / "winner.json").read_bytes())
    return winner, collect.read_table(root / "held_out_predictions.csv"), trials


def specs_of(made, model, *points, metrics=None):
    return [made.spec(model, point, metrics) for point in ({}, *points)]


@pytest.mark.parametrize("task", SCORERS)
@pytest.mark.parametrize("model", POINTS)
def test_a_winners_held_out_scores_are_scikit_learns(model, task, tmp_path):
    made = bench(bundled(task, 120) if model == "svm" else mixed(task, 120), tmp_path)
    metrics = list(SCORERS[task])
    specs = specs_of(made, model, POINTS[model], metrics=metrics)
    winner, predictions, trials = evaluated(made, specs)
    best = next(spec for spec in specs if spec.trial == winner["trial"])
    assert best.trial == trials["trial"].iloc[0]
    fitted, X = peer(made, best)
    rows = made.splits.held_out
    for name, scorer in SCORERS[task].items():
        expected = abs(get_scorer(scorer)(fitted, X[rows], made.table.y[rows]))
        assert abs(winner["held_out"][name]) == pytest.approx(expected, rel=1e-6)
    assert winner["held_out_rows"] == len(rows)
    assert predictions["row"].tolist() == rows.tolist()
    own = fitted.predict(X[rows])
    if task == "regression":
        np.testing.assert_allclose(predictions["predicted"], own, rtol=1e-6)
        np.testing.assert_array_equal(predictions["actual"], made.table.y[rows])
    else:
        classes = np.array(made.table.classes)
        assert predictions["predicted"].tolist() == classes[own].tolist()
        assert predictions["actual"].tolist() == classes[made.table.y[rows]].tolist()


def test_a_winners_record_is_that_of_its_trial(tmp_path):
    made = bench(mixed("binary"), tmp_path)
    specs = specs_of(made, "decision_tree", {"max_depth": 1}, {"max_depth": 2})
    winner, predictions, trials = evaluated(made, specs)
    folder = made.folder / "decision_tree" / "trials" / winner["trial"]
    scores = json.loads((folder / "scores.json").read_bytes())
    assert winner["hyperparameters"] == scores["hyperparameters"]
    assert winner["learned"] == scores["learned"]
    validation = winner["validation"]["roc_auc"]
    folds = [fold["validation"]["roc_auc"] for fold in scores["folds"]]
    assert validation["folds"] == folds
    assert validation["mean"] == pytest.approx(np.mean(folds), rel=1e-12)
    assert validation["std"] == pytest.approx(np.std(folds), rel=1e-12)
    assert winner["trials"] == len(trials) == 3
    assert winner["failures"] == []
    assert winner["replay"]["raw_difference"] == 0.0
    shares = predictions[["probability_no", "probability_yes"]].to_numpy()
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize("metric", ["rmse", "r2"])
def test_a_gain_over_the_default_is_positive_whatever_the_direction(metric, tmp_path):
    made = bench(bundled("regression"), tmp_path)
    specs = specs_of(made, "svm", {"kernel": "linear", "C": 10.0}, metrics=[metric])
    winner, *_ = evaluated(made, specs)
    assert winner["trial"] == specs[1].trial
    validation, default = winner["validation"][metric]["mean"], winner["default"][metric]["mean"]
    assert winner["default_trial"] == specs[0].trial
    assert winner["gain"] > 0
    assert winner["gain"] == abs(validation - default)


def test_the_default_itself_may_win_without_a_gain(tmp_path):
    made = bench(bundled("regression"), tmp_path)
    winner, *_ = evaluated(made, specs_of(made, "svm", {"C": 1e-6}))
    assert winner["trial"] == winner["default_trial"]
    assert winner["gain"] == 0.0


def test_failures_are_counted_by_their_reason_and_numbers_make_none_of_their_own(tmp_path):
    made = bench(bundled("binary"), tmp_path)
    points = [{"max_iter": 1}, {"max_iter": 1, "C": 2.0}, {"max_iter": 2}]
    winner, *_, trials = evaluated(made, specs_of(made, "svm", *points))
    assert winner["trials"] == 4
    (told,) = winner["failures"]
    assert (told["status"], told["trials"]) == ("failed", 3)
    first = trials[trials["status"] == "failed"]["reason"].iloc[0]
    assert told["reason"] == f"{first} (the numbers are those of the first; others differ)"
    assert "did not converge: Solver terminated early (max_iter=" in first


def test_equal_failures_are_told_as_they_are_and_others_apart(tmp_path):
    reasons = ["fold 1: no memory", "fold 1: no memory", "fold 2: no time", ""]
    status = ["failed", "failed", "failed", "ok"]
    told = compare._failures(pd.DataFrame({"status": status, "reason": reasons}))
    assert [(each["reason"], each["trials"]) for each in told] == [
        ("fold 1: no memory", 2),
        ("fold 2: no time", 1),
    ]


def test_a_failed_default_gives_no_gain(tmp_path):
    made = bench(bundled("binary"), tmp_path)
    specs = specs_of(made, "svm", {"C": 2.0})
    scores = records.failure(specs[0], "timeout", "it took too long")
    folder = tmp_path / "svm" / "trials" / specs[0].trial
    records.stage(folder, records.contents(specs[0], scores, {}, {}, {"timeout_seconds": 1.0}))
    records.publish(folder)
    winner, *_ = evaluated(made, specs, run=specs[1:])
    assert winner["trial"] == specs[1].trial
    assert winner["default_trial"] == specs[0].trial
    assert (winner["default"], winner["gain"]) == (None, None)


def board_of(tmp_path, rows):
    """Write winners of the given scores by data set and model; return the leaderboard."""
    paths = []
    for dataset, model, metric, mean in rows:
        other = {"mean": 0.5, "std": 0.1, "mean_train": 0.9, "folds": [0.5]}
        winner = {
            "dataset": dataset,
            "model": model,
            "task": "regression" if metric == "rmse" else "binary",
            "metrics": [metric],
            "trial": "abc",
            "hyperparameters": {"set": {"C": 1.0}},
            "validation": {metric: {**other, "mean": mean}},
            "default": None if model == "svm" else {metric: other},
            "gain": None if model == "svm" else 0.1,
            "held_out": {metric: 0.25},
            "held_out_intervals": {metric: {"low": 0.1, "high": 0.4, "note": ""}},
            "held_out_rows": 10,
            "learned": {"values": 7},
            "trials": 5,
            "failures": [{"status": "failed", "reason": "r", "trials": 2}],
        }
        paths.append(tmp_path / f"{dataset}-{model}.json")
        paths[-1].write_text(json.dumps(winner))
    board, held = str(tmp_path / "board.csv"), str(tmp_path / "held_out.csv")
    compare.leaderboard([str(path) for path in paths], board, held)
    return collect.read_table(board), collect.read_table(held)


def test_the_leaderboard_ranks_models_on_each_data_set_by_the_metrics_direction(tmp_path):
    rows = [
        ("wine", "decision_tree", "f1", 0.5),
        ("wine", "svm", "f1", 0.75),
        ("wine", "xgboost", "f1", 0.75),
        ("cars", "decision_tree", "rmse", 3.0),
        ("cars", "svm", "rmse", 2.0),
    ]
    board, held = board_of(tmp_path, rows)
    found = list(zip(board["dataset"], board["model"], board["rank"], strict=True))
    assert found == [
        ("wine", "svm", 1),
        ("wine", "xgboost", 1),
        ("wine", "decision_tree", 3),
        ("cars", "svm", 1),
        ("cars", "decision_tree", 2),
    ]
    assert board["failed"].tolist() == [2] * 5
    svm = board["model"] == "svm"
    assert board["gain"].isna().tolist() == svm.tolist()
    assert board["hyperparameters"].tolist() == ['{"C":1.0}'] * 5
    assert held["f1"].isna().tolist() == [False, False, False, True, True]


def test_costs_are_added_up_for_each_model(tmp_path):
    made = bench(bundled("binary", 60), tmp_path)
    _, cost = collected(made, specs_of(made, "decision_tree", {"max_depth": 2}))
    path = made.folder / "decision_tree" / "cost.csv"
    winners = {"decision_tree": 0.02, "svm": None}
    for model, gain in winners.items():
        record = {"dataset": "wine", "model": model, "gain": gain}
        (tmp_path / f"{model}.json").write_text(json.dumps(record))
    searches = {f"wine/{model}": str(path) for model in winners}
    records_of = [str(tmp_path / f"{model}.json") for model in winners]
    compare.costs(searches, records_of, str(tmp_path / "cost.csv"))
    total = collect.read_table(tmp_path / "cost.csv")
    assert total[["dataset", "model", "trials"]].to_numpy().tolist() == [
        ["wine", "decision_tree", 2],
        ["wine", "svm", 2],
    ]
    each = cost["cpu_seconds"].sum() / 20
    assert total["cpu_seconds_per_thousandth"].iloc[0] == pytest.approx(each)
    assert total[["gain", "cpu_seconds_per_thousandth"]].iloc[1].isna().all()
    assert total["seconds"].iloc[0] == pytest.approx(cost["seconds"].sum())
    assert total["bytes"].iloc[0] == cost["bytes"].sum()


def test_the_summary_says_what_won_and_what_failed(tmp_path):
    made = bench(bundled("binary"), tmp_path)
    table.save(
        made.table,
        {"missing": {}, "dropped": [], "class_counts": {"a": 1}},
        tmp_path / "table.npz",
        tmp_path / "table.json",
    )
    evaluated(made, specs_of(made, "svm", {"max_iter": 1}))
    winners = [str(made.folder / "svm" / "winner.json")]
    board = str(tmp_path / "board.csv")
    compare.leaderboard(winners, board, str(tmp_path / "held_out.csv"))
    report = split_report.report(made.table, made.splits, SplitRules(folds=3))
    (tmp_path / "splits.json").write_bytes(files.json_bytes(report))
    about, splits = [made.table_paths[1]], [str(tmp_path / "splits.json")]
    summary.write("mine", winners, board, about, splits, [], *answered(tmp_path))
    text = (tmp_path / "summary.md").read_text()
    assert "# Study mine" in text
    assert "svm" in text
    assert "did not converge" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(len(line) >= 5 and line.endswith("|") for line in rows)
    assert "1 of 2 differences" in text
    assert "svm – tree" in text
    assert "C 0.90, gamma 0.10" in text
    assert "– stands where importance was not assessed: too few trials (iris/tree)." in text
    assert "**On permuted targets some score above chance: iris/svm.**" in text
    latex = (tmp_path / "leaderboard.tex").read_text()
    assert latex.count(r" \\") == 1 + len(winners)
    assert r"breast\_cancer" in latex


def test_a_score_without_an_interval_is_a_dash_and_says_once_why(tmp_path):
    data = replace(rich("binary", 90), group=np.arange(90) // 15)
    made = bench(data, tmp_path, folds=2, test_size=0.3, method="group")
    held = np.unique(data.group[made.splits.held_out])
    for model in ("svm", "decision_tree"):
        evaluated(made, specs_of(made, model))
    paths = [str(made.folder / name / "winner.json") for name in ("svm", "decision_tree")]
    board_path, held_path = (str(tmp_path / name) for name in ("board.csv", "held_out.csv"))
    compare.leaderboard(paths, board_path, held_path)
    note = f"{len(held)} groups are too few for an interval"
    rows = collect.read_table(board_path)
    assert rows["held_out_low"].isna().all() and (rows["held_out_note"] == note).all()
    scores = collect.read_table(held_path)
    assert scores["roc_auc_low"].isna().all()
    assert (scores["note"] == f"roc_auc, f1, matthews: {note}").all()
    ranked = rows.to_dict("records")
    assert all(" [–] |" in board.markdown(ranked)[1].splitlines()[i] for i in (-1, -2))
    assert board.latex(ranked).count("[--]") == 2
    named = [(str(row["model"]), row["held_out_note"]) for row in ranked]
    (said,) = board.without_interval([*named, ("other", ""), ("another", np.nan)])
    assert said.count(note) == 1
    assert "svm" in said and "tree" in said and "other" not in said
    assert board.without_interval([("other", "")]) == []


def answered(root):
    """Return the tables that answer questions, with what no study should have to tell."""
    tables = {
        "significance": {
            "model_a": ["svm", "svm"],
            "model_b": ["tree", "xgboost"],
            "difference": [0.2, 0.0],
            "low": [0.1, np.nan],
            "high": [0.3, np.nan],
            "level": [0.95, 0.95],
            "effect_size": [2.0, np.nan],
            "p_value_holm": [0.01, 1.0],
            "note": ["", "equal in every split"],
        },
        "tuning": {
            "model": ["svm"],
            "part": ["held_out"],
            **{name: [0.5] for name in ("default", "tuned", "gain", "gain_low", "gain_high")},
        },
        "importance": {
            "model": ["svm", "svm", "tree"],
            "hyperparameter": ["gamma", "C", "max_depth"],
            "evaluator": ["fanova", "fanova", ""],
            "importance": [0.1, 0.9, np.nan],
            "note": ["", "", "too few trials"],
        },
    }
    known = ("selected", "corrected", "corrected_low", "corrected_high", "nested", "nested_std")
    known += ("held_out", "held_out_low", "held_out_high")
    known += ("permuted_held_out", "chance", "chance_low", "chance_high")
    honesty = {"dataset": ["iris"], "model": ["svm"], **{name: [0.5] for name in known}}
    collect.write_table(pd.DataFrame({**honesty, "at_chance": [False]}), root / "honesty.csv")
    for name, table_of in tables.items():
        collect.write_table(pd.DataFrame(table_of), root / f"{name}.csv")
    paths = {"iris": {name: str(root / f"{name}.csv") for name in tables}}
    outputs = [str(root / name) for name in ("summary.md", "leaderboard.tex")]
    return paths, str(root / "honesty.csv"), outputs


def test_one_standard_error_takes_the_simplest_trial_that_is_near_the_best(tmp_path):
    made = bench(bundled("regression", 300), tmp_path)
    specs = [made.spec("decision_tree", {"max_depth": depth}) for depth in (1, 2, 3, 4, 6)]
    specs.append(made.spec("decision_tree"))
    best, _, trials = evaluated(made, specs, selection="best")
    chosen, _, _ = evaluated(made, specs, selection="one_standard_error")
    about = chosen["selection"]
    means = trials.set_index("trial")["mean_test_rmse"]
    folds = trials.iloc[0][[f"split{i}_test_rmse" for i in range(3)]].astype(float)
    assert about["best_trial"] == best["trial"] == means.idxmin()
    assert about["standard_error"] == pytest.approx(folds.std(ddof=1) / np.sqrt(3), rel=1e-12)
    near = means[means <= means.min() + about["standard_error"]]
    assert about["trials_within"] == len(near) >= 2
    nodes = {
        trial: json.loads(
            (made.folder / "decision_tree/trials" / trial / "scores.json").read_bytes()
        )["learned"]["arrays"]["model.feature"][0]
        for trial in near.index
    }
    assert nodes[chosen["trial"]] == min(nodes.values()) < nodes[best["trial"]]
    assert chosen["validation"]["rmse"]["mean"] == means[chosen["trial"]]
    assert chosen["gain"] <= best["gain"]


def test_repeats_do_not_make_the_standard_error_smaller():
    row = {"trial": "a", "mean_test_f1": 0.5, "rank_test_f1": 1, "complexity_rank": 1}
    folds = dict(zip([f"split{i}_test_f1" for i in range(6)], [0.4, 0.5, 0.6] * 2, strict=True))
    _, about = selection.choose(pd.DataFrame([row | folds]), "f1", "one_standard_error", 3)
    assert about["standard_error"] == pytest.approx(np.std([0.4, 0.5, 0.6] * 2, ddof=1) / 3**0.5)


def test_held_out_scores_lie_in_their_intervals_which_two_runs_give_again(tmp_path):
    made = bench(mixed("binary", 150), tmp_path)
    specs = specs_of(made, "xgboost", {"n_estimators": 5}, metrics=["roc_auc", "log_loss"])
    winner, predictions, _ = evaluated(made, specs)
    again, _, _ = evaluated(made, specs)
    assert winner == again
    other, _, _ = evaluated(made, specs, seed=4)
    assert other["held_out"] == winner["held_out"]
    assert other["held_out_intervals"] != winner["held_out_intervals"]
    for name, interval in winner["held_out_intervals"].items():
        assert interval["low"] < winner["held_out"][name] < interval["high"]
    typed = pd.read_parquet(made.folder / "xgboost/held_out_predictions.parquet")
    assert typed["predicted"].tolist() == predictions["predicted"].tolist()
    np.testing.assert_array_equal(typed["probability_yes"], predictions["probability_yes"])


def test_weights_count_in_held_out_scores(tmp_path):
    data = rich("binary", 150)
    made = bench(data, tmp_path, method="random")
    metrics = ["roc_auc", "f1"]
    specs = specs_of(made, "decision_tree", {"max_depth": 3}, metrics=metrics)
    winner, predictions, _ = evaluated(made, specs)
    best = next(spec for spec in specs if spec.trial == winner["trial"])
    fitted, X = peer(made, best)
    rows = made.splits.held_out
    for name in metrics:
        expected = get_scorer(name)(fitted, X[rows], data.y[rows], sample_weight=data.weight[rows])
        assert winner["held_out"][name] == pytest.approx(expected, rel=1e-12)
    np.testing.assert_array_equal(predictions["weight"], data.weight[rows])


def test_names_in_the_summary_stay_texts(tmp_path):
    made = bench(bundled("binary"), tmp_path)
    bad = "x\n\n# HEADING [a](http://b) <script>"
    about = {"missing": {}, "dropped": [bad], "class_counts": {bad: 1}, "constant": [bad]}
    table.save(made.table, about, tmp_path / "table.npz", tmp_path / "table.json")
    evaluated(made, specs_of(made, "decision_tree"))
    winners = [str(made.folder / "decision_tree" / "winner.json")]
    board, output = str(tmp_path / "board.csv"), tmp_path / "summary.md"
    compare.leaderboard(winners, board, str(tmp_path / "held_out.csv"))
    report = split_report.report(made.table, made.splits, SplitRules(folds=3))
    (tmp_path / "splits.json").write_bytes(files.json_bytes(report))
    splits = [str(tmp_path / "splits.json")]
    summary.write("mine", winners, board, [made.table_paths[1]], splits, [], *answered(tmp_path))
    text = output.read_text()
    assert "\n# HEADING" not in text
    assert "<script>" not in text
    assert "[a](http" not in text


def test_scores_that_are_not_defined_say_where_to_look(tmp_path):
    made = bench(bundled("binary"), tmp_path)
    part = made.splits.part.copy()
    part[0, (part[0] == 2) & (made.table.y == 1)] = 0
    splits_module.save(splits_module.Splits(part, made.splits.held), made.splits_path)
    winner, _, _ = evaluated(made, [made.spec("decision_tree", {}, ["roc_auc"])])
    assert winner["reason"].startswith("its only trial failed: fold 0: roc_auc of the validation")
    assert "a class may be absent from that part, as data/splits.json tells" in winner["reason"]
