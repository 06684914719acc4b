"""A copy of the project in which a test runs the real Snakemake."""

import fnmatch
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hypertrial.records import COST_FILES

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "workflow", "profiles", "config", "Makefile")

CONFIG = """\
study: small
seed: 3
datasets:
  iris:
  diabetes:
models:
  decision_tree:
    grid: {max_depth: [2, 3], min_samples_leaf: [1, 5]}
  svm:
    grid: {C: [0.1, 10]}
"""


@dataclass
class Project:
    """A copy of the project in a folder, with a config and an environment of its own."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.root / "study.yaml"

    def configure(self, text: str) -> None:
        self.config.write_text(text, "utf-8")

    def edit_config(self, old: str, new: str) -> None:
        text = self.config.read_text("utf-8")
        assert old in text
        self.configure(text.replace(old, new))

    def append(self, path: str, text: str) -> None:
        with open(self.root / path, "a", encoding="utf-8") as stream:
            stream.write(text)

    def command(self, *arguments: str, cores: int = 2) -> list[str]:
        start = [sys.executable, "-m", "snakemake", *arguments, "--cores", str(cores)]
        return [*start, "--configfile", "study.yaml"]

    def run(
        self, *arguments: str, cores: int = 2, begin: Callable[[], object] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run Snakemake; ``begin`` is done first in its process, as to limit that."""
        return subprocess.run(
            self.command(*arguments, cores=cores),
            cwd=self.root,
            env=clean_environment() | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=1200,
            preexec_fn=begin,
        )

    def succeed(self, *arguments: str, cores: int = 2) -> str:
        done = self.run(*arguments, cores=cores)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def fail(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode != 0, done.stdout
        return done.stdout

    def results(self, study: str = "small") -> Path:
        return self.root / "results" / study

    def versions(self) -> dict[str, tuple[int, int]]:
        """Tell one writing of each file of results from another, by inode and time."""
        return {
            str(path.relative_to(self.root / "results")): (
                path.stat().st_ino,
                path.stat().st_mtime_ns,
            )
            for path in sorted((self.root / "results").rglob("*"))
            if path.is_file()
        }

    def changed_by(self, action: Callable[[], object]) -> set[str]:
        """Return the files of results that an action wrote anew or for the first time."""
        before = self.versions()
        action()
        return {path for path, version in self.versions().items() if before.get(path) != version}

    def trials(self, study: str = "small") -> set[str]:
        return {trial_of(path) for path in self.versions() if path.startswith(f"{study}/")} - {""}


def trial_of(path: str) -> str:
    """Return ``dataset/model/trial`` of a scores file, or nothing for any other file."""
    parts = path.split("/")
    return "/".join([parts[1], parts[2], parts[4]]) if parts[-1] == "scores.json" else ""


def trials_in(paths: set[str]) -> set[str]:
    return {trial_of(path) for path in paths} - {""}


def clean_environment() -> dict[str, str]:
    """Return this process's environment without what pytest's own setting adds.

    Bytecode is kept, or each process of a run would compile the package anew.
    """
    libraries = ("OMP_", "OPENBLAS_", "MKL_", "SNAKEMAKE_", "HYPERTRIAL_")
    dropped = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTEST_", "COV_", *libraries)
    return {key: value for key, value in os.environ.items() if not key.startswith(dropped)}


def copy_project(target: Path) -> Project:
    target.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, target / part, ignore=ignore)
        else:
            shutil.copy2(source, target / part)
    project = Project(target)
    project.configure(CONFIG)
    return project


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder of results that must not differ between runs."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(fnmatch.fnmatch(path.name, p) for p in COST_FILES)
    }


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """Return the names of files that differ, or that only one has.

    pytest would take many minutes to describe how large files differ.
    """
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
