"""What Slurm's own commands tell and do: what its nodes have, and which jobs a killed run left."""

import hashlib
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snakemake.logging import logger

from binding.mistakes import Mistake

NAME = "slurm"
ENDED = {"COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED"}
ENDING_SECONDS, LOOK_SECONDS = 120.0, 1.0
"""How long jobs that were cancelled may take to end, and how often they are looked at."""
NO_DATABASE = "accounting_storage/none"


@dataclass(frozen=True)
class Most:
    """The most that a job can have of a cluster; the minutes are None if it may take any time."""

    cores: int
    memory_mb: int
    minutes: int | None


def most(partition: str | None) -> Most | None:
    """Return the most cores, memory and time of any node that jobs can be sent to.

    They go to the partition that is named, or to the default one; where that is not known,
    the nodes of all partitions count. None if Slurm does not tell.
    """
    lines = _output("sinfo", "--noheader", "--Node", "--format=%P|%c|%m|%l")
    return _most_of([line.split("|") for line in lines], partition)


def _most_of(rows: Iterable[list[str]], partition: str | None) -> Most | None:
    """Return the same of sinfo's rows: a partition, its cores, megabytes and time limit."""
    known = [row for row in rows if len(row) == 4]
    if partition is None:
        meant = [row for row in known if row[0].endswith("*")]
    else:
        meant = [row for row in known if row[0].rstrip("*") in partition.split(",")]
    nodes = [
        (int(cores), int(memory), _minutes(limit))
        for _, cores, memory, limit in meant or known
        if cores.isdigit() and memory.isdigit()
    ]
    if not nodes:
        return None
    limits = [limit for _, _, limit in nodes if limit is not None]
    return Most(
        max(cores for cores, _, _ in nodes),
        max(memory for _, memory, _ in nodes),
        max(limits) if len(limits) == len(nodes) else None,
    )


def _minutes(limit: str) -> int | None:
    """Return the minutes of ``days-hours:minutes:seconds``; None if it says ``infinite``."""
    if not (found := re.fullmatch(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)", limit.strip())):
        return None
    days, hours, minutes, _ = (int(number or 0) for number in found.groups())
    return (days * 24 + hours) * 60 + minutes


def name_jobs(settings: Any, study: str) -> None:
    """Have Slurm's jobs named after the study and its folder, unless the profile names them."""
    if not settings.jobname_prefix:
        here = hashlib.sha256(f"{Path.cwd()}\n{study}".encode()).hexdigest()
        settings.jobname_prefix = f"hypertrial-{here[:12]}"


def look_without_database(settings: Any) -> None:
    """Have jobs looked at with squeue where sacct has no database to ask, and never answers."""
    if settings.status_command == "sacct":
        lines = _output("scontrol", "show", "config")
        if any(line.startswith("AccountingStorageType") and NO_DATABASE in line for line in lines):
            settings.status_command = "squeue"


def run_in_jobs(plugin: Any, settings: Any) -> None:
    """Have the process that a job starts run what was sent.

    The plugin has it start another by srun, which reads the workflow and builds the graph of the
    job's trials once more. Tasks of a job array are told apart there, so these keep it.
    """
    if not settings.array_jobs:
        plugin.executor.additional_general_args = lambda _: ""


def end_orphans(settings: Any) -> None:
    """End the jobs that an earlier run of this study has left in Slurm's queue.

    Its process was killed, so nobody waits for them; what they have finished is kept.

    Raises
    ------
    Mistake
        If they do not end within two minutes.
    """
    prefix = f"{settings.jobname_prefix}_"
    if not (orphans := _queued(prefix)):
        return
    logger.warning(f"Ending {len(orphans)} jobs that an earlier run has left in the queue")
    _output("scancel", *orphans)
    if not _wait(lambda: not _queued(prefix)):
        raise Mistake(
            f"jobs {', '.join(_queued(prefix))} of an earlier run do not end; look at them with "
            "squeue, and start again when they are gone"
        )


def _queued(prefix: str) -> list[str]:
    """Return the ids of the jobs in the queue whose names begin so."""
    rows = [
        line.split("|") for line in _output("squeue", "--me", "--noheader", "--format=%i|%j|%T")
    ]
    return [
        number for number, name, state in rows if name.startswith(prefix) and state not in ENDED
    ]


def _wait(is_over: Callable[[], bool]) -> bool:
    end = time.monotonic() + ENDING_SECONDS
    while not is_over():
        if time.monotonic() > end:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def _output(*command: str) -> list[str]:
    """Return the lines that a command of Slurm prints; none if it cannot be run now."""
    if shutil.which(command[0]) is None:
        return []
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    return done.stdout.splitlines() if done.returncode == 0 else []
