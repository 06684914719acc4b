"""The pool of warm worker processes to which every rule hands its work.

Workers are forked from a server that has the libraries loaded already (pebble's ProcessPool over
the standard library's fork server). A worker that dies or runs out of time costs only its own
task. Workers stage files; only this process, the driver, publishes a trial's.
"""

import atexit
import multiprocessing
import multiprocessing.context
import os
import signal
import sys
import threading
import types
from collections.abc import Iterator
from concurrent.futures import TimeoutError, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from hypertrial import records
from hypertrial.errors import HypertrialError
from hypertrial.records import TrialSpec

PRELOADED = "hypertrial.worker"
THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
ATTEMPTS = 2
WATCH_SECONDS = 0.2


class InterruptedRunError(HypertrialError):
    """The run was interrupted, so the work was given up."""

    def __init__(self) -> None:
        super().__init__("the run was interrupted")


@contextmanager
def _without_main() -> Iterator[None]:
    """Hide the main module, so that a worker does not import it (Snakemake, 100 MB) again."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


class _WorkerProcess(multiprocessing.context.ForkServerProcess):
    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802
        with _without_main():
            return multiprocessing.context.ForkServerProcess._Popen(process_obj)


class _WorkerContext(multiprocessing.context.ForkServerContext):
    Process = _WorkerProcess


class Pool:
    """A pool that starts at its first use and can be stopped at any time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: ProcessPool | None = None
        self._stopped = False

    def _schedule(
        self, workers: int, timeout: float | None, function: str, arguments: dict[str, Any]
    ) -> ProcessFuture[Any]:
        with self._lock:
            if self._stopped:
                raise InterruptedRunError
            if self._pool is not None and not self._pool.active:
                self._pool = None  # it broke: an idle worker died
            if self._pool is None:
                self._pool = self._start(workers)
            return self._pool.schedule(_call, args=(function, arguments), timeout=timeout)

    @staticmethod
    def _start(workers: int) -> ProcessPool:
        for name in THREAD_LIMITS:
            os.environ[name] = "1"
        scripts = str(Path(__file__).parents[1])
        paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        if scripts not in paths:
            os.environ["PYTHONPATH"] = os.pathsep.join([scripts, *filter(None, paths)])
        context = _WorkerContext()
        context.set_forkserver_preload([PRELOADED])
        return ProcessPool(
            max_workers=workers, context=context, initializer=_start_worker, initargs=()
        )

    def call(
        self, workers: int, function: str, timeout: float | None = None, **arguments: Any
    ) -> Any:
        """Call a function of the package in a worker and return its result.

        If the worker dies the function is called once more: all of them can be.

        Raises
        ------
        HypertrialError
            What the function raised, if it is a mistake of the user's.
        TimeoutError, ProcessExpired
            If the time ran out (seconds), or a worker died at each attempt.
        InterruptedRunError
            If the pool was stopped meanwhile.
        """
        for _ in range(ATTEMPTS - 1):
            with suppress(ProcessExpired, BrokenProcessPool):
                return self._attempt(workers, timeout, function, arguments)
        return self._attempt(workers, timeout, function, arguments)

    def _attempt(
        self, workers: int, timeout: float | None, function: str, arguments: dict[str, Any]
    ) -> Any:
        future = self._schedule(workers, timeout, function, arguments)
        while not future.done():
            wait((future,), timeout=WATCH_SECONDS)
            if self._stopped:
                raise InterruptedRunError
        return future.result()

    def stop(self) -> None:
        """End all workers now; work that they had in hand is lost, and none of it published."""
        with self._lock:
            self._stopped = True
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]
            # Joining the pool would close its channel under the thread that reads it.
            for worker in multiprocessing.active_children():
                worker.kill()


def _start_worker() -> None:
    from hypertrial import worker

    worker.start()


def _call(function: str, arguments: dict[str, Any]) -> Any:
    from hypertrial import worker

    return worker.call(function, arguments)


POOL = Pool()
atexit.register(POOL.stop)


def train(
    workers: int, spec: str, table: list[str], splits: str, folder: str, timeout: float
) -> None:
    """Run a trial in a worker and publish its files, whatever becomes of it.

    A trial that takes longer than ``timeout`` seconds is recorded as timed out, one whose
    worker dies at each attempt as having died.
    """
    arguments = {
        "spec_json": spec,
        "table_paths": table,
        "splits_path": splits,
        "folder": folder,
    }
    try:
        POOL.call(workers, "trial.run", timeout=timeout, **arguments)
    except TimeoutError:
        reason = f"it took longer than {timeout:g} seconds"
        _stage_failure(spec, folder, records.TIMEOUT, reason, timeout)
    except ProcessExpired as death:
        reason = f"its worker died {ATTEMPTS} times ({cause(death)})"
        _stage_failure(spec, folder, records.DIED, reason, timeout)
    records.publish(folder)


def _stage_failure(spec: str, folder: str, status: str, reason: str, timeout: float) -> None:
    parsed = TrialSpec.from_json(spec)
    scores = records.failure(parsed, status, reason)
    records.stage(parsed, folder, scores, {}, {}, {"timeout_seconds": timeout})


def cause(death: ProcessExpired) -> str:
    """Say in a word why a worker died: the signal's name, or its exit code."""
    code = death.exitcode or 0
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
