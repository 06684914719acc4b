"""The pool of warm worker processes to which every rule hands its work.

Workers are forked from a server that has the libraries loaded already. A worker that dies or runs
out of time costs only its own task. Workers stage files; only this process, the driver, publishes
a trial's.
"""

import atexit
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

from hypertrial import records
from hypertrial.crew import Crew, InterruptedRunError, OutOfTimeError, Task, WorkerDiedError
from hypertrial.models import modules_of
from hypertrial.records import TrialSpec

PACKAGE = "hypertrial"
PRELOADED = [f"{PACKAGE}.worker"]
"""Modules that the fork server loads, and so every worker has."""
THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
ATTEMPTS = 2
"""How many workers may die of a trial until it is recorded as such."""
ATTEMPTS_OF_JOBS = 5
"""How many may die of another job until it fails; it is seldom why they do."""
WATCH_SECONDS = 0.2


class Pool:
    """A pool that starts at its first use and can be stopped at any time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._crew: Crew | None = None
        self._stopped = False

    def schedule(
        self, workers: int, limit: float | None, function: str, arguments: dict[str, Any]
    ) -> Future[Any]:
        """Have a function of the package called in the next worker that is free.

        See :meth:`call`.
        """
        with self._lock:
            self.check()
            if self._crew is None:
                self.preload()
                self._crew = Crew(workers)
            return self._crew.submit(Task(f"{PACKAGE}.{function}", arguments, limit))

    @staticmethod
    def preload(models: Iterable[str] = ()) -> None:
        """Have the fork server load its libraries, so that it is ready when work comes.

        They are those that every trial needs, and those of some models. Returns at once; a first
        worker that is asked for earlier waits.
        """
        for name in modules_of(models):
            if name not in PRELOADED:
                PRELOADED.append(name)
        for name in THREAD_LIMITS:
            os.environ[name] = "1"
        scripts = str(Path(__file__).parents[1])
        paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        if scripts not in paths:
            os.environ["PYTHONPATH"] = os.pathsep.join([scripts, *filter(None, paths)])
        forkserver.set_forkserver_preload(PRELOADED)
        forkserver.ensure_running()

    def call(
        self,
        workers: int,
        function: str,
        limit: float | None = None,
        attempts: int = ATTEMPTS_OF_JOBS,
        **arguments: Any,
    ) -> Any:
        """Call a function of the package in a worker and return its result.

        ``limit`` is in seconds. If the worker dies the function is called again: all of them can
        be.

        Raises
        ------
        HypertrialError
            What the function raised, if it is a mistake of the user's.
        OutOfTimeError, WorkerDiedError
            If it took longer, or a worker died at each attempt.
        InterruptedRunError
            If the pool was stopped meanwhile.
        """
        for _ in range(attempts - 1):
            with suppress(WorkerDiedError):
                return self._attempt(workers, limit, function, arguments)
        return self._attempt(workers, limit, function, arguments)

    def _attempt(
        self, workers: int, limit: float | None, function: str, arguments: dict[str, Any]
    ) -> Any:
        future = self.schedule(workers, limit, function, arguments)
        self.wait_for(lambda seconds: bool(wait((future,), timeout=seconds).done))
        return future.result()

    def wait_for(self, is_done: Callable[[float], bool]) -> None:
        """Wait until something is done, which is asked with a number of seconds to wait for it.

        Raises
        ------
        InterruptedRunError
            If the pool was stopped meanwhile.
        """
        while not is_done(WATCH_SECONDS):
            self.check()

    def check(self) -> None:
        """Raise InterruptedRunError if the pool was stopped."""
        if self._stopped:
            raise InterruptedRunError

    def stop(self) -> None:
        """End all workers now; work that they had in hand is lost, and none of it published."""
        with self._lock:
            self._stopped = True
            crew, self._crew = self._crew, None
        if crew is not None:
            crew.stop()


POOL = Pool()
atexit.register(POOL.stop)


@dataclass(frozen=True)
class Work:
    """Where trials find their data, and what limits them.

    ``timeout`` is a trial's, in seconds; ``threads`` is how many a fit may use.
    """

    workers: int
    table: list[str]
    splits: str
    timeout: float
    threads: int = 1

    def arguments(self, specs: Mapping[str, str]) -> dict[str, Any]:
        """Return the arguments of ``trial.run`` for the specs of trials by their folders."""
        return {
            "specs": list(specs.values()),
            "table_paths": self.table,
            "splits_path": self.splits,
            "folders": list(specs),
            "threads": self.threads,
        }


def stage_together(
    work: Work, specs: Mapping[str, str], finish: Callable[[set[str]], None]
) -> None:
    """Have trials that share work run, given by folder, and their files staged.

    ``finish`` is called in the end with the folders that have staged files. What fails together
    stays unstaged: such a trial has to run alone. Trials together have as much time for each as
    one has alone; a single one that takes longer is staged as timed out.
    """

    def done(future: Future[Any]) -> None:
        staged: list[str] = []
        try:
            staged = future.result()
        except OutOfTimeError:
            if len(specs) == 1:
                staged = [_stage_timeout(work, spec, folder) for folder, spec in specs.items()]
        except BaseException:  # noqa: S110 (its own job runs it alone, and tells)
            pass
        finally:
            finish(set(staged))

    limit = work.timeout * len(specs)
    future = POOL.schedule(work.workers, limit, "trial.run", work.arguments(specs))
    future.add_done_callback(done)


def stage_alone(work: Work, spec: str, folder: str) -> None:
    """Run a trial in a worker and stage its files, whatever becomes of it.

    A trial that takes longer than its limit is recorded as timed out, one whose worker dies at
    each attempt as having died.
    """
    try:
        arguments = work.arguments({folder: spec})
        POOL.call(work.workers, "trial.run", work.timeout, ATTEMPTS, **arguments)
    except OutOfTimeError:
        _stage_timeout(work, spec, folder)
    except WorkerDiedError as death:
        reason = f"its worker died {ATTEMPTS} times ({death.cause})"
        _stage_failure(spec, folder, records.DIED, reason, work.timeout)


def _stage_timeout(work: Work, spec: str, folder: str) -> str:
    reason = f"it took longer than {work.timeout:g} seconds"
    _stage_failure(spec, folder, records.TIMEOUT, reason, work.timeout)
    return folder


def _stage_failure(spec: str, folder: str, status: str, reason: str, timeout: float) -> None:
    parsed = TrialSpec.from_json(spec)
    scores = records.failure(parsed, status, reason)
    records.stage(folder, records.contents(parsed, scores, {}, {}, {"timeout_seconds": timeout}))
