"""A project of its own for every test: the real Snakemake runs in a copy of this one."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from projects import Project, copy_project
from slurm_cluster import Cluster, missing


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return copy_project(tmp_path / "project")


@pytest.fixture(scope="session")
def finished_once(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = copy_project(tmp_path_factory.mktemp("finished") / "project")
    project.succeed()
    return project


@pytest.fixture
def finished(finished_once: Project, tmp_path: Path) -> Project:
    """A project whose study has run; files keep their times, so nothing is left to do."""
    target = tmp_path / "project"
    shutil.copytree(finished_once.root, target, symlinks=True)
    return Project(target)


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A real Slurm cluster of three nodes; one for all the tests of a worker of pytest."""
    if (lacking := missing()) is not None:
        pytest.fail(lacking) if os.environ.get("CI") else pytest.skip(lacking)
    with Cluster(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster
