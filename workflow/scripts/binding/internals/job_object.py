"""A job of Snakemake: what is done about its beginning, its end and its files."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from snakemake import jobs
from snakemake.exceptions import ProtectedOutputException, WorkflowError
from snakemake.executors import local
from snakemake.persistence.file import FilePersistence

from binding.internals import workflow_object
from binding.internals.leaning import leans_on

EXECUTOR = "snakemake.executors.local:Executor"
REMOVE = "snakemake.jobs:Job.remove_existing_output()"
CLEANUP = "snakemake.jobs:Job.cleanup(skip_outputs)"


@leans_on(CLEANUP)
def keep_what_is_published() -> None:
    """Have a group's process that is ended remove no output of the jobs that it had begun.

    Trials and tables appear whole or not at all; what is missing, the run that sent the group
    makes again.

    Gain: what a job of a cluster has finished stays when it is cancelled.
    """

    async def keep(job: Any, skip_outputs: Any) -> None:
        pass

    jobs.Job.cleanup = keep


@leans_on(REMOVE, CLEANUP)
def keep_what_is_finished(workflow: Any, is_finished: Callable[[Any], bool]) -> None:
    """Have Snakemake remove no output that is what its job would make.

    It removes what is there before a job runs, and after one that was interrupted. ``is_finished``
    is asked of each such job.

    Gain: a finished trial is not fitted again after a run that was killed or interrupted.
    """
    usual = jobs.Job.remove_existing_output, jobs.Job.cleanup

    async def remove(job: Any) -> None:
        if workflow_object.is_forced(workflow) or not is_finished(job):
            await usual[0](job)

    async def cleanup(job: Any, skip_outputs: Any) -> None:
        if not is_finished(job):
            await usual[1](job, skip_outputs)

    jobs.Job.remove_existing_output, jobs.Job.cleanup = remove, cleanup


@leans_on(f"{EXECUTOR}.cached_or_run(job, run_func, args)", f"{EXECUTOR}.spawn_job(job)")
def around_each(surround: Callable[[Any, Callable[[], None], bool], None]) -> None:
    """Have a function called instead of each job, with the job itself to call.

    It is told the job, and whether it runs in this process. What was asked for last is outermost.

    Gain: files are sealed by the job that writes them, and a job does not begin on damaged
    inputs; a full disk ends the run with one line.
    """
    usual = local.Executor.cached_or_run

    def run(executor: Any, job: Any, action: Any, *arguments: Any) -> None:
        is_here = action != executor.spawn_job
        surround(job, lambda: usual(executor, job, action, *arguments), is_here)

    local.Executor.cached_or_run = run


@leans_on(f"{EXECUTOR}.run_single_job(job)")
def fail_what_cannot_begin(
    explain: Callable[[Any, OSError | WorkflowError], Exception | None],
) -> None:
    """Have a job fail that cannot begin, instead of the scheduler under its running jobs.

    ``explain`` returns the error to fail with, None if there is nothing to explain. Then an error
    of the operating system goes its way.

    Gain: a run on a full disk, or whose source is gone, ends in good order with one line.
    """
    usual = local.Executor.run_single_job

    def start(executor: Any, job: Any) -> Any:
        try:
            return usual(executor, job)
        except (OSError, WorkflowError) as error:
            reason = explain(job, error) or error
            if isinstance(reason, OSError):
                raise
            future: Future[None] = Future()
            future.set_exception(reason)
            return future

    local.Executor.run_single_job = start


@leans_on(
    "snakemake.jobs:Job.check_protected_output()",
    "snakemake.exceptions:ProtectedOutputException",
)
def explain_protected(explain: Callable[[str], OSError]) -> None:
    """Have the error of the operating system raised for a file that must not be written.

    Snakemake takes such a file for one that a rule has protected.

    Gain: a read-only file system is called by its name.
    """
    usual = jobs.Job.check_protected_output

    async def check(job: Any) -> None:
        try:
            await usual(job)
        except ProtectedOutputException:
            raise explain(str(job.output[0])) from None

    jobs.Job.check_protected_output = check


@leans_on("snakemake.persistence.file:FilePersistence.finished(job)")
def explain_unrecorded(explain: Callable[[OSError], Exception | None]) -> None:
    """Have an error explained that Snakemake meets when it records that a job has finished.

    Gain: a disk that fills up there ends the run with one line, not with a traceback.
    """
    usual = FilePersistence.finished

    async def finished(persistence: Any, job: Any) -> None:
        try:
            await usual(persistence, job)
        except OSError as error:
            raise (explain(error) or error) from None

    FilePersistence.finished = finished
