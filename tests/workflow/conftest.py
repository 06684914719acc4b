"""A project of its own for every test: the real Snakemake runs in a copy of this one."""

import shutil
from pathlib import Path

import pytest
from projects import Project, copy_project


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
