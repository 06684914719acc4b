"""What the computer keeps a run from, such as a full disk: told in one line, and the run ends."""

import _thread
import errno
import logging
import os
import resource
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from snakemake import jobs
from snakemake.exceptions import ProtectedOutputException, WorkflowError
from snakemake.executors import local
from snakemake.logging import logger
from snakemake.persistence.file import FilePersistence

from binding.mistakes import Mistake

GOES_ON = "the same command goes on from there"
GONE = f"is gone since the run began; put it back, and {GOES_ON}"
FULL = f"the disk is full; free some space, and {GOES_ON}"
IN_THE_WAY = f"is in the way of a file or folder of that name; move it away, and {GOES_ON}"
FILES = f"too many open files; raise the limit (`ulimit -n`), and {GOES_ON}"
REMEDIES = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: f"files must not be so large here; raise the limit, and {GOES_ON}",
    errno.EROFS: f"the file system is read-only; make it writable, and {GOES_ON}",
    errno.EACCES: f"permission denied; give it, and {GOES_ON}",
    errno.EPERM: f"the system does not permit it; let it, and {GOES_ON}",
    errno.EIO: f"the disk fails (input/output error); {GOES_ON} when it is mended",
    errno.ENOTDIR: IN_THE_WAY,
    errno.EEXIST: IN_THE_WAY,
    errno.EISDIR: IN_THE_WAY,
    errno.EMFILE: FILES,
    errno.ENFILE: FILES,
}
"""What is wrong, and what to do; other errors concern a single job."""
RECORDS = ".snakemake/metadata"
"""Where Snakemake writes."""
FILES_OF_RUN, FILES_OF_WORKER = 64, 4
"""How many files a run has open at most, and how many more for each of its cores."""


def check_open_files(workflow: Any) -> None:
    """Refuse a limit of open files that is too low, which would fail at any place."""
    needed = FILES_OF_RUN + FILES_OF_WORKER * int(workflow.resource_settings.cores or 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if resource.RLIM_INFINITY not in (soft, hard) and soft < needed <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    elif resource.RLIM_INFINITY != soft < needed:
        raise Mistake(
            f"open files: this run needs {needed}, and the limit is {soft}; raise it: "
            f"ulimit -n {max(1024, needed)}"
        )


def describe(error: OSError, place: str) -> str | None:
    """Return the line for a fault of the computer, None for one of a single job.

    ``place`` is the file at hand where the system does not name one, as when a disk is full.
    """
    remedy = REMEDIES.get(error.errno or 0)
    if remedy is None:
        return None
    path = Path(str(error.filename or place))
    if remedy is IN_THE_WAY:
        blocked = [each for each in (path, *path.parents) if each.is_file()]
        return f"{blocked[0] if blocked else path}: {remedy}"
    if remedy is FILES:
        return FILES
    parents = (each for each in path.parents if each.is_dir())
    return f"{next(parents, path)}: {remedy}"


class Faults:
    """Ends a run at the first fault of the computer, which all its other jobs would meet too."""

    def __init__(self) -> None:
        self.workflow: Any = None
        self._lock = threading.Lock()
        self._told: str | None = None

    def end(self, error: OSError, place: str) -> Mistake | None:
        """Tell a fault and end the run; return the error to raise, None if it is no fault."""
        message = describe(error, place)
        return None if message is None else self.tell(message)

    def tell(self, message: str) -> Mistake:
        """Tell in a line why the run ends, end it, and return the error to raise."""
        with self._lock:
            if self._told is not None:
                return Mistake(self._told)
            self._told = message
        logger.error(message)
        scheduler = self.workflow.scheduler
        if scheduler is not None:
            logger.setLevel(logging.CRITICAL)
            if self.workflow.local_exec:
                scheduler.exit_gracefully(signal.SIGTERM, None)
            else:
                _thread.interrupt_main()
        return Mistake(message)


FAULTS = Faults()


def watch(workflow: Any) -> None:
    """Have faults told that Snakemake itself meets: when a job starts, when it ends, and else."""
    FAULTS.workflow = workflow
    usual_start = _guarded(local.Executor.run_single_job)
    local.Executor.cached_or_run = _guarded(local.Executor.cached_or_run)
    usual_check = jobs.Job.check_protected_output
    usual_finished, usual_execute = FilePersistence.finished, workflow.execute

    def start(executor: Any, job: Any) -> Any:
        """Have a job fail that cannot begin, instead of the scheduler under its running jobs."""
        try:
            return usual_start(executor, job)
        except WorkflowError as error:
            future: Future[None] = Future()
            future.set_exception(_why_not_begun(job, error) or error)
            return future

    async def finished(persistence: Any, job: Any) -> None:
        try:
            await usual_finished(persistence, job)
        except OSError as error:
            raise (FAULTS.end(error, RECORDS) or error) from None

    async def check(job: Any) -> None:
        try:
            await usual_check(job)
        except ProtectedOutputException:
            raise _protected(str(job.output[0])) from None

    def execute(*arguments: Any, **named: Any) -> Any:
        try:
            return usual_execute(*arguments, **named)
        except OSError as error:
            message = describe(error, RECORDS)
            raise (error if message is None else Mistake(message)) from None

    local.Executor.run_single_job = start
    jobs.Job.check_protected_output = check
    FilePersistence.finished = finished
    workflow.execute = execute


def _protected(path: str) -> OSError:
    """Return the error of writing a file that Snakemake finds to be protected."""
    folder = next(each for each in Path(path).parents if each.is_dir())
    read_only = os.statvfs(folder).f_flag & os.ST_RDONLY
    return OSError(errno.EROFS if read_only else errno.EACCES, "protected", path)


def _guarded(usual: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method of an executor that tells of faults."""

    def call(executor: Any, job: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return usual(executor, job, *arguments, **named)
        except OSError as error:
            place = str(next(iter(job.output), RECORDS))
            raise (FAULTS.end(error, place) or error) from None

    return call


def _why_not_begun(job: Any, error: WorkflowError) -> Mistake | None:
    """Return the fault behind Snakemake's error of a job that cannot begin."""
    if isinstance(error, Mistake):
        return error
    if isinstance(error.__context__, OSError):
        fault = FAULTS.end(error.__context__, str(next(iter(job.output), RECORDS)))
        if fault is not None:
            return fault
    gone = [str(path) for path in job.input if not Path(path).exists()]
    return FAULTS.tell(f"{gone[0]}: {GONE}") if gone else None
