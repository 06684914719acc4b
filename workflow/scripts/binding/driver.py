"""The process that runs the workflow: noted at its start, so that its end can be told."""

import json
import socket
from pathlib import Path

import psutil

from binding import scheduling, workers
from binding.cluster import Cluster
from hypertrial import files, pool, records
from hypertrial.texts import escaped

DRIVER = Path(".snakemake/driver.json")
CLOCK_SECONDS = 5


def start(cluster: Cluster) -> None:
    """Note which process runs the workflow, so that a lock it leaves can be told to be stale."""
    cluster.start()
    workers.keep_sockets_inside()
    scheduling.import_pandas_meanwhile()
    process = psutil.Process()
    content = {"host": socket.gethostname(), "pid": process.pid, "born": process.create_time()}
    DRIVER.write_text(json.dumps(content), encoding="utf-8")


def finish(study: str, succeeded: bool) -> None:
    """End the workers, forget the driver, and tidy up: empty logs, files cut off half-way.

    After a run that did not succeed, trials that are staged whole stay so for the next.
    """
    pool.POOL.stop()
    DRIVER.unlink(missing_ok=True)
    root = Path("results", study)
    parts = list(root.rglob(f"*{files.PART}"))
    whole = {path.parent for path in parts if path.name == f"{records.SCORES}{files.PART}"}
    for path in parts:
        if succeeded or path.parent not in whole:
            path.unlink()
    for path in root.rglob("*.log"):
        if path.stat().st_size == 0:
            path.unlink()


def is_dead() -> bool | None:
    """Tell whether the process that :func:`start` noted is gone; None if unknown."""
    try:
        content = json.loads(DRIVER.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if content["host"] != socket.gethostname():
        return None
    try:
        born: float = psutil.Process(content["pid"]).create_time()
    except psutil.NoSuchProcess:
        return True
    return bool(abs(born - content["born"]) > CLOCK_SECONDS)


def say(*paths: str) -> None:
    """Print a study's pages, if the run was asked for them."""
    for page in map(Path, paths):
        if page.exists():
            print(f"\n{escaped(page.read_text(encoding='utf-8'))}")
