"""A disk that is full or read-only, too few open files, a source that is gone: one line each."""

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from projects import Project, contents, differing

pytestmark = [pytest.mark.workflow, pytest.mark.cluster]

AROUND = ("Traceback", "Error in rule", "Failed")
"""What would be said around the line, or for each job."""


class Disk:
    """A small file system; to who may not mount one, a limit on the size of files instead."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self._is_real = os.geteuid() == 0
        if self._is_real:
            self._mount("size=300k", "-t", "tmpfs", "tmpfs")

    def enlarge(self) -> None:
        if self._is_real:
            self._mount("remount,size=50m")

    def protect(self) -> None:
        if self._is_real:
            self._mount("remount,ro")
        else:
            for folder in (self.folder, *self.folder.rglob("*")):
                folder.chmod(0o555)

    def limit(self) -> None:
        """Limit files in a new process as long as the disk is small."""
        if not self._is_real:
            resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    def end(self) -> None:
        if self._is_real:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)
        else:
            for folder in (self.folder, *self.folder.rglob("*")):
                folder.chmod(0o755)

    def _mount(self, options: str, *kind: str) -> None:
        subprocess.run(["mount", "-o", options, *kind, str(self.folder)], check=True)


@pytest.fixture
def disk(project: Project) -> Iterator[Disk]:
    disk = Disk(project.root / "results")
    yield disk
    disk.end()


def failed(project: Project, limit: Callable[[], object] | None = None) -> str:
    """Run the workflow, which has to fail, and return what it said, in one line."""
    done = project.run(begin=limit)
    assert done.returncode != 0, done.stdout
    assert [word for word in AROUND if word in done.stdout] == [], done.stdout
    return " ".join(done.stdout.split())


def test_a_full_disk_and_a_read_only_one_are_told_in_a_line_and_the_same_command_goes_on(
    finished_once: Project, project: Project, disk: Disk
) -> None:
    said = failed(project, disk.limit)
    assert said.count("the same command goes on from there") == 1
    assert "the disk is full" in said or "must not be so large" in said
    disk.enlarge()
    project.succeed()
    assert differing(contents(finished_once.results()), contents(project.results())) == []
    project.edit_config("C: [0.1, 10]", "C: [0.1, 3, 10]")
    disk.protect()
    said = failed(project)
    assert said.count("the same command goes on from there") == 1
    assert "read-only" in said or "permission denied" in said


def test_too_few_open_files_are_told_before_anything_runs(project: Project) -> None:
    said = failed(project, lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)))
    assert "open files: this run needs 72, and the limit is 40; raise it: ulimit -n 1024" in said
    assert not (project.root / "results").exists()
