"""Runs that send their jobs elsewhere: by a command of one's own, and to a real Slurm."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from projects import Project, clean_environment, copy_project
from slurm_cluster import Cluster, missing

from hypertrial.records import COST_FILES

pytestmark = pytest.mark.workflow
PLUGINS = Path(sys.prefix) / "cluster"
SUBMIT = '#!/bin/sh\nsh "$1" >"$1.out" 2>&1 &\necho $!\n'
QUICK = ("--latency-wait", "20")
STUDY = (
    "study: small\ndatasets: {iris: }\nbootstrap: {resamples: 100}\nmodels:\n"
    "  decision_tree: {grid: {max_depth: [1, 2, 3]}}\n"
    "  xgboost: {grid: {n_estimators: [3, 5], max_depth: [2, 3]}}\n"
)


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if (lacking := missing()) is not None:
        pytest.fail(lacking) if os.environ.get("CI") else pytest.skip(lacking)
    with Cluster(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster


def send(
    project: Project, *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "snakemake", *arguments, "--configfile", "study.yaml"]
    return subprocess.run(
        command,
        cwd=project.root,
        env={**(environment or clean_environment()), "PYTHONPATH": str(PLUGINS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
    )


def by_command(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    submit = project.root / "submit.sh"
    submit.write_text(SUBMIT, "utf-8")
    submit.chmod(0o755)
    profile = ("--workflow-profile", "profiles/cluster-generic")
    return send(
        project, *profile, "--cluster-generic-submit-cmd", "./submit.sh", *QUICK, *arguments
    )


def to_slurm(
    cluster: Cluster, project: Project, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return send(
        project,
        *("--workflow-profile", "profiles/slurm", "--slurm-init-seconds-before-status-checks", "2"),
        *("--slurm-status-command", "squeue", "--slurm-no-account", *QUICK, *arguments),
        environment=cluster.environment(clean_environment()),
    )


def contents(project: Project) -> dict[str, bytes]:
    """Return the files of results that must not differ between runs."""
    root = project.results()
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not any(path.match(pattern) for pattern in COST_FILES)
    }


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = copy_project(tmp_path_factory.mktemp("local") / "project")
    project.configure(STUDY)
    project.succeed()
    return project


def test_a_command_that_submits_jobs_gives_the_same_bytes(project: Project, local: Project) -> None:
    project.configure(STUDY)
    done = by_command(project, "--cores", "2")
    assert done.returncode == 0, done.stdout
    assert contents(project) == contents(local)
    jobs = {line.split("'")[1] for line in done.stdout.splitlines() if "external jobid" in line}
    assert 4 <= len(jobs) <= 6
    assert not list(project.results().rglob("*.part"))


def test_cores_must_be_given(project: Project) -> None:
    project.configure(STUDY)
    profile = project.root / "profiles/cluster-generic/config.yaml"
    lines = profile.read_text("utf-8").splitlines(keepends=True)
    profile.write_text("".join(line for line in lines if not line.startswith("cores:")), "utf-8")
    done = by_command(project)
    assert done.returncode != 0
    assert "cores: must be given beside an executor" in done.stdout
    assert "Traceback" not in done.stdout
    assert not project.results().exists()


def test_slurm_gives_the_same_bytes(slurm: Cluster, project: Project, local: Project) -> None:
    project.configure(STUDY)
    done = to_slurm(slurm, project, "--cores", "2")
    assert done.returncode == 0, done.stdout
    assert contents(project) == contents(local)
    assert not slurm.jobs()


def test_more_cores_than_a_node_has_are_refused(slurm: Cluster, project: Project) -> None:
    project.configure(STUDY)
    done = to_slurm(slurm, project, "--cores", "25")
    assert done.returncode != 0
    assert "cores: must be at most 4, as no node of this cluster has more, is 25" in done.stdout
    assert "Traceback" not in done.stdout
