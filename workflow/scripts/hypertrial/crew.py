"""Worker processes that take tasks from one queue, each through a pipe of its own.

Workers are forked from the standard library's fork server. Nothing is shared between them, no
lock either: one that is killed or stopped, at whatever moment, costs at most the task that it has.
A death is told by the end of its pipe, which does not depend on the fork server being alive.
"""

import multiprocessing.context
import queue
import signal
import sys
import threading
import time
import types
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import psutil

from hypertrial.errors import HypertrialError

BEGIN_SECONDS = 30.0
"""How long a worker may take to say that it has begun; one that was stopped says nothing."""
PAUSES = (0.0, 0.0, 0.1, 0.2, 0.4, 0.8)
"""Seconds before each attempt to have a worker begin a task."""
EXIT_SECONDS = 1.0
UNKNOWN_EXIT = 255
"""What the standard library takes for an exit code where the fork server died before it told."""

_CONTEXT = multiprocessing.context.ForkServerContext()
_LIFE = threading.Lock()
"""The standard library's notes about its children are not made for several threads."""


class InterruptedRunError(HypertrialError):
    """The run was interrupted, so the work was given up."""

    def __init__(self) -> None:
        super().__init__("the run was interrupted")


class NoWorkerError(HypertrialError):
    """No worker could be started, or none began its task."""


class OutOfTimeError(Exception):
    """A task took longer than its limit; its worker was ended."""


class WorkerDiedError(Exception):
    """A worker died in the middle of a task; the exit code is None if it is not known."""

    def __init__(self, exit_code: int | None) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code

    @property
    def cause(self) -> str:
        """Why it died, in a word: the signal's name, or its exit code."""
        if self.exit_code is None:
            return "its exit code is unknown"
        if self.exit_code < 0:
            return signal.Signals(-self.exit_code).name
        return f"exit code {self.exit_code}"


class _NotBegunError(Exception):
    """A task was not begun, so it can be given to another worker as if nothing had happened."""


@dataclass
class Task:
    """A function by its dotted name, its arguments, and how many seconds it may take."""

    function: str
    arguments: dict[str, Any]
    limit: float | None
    future: Future[Any] = field(default_factory=Future)


class Worker:
    """A worker process, as the driver sees it."""

    def __init__(self) -> None:
        self._pipe, other = multiprocessing.Pipe()
        self._process = _CONTEXT.Process(target=_serve, args=(other,), daemon=True)
        try:
            with _LIFE, _without_main():
                self._process.start()
            # This knows when the process was born, so that it ends no other with the same id.
            self._known = psutil.Process(self._process.pid)
        except (OSError, EOFError, psutil.Error) as error:  # the fork server has just died, or so
            self._pipe.close()
            raise _NotBegunError(str(error) or type(error).__name__) from None
        finally:
            other.close()

    def run(self, task: Task) -> tuple[bool, Any]:
        """Have the worker do a task.

        Returns whether that went well, and what the function returned, or raised.

        Raises
        ------
        OutOfTimeError, WorkerDiedError, _NotBegunError
            The worker is dead then.
        """
        try:
            with self._ended_after(BEGIN_SECONDS):
                self._pipe.send((task.function, task.arguments))
                self._pipe.recv_bytes()
        except (EOFError, OSError):
            raise _NotBegunError("they end before they begin") from None
        try:
            with self._ended_after(task.limit) as is_late:
                done: tuple[bool, Any] = self._pipe.recv()
        except (EOFError, OSError):
            if is_late.is_set():
                raise OutOfTimeError from None
            raise WorkerDiedError(self._exit_code()) from None
        return done

    def kill(self) -> None:
        """End the process at once; also one that was stopped ends."""
        with suppress(psutil.Error):
            self._known.kill()

    def close(self) -> None:
        """End the process, and free what the driver holds of it."""
        self.kill()
        self._pipe.close()

    @contextmanager
    def _ended_after(self, seconds: float | None) -> Iterator[threading.Event]:
        """End the worker if something takes longer, so that its pipe ends; tell if it was so."""
        is_late = threading.Event()
        if seconds is None:
            yield is_late
            return

        def end() -> None:
            is_late.set()
            self.kill()

        timer = threading.Timer(min(seconds, threading.TIMEOUT_MAX), end)
        timer.daemon = True
        timer.start()
        try:
            yield is_late
        finally:
            timer.cancel()

    def _exit_code(self) -> int | None:
        with _LIFE:
            self._process.join(EXIT_SECONDS)
            code = self._process.exitcode
        return None if code == UNKNOWN_EXIT else code


def _serve(pipe: Connection) -> None:
    """Do what comes through a pipe; the driver must not import what the workers need."""
    from hypertrial import worker

    worker.serve(pipe)


@contextmanager
def _without_main() -> Iterator[None]:
    """Hide the main module, so that a worker does not import it (Snakemake, 100 MB) again."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


class Crew:
    """Some posts, each manned by a worker once there is a task for it; the tasks that wait."""

    def __init__(self, size: int) -> None:
        self._lock = threading.Lock()
        self._stopped = False
        self._workers: set[Worker] = set()
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._posts = [threading.Thread(target=self._man, daemon=True) for _ in range(size)]
        for post in self._posts:
            post.start()

    def submit(self, task: Task) -> Future[Any]:
        """Have a task done by the next worker that is free."""
        self._tasks.put(task)
        return task.future

    def stop(self) -> None:
        """End all workers now; no task is begun any more."""
        with self._lock:
            self._stopped = True
            for worker in self._workers:
                worker.kill()
        for _ in self._posts:
            self._tasks.put(None)

    def _man(self) -> None:
        """Have one task after the other done by a worker, or by the one that takes its place."""
        worker: Worker | None = None
        while (task := self._tasks.get()) is not None:
            try:
                worker, (is_done, result) = self._do(task, worker)
            except BaseException as error:
                worker, is_done, result = None, False, error
            if is_done:
                task.future.set_result(result)
            else:
                task.future.set_exception(result)

    def _do(self, task: Task, worker: Worker | None) -> tuple[Worker, tuple[bool, Any]]:
        """Have a task done by a worker, or by others if it does not begin; return who did it."""
        reason = ""
        for pause in PAUSES:
            time.sleep(pause)
            try:
                worker = worker or self._hire()
                return worker, worker.run(task)
            except _NotBegunError as problem:
                reason = str(problem)
                self._dismiss(worker)
                worker = None
            except BaseException:
                self._dismiss(worker)
                raise
        raise NoWorkerError(f"workers: {len(PAUSES)} were started in vain: {reason}")

    def _hire(self) -> Worker:
        worker = Worker()
        with self._lock:
            self._workers.add(worker)
            if not self._stopped:
                return worker
        self._dismiss(worker)
        raise InterruptedRunError

    def _dismiss(self, worker: Worker | None) -> None:
        if worker is not None:
            with self._lock:
                self._workers.discard(worker)
            worker.close()
