"""The process that runs the workflow: what it does when a run starts, and when it ends."""

from pathlib import Path
from typing import Any

from binding import runs, workers
from binding.cluster import Cluster
from binding.internals import workflow_object
from hypertrial import files, pool, records
from hypertrial.texts import escaped


def start(cluster: Cluster) -> None:
    """Begin a run that has something to do."""
    cluster.start()
    workers.keep_sockets_inside()


def sweep(workflow: Any, study: str) -> None:
    """Remove what runs that were killed have left, now that this one has the lock.

    What they left among the results goes when the run ends, or now if there is nothing to do.
    """
    if runs.sweep() and next(workflow_object.jobs_due(workflow), None) is None:
        tidy(study, True)


def finish(study: str, succeeded: bool) -> None:
    """End the workers, and tidy up."""
    pool.POOL.stop()
    tidy(study, succeeded)


def tidy(study: str, succeeded: bool) -> None:
    """Remove empty logs, and files cut off half-way.

    After a run that did not succeed, trials that are staged whole stay so for the next.
    """
    root = Path("results", study)
    parts = list(root.rglob(f"*{files.PART}"))
    whole = {path.parent for path in parts if path.name == f"{records.SCORES}{files.PART}"}
    for path in parts:
        if succeeded or path.parent not in whole:
            path.unlink(missing_ok=True)
    for path in root.rglob("*.log"):
        if path.stat().st_size == 0:
            path.unlink()


def say(*paths: str) -> None:
    """Print a study's pages, if the run was asked for them."""
    for page in map(Path, paths):
        if page.exists():
            print(f"\n{escaped(page.read_text(encoding='utf-8'))}")
