"""Studies that use what a file, its columns and the config can say, all at once."""

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from projects import (
    Project,
    clean_environment,
    contents,
    copy_project,
    differing,
    trials_in,
)

from hypertrial.splitting import splits

pytestmark = pytest.mark.workflow

CONFIG = """\
study: breadth
datasets:
  clinic:
    source: clinic.csv.gz
    target: outcome
    positive: ill
    ordered: {stage: [early, middle, late]}
    categorical: [street]
    monotone: {age: increasing}
    weight: counts
    group: patient
split: {folds: 3, repeats: 2}
selection: one_standard_error
bootstrap: {resamples: 200, level: 0.9}
models:
  decision_tree: {grid: {max_depth: [1, 4]}, preprocessing: {max_categories: 5}}
  xgboost: {grid: {n_estimators: [4]}, preprocessing: {scaling: robust, encoding: native}}
"""
FEATURES = ("age", "stage", "street", "room", "same room", "ward")


def clinic(rows: int = 240) -> pd.DataFrame:
    """Return visits of patients; the first visits of some are those of others, too."""
    rng = np.random.default_rng(5)
    age = rng.integers(20, 90, rows).astype(float)
    room = rng.normal(size=rows).round(3)
    frame = pd.DataFrame(
        {
            "patient": [f"p{x:02}" for x in rng.integers(0, 40, rows)],
            "age": np.where(rng.random(rows) < 0.1, np.nan, age),
            "stage": rng.choice(["early", "middle", "late"], rows),
            "street": [f"street {x}" for x in rng.integers(0, 900, rows)],
            "room": room,
            "same room": room,
            "ward": 7,
            "counts": rng.gamma(2.0, 1.0, rows).round(3) + 0.1,
            "outcome": np.where(age + rng.normal(scale=15, size=rows) > 60, "ill", "well"),
        }
    )
    copies = frame.iloc[:30].assign(patient=[f"q{i % 10}" for i in range(30)])
    return pd.concat([frame, copies], ignore_index=True)


