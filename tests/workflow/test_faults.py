"""Interrupted, killed, timed out, failed: what is kept, what is recorded, what runs again."""

import csv
import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from campaign import LIMIT_SECONDS, Campaign, plans
from projects import CONFIG, Project, clean_environment, trials_in

from hypertrial import records

pytestmark = [pytest.mark.workflow, pytest.mark.cluster]

FAST = """\
study: small
datasets: {iris: }
models:
  decision_tree: {grid: {max_depth: [2, 3]}}
"""
RATES = [step / 100 for step in range(1, 31)]
ENDLESS = FAST + (
    "  xgboost:\n    grid:\n      n_estimators: 100000\n      max_depth: [5, 6]\n"
    f"      learning_rate: {RATES}\n"
)
"""Many trials, all of which are under way for Snakemake, and two of which are fitted at once."""
TEN_SECONDS = FAST + "  xgboost: {grid: {n_estimators: 10000}}\n"


def wait_until(condition: Callable[[], bool], seconds: float = 120) -> None:
    """Wait for something that must happen; the limit only ends a test that would hang."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.05)


@contextmanager
def running(project: Project, *arguments: str) -> Iterator[psutil.Popen]:
    """Run the workflow in a session of its own, as a terminal would."""
    with open(project.root / "output.txt", "w", encoding="utf-8") as output:
        process = psutil.Popen(
            project.command(*arguments),
            cwd=project.root,
            env=clean_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def workers(process: psutil.Process) -> list[psutil.Process]:
    """Return the processes that fit: the children of the fork server."""
    children: list[psutil.Process] = []
    for server in process.children():
        with suppress(psutil.NoSuchProcess):
            children += server.children()
    return [child for child in children if is_busy(child)]


def is_busy(process: psutil.Process) -> bool:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return False
    return times.user > 0.5


def gone(processes: list[psutil.Process]) -> bool:
    return not any(
        each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes
    )


@contextmanager
def interrupted_later(project: Project) -> Iterator[psutil.Popen]:
    """Finish the fast trials, then run two endless ones until both are being fitted."""
    project.configure(FAST)
    project.succeed()
    project.configure(ENDLESS)
    with running(project) as process:
        wait_until(lambda: len(workers(process)) == 2)
        yield process


def assert_the_next_run_goes_on(project: Project, done: set[str]) -> None:
    project.configure(ENDLESS.replace("100000", "3"))
    redone = trials_in(project.changed_by(project.succeed))
    assert redone
    assert redone.isdisjoint(done)


@pytest.mark.parametrize("interrupt", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_the_run_and_the_next_goes_on(
    project: Project, interrupt: signal.Signals
) -> None:
    with interrupted_later(project) as process:
        children = process.children(recursive=True)
        sockets = [s for each in (process, *children) for s in each.net_connections("inet")]
        (os.killpg if interrupt == signal.SIGINT else os.kill)(process.pid, interrupt)
        assert process.wait(timeout=30) != 0
        wait_until(lambda: gone(children), 30)
    assert sockets == []
    assert "Traceback" not in (project.root / "output.txt").read_text("utf-8")
    assert_the_next_run_goes_on(project, project.trials())


def test_workers_of_a_killed_driver_publish_nothing_and_its_lock_is_removed(
    project: Project,
) -> None:
    with interrupted_later(project) as process:
        children = process.children(recursive=True)
        before = project.versions()
        process.kill()
        wait_until(lambda: gone(children), 30)
        assert process.status() == psutil.STATUS_ZOMBIE  # as nobody asks for its exit code
        assert {path for path in project.versions() if not path.endswith(".part")} == set(before)
        told = project.fail().strip().splitlines()[-1]
        assert told.startswith("results: locked by a run that was killed; unlock with: ")
        assert told.endswith(" -m snakemake --unlock --configfile study.yaml")
        ready(project)
    assert_the_next_run_goes_on(project, project.trials())
    assert list((project.root / ".snakemake/workers").iterdir()) == []


def ready(project: Project) -> None:
    """Do what ``make run`` does before it starts Snakemake."""
    subprocess.run(
        [sys.executable, "workflow/scripts/ready.py", "study.yaml"], cwd=project.root, check=True
    )


def test_the_lock_of_a_living_run_stays(project: Project) -> None:
    with interrupted_later(project) as process:
        ready(project)
        assert f"locked by a run that goes on (process {process.pid} on " in flat(project.fail())


def test_a_killed_worker_costs_only_another_try(project: Project) -> None:
    project.configure(TEN_SECONDS)
    with running(project) as process:
        wait_until(lambda: len(workers(process)) > 0)
        workers(process)[0].kill()
        assert process.wait(timeout=300) == 0
    assert {record["status"] for record in scores(project)} == {"ok"}


def test_a_round_of_kills_of_all_kinds_changes_nothing_and_leaves_nothing(
    finished_once: Project, tmp_path: Path
) -> None:
    campaign = Campaign(tmp_path, CONFIG, finished_once, LIMIT_SECONDS)
    campaign.round(next(plans(random.Random(3), {})))
    assert campaign.outcome.total >= 4
    assert not any(campaign.outcome.faults.values()), campaign.outcome.faults


def scores(project: Project) -> list[dict[str, object]]:
    paths = project.results().rglob("scores.json")
    return [json.loads(path.read_text("utf-8")) for path in sorted(paths)]


def test_a_trial_whose_workers_keep_dying_is_recorded_and_tried_again(project: Project) -> None:
    project.configure(TEN_SECONDS)
    with running(project) as process:

        def killed_until_recorded() -> bool:
            for worker in workers(process):
                with suppress(psutil.NoSuchProcess):
                    worker.kill()
            return any(record["status"] == records.DIED for record in scores(project))

        wait_until(killed_until_recorded)
        assert process.wait(timeout=300) is not None
    died = {str(record["trial"]) for record in scores(project) if record["status"] == "died"}
    reasons = [str(record["reason"]) for record in scores(project) if record["status"] == "died"]
    assert all("SIGKILL" in reason for reason in reasons)
    redone = trials_in(project.changed_by(project.succeed))
    assert {f"iris/xgboost/{trial}" for trial in died} <= redone
    assert {record["status"] for record in scores(project)} == {"ok"}


def test_a_timed_out_trial_is_recorded_ranks_last_and_runs_again_under_a_longer_limit(
    project: Project,
) -> None:
    few, more = (FAST + f"  xgboost: {{grid: {{n_estimators: {n}}}}}\n" for n in ([1], [1, 1000]))
    project.configure(few)
    project.succeed()
    project.configure("timeout: 0.01\n" + more)
    project.succeed()
    last = table(project, "iris/xgboost")[-1]
    assert last["status"] == records.TIMEOUT
    assert last["reason"] == "it took longer than 0.01 seconds"
    assert "Nothing to be done" in project.succeed()
    project.edit_config("timeout: 0.01", "timeout: 300")
    redone = trials_in(project.changed_by(project.succeed))
    assert redone == {f"iris/xgboost/{last['trial']}"}
    assert {row["status"] for row in table(project, "iris/xgboost")} == {"ok"}


def table(project: Project, model: str) -> list[dict[str, str]]:
    with open(project.results() / model / "trials.csv", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_a_failed_trial_is_recorded_and_the_study_goes_on(project: Project) -> None:
    project.configure(
        "study: small\ndatasets: {iris: }\nmodels: {svm: {grid: {max_iter: [1, 1000]}}}\n"
    )
    project.succeed()
    last = table(project, "iris/svm")[-1]
    assert last["status"] == records.FAILED
    assert "did not converge" in last["reason"]
    summary = (project.results() / "summary.md").read_text("utf-8")
    assert f"iris/svm: 1 failed: {last['reason']}" in summary


def test_a_model_without_a_winner_leaves_the_others_everything_and_the_run_fails(
    project: Project,
) -> None:
    rows = [f"{i / 20 - 2:.2f},{i * 37 % 11},{math.exp(3 * (i / 20 - 2)):.5f}" for i in range(80)]
    (project.root / "skew.csv").write_text("\n".join(["x,z,y", *rows]) + "\n", "utf-8")
    # A support vector machine predicts values below 0, of which this deviance is not defined.
    project.configure(
        "study: small\ndatasets: {skew: {source: skew.csv, target: y}}\nsplit: {folds: 3}\n"
        "metrics: {regression: [mean_gamma_deviance, rmse]}\n"
        "models: {decision_tree: {grid: {max_depth: 2}}, svm: {grid: {kernel: linear}}}\n"
    )
    said = "No winner: skew/svm: all 2 trials failed: fold 0: mean_gamma_deviance of the"
    assert said in flat(project.fail())
    for name in ("report.html", "summary.md", "leaderboard.csv", "cost.md", "set_or_learned.md"):
        assert "skew" in (project.results() / name).read_text("utf-8")
        assert "no winner" in (project.results() / "summary.md").read_text("utf-8")
    with open(project.results() / "leaderboard.csv", encoding="utf-8") as stream:
        ranks = {row["model"]: row["rank"] for row in csv.DictReader(stream)}
    assert (ranks["decision_tree"], ranks["svm"]) == ("1", "")
    output: list[str] = []
    assert not project.changed_by(lambda: output.append(project.fail()))
    assert said in flat(output[0])
    assert "Traceback" not in output[0]
    project.succeed("forecasts")  # what needs no winner does not fail for want of one


def flat(text: str) -> str:
    return " ".join(text.split())
