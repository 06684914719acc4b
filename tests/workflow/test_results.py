"""What a study leaves behind."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from projects import Project, contents, copy_project, differing

from hypertrial import compare, files, records
from hypertrial.metrics import METRICS

pytestmark = pytest.mark.workflow


def test_one_core_and_two_give_the_same_bytes(finished_once: Project, tmp_path: Path) -> None:
    alone = copy_project(tmp_path / "a folder of another name")
    alone.succeed(cores=1)
    one, two = contents(alone.results()), contents(finished_once.results())
    assert differing(one, two) == []


def test_boosting_probabilities_and_a_csv_give_the_same_bytes_too(tmp_path: Path) -> None:
    found = []
    for cores in (1, 2):
        made = copy_project(tmp_path / str(cores))
        made.configure(
            "study: small\ndatasets:\n  breast_cancer:\n"
            "  wine: {source: config/examples/wine.csv, target: cultivar, drop: [bottle]}\n"
            "models: {xgboost: {grid: {subsample: 0.5, n_estimators: 9}}, svm: {grid: {C: 3}}}\n"
        )
        made.succeed(cores=cores)
        found.append(contents(made.results()))
    assert found[0] == found[1]


def test_every_trial_has_its_files_and_every_model_its_tables_and_plots(
    finished_once: Project,
) -> None:
    root = finished_once.results()
    for dataset in ("iris", "diabetes"):
        for model, count in (("decision_tree", 5), ("svm", 3)):
            folder = root / dataset / model
            trials = sorted((folder / "trials").iterdir())
            assert len(trials) == count
            for trial in trials:
                assert {path.name for path in trial.iterdir()} == set(records.TRIAL_FILES)
            table = pd.read_csv(folder / "trials.csv")
            assert len(table) == count
            assert table["default"].sum() == 1
            pd.testing.assert_index_equal(
                pd.read_parquet(folder / "trials.parquet").columns, table.columns
            )
            assert pd.read_csv(folder / "ledger.csv")["trial"].tolist()
            assert set(pd.read_csv(folder / "winner_ledger.csv")["kind"]) >= {"learned", "data"}
            for plot in ("validation_curves", "heat_maps", "held_out", "residuals"):
                assert (folder / f"plots/{plot}.svg").stat().st_size > 0
                assert (folder / f"plots/{plot}.png").stat().st_size > 0
        for picture in ("data/report", "data/splits", "plots/cost_and_score"):
            assert (root / dataset / f"{picture}.svg").stat().st_size > 0
        assert (root / dataset / "plots/probabilities.png").exists() == (dataset == "iris")
        assert (root / dataset / "decision_tree/plots/tree.svg").exists()
        for name in ("significance", "tuning", "tunability", "budget", "importance"):
            assert len(pd.read_csv(root / dataset / f"{name}.csv")) > 0
        for picture in ("significance", "tuning", "budget", "importance"):
            assert (root / dataset / "plots" / f"{picture}.svg").stat().st_size > 0
    assert {path.name for path in root.glob("*.*")} == {
        "report.html",
        "leaderboard.csv",
        "leaderboard.tex",
        "held_out.csv",
        "honesty.csv",
        "ranks.csv",
        "cost.csv",
        "cost.md",
        "summary.md",
        "set_or_learned.md",
        "manifest.txt",
    }


def test_the_leaderboard_tells_the_best_of_each_table(finished_once: Project) -> None:
    board = pd.read_csv(finished_once.results() / "leaderboard.csv")
    assert list(board[board["kind"] == "baseline"]["dataset"]) == ["iris", "diabetes"]
    assert board["rank"].isna().equals(board["kind"] == "baseline")
    for _, row in board[board["kind"] == "winner"].iterrows():
        folder = finished_once.results() / str(row["dataset"]) / str(row["model"])
        means = pd.read_csv(folder / "trials.csv")[f"mean_test_{row['metric']}"]
        best = means.max() if row["greater_is_better"] else means.min()
        assert row["mean_test"] == best


def test_a_record_says_what_was_set_and_its_arrays_need_no_pickle(finished_once: Project) -> None:
    table = pd.read_csv(finished_once.results() / "iris/svm/trials.csv")
    row = table[table["param_C"] == 10].iloc[0]
    trial = finished_once.results() / "iris/svm/trials" / row["trial"]
    record = json.loads((trial / "scores.json").read_text("utf-8"))
    kinds = record["hyperparameters"]
    assert kinds["set"] == {"C": 10.0}
    assert kinds["defaulted"]["gamma"] == "scale"
    assert isinstance(kinds["resolved"]["gamma"], float)
    assert kinds["needed"] == {"kernel": "rbf", "gamma": kinds["resolved"]["gamma"]}
    learned = files.load_npz(trial / "parameters.npz")
    assert record["learned"]["arrays"] == {name: list(a.shape) for name, a in learned.items()}
    assert np.isfinite(learned["model.support_vectors"]).all()


def test_the_summary_is_printed_and_names_the_winners(project: Project) -> None:
    project.configure("study: small\ndatasets: {iris: }\nmodels: {decision_tree: {grid: {}}}\n")
    output = project.succeed()
    summary = (project.results() / "summary.md").read_text("utf-8")
    assert summary.strip() in output
    assert "| 1    | decision_tree |" in summary


def test_a_search_has_its_winner_told_and_its_results_while_others_run(project: Project) -> None:
    leaves = ", ".join(map(str, range(1, 101)))
    project.configure(
        "study: small\ndatasets: {iris: , diabetes: }\nmodels: {decision_tree: {"
        "classification: {max_depth: [2, 3]}, "
        f"regression: {{max_depth: [2, 3, 4], min_samples_leaf: [{leaves}]}}}}}}\n"
    )
    output = project.succeed()
    root = project.results()
    last = max(path.stat().st_mtime for path in root.glob("diabetes/*/trials/*/scores.json"))
    for name in ("winner.json", "winner_ledger.csv", "plots/held_out.svg"):
        assert (root / "iris/decision_tree" / name).stat().st_mtime < last
    for dataset in ("iris", "diabetes"):
        record = files.read_json(root / dataset / "decision_tree/winner.json")
        assert output.count(compare.line(record)) == 1
        assert METRICS[record["metrics"][0]].title in compare.line(record)


def test_nothing_is_written_outside_results_and_snakemakes_folder(
    finished_once: Project, tmp_path: Path
) -> None:
    fresh = copy_project(tmp_path / "fresh").root
    ignored = ("results", ".snakemake")
    found = {
        str(path.relative_to(finished_once.root))
        for path in finished_once.root.rglob("*")
        if path.relative_to(finished_once.root).parts[0] not in ignored
        and "__pycache__" not in path.parts
    }
    assert found == {str(path.relative_to(fresh)) for path in fresh.rglob("*")}


def test_a_run_without_the_profile_gives_the_same_files(
    finished_once: Project, project: Project
) -> None:
    project.configure("study: small\nseed: 3\ndatasets: {iris: }\nmodels: {svm: {grid: {C: 10}}}\n")
    target = "results/small/iris/svm/trials.csv"
    project.succeed(target, "--workflow-profile", "none")
    for trial in sorted((project.results() / "iris/svm/trials").iterdir()):
        twin = finished_once.results() / trial.relative_to(project.results())
        assert (trial / "parameters.npz").read_bytes() == (twin / "parameters.npz").read_bytes()


def test_a_csv_with_categories_and_gaps_runs_from_a_few_lines(project: Project) -> None:
    example = project.root / "config/examples/csv.yaml"
    project.configure(
        example.read_text("utf-8") + "models: {decision_tree: {grid: {}}, svm: {grid: {}}}\n"
    )
    project.succeed()
    study = json.loads(next(project.root.glob("results/*/*/data/table.json")).read_text("utf-8"))
    assert {column["kind"] for column in study["columns"]} == {"numeric", "categorical"}
    assert study["missing"]


def test_every_winner_is_explained(finished_once: Project) -> None:
    own = {"decision_tree": "tree_rules.txt", "svm": "support_vectors.csv"}
    for dataset in ("iris", "diabetes"):
        for model, table in own.items():
            folder = finished_once.results() / dataset / model
            page = (folder / "winner.md").read_text("utf-8")
            for name in (table, "learning_curve.csv", "permutation_importance.csv"):
                assert (folder / name).stat().st_size > 0
                assert f"{model}/{name}" in page
            for plot in ("learned", "permutation_importance"):
                assert (folder / f"plots/{plot}.svg").stat().st_size > 0
            assert not (folder / "rounds.csv").exists()
        curves = finished_once.results() / dataset / "plots/learning_curves.png"
        assert curves.stat().st_size > 0
