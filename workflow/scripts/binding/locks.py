"""Snakemake's lock: whether the run that it is of is over, and what to do about it."""

import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from binding import runs
from binding.internals import workflow_object
from binding.mistakes import Mistake

FOLDER = Path(".snakemake/locks")


def are_there() -> bool:
    """Tell whether a run has locked files of this folder, be it alive or not."""
    return FOLDER.is_dir() and any(FOLDER.iterdir())


def are_stale() -> bool:
    """Tell whether there are locks, and all runs that they can be of are known to be over."""
    found = runs.others()
    return are_there() and bool(found) and all(run.is_over for run in found)


def command(configs: Sequence[str | Path]) -> list[str]:
    """Return the command that removes the locks of this folder."""
    given = ["--configfile", *map(_from_here, configs)] if configs else []
    return [_from_here(sys.executable), "-m", "snakemake", "--unlock", *given]


def _from_here(path: str | Path) -> str:
    """Return a path as a person in this folder would write it."""
    here = Path.cwd()
    return str(Path(path).relative_to(here) if Path(path).is_relative_to(here) else path)


def remove(configs: Sequence[str | Path]) -> int:
    """Have Snakemake remove the locks of this folder; return its exit code."""
    done = subprocess.run(command(configs), check=False, capture_output=True)  # noqa: S603
    return done.returncode


def watch(workflow: Any, begin: Callable[[], None]) -> None:
    """Have something done once a run has its lock, also if nothing is to be done.

    If it does not get the lock, Snakemake says in one line who has it, and what to do.
    """
    workflow_object.with_lock(workflow, begin, lambda: Mistake(reason(workflow.configfiles)))


def reason(configs: Sequence[str | Path]) -> str:
    """Return the line that says why nothing can run here now, and what to do."""
    found = runs.others()
    unlock = shlex.join(command(configs))
    for run in found:
        if run.is_over is False:
            of = f" (process {run.pid} on {run.host})" if run.pid else ""
            return f"results: locked by a run that goes on{of}; wait for its end, or interrupt it"
    for run in found:
        if run.is_over is None:
            return (
                f"results: locked by a run of which nothing is known here (process {run.pid} on "
                f"{run.host}); if it has ended, unlock with: {unlock}"
            )
    if found:
        return f"results: locked by a run that was killed; unlock with: {unlock}"
    return f"results: locked by a run that left no note; if none goes on, unlock with: {unlock}"
