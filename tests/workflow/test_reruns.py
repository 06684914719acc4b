"""What runs again, and what does not."""

import base64
import csv
import json
import os
import random
import shutil
from pathlib import Path

import pandas as pd
import pytest
from projects import Project, trials_in

NOTHING = "Nothing to be done"
pytestmark = pytest.mark.workflow


def test_nothing_runs_when_nothing_changed(finished: Project) -> None:
    output = []
    assert finished.changed_by(lambda: output.append(finished.succeed())) == set()
    assert NOTHING in output[0]


def test_one_more_value_runs_only_its_new_trials(finished: Project) -> None:
    before = finished.trials()
    finished.edit_config("C: [0.1, 10]", "C: [0.1, 3, 10]")
    assert "forced" not in finished.succeed("--dry-run")
    redone = trials_in(finished.changed_by(finished.succeed))
    assert redone == finished.trials() - before
    assert sorted(trial.rpartition("/")[0] for trial in redone) == ["diabetes/svm", "iris/svm"]


def test_two_values_swapped_run_exactly_the_affected_trials(finished: Project) -> None:
    finished.edit_config(
        "grid: {max_depth: [2, 3], min_samples_leaf: [1, 5]}",
        "grid: [{max_depth: 2, min_samples_leaf: 3}, {max_depth: 3, min_samples_leaf: 5}]",
    )
    finished.succeed()
    finished.edit_config(
        "grid: [{max_depth: 2, min_samples_leaf: 3}", "grid: [{max_depth: 3, min_samples_leaf: 2}"
    )
    redone = trials_in(finished.changed_by(finished.succeed))
    assert sorted(trial.rpartition("/")[0] for trial in redone) == [
        "diabetes/decision_tree",
        "iris/decision_tree",
    ]


def test_swapped_values_of_two_options_run_everything(finished: Project) -> None:
    finished.edit_config("seed: 3", "seed: 3\nsplit: {folds: 4}")
    finished.succeed()
    finished.edit_config("seed: 3\nsplit: {folds: 4}", "seed: 4\nsplit: {folds: 3}")
    assert trials_in(finished.changed_by(finished.succeed)) == finished.trials()


def test_a_comment_and_the_order_of_keys_run_nothing(finished: Project) -> None:
    first, rest = finished.config.read_text("utf-8").split("\n", 1)
    reordered = rest.replace(
        "{max_depth: [2, 3], min_samples_leaf: [1, 5]}",
        "{min_samples_leaf: [5, 1], max_depth: [3, 2]}",
    )
    finished.configure(f"# a comment\n{reordered}{first}\n")
    assert NOTHING in finished.succeed()


def test_a_touched_csv_of_2_mb_runs_nothing_and_a_changed_one_its_data_set(
    project: Project,
) -> None:
    write_csv(project.root / "big.csv", rows=50_000)
    assert (project.root / "big.csv").stat().st_size > 2_000_000
    project.configure(
        "study: small\n"
        "datasets: {iris: , big: {source: big.csv, target: target}}\n"
        "models: {decision_tree: {grid: {max_depth: 2}}}\n"
    )
    project.succeed()
    os.utime(project.root / "big.csv")
    assert NOTHING in project.succeed()
    project.append("big.csv", "0.5,0.5,a,yes\n")
    redone = trials_in(project.changed_by(project.succeed))
    assert redone == {trial for trial in project.trials() if trial.startswith("big/")}


