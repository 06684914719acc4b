"""The workers of a run: how many there are, when they load, where their sockets are."""

import multiprocessing.util
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from binding import runs
from binding.internals import workflow_object
from hypertrial import pool


def are_shared(workflow: Any) -> bool:
    """Tell whether jobs are threads of this process that wait for its workers."""
    threads = workflow.remote_exec or workflow_object.runs_in_threads(workflow)
    return bool(workflow.local_exec and threads)


def count(workflow: Any) -> int:
    """Return how many workers a process needs: one if it was started for a single job.

    In a job of a cluster there are no more than the cores that Slurm has given it.
    """
    if workflow.is_main_process:
        return int(workflow.cores)
    if not workflow.remote_exec:
        return 1
    return min(int(workflow.cores), int(os.environ.get("SLURM_CPUS_PER_TASK", workflow.cores)))


def preload(workflow: Any, models: Iterable[str]) -> None:
    """Have libraries of some models loaded for the workers while Snakemake builds its graph.

    In a job of a cluster their socket is made where the node has temporary files: the project's
    folder is on a shared file system, not all of which have sockets.
    """
    if are_shared(workflow) and not workflow.dryrun:
        if workflow.remote_exec:
            _keep_sockets_in(runs.temporary())
        else:
            keep_sockets_inside()
        pool.POOL.preload(models)


def keep_sockets_inside() -> None:
    """Have the fork server's socket made in the run's own folder, which can be swept."""
    folder = runs.enter().sockets
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _keep_sockets_in(folder)


def _keep_sockets_in(folder: Path) -> None:
    usual, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        multiprocessing.util.get_temp_dir()
    finally:
        tempfile.tempdir = usual
