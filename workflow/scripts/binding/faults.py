"""What the computer keeps a run from, such as a full disk: told in one line, and the run ends."""

import _thread
import errno
import logging
import os
import resource
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

from binding.internals import job_object, scheduler, workflow_object
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
    needed = FILES_OF_RUN + FILES_OF_WORKER * (workflow_object.most_cores(workflow) or 1)
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
        if self.workflow.scheduler is not None:
            logger.setLevel(logging.CRITICAL)
            if self.workflow.local_exec:
                scheduler.end_in_good_order(self.workflow)
            else:
                _thread.interrupt_main()
        return Mistake(message)


FAULTS = Faults()


def watch(workflow: Any) -> None:
    """Have faults told that Snakemake itself meets: when a job starts, when it ends, and else."""
    FAULTS.workflow = workflow
    job_object.fail_what_cannot_begin(_why_not_begun)
    job_object.around_each(_run)
    job_object.explain_protected(_protected)
    job_object.explain_unrecorded(lambda error: FAULTS.end(error, RECORDS))
    workflow_object.around_run(workflow, _run_all)


def _run(job: Any, proceed: Callable[[], None], _is_here: bool) -> None:
    """Run a job, and tell of a fault."""
    try:
        proceed()
    except OSError as error:
        raise (FAULTS.end(error, _place(job)) or error) from None


def _run_all(proceed: Callable[[], Any]) -> Any:
    """Run the workflow, and tell of a fault that no job has met."""
    try:
        return proceed()
    except OSError as error:
        message = describe(error, RECORDS)
        raise (error if message is None else Mistake(message)) from None


def _protected(path: str) -> OSError:
    """Return the error of writing a file that Snakemake finds to be protected."""
    folder = next(each for each in Path(path).parents if each.is_dir())
    read_only = os.statvfs(folder).f_flag & os.ST_RDONLY
    return OSError(errno.EROFS if read_only else errno.EACCES, "protected", path)


def _place(job: Any) -> str:
    return str(next(iter(job.output), RECORDS))


def _why_not_begun(job: Any, error: OSError | WorkflowError) -> Mistake | None:
    """Return the fault behind the error of a job that cannot begin, None if there is none."""
    if isinstance(error, Mistake):
        return error
    cause = error if isinstance(error, OSError) else error.__context__
    if isinstance(cause, OSError):
        fault = FAULTS.end(cause, _place(job))
        if fault is not None:
            return fault
    if cause is error:
        return None
    gone = [str(path) for path in job.input if not Path(path).exists()]
    return FAULTS.tell(f"{gone[0]}: {GONE}") if gone else None