def run_study(folder: Path, cores: int) -> Project:
    project = copy_project(folder)
    text = clinic().to_csv(index=False)
    (project.root / "clinic.csv.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    project.configure(CONFIG)
    project.succeed(cores=cores)
    return project


@pytest.fixture(scope="module")
def clinic_once(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return run_study(tmp_path_factory.mktemp("clinic") / "project", cores=2)


@pytest.fixture
def clinic_done(clinic_once: Project, tmp_path: Path) -> Project:
    target = tmp_path / "project"
    shutil.copytree(clinic_once.root, target, symlinks=True)
    return Project(target)


def read_json(path: Path) -> dict:
    return json.loads(path.read_bytes())


def test_no_group_crosses_a_split_and_copies_in_other_groups_are_said(
    clinic_once: Project,
) -> None:
    root = clinic_once.results("breadth")
    report = read_json(root / "clinic/data/splits.json")
    assert (report["method"], report["count"]) == ("stratified_group", 6)
    made = splits.load(root / "clinic/data/splits.npz")
    patient = clinic()["patient"].to_numpy()
    assert set(patient[made.held]).isdisjoint(patient[~made.held])
    for training, validation in made.parts():
        assert set(patient[training]).isdisjoint(patient[validation])
    assert len(report["warnings"]) == 2
    assert all("equal a training row" in warning for warning in report["warnings"])
    summary = (root / "summary.md").read_text("utf-8")
    for said in (*report["warnings"], "column ward is constant", "column same room equals"):
        assert f"- clinic: {said}" in summary


def test_columns_are_reported_and_scores_have_intervals(clinic_once: Project) -> None:
    root = clinic_once.results("breadth")
    report = pd.read_csv(root / "clinic/data/report.csv", index_col="column")
    assert report.loc["ward", "note"] == "constant"
    assert report.loc["same room", "note"] == "duplicate of room"
    assert "wide" in report.loc["street", "note"]
    assert report["role"].to_dict() == {
        **dict.fromkeys(FEATURES, "feature"),
        "patient": "group",
        "counts": "weight",
        "outcome": "target",
    }
    held_out = pd.read_csv(root / "held_out.csv")
    assert list(held_out["model"]) == ["decision_tree", "xgboost", "baseline"]
    held_out = held_out[held_out["model"] != "baseline"]
    for metric in ("roc_auc", "balanced_accuracy", "f1", "log_loss"):
        assert (held_out[f"{metric}_low"] <= held_out[metric]).all()
        assert (held_out[metric] <= held_out[f"{metric}_high"]).all()


def test_winners_ledgers_and_plots_are_there(clinic_once: Project) -> None:
    root = clinic_once.results("breadth")
    for model in ("decision_tree", "xgboost"):
        folder = root / "clinic" / model
        trials = pd.read_csv(folder / "trials.csv").set_index("trial")
        assert set(trials["status"]) == {"ok"}
        winner = read_json(folder / "winner.json")
        chosen = winner["selection"]
        assert (chosen["rule"], winner["held_out_level"]) == ("one_standard_error", 0.9)
        mean = trials.loc[winner["trial"], "mean_test_roc_auc"]
        assert mean >= chosen["best_mean"] - chosen["standard_error"] - 1e-12
        ledger = pd.read_csv(folder / "ledger.csv")
        assert set(ledger["trial"]) == set(trials.index)
        kinds = set(pd.read_csv(folder / "winner_ledger.csv")["kind"])
        assert {"learned", "data", "set"} <= kinds
        for plot in ("validation_curves", "heat_maps", "held_out", "residuals"):
            assert (folder / f"plots/{plot}.svg").stat().st_size > 0
    for plot in ("data/report", "data/splits", "plots/probabilities", "plots/cost_and_score"):
        assert (root / f"clinic/{plot}.png").stat().st_size > 0


def predict(project: Project, *arguments: str) -> tuple[int, str, str]:
    """Run the documented command in the project's folder."""
    done = subprocess.run(
        [sys.executable, "workflow/scripts/predict.py", *arguments],
        cwd=project.root,
        env=clean_environment(),
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("model", ["decision_tree", "xgboost"])
def test_the_command_predicts_new_rows_both_ways(clinic_once: Project, model: str) -> None:
    folder = f"results/breadth/clinic/{model}"
    rows = clinic().drop(columns=["outcome", "counts", "patient"]).iloc[::-1]
    path = clinic_once.root.parent / f"{model}.csv"
    rows.to_csv(path, index=False)
    code, labels, said = predict(clinic_once, folder, str(path), "--unseen", "ignore")
    assert (code, said) == (0, "")
    assert labels.count("\n") == len(rows) + 1
    code, again, _ = predict(clinic_once, folder, str(path), "--unseen", "ignore", "--estimator")
    assert code == 0
    first, second = ([line.split(",")[0] for line in text.splitlines()] for text in (labels, again))
    assert first == second
    assert set(first) == {"prediction", "ill", "well"}
    rows.drop(columns="age").to_csv(path, index=False)
    code, labels, said = predict(clinic_once, folder, str(path))
    assert (code, labels, said.count("\n")) == (1, "", 1)
    assert f"{path}: no column 'age'" in said


def test_such_a_study_gives_the_same_bytes_on_one_core(
    clinic_once: Project, tmp_path: Path
) -> None:
    one = contents(run_study(tmp_path / "alone", cores=1).results("breadth"))
    two = contents(clinic_once.results("breadth"))
    assert differing(one, two) == []


def test_another_selection_and_other_intervals_run_no_trial(clinic_done: Project) -> None:
    clinic_done.edit_config("selection: one_standard_error\n", "")
    clinic_done.edit_config("resamples: 200", "resamples: 150")
    changed = clinic_done.changed_by(clinic_done.succeed)
    assert trials_in(changed) == set()
    made = {"breadth/clinic/data/table.npz", "breadth/clinic/data/splits.npz"}
    assert not made & changed  # the reports on them share a job with the baseline's intervals
    assert {
        "breadth/clinic/xgboost/winner.json",
        "breadth/held_out.csv",
        "breadth/summary.md",
    } <= changed
    winner = read_json(clinic_done.results("breadth") / "clinic/xgboost/winner.json")
    assert winner["selection"]["rule"] == "best"


def test_other_repeats_run_every_trial_and_a_weight_reads_the_data_again(
    clinic_done: Project,
) -> None:
    clinic_done.edit_config("repeats: 2", "repeats: 1")
    clinic_done.edit_config("    weight: counts\n", "    drop: [counts]\n")
    table = "breadth/clinic/data/table.npz"
    changed = clinic_done.changed_by(clinic_done.succeed)
    assert trials_in(changed) == clinic_done.trials("breadth")
    clinic_done.edit_config("repeats: 1", "repeats: 2")
    changed = clinic_done.changed_by(clinic_done.succeed)
    assert table not in changed
    assert trials_in(changed) == clinic_done.trials("breadth")
    clinic_done.edit_config("    drop: [counts]\n", "    weight: counts\n")
    changed = clinic_done.changed_by(clinic_done.succeed)
    assert table in changed
    assert trials_in(changed) == clinic_done.trials("breadth")


def test_deleted_tables_and_reports_come_back(clinic_done: Project) -> None:
    root = clinic_done.results("breadth")

    def made_again(*names: str) -> set[str]:
        before = {name: (root / name).read_bytes() for name in names}
        for name in names:
            (root / name).unlink()
        changed = clinic_done.changed_by(clinic_done.succeed)
        assert {name: (root / name).read_bytes() for name in names} == before
        return changed

    assert trials_in(made_again("clinic/xgboost/trials.parquet")) == set()
    made_again("clinic/data/report.csv", "clinic/data/splits.json")
    assert clinic_done.changed_by(clinic_done.succeed) == set()


SERIES = """\
study: series
datasets:
  river: {source: river.parquet, target: flow, time: day, task: regression}
split: {folds: 3, gap: 2}
models: {decision_tree: {grid: {max_depth: 3}}, svm: {grid: {}}}
"""
FOLDS = """\
study: folds
datasets:
  river: {source: river.csv, target: flow, fold: part, drop: [day]}
models: {decision_tree: {grid: {max_depth: 3}}}
"""


def river(rows: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    day = pd.date_range("2023-01-01", periods=rows, freq="D")
    rain = rng.gamma(1.0, 5.0, rows)
    flow = 20 + 10 * np.sin(np.arange(rows) / 20) + rain + rng.normal(size=rows)
    return pd.DataFrame({"day": day, "rain": rain, "season": day.month_name(), "flow": flow})


def test_a_time_series_and_folds_of_ones_own_run_from_a_few_lines(project: Project) -> None:
    frame = river()
    frame.sample(frac=1, random_state=0).to_parquet(project.root / "river.parquet")
    part = np.where(np.arange(120) < 90, np.arange(120) % 3, -1)
    frame.assign(part=part).to_csv(project.root / "river.csv", index=False)
    project.configure(SERIES)
    project.succeed()
    report = read_json(project.results("series") / "river/data/splits.json")
    assert (report["method"], report["count"], report["warnings"]) == (
        "time",
        3,
        ["The held-out part has only 24 rows: scores on it say little"],
    )
    last = [each["training"]["time"][1] for each in report["splits"]]
    first = [each["validation"]["time"][0] for each in report["splits"]]
    gaps = pd.to_datetime(first) - pd.to_datetime(last)
    assert set(gaps) == {pd.Timedelta(days=3)}
    project.configure(FOLDS)
    project.succeed()
    made = splits.load(project.results("folds") / "river/data/splits.npz")
    assert made.held.tolist() == (part == -1).tolist()
    assert [each.tolist() for _, each in made.parts()] == [
        np.flatnonzero(part == fold).tolist() for fold in range(3)
    ]


@pytest.mark.parametrize(
    ("config", "message", "arguments"),
    [
        (
            "datasets: {river: {source: river.csv, target: flow, group: rains}}",
            "river.csv: group: no column 'rains' (did you mean 'rain'?)",
            (),
        ),
        (
            "datasets: {river: {source: river.csv, target: flow}}\nsplit: {method: time}",
            "study.yaml: split.method: 'time' needs a time column; set datasets.river.time",
            ("--dry-run",),
        ),
    ],
)
def test_a_wrong_role_is_one_line(
    project: Project, config: str, message: str, arguments: tuple[str, ...]
) -> None:
    river().to_csv(project.root / "river.csv", index=False)
    project.configure(config)
    output = project.fail(*arguments)
    assert message in output
    assert "Traceback" not in output
    assert len(output.split(message)[1].splitlines()) < 9
