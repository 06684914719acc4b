"""The process that runs the workflow: what it does when a run starts, and when it ends."""

from pathlib import Path

from binding import runs, scheduling, workers
from binding.cluster import Cluster
from hypertrial import files, pool, records


def start(cluster: Cluster) -> None:
    """Begin a run that has its lock: remove what runs that were killed have left beside results."""
    cluster.start()
    runs.sweep()
    workers.keep_sockets_inside()
    scheduling.import_pandas_meanwhile()


def finish(study: str, succeeded: bool) -> None:
    """End the workers, and tidy up: empty logs, files cut off half-way.

    After a run that did not succeed, trials that are staged whole stay so for the next.
    """
    pool.POOL.stop()
    root = Path("results", study)
    parts = list(root.rglob(f"*{files.PART}"))
    whole = {path.parent for path in parts if path.name == f"{records.SCORES}{files.PART}"}
    for path in parts:
        if succeeded or path.parent not in whole:
            path.unlink()
    for path in root.rglob("*.log"):
        if path.stat().st_size == 0:
            path.unlink()


def say(*paths: str) -> None:
    """Print a study's pages, if the run was asked for them."""
    for page in map(Path, paths):
        if page.exists():
            print(f"\n{page.read_text(encoding='utf-8')}")
