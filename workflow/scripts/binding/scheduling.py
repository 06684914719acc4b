"""How Snakemake's process is steered where its own ways do not serve."""

import gc
import importlib
import itertools
import logging
import math
import queue
import signal
import threading
import types
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from snakemake import jobs
from snakemake.executors import local
from snakemake.logging import logger
from snakemake.scheduling.job_scheduler import JobScheduler

from hypertrial import pool

COLLECTIONS = 100_000, 20, 100
"""How many objects more, and how many collections, make Python look for garbage among what is
new, what is older and what is oldest."""


def collect_rarely() -> None:
    """Have Python look for garbage rarely, as the graph of jobs is large and lives to the end."""
    gc.freeze()
    gc.set_threshold(*COLLECTIONS)


def lift_rate_limit(workflow: Any) -> None:
    """Lift Snakemake's default limit of 100 local jobs a second, before it schedules any.

    Under a limit every round of scheduling starts a timer that starts a round that starts a
    timer, so that rounds a second grow with the number of jobs that have run.
    """
    settings = workflow.scheduling_settings
    limit = settings.max_jobs_per_timespan
    if workflow.local_exec and limit and (limit.max_jobs, limit.timespan) == (100, 1):
        settings.max_jobs_per_timespan = None


def run_in_threads() -> None:
    """Have the jobs of a group that was sent to a cluster run as threads that wait for workers.

    Snakemake reads no profile there, and starts a process for each job of a group; nor has it
    settings yet when the Snakefile is read. So its executor is changed as it is made.
    """
    usual = local.Executor.__post_init__

    def prepare(executor: Any) -> None:
        executor.workflow.execution_settings.use_threads = True
        lift_rate_limit(executor.workflow)
        usual(executor)

    local.Executor.__post_init__ = prepare


def before_graph(workflow: Any, action: Callable[[], None]) -> None:
    """Have something done at the start of a run, dry ones too, before its graph is built.

    Snakemake tells of no such moment: when the Snakefile is read it is not known yet whether
    there will be a run, and ``onstart`` comes when the graph is complete, and files are locked.
    Several actions are done in the order in which they were asked for.
    """
    usual = workflow._build_dag
    if (asked_for := getattr(usual, "actions", None)) is not None:
        asked_for.append(action)
        return
    actions = [action]

    def build() -> None:
        if workflow.is_main_process and workflow.executor_plugin is not None:
            for each in actions:
                each()
        usual()

    build.actions = actions  # type: ignore[attr-defined]
    workflow._build_dag = build


def after_run(workflow: Any, action: Callable[[], None]) -> None:
    """Have something done at the end of a run that succeeded, also if it had nothing to do.

    Snakemake calls ``onsuccess`` only if a job has run.
    """
    usual = workflow.execute

    def execute(*args: Any, **kwargs: Any) -> None:
        usual(*args, **kwargs)
        if workflow.is_main_process and not (workflow.dryrun or workflow.touch):
            action()

    workflow.execute = execute


def keep_what_is_published() -> None:
    """Have a group's process that is ended remove no output of the jobs that it had begun.

    Trials and tables appear whole or not at all; what is missing, the run that sent the group
    makes again.
    """

    async def keep(job: Any, skip_outputs: Any) -> None:
        pass

    jobs.Job.cleanup = keep


def is_forced(workflow: Any) -> bool:
    """Tell whether the user named what is to be made again, whatever is there.

    The processes that run a single job, or those of a group, are always told to.
    """
    settings = workflow.dag_settings
    if not workflow.is_main_process or settings is None:
        return False
    return bool(settings.forceall or settings.forcerun or settings.forcetargets)


def keep_what_is_finished(workflow: Any, is_finished: Callable[[Any], bool]) -> None:
    """Have Snakemake remove no output that is what its job would make.

    It removes what is there before a job runs, and after one that was interrupted. ``is_finished``
    is asked of each such job.
    """
    usual = jobs.Job.remove_existing_output, jobs.Job.cleanup

    async def remove(job: Any) -> None:
        if is_forced(workflow) or not is_finished(job):
            await usual[0](job)

    async def cleanup(job: Any, skip_outputs: Any) -> None:
        if not is_finished(job):
            await usual[1](job, skip_outputs)

    jobs.Job.remove_existing_output, jobs.Job.cleanup = remove, cleanup


def import_pandas_meanwhile() -> None:
    """Import pandas while the first jobs run; Snakemake would when the first of them ends."""
    threading.Thread(target=importlib.import_module, args=("pandas",)).start()


class _ByPriority(queue.PriorityQueue[Any]):
    """Work that waits for a thread, the job of the highest priority first, else in its order.

    ``None``, which lets the threads end, comes after all work.
    """

    def __init__(self) -> None:
        super().__init__()
        self._count = itertools.count()

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        rank = math.inf if item is None else -getattr(item.args[0], "priority", 0)
        super().put((rank, next(self._count), item), block, timeout)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        return super().get(block, timeout)[-1]


def begin_by_priority() -> None:
    """Have a thread that is free take the job of the highest priority that waits for one.

    Jobs of trials take none of the cores, so that Snakemake hands out all that are ready at once.
    Its threads would take them in that order, and begin no table before the study's last trial.
    """
    usual = local.Executor.__post_init__

    def prepare(executor: Any) -> None:
        usual(executor)
        executor.pool._work_queue = _ByPriority()

    local.Executor.__post_init__ = prepare


def _forget_waiting(scheduler: Any) -> None:
    """Have a scheduler forget the jobs that it has handed out and that no thread has begun.

    It would end each of them as failed, which takes many seconds where there are thousands.
    """
    threads = getattr(scheduler._executor, "pool", None)
    if threads is None:  # an executor of another kind, such as that of a dry run
        return
    waiting = threads._work_queue
    is_ending = False
    with scheduler._lock, suppress(queue.Empty):
        while True:
            work = waiting.get_nowait()
            if work is None:
                is_ending = True
            else:
                scheduler.running.discard(work.args[0])
    if is_ending:  # what lets the threads end, each of which passes it on
        waiting.put(None)


def give_up_at_first_signal(workflow: Any) -> None:
    """End a run at the first signal: the workers at once, then Snakemake in good order.

    Snakemake's own way waits for running fits. Its handler for SIGTERM takes a lock, so that it
    waits for ever if the signal comes while that is taken; and jobs that were sent to a cluster
    go on. There SIGTERM does what the keyboard's interrupt does: they are cancelled. A second
    interrupt takes Snakemake's way.
    """
    usual = JobScheduler.exit_gracefully

    def give_up(scheduler: Any) -> None:
        logger.warning("Interrupted. What is finished is kept; the same command goes on from here.")
        logger.setLevel(logging.CRITICAL)
        pool.POOL.stop()
        _forget_waiting(scheduler)
        usual(scheduler)

    def end(scheduler: Any, number: int, frame: types.FrameType | None) -> None:
        if not workflow.local_exec:
            signal.default_int_handler(number, frame)
        threading.Thread(target=give_up, args=(scheduler,)).start()

    def interrupt(number: int, frame: types.FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if workflow.scheduler is None:
            signal.default_int_handler(number, frame)
        end(workflow.scheduler, number, frame)

    JobScheduler.exit_gracefully = end
    if workflow.is_main_process and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, interrupt)
