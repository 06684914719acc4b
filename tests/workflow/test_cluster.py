"""Runs that send their jobs elsewhere: by a command of one's own, and to a real Slurm."""

import subprocess
import sys
from pathlib import Path

import pytest
from projects import ROOT, Project, clean_environment, contents, copy_project, differing
from sending import PLUGINS, by_command, to_slurm
from slurm_cluster import Cluster

from hypertrial import manifest

pytestmark = [pytest.mark.workflow, pytest.mark.cluster]
STUDY = (
    "study: small\ndatasets: {iris: }\nbootstrap: {resamples: 100}\nmodels:\n"
    "  decision_tree: {grid: {max_depth: [1, 2, 3]}}\n"
    "  xgboost: {grid: {n_estimators: [3, 5], max_depth: [2, 3]}}\n"
)

DEFAULT = (ROOT / "config/config.yaml").read_text("utf-8").replace("study: default", "study: small")


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = copy_project(tmp_path_factory.mktemp("local") / "project")
    project.configure(STUDY)
    project.succeed()
    return project


def test_a_command_that_submits_jobs_gives_the_same_bytes(project: Project, local: Project) -> None:
    project.configure(STUDY)
    said = by_command(project, "--cores", "2").succeed()
    assert differing(contents(project.results()), contents(local.results())) == []
    jobs = {line.split("'")[1] for line in said.splitlines() if "external jobid" in line}
    assert 4 <= len(jobs) <= 6
    assert not list(project.results().rglob("*.part"))
    assert is_sealed(project.results())


def is_sealed(results: Path) -> bool:
    """Tell whether the manifest vouches for all that the jobs wrote, wherever they ran."""
    found = manifest.read(results)
    bad = manifest.check(results, found.digests) or manifest.unknown(results, found.digests)
    return bool(found.digests) and not (bad or found.bad or manifest.journals(results))


def test_cores_must_be_given(project: Project) -> None:
    project.configure(STUDY)
    profile = project.root / "profiles/cluster-generic/config.yaml"
    lines = profile.read_text("utf-8").splitlines(keepends=True)
    profile.write_text("".join(line for line in lines if not line.startswith("cores:")), "utf-8")
    said = by_command(project).fail()
    assert "cores: must be given beside an executor" in said
    assert not project.results().exists()


def test_slurm_gives_the_same_bytes(slurm: Cluster, project: Project, local: Project) -> None:
    project.configure(STUDY)
    to_slurm(slurm, project).succeed()
    assert differing(contents(project.results()), contents(local.results())) == []
    assert not slurm.jobs()
    assert is_sealed(project.results())


@pytest.mark.long
def test_slurm_gives_the_same_bytes_of_the_default_study(
    slurm: Cluster, project: Project, tmp_path: Path
) -> None:
    """The way of ``make run``, which makes the forecasts first, that jobs are made up by."""
    local = copy_project(tmp_path / "local")
    for each in (project, local):
        each.configure(DEFAULT)
    to_slurm(slurm, project, "forecasts").succeed()
    to_slurm(slurm, project).succeed()
    assert not slurm.jobs()
    local.succeed()
    assert differing(contents(project.results()), contents(local.results())) == []
    assert len(project.trials()) == len(local.trials()) > 650


def test_more_cores_than_a_node_has_are_refused(slurm: Cluster, project: Project) -> None:
    """Also where make runs it, which is quiet while it makes the forecasts."""
    project.configure(STUDY)
    command = ["make", "-o", "environment", "-o", "cluster-tools", "run", "CONFIG=study.yaml"]
    python = f"CLUSTER=PYTHONPATH={PLUGINS} {sys.executable}"
    done = subprocess.run(
        [*command, "PROFILE=profiles/slurm", "CORES=25", python, f"BIN={sys.prefix}/bin"],
        cwd=project.root,
        env=slurm.environment(clean_environment()),
        capture_output=True,
        text=True,
    )
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "cores: must be at most 4, as no node of this cluster has more, is 25" in said
    assert "Traceback" not in said


def test_more_time_than_slurm_gives_is_refused(slurm: Cluster, project: Project) -> None:
    project.configure(STUDY)
    before = slurm.jobs("all")
    said = to_slurm(slurm, project, "--default-resources", "mem_mb=1500", "runtime=300").fail()
    assert "runtime: the jobs of group results_iris (" in said
    assert "and Slurm gives a job 600; lower runtime in default-resources of the profile" in said
    assert slurm.jobs("all") == before
    assert not project.trials()
    assert not list((project.root / ".snakemake").rglob("*.lock"))
