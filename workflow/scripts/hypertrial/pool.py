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
from concurrent.futures import InvalidStateError, TimeoutError
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from hypertrial import records
from hypertrial.records import TrialSpec

PRELOADED = "hypertrial.worker"
THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
ATTEMPTS = 2


class Interrupted(KeyboardInterrupt):
    """The run was interrupted, so the work was given up."""


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
        self._waiting: set[ProcessFuture[Any]] = set()
        self._stopped = False

    def _schedule(
        self, workers: int, timeout: float | None, function: str, arguments: dict[str, Any]
    ) -> ProcessFuture[Any]:
        with self._lock:
            if self._stopped:
                raise Interrupted
            if self._pool is None:
                self._pool = self._start(workers)
            future = self._pool.schedule(_call, args=(function, arguments), timeout=timeout)
            self._waiting.add(future)
            return future

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

        Raises
        ------
        HypertrialError
            What the function raised, if it is a mistake of the user's.
        TimeoutError, ProcessExpired
            If the time ran out (seconds) or the worker died.
        Interrupted
            If the pool was stopped meanwhile.
        """
        future = self._schedule(workers, timeout, function, arguments)
        try:
            return future.result()
        finally:
            self._waiting.discard(future)

    def stop(self) -> None:
        """End all workers now; work that they had in hand is lost, and none of it published."""
        with self._lock:
            self._stopped = True
            pool, self._pool = self._pool, None
            waiting = list(self._waiting)
        for future in waiting:
            with suppress(InvalidStateError):
                future.set_exception(Interrupted())
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


def stop_on_interrupt() -> None:
    """End the workers at the first Ctrl-C, then let the interrupt take its usual way."""
    usual = signal.getsignal(signal.SIGINT)

    def handler(number: int, frame: types.FrameType | None) -> None:
        signal.signal(signal.SIGINT, usual)
        threading.Thread(target=POOL.stop, daemon=True).start()
        if callable(usual):
            usual(number, frame)

    if threading.current_thread() is threading.main_thread() and callable(usual):
        signal.signal(signal.SIGINT, handler)


def train(
    workers: int, spec: str, table: list[str], splits: str, folder: str, timeout: float
) -> None:
    """Run a trial in a worker and publish its files, whatever becomes of it.

    A trial that takes longer than ``timeout`` seconds is recorded as timed out. One whose
    worker dies is tried once more, then recorded as having died.
    """
    arguments = {
        "spec_json": spec,
        "table_paths": table,
        "splits_path": splits,
        "folder": folder,
    }
    for attempt in range(1, ATTEMPTS + 1):
        try:
            POOL.call(workers, "trial.run", timeout=timeout, **arguments)
            break
        except TimeoutError:
            reason = f"it took longer than {timeout:g} seconds"
            _stage_failure(spec, folder, records.TIMEOUT, reason, timeout)
            break
        except ProcessExpired as death:
            if attempt == ATTEMPTS:
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
