"""Trials that share work, in real runs: each has a job and files of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from projects import ROOT, Project, clean_environment, trials_in

pytestmark = pytest.mark.workflow

STUDY = """\
study: small
datasets: {iris: }
models:
  decision_tree: {grid: {max_depth: [2, 3], ccp_alpha: [0.0, 0.01, 0.05]}}
  svm: {grid: {C: [0.1, 1.0, 10.0]}}
  xgboost: {grid: {n_estimators: [3, 5, 8], max_depth: [2, 3]}}
"""
GROWN = STUDY.replace("[3, 5, 8]", "[3, 4, 5, 8, 12]")


def together(project: Project, model: str) -> list[int]:
    costs = project.results().glob(f"iris/{model}/trials/*/cost.json")
    return sorted(json.loads(path.read_bytes())["trials_together"] for path in costs)


def contents(project: Project) -> dict[str, bytes]:
    """Return the trials' files that may not vary."""
    root = project.results() / "iris"
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.glob("*/trials/*/*"))
        if path.name != "cost.json"
    }


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    from projects import copy_project

    project = copy_project(tmp_path_factory.mktemp("shared") / "project")
    project.configure(STUDY)
    project.succeed()
    return project


def test_trials_of_a_set_ran_together(shared: Project) -> None:
    assert together(shared, "xgboost") == [1, 3, 3, 3, 3, 3, 3]
    assert together(shared, "decision_tree") == [1, 3, 3, 3, 3, 3, 3]
    assert together(shared, "svm") == [3, 3, 3]


def test_each_search_refits_one_of_them_alone(shared: Project) -> None:
    for model in ("decision_tree", "svm", "xgboost"):
        refit = json.loads((shared.results() / "iris" / model / "refit.json").read_bytes())
        assert refit["same"] == ["parameters.npz", "predictions.npz", "scores.json"]
    summary = (shared.results() / "summary.md").read_text("utf-8")
    assert "In 3 searches one of them, drawn by the seed, was run again alone" in summary


def test_a_growing_grid_and_no_pool_of_threads_give_the_same_bytes(
    shared: Project, tmp_path: Path
) -> None:
    from projects import copy_project

    alone = copy_project(tmp_path / "project")
    alone.configure(STUDY)
    targets = [
        f"results/small/iris/{path}"
        for path in contents(shared)
        if path.endswith("scores.json") and path.startswith("xgboost")
    ]
    alone.succeed("--workflow-profile", "none", *targets)
    assert together(alone, "xgboost") == [1] * 7, "a process a job shares nothing"
    expected = {k: v for k, v in contents(shared).items() if k.startswith("xgboost")}
    assert contents(alone) == expected
    alone.configure(GROWN)
    redone = trials_in(alone.changed_by(alone.succeed))
    assert len([name for name in redone if "/xgboost/" in name]) == 4
    assert {name: content for name, content in contents(alone).items() if name in expected} == (
        expected
    )


def test_a_trial_staged_by_a_run_that_was_cut_off_is_only_published(shared: Project) -> None:
    folder = next(shared.results().glob("iris/xgboost/trials/*"))
    for path in folder.iterdir():
        path.rename(f"{path}.part")
    cost = (folder / "cost.json.part").read_bytes()
    shared.succeed()
    assert (folder / "cost.json").read_bytes() == cost
    assert not list(shared.results().rglob("*.part"))


def test_a_staged_file_that_was_cut_short_is_not_published(shared: Project) -> None:
    folder = next(shared.results().glob("iris/xgboost/trials/*"))
    whole = (folder / "parameters.npz").read_bytes()
    for path in folder.iterdir():
        path.rename(f"{path}.part")
    (folder / "parameters.npz.part").write_bytes(whole[:-9])
    shared.succeed()
    assert (folder / "parameters.npz").read_bytes() == whole


def test_the_forecast_is_told_before_and_beside_the_truth_after(shared: Project) -> None:
    command = [sys.executable, "workflow/scripts/plan.py", "study.yaml", "2"]
    done = subprocess.run(
        command,
        cwd=shared.root,
        env={**clean_environment(), "PYTHONPATH": str(ROOT / "workflow/scripts")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "On 2 cores the trials take about" in done.stdout
    page = (shared.results() / "cost.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| iris")]
    assert [row.split("|")[2].strip() for row in rows] == ["decision_tree", "svm", "xgboost"]


def test_threads_are_for_models_that_can_use_them(shared: Project) -> None:
    before = contents(shared)
    shared.configure(STUDY.replace("xgboost: {", "xgboost: {threads: 2, "))
    assert "Nothing to be done" in shared.succeed()
    assert contents(shared) == before
    shared.configure(STUDY.replace("svm: {", "svm: {threads: 2, "))
    said = shared.fail()
    assert "study.yaml: models.svm.threads: must be 1, as its fits use one thread" in said
    shared.configure(STUDY)