def write_csv(path: Path, rows: int) -> None:
    numbers = random.Random(1)
    with open(path, "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["first", "second", "kind", "target"])
        for _ in range(rows):
            first, second = numbers.random(), numbers.random()
            label = "yes" if first + second > 1 else "no"
            writer.writerow([first, second, numbers.choice("abc"), label])


def test_plot_code_runs_no_trial(finished: Project) -> None:
    finished.append("workflow/scripts/hypertrial/plots/style.py", "# a change\n")
    changed = finished.changed_by(finished.succeed)
    assert trials_in(changed) == set()
    assert "small/plots/comparison.svg" in changed


def test_the_svm_module_runs_svm_trials_only(finished: Project) -> None:
    finished.append("workflow/scripts/hypertrial/models/svm.py", "# a change\n")
    redone = trials_in(finished.changed_by(finished.succeed))
    assert redone == {trial for trial in finished.trials() if "/svm/" in trial}


def test_an_added_metric_runs_no_trial_and_has_the_scores_of_one_that_was_there(
    finished: Project,
) -> None:
    winners = "small/diabetes/decision_tree/trials.csv"
    finished.edit_config("seed: 3", "seed: 3\nmetrics: {regression: [rmse, mape]}")
    changed = finished.changed_by(finished.succeed)
    assert not trials_in(changed)
    assert not [path for path in changed if path.endswith("refit.json")]
    assert winners in changed
    assert "small/iris/svm/trials.csv" not in changed
    rescored = rows_of(finished, winners)
    shutil.rmtree(finished.results())
    finished.succeed()
    fresh = rows_of(finished, winners)
    assert [row["trial"] for row in rescored] == [row["trial"] for row in fresh]
    for own, other in zip(rescored, fresh, strict=True):
        later = {key for key in own if "_train_mape" in key}
        assert later
        assert {own[key] for key in later} == {""}
        assert "" not in {other[key] for key in later}
        assert own["mean_test_mape"] != ""
        assert {key: own[key] for key in own.keys() - later} == {
            key: other[key] for key in own.keys() - later
        }


def rows_of(finished: Project, table: str) -> list[dict[str, str]]:
    with open(finished.root / "results" / table, encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_deleted_results_are_made_again_and_a_trial_that_was_not_noted_is_not(
    finished: Project,
) -> None:
    model = finished.results() / "iris/decision_tree"
    *trials, whole = sorted((model / "trials").iterdir())[:4]
    note_as_begun(finished, whole / "scores.json")
    published = (whole / "scores.json").stat().st_ino
    shutil.rmtree(trials[0])
    (trials[1] / "scores.json").unlink()
    (trials[2] / "parameters.npz").unlink()
    (finished.results() / "iris/svm/trials.csv").unlink()
    (finished.results() / "diabetes/svm/winner.npz").unlink()
    (finished.results() / "plots/comparison.png").unlink()
    changed = finished.changed_by(finished.succeed)
    assert (whole / "scores.json").stat().st_ino == published
    assert list((finished.root / ".snakemake/incomplete").iterdir()) == []
    redone = trials_in(changed) - {f"iris/decision_tree/{whole.name}"}  # which has a new time
    assert redone == {f"iris/decision_tree/{trial.name}" for trial in trials}
    assert {
        "small/iris/svm/trials.csv",
        "small/diabetes/svm/winner.npz",
        "small/plots/comparison.png",
    } <= changed


def note_as_begun(project: Project, output: Path) -> None:
    """Have Snakemake believe that a job was cut off, as when a run is killed in time."""
    name = base64.urlsafe_b64encode(str(output.relative_to(project.root)).encode()).decode()
    note = project.root / ".snakemake/incomplete" / name
    note.write_text('{"external_jobid": null}', "utf-8")


def test_another_study_gets_a_folder_of_its_own(finished: Project) -> None:
    finished.edit_config("study: small", "study: other")
    changed = finished.changed_by(finished.succeed)
    assert changed
    assert all(path.startswith("other/") for path in changed)
    finished.edit_config("study: other", "study: small")
    assert NOTHING in finished.succeed()


def test_results_without_snakemakes_memory_run_again_if_outdated(finished: Project) -> None:
    (finished.root / ".snakemake").rename(finished.root.parent / "memory")
    assert NOTHING in finished.succeed()
    finished.edit_config("seed: 3", "seed: 4")
    changed = finished.changed_by(finished.succeed)
    assert trials_in(changed) == finished.trials()
    assert {"small/iris/data/splits.npz", "small/diabetes/data/splits.npz"} <= changed


def test_a_changed_csv_is_read_again_without_snakemakes_memory(project: Project) -> None:
    write_csv(project.root / "data.csv", rows=200)
    project.configure(
        "study: small\ndatasets: {mine: {source: data.csv, target: target}}\n"
        "models: {decision_tree: {grid: {}}}\n"
    )
    project.succeed()
    (project.root / ".snakemake").rename(project.root.parent / "memory")
    project.append("data.csv", "0.5,0.5,a,yes\n")
    table = pd.read_csv(project.root / "data.csv")
    table.assign(copy=table["target"]).to_csv(project.root / "data.csv", index=False)
    output = project.succeed()
    about = json.loads((project.results() / "mine/data/table.json").read_text("utf-8"))
    assert about["rows"] == 201
    leak = "mine: column 'copy' is the target 'target' under another name"
    assert output.count(leak) == 2  # when the table was made, and in the summary
    assert output.index(leak) < output.index("# Study small")
