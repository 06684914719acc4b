"""The table of all trials: scikit-learn's names, best first, numbers to the last digit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier
from studies import bench, bundled, mixed

from hypertrial import collect, records, winnerless

POINTS = [{}, {"max_depth": 1}, {"max_depth": 2}, {"max_depth": None, "min_samples_leaf": 4}]


def collected(made, specs, run=None):
    """Run trials (all, or some), and collect them in two bundles; return both tables."""
    for spec in specs if run is None else run:
        made.run(spec)
    root = made.folder / specs[0].model
    folders = [root / "trials" / spec.trial for spec in specs]
    parts = [folders[::2], folders[1::2]] if len(folders) > 1 else [folders]
    scores, costs = [], []
    for i, part in enumerate(parts):
        scores.append(str(root / f"{i}.scores.jsonl"))
        costs.append(str(root / f"{i}.cost.jsonl"))
        names = [str(folder) for folder in part]
        collect.bundle(names, specs[0].metrics, made.table_paths, scores[-1], costs[-1])
    tables = {
        name: [str(root / f"{name}.{ending}") for ending in ("csv", "parquet")]
        for name in ("trials", "cost")
    }
    ledger = str(root / "ledger.csv")
    collect.tables(scores, costs, specs[0].metrics, tables["trials"], tables["cost"], ledger)
    return collect.read_table(root / "trials.csv"), collect.read_table(root / "cost.csv")


def test_scores_have_the_names_and_values_of_cv_results(tmp_path):
    made = bench(bundled("multiclass"), tmp_path)
    table, _ = collected(made, [made.spec("decision_tree", point) for point in POINTS])
    names = made.spec("svm").metrics
    search = GridSearchCV(
        DecisionTreeClassifier(random_state=7),
        [{name: [value] for name, value in point.items()} for point in POINTS],
        scoring={name: "f1_macro" if name == "f1" else name for name in names},
        cv=list(made.splits.parts()),
        refit=False,
        return_train_score=True,
    ).fit(made.table.X, made.table.y)
    expected = pd.DataFrame(search.cv_results_)
    shared = [name for name in expected if name in table and not name.startswith("param_")]
    assert {
        f"{kind}_{name}"
        for kind in (
            "mean_test",
            "std_test",
            "rank_test",
            "mean_train",
            "std_train",
            "split0_test",
            "split2_train",
        )
        for name in names
    } <= set(shared)
    assert {f"param_{name}" for name in ("max_depth", "min_samples_leaf")} <= set(table)
    ids = [made.spec("decision_tree", point).trial for point in POINTS]
    own = table.set_index("trial").loc[ids]
    for name in shared:
        if name.startswith("rank"):
            assert own[name].tolist() == expected[name].tolist()
        else:
            np.testing.assert_allclose(own[name], expected[name], rtol=1e-12, atol=1e-15)


def test_a_hyperparameter_shows_none_and_what_does_not_apply_apart(tmp_path):
    made = bench(bundled("binary", 60), tmp_path)
    points = [{}, {"kernel": "linear", "max_iter": None}, {"kernel": "poly", "degree": 2}]
    specs = [made.spec("svm", point) for point in points]
    table, _ = collected(made, specs)
    own = table.set_index("trial").loc[[spec.trial for spec in specs]]
    assert own["param_kernel"].tolist() == ["rbf", "linear", "poly"]
    assert own["param_max_iter"].tolist() == ["None"] * 3
    assert own["param_degree"].isna().tolist() == [True, True, False]
    assert own["param_degree"].iloc[2] == 2
    assert own["default"].tolist() == [True, False, False]
    assert "param_gamma" not in table


def test_numbers_survive_the_table_to_the_last_digit(tmp_path):
    made = bench(mixed("regression"), tmp_path)
    spec = made.spec("svm", {"C": 0.1 + 0.2})
    table, _ = collected(made, [made.spec("svm"), spec])
    row = table.set_index("trial").loc[spec.trial]
    assert row["param_C"] == 0.30000000000000004
    scores, _ = records.read(made.folder / "svm" / "trials" / spec.trial)
    for i, fold in enumerate(scores["folds"]):
        assert row[f"split{i}_test_rmse"] == fold["validation"]["rmse"]
        assert row[f"split{i}_train_r2"] == fold["train"]["r2"]


def test_failed_trials_are_last_with_their_reason(tmp_path):
    made = bench(bundled("binary", 60), tmp_path)
    specs = [made.spec("svm", point) for point in ({"max_iter": 1}, {}, {"max_iter": 2, "C": 2.0})]
    table, cost = collected(made, specs)
    assert table["status"].tolist() == ["ok", "failed", "failed"]
    assert table["rank_test_f1"].tolist() == [1, 2, 2]
    assert table["reason"].isna().tolist() == [True, False, False]
    assert "did not converge" in table["reason"].iloc[1]
    assert table["mean_test_f1"].isna().tolist() == [False, True, True]
    assert sorted(cost["trial"]) == sorted(spec.trial for spec in specs)
    assert (cost["seconds"] > 0).all()


def test_if_all_trials_failed_they_are_tabled_with_their_reason(tmp_path):
    made = bench(bundled("binary", 60), tmp_path)
    specs = [made.spec("svm", {"max_iter": 1, "C": c}) for c in (1.0, 2.0, 3.0)]
    table, cost = collected(made, specs)
    assert table["rank_test_f1"].tolist() == [1, 1, 1]
    assert table["mean_test_f1"].isna().all()
    assert table["reason"].str.startswith("fold 0: the solver did not converge").all()
    assert len(cost) == 3


def test_a_single_trial_is_a_table(tmp_path):
    made = bench(bundled("binary", 60), tmp_path)
    table, cost = collected(made, [made.spec("decision_tree")])
    assert len(table) == len(cost) == 1
    assert not [name for name in table if name.startswith("param_")]
    assert table["trial"].iloc[0] == made.spec("decision_tree").trial


def test_the_table_does_not_depend_on_the_bundles(tmp_path):
    one = bench(bundled("binary", 60), tmp_path / "one")
    two = bench(bundled("binary", 60), tmp_path / "two")
    collected(one, [one.spec("decision_tree", point) for point in POINTS])
    collected(two, [two.spec("decision_tree", point) for point in POINTS[::-1]])
    path = "decision_tree/trials.csv"
    assert (one.folder / path).read_bytes() == (two.folder / path).read_bytes()


def frame(means, metric, learned=None):
    rows = len(means)
    return pd.DataFrame(
        {
            "trial": [f"{9 - i}" for i in range(rows)],
            f"mean_test_{metric}": means,
            f"std_test_{metric}": 0.0,
            "learned_values": learned or [1] * rows,
            "learned_bytes": 8,
            "complexity_rank": 1,
        }
    )


@pytest.mark.parametrize(
    ("metric", "ranks", "order"),
    [("f1", [2, 1, 2, 4], "8796"), ("log_loss", [1, 3, 1, 4], "7986")],
)
def test_ranks_follow_the_direction_share_ties_and_put_failures_last(metric, ranks, order):
    table = collect.rank(frame([0.5, 0.7, 0.5, np.nan], metric), [metric])
    by_trial = table.set_index("trial")[f"rank_test_{metric}"]
    assert [by_trial[f"{9 - i}"] for i in range(4)] == ranks
    assert "".join(table["trial"]) == order


def test_ties_go_to_fewer_learned_values_then_to_the_smaller_id():
    table = collect.rank(frame([0.5] * 4, "f1", [20, 10, 10, 30]), ["f1"])
    assert table["trial"].tolist() == ["7", "8", "9", "6"]


def test_ties_go_to_the_simpler_trial_first():
    table = collect.rank(frame([0.5] * 3, "f1").assign(complexity_rank=[2, 1, 2]), ["f1"])
    assert table["trial"].tolist() == ["8", "7", "9"]


def test_trees_are_simpler_with_fewer_nodes_and_machines_with_a_smaller_c(tmp_path):
    made = bench(bundled("binary", 60), tmp_path)
    points = [{"max_depth": depth} for depth in (1, 2, 5)]
    table, _ = collected(made, [made.spec("decision_tree", point) for point in points])
    by_depth = table.set_index("param_max_depth")
    assert by_depth["complexity_rank"].loc[[1, 2, 5]].tolist() == [1, 2, 3]
    assert by_depth["learned_values"].loc[[1, 2, 5]].is_monotonic_increasing
    points = [{"C": 9.0}, {"C": 0.5}, {"kernel": "linear", "C": 50.0}, {"max_iter": 1}]
    specs = [made.spec("svm", point) for point in points]
    own = collected(made, specs)[0].set_index("trial")["complexity_rank"]
    ranks = own.loc[[spec.trial for spec in specs]]
    assert ranks.iloc[:3].tolist() == [3, 2, 1]
    assert ranks.isna().tolist() == [False, False, False, True]


def test_parquet_holds_what_the_csv_holds(tmp_path):
    made = bench(bundled("binary", 60), tmp_path)
    points = [{}, {"gamma": 0.1}, {"kernel": "linear"}, {"max_iter": 1}]
    table, _ = collected(made, [made.spec("svm", point) for point in points])
    typed = pd.read_parquet(made.folder / "svm" / "trials.parquet")
    assert list(typed) == list(table)
    for name in table:
        if name.startswith(("mean_", "std_", "split")):
            np.testing.assert_array_equal(typed[name], table[name])
    assert typed["trial"].tolist() == table["trial"].tolist()
    assert typed["learned_values"].dtype.kind == "i"
    shown = dict(zip(typed["trial"], typed["param_gamma"], strict=True))
    assert [shown[made.spec("svm", point).trial] for point in points[:2]] == ["scale", "0.1"]


def test_the_first_metric_ranks():
    data = frame([0.5, 0.7], "f1").assign(mean_test_log_loss=[0.1, 0.2], std_test_log_loss=0.0)
    assert collect.rank(data, ["f1", "log_loss"])["trial"].tolist() == ["8", "9"]
    assert collect.rank(data, ["log_loss", "f1"])["trial"].tolist() == ["9", "8"]


def test_an_id_of_digits_stays_a_text(tmp_path):
    path = tmp_path / "t.csv"
    collect.write_table(pd.DataFrame({"trial": ["012345678901", "1234567890e5"]}), path)
    assert collect.read_table(path)["trial"].tolist() == ["012345678901", "1234567890e5"]


def test_any_number_survives_a_table(tmp_path):
    values = np.frombuffer(np.random.default_rng(0).bytes(8 * 5000), dtype=float)
    values = values[np.isfinite(values)]
    collect.write_table(pd.DataFrame({"x": values}), tmp_path / "t.csv")
    np.testing.assert_array_equal(collect.read_table(tmp_path / "t.csv")["x"], values)


FAILING = {
    "too large": (
        "regression",
        ["rmse"],
        1e160,
        "; targets or errors may be too large for it (divide t",
    ),
    "negative": ("regression", ["mean_poisson_deviance"], -1.0, "is nan; targets or errors may be"),
    "one class": ("binary", ["roc_auc"], 1, "is nan; a class may be absent from that part, as dat"),
}


@pytest.mark.parametrize("case", FAILING)
def test_the_advice_where_all_trials_failed_is_for_the_task(tmp_path, case):
    task, metrics, factor, said = FAILING[case]
    data = bundled(task, 40)
    rows = np.arange(40)
    y = np.where((rows < 10) | (rows > 25), rows % 2, 0) if task == "binary" else data.y * factor
    made = bench(replace(data, y=y, time=rows), tmp_path, method="time")
    results, _ = collected(made, [made.spec("decision_tree", metrics=metrics)])
    failures = [{"trials": 1, "reason": results["reason"].iloc[0]}]
    told = winnerless.reason(failures, task)
    assert said in told
    assert ("class" in told) is (task == "binary")
