"""Snakemake's scheduler and its executor: jobs as threads, and the end of a run."""

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

from snakemake.executors import local
from snakemake.logging import logger
from snakemake.scheduling.job_scheduler import JobScheduler

from binding.internals.leaning import leans_on
from binding.internals.workflow_object import WORKFLOW

SCHEDULER = "snakemake.scheduling.job_scheduler:JobScheduler"


@leans_on(
    "snakemake.executors.local:Executor.__post_init__()",
    f"{WORKFLOW}.execution_settings",
    "snakemake.settings.types:ExecutionSettings.use_threads",
)
def run_in_threads() -> None:
    """Have the jobs of a group that was sent to a cluster run as threads that wait for workers.

    Snakemake reads no profile there, and starts a process for each job of a group; nor has it
    settings yet when the Snakefile is read. So its executor is changed as it is made.

    Gain: trials of a group share warm workers; a process for each loads the libraries anew.
    """
    usual = local.Executor.__post_init__

    def prepare(executor: Any) -> None:
        executor.workflow.execution_settings.use_threads = True
        usual(executor)

    local.Executor.__post_init__ = prepare


@leans_on(f"{SCHEDULER}.exit_gracefully(args)")
def end_in_good_order(workflow: Any) -> None:
    """Have the scheduler start no more jobs, and wait for those that run."""
    workflow.scheduler.exit_gracefully(signal.SIGTERM, None)


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


@leans_on(
    "snakemake.executors.local:Executor.__post_init__()",
    "snakemake.executors.local:Executor.pool",
    "concurrent.futures.thread:ThreadPoolExecutor._work_queue",
)
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


@leans_on(
    f"{SCHEDULER}._executor",
    f"{SCHEDULER}._lock",
    f"{SCHEDULER}.running",
    "snakemake.executors.local:Executor.pool",
    "concurrent.futures.thread:ThreadPoolExecutor._work_queue",
)
def forget_waiting(scheduler: Any) -> None:
    """Have a scheduler forget the jobs that it has handed out and that no thread has begun.

    It would end each of them as failed, which takes many seconds where there are thousands.

    Gain: a run of thousands of trials ends within two seconds of the key press.
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


@leans_on(f"{SCHEDULER}.exit_gracefully(args)", f"{WORKFLOW}.scheduler")
def give_up_at_first_signal(workflow: Any, end_workers: Callable[[], None]) -> None:
    """End a run at the first signal: the workers at once, then Snakemake in good order.

    Snakemake's own way waits for running fits. Its handler for SIGTERM takes a lock, so that it
    waits for ever if the signal comes while that is taken; and jobs that were sent to a cluster
    go on. There SIGTERM does what the keyboard's interrupt does: they are cancelled. A second
    interrupt takes Snakemake's way.

    Gain: a run ends within two seconds of one key press, whatever its fits take.
    """
    usual = JobScheduler.exit_gracefully

    def give_up(scheduler: Any) -> None:
        logger.warning("Interrupted. What is finished is kept; the same command goes on from here.")
        logger.setLevel(logging.CRITICAL)
        end_workers()
        forget_waiting(scheduler)
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
