"""The process that runs the workflow: noted at its start, so that its end can be told."""

import json
import socket
from pathlib import Path

import psutil

from hypertrial import pool

DRIVER = Path(".snakemake/driver.json")


def start() -> None:
    """Note which process runs the workflow, so that a lock it leaves can be told to be stale."""
    process = psutil.Process()
    content = {"host": socket.gethostname(), "pid": process.pid, "born": process.create_time()}
    DRIVER.write_text(json.dumps(content), encoding="utf-8")


def finish(study: str) -> None:
    """End the workers, forget the driver, and remove the logs of jobs that had nothing to say."""
    pool.POOL.stop()
    DRIVER.unlink(missing_ok=True)
    for log in Path("results", study).rglob("*.log"):
        if log.stat().st_size == 0:
            log.unlink()


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
    return bool(born != content["born"])


def say(path: str) -> None:
    """Print a study's summary, if the run was asked for it."""
    summary = Path(path)
    if summary.exists():
        print(f"\n{summary.read_text(encoding='utf-8')}")
