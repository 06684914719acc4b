"""Jobs that are cancelled, run out of time or memory; nodes, a controller and runs that die."""

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from projects import Project, clean_environment, contents, copy_project, differing
from sending import to_slurm
from slurm_cluster import Cluster, Job

pytestmark = [pytest.mark.workflow, pytest.mark.cluster]
STUDY = """\
study: small
datasets: {digits: }
split: {folds: 10, repeats: 3}
models:
  decision_tree:
    grid: {max_depth: [2, 4, 6, 8], max_features: [0.2, 0.4, 0.6, 0.8, 1.0], splitter: random}
"""
RECORDS = "results/small/digits/decision_tree/bundles/all.scores.jsonl"
DATA = "results/small/digits/data/splits.npz"
TRIALS = 21


@pytest.fixture(scope="module")
def prepared_once(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = copy_project(tmp_path_factory.mktemp("prepared") / "project")
    project.configure(STUDY)
    project.succeed(DATA)
    return project


@pytest.fixture(scope="module")
def expected(prepared_once: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    project = _copy(prepared_once, tmp_path_factory.mktemp("local") / "project")
    project.succeed(RECORDS)
    return contents(project.results())


@pytest.fixture
def prepared(prepared_once: Project, tmp_path: Path) -> Project:
    """A project whose data set is prepared, so that only one group of trials is sent."""
    return _copy(prepared_once, tmp_path / "project")


def _copy(project: Project, target: Path) -> Project:
    shutil.copytree(project.root, target, symlinks=True)
    return Project(target)


class Frozen:
    """A run whose job has published some trials and is stopped in the midst of others."""

    def __init__(self, slurm: Cluster, project: Project) -> None:
        self.slurm, self.project = slurm, project
        self.sent = to_slurm(slurm, project, RECORDS)
        self.sent.wait_until(lambda: len(project.trials()) >= 3, "three trials")
        (self.job,) = slurm.jobs()
        slurm.freeze(self.job.node)
        folder = project.root / ".snakemake"
        assert not [path for path in folder.rglob("*") if path.is_socket()], "not all have them"
        self.costs = self.costs_now()
        assert 3 <= len(self.costs) < TRIALS

    def costs_now(self) -> dict[str, bytes]:
        """Return what finished trials have cost, which changes if they are run again."""
        folder = self.project.root / "results"
        return {
            path: (folder / path).with_name("cost.json").read_bytes()
            for path in self.project.versions()
            if path.endswith("scores.json")
        }

    def others(self) -> list[Job]:
        return [job for job in self.slurm.jobs("all") if job.id != self.job.id]

    def is_kept(self) -> None:
        assert self.costs.items() <= self.costs_now().items()

    def is_whole(self, expected: dict[str, bytes]) -> None:
        """Assert that the run has made the same bytes, and that finished trials were kept."""
        assert differing(contents(self.project.results()), expected) == []
        assert len(self.costs_now()) == TRIALS
        self.is_kept()
        assert not list(self.project.results().rglob("*.part"))
        assert not self.slurm.jobs()


def error_of(said: str) -> str:
    """Return the line that says why a group of trials failed."""
    (line,) = [line for line in said.splitlines() if line.startswith("Error in group")]
    return line


def test_a_cancelled_job_is_sent_again(
    slurm: Cluster, prepared: Project, expected: dict[str, bytes]
) -> None:
    run = Frozen(slurm, prepared)
    slurm.cancel(run.job.id)
    error = error_of(run.sent.succeed())
    assert f"(1 bundle, {TRIALS} train): SLURM-job '{run.job.id}' failed" in error
    assert "'CANCELLED'" in error
    assert "Trials that it has finished are kept. Its output: " in error
    assert ".snakemake/slurm_logs/" in error
    run.is_whole(expected)


def test_a_run_that_was_killed_goes_on_and_ends_its_jobs(
    slurm: Cluster, prepared: Project, expected: dict[str, bytes]
) -> None:
    run = Frozen(slurm, prepared)
    run.sent.kill()
    ready = [sys.executable, "workflow/scripts/ready.py", "study.yaml"]
    done = subprocess.run(
        ready, cwd=prepared.root, env=clean_environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Removing the lock of a run that is no longer alive" in done.stderr
    said = to_slurm(slurm, prepared, RECORDS).succeed()
    assert "Ending 1 jobs that an earlier run has left in the queue" in said
    assert slurm.state_of(run.job.id) == "CANCELLED"
    assert "Error" not in said
    run.is_whole(expected)


@pytest.mark.parametrize("interrupt", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_cancels_its_jobs(
    interrupt: signal.Signals, slurm: Cluster, prepared: Project, expected: dict[str, bytes]
) -> None:
    run = Frozen(slurm, prepared)
    run.sent.process.send_signal(interrupt)
    run.sent.fail()
    slurm.wait_for(run.job.id, "CANCELLED")
    run.is_kept()
    to_slurm(slurm, prepared, RECORDS).succeed()
    run.is_whole(expected)


@pytest.mark.parametrize("fault", ["lost", "down"])
def test_a_job_of_a_node_that_fails_is_sent_to_another(
    fault: str, slurm: Cluster, prepared: Project, expected: dict[str, bytes]
) -> None:
    run = Frozen(slurm, prepared)
    node = run.job.node
    if fault == "lost":
        slurm.kill_node(node)
    else:
        slurm.down(node)
    try:
        error = error_of(run.sent.succeed())
    finally:
        if fault == "lost":
            slurm.start_node(node)
        else:
            slurm.resume(node)
    assert "failed due to a node failure" in error
    assert all(job.node != node for job in run.others() if job.name == run.job.name)
    run.is_whole(expected)


def test_a_job_that_runs_out_of_time_gets_more(
    slurm: Cluster, prepared: Project, expected: dict[str, bytes]
) -> None:
    run = Frozen(slurm, prepared)
    before = slurm.limits_of(run.job.id)
    slurm.expire(run.job.id)
    error = error_of(run.sent.succeed())
    assert "'TIMEOUT'" in error
    again = slurm.limits_of(job_after(run))
    assert again.minutes == 2 * before.minutes
    assert again.memory_mb == 2 * before.memory_mb
    run.is_whole(expected)


def test_a_job_without_enough_memory_gets_more(
    slurm: Cluster, prepared: Project, expected: dict[str, bytes]
) -> None:
    sent = to_slurm(slurm, prepared, RECORDS, "--set-resources", "bundle:mem_mb=300*attempt**3")
    said = sent.succeed()
    (first, *_) = re.findall(r"SLURM-job '(\d+)' failed", said)
    assert slurm.limits_of(first).memory_mb == 300
    assert differing(contents(prepared.results()), expected) == []
    assert not slurm.jobs()


def test_a_controller_that_comes_back_finds_its_jobs(
    slurm: Cluster, prepared: Project, expected: dict[str, bytes]
) -> None:
    run = Frozen(slurm, prepared)
    slurm.kill_controller()
    slurm.thaw(run.job.node)
    run.sent.wait_until(lambda: len(prepared.trials()) == TRIALS, "all trials")
    slurm.start_controller()
    said = run.sent.succeed()
    assert "Error" not in said
    assert slurm.state_of(run.job.id) == "COMPLETED"
    run.is_whole(expected)


def job_after(run: Frozen) -> str:
    """Return the id of the job that did again what another had failed to do."""
    return min((job.id for job in run.others() if int(job.id) > int(run.job.id)), key=int)
