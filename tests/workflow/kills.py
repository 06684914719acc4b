"""One run of the workflow that something happens to: what, when, and what is alive of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from projects import Project, clean_environment

POLL_SECONDS = 0.005
STOPPED_SECONDS = 1.0
"""How long a worker that was stopped stays so before it is killed."""


class HangError(Exception):
    """Something that must happen did not happen within the limit."""


@dataclass
class Attempt:
    """A run of the workflow as ``make run`` does it, in a session of its own."""

    project: Project
    limit: float
    process: psutil.Popen = field(init=False)

    def __post_init__(self) -> None:
        temporary = self.project.root / "tmp"
        temporary.mkdir(exist_ok=True)
        command = subprocess.list2cmdline(self.project.command())
        ready = f"{sys.executable} workflow/scripts/ready.py study.yaml"
        with open(self.project.root / "output.txt", "w", encoding="utf-8") as output:
            self.process = psutil.Popen(
                ["/bin/sh", "-c", f"{ready} && exec {command}"],
                cwd=self.project.root,
                env={**clean_environment(), "TMPDIR": str(temporary)},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._until = time.monotonic() + self.limit

    def ended(self) -> bool:
        """Tell whether the run's main process has ended; it stays a zombie until :meth:`close`."""
        try:
            return bool(self.process.status() == psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return True

    def await_(self, condition: Callable[[], bool]) -> bool:
        """Wait for a condition; tell whether it came before the end of the run."""
        while not condition():
            if self.ended():
                return condition()
            if time.monotonic() > self._until:
                raise HangError
            time.sleep(POLL_SECONDS)
        return True

    def alive(self) -> list[psutil.Process]:
        """Return all processes of the run's session that live."""
        return [process for process in self._session() if is_alive(process)]

    def _session(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            try:
                if os.getsid(process.pid) == self.process.pid:
                    yield process
            except (ProcessLookupError, PermissionError):
                continue

    def fork_servers(self) -> list[psutil.Process]:
        """Return the process that workers are forked from, if it is there."""
        return [each for each in self._forked() if parent(each) == self.process.pid]

    def workers(self) -> list[psutil.Process]:
        """Return the workers, also those whose fork server has died."""
        return [each for each in self._forked() if parent(each) != self.process.pid]

    def _forked(self) -> list[psutil.Process]:
        return [
            process for process in self.alive() if "multiprocessing.forkserver" in line(process)
        ]

    def is_running(self) -> bool:
        """Tell whether Snakemake has begun; before that ``ready.py`` runs."""
        return "snakemake" in line(self.process) and "ready.py" not in line(self.process)

    def close(self) -> int:
        """Return the exit code of a run that has ended; end what is left of one that has not."""
        if self.alive():
            os.killpg(self.process.pid, signal.SIGKILL)
        return int(self.process.wait())


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def parent(process: psutil.Process) -> int:
    try:
        return int(process.ppid())
    except psutil.Error:
        return 0


def _end_all(attempt: Attempt, _: psutil.Process) -> None:
    os.killpg(attempt.process.pid, signal.SIGKILL)


def _interrupt(attempt: Attempt, _: psutil.Process) -> None:
    os.killpg(attempt.process.pid, signal.SIGINT)


def _kill(_: Attempt, process: psutil.Process) -> None:
    process.kill()


def _terminate(_: Attempt, process: psutil.Process) -> None:
    process.terminate()


def _stop_and_kill(_: Attempt, process: psutil.Process) -> None:
    process.suspend()
    time.sleep(STOPPED_SECONDS)
    process.kill()


def _main(attempt: Attempt) -> list[psutil.Process]:
    return [attempt.process] if attempt.is_running() else []


@dataclass(frozen=True)
class Kind:
    """Something that happens to a run: to which of its processes, and whether it ends the run."""

    name: str
    victims: Callable[[Attempt], list[psutil.Process]]
    strike: Callable[[Attempt, psutil.Process], None]
    ends: bool


KINDS = (
    Kind("SIGKILL of the driver", _main, _kill, ends=True),
    Kind("SIGKILL of the whole group", _main, _end_all, ends=True),
    Kind("SIGTERM of the driver", _main, _terminate, ends=True),
    Kind("SIGINT of the group (Ctrl-C)", _main, _interrupt, ends=True),
    Kind("SIGKILL of a worker", Attempt.workers, _kill, ends=False),
    Kind("SIGSTOP, then SIGKILL of a worker", Attempt.workers, _stop_and_kill, ends=False),
    Kind("SIGKILL of the fork server", Attempt.fork_servers, _kill, ends=False),
)


@dataclass(frozen=True)
class Moment:
    """When something happens: once a run has made some more files of a pattern, and later.

    ``most`` is how many more at most; none if it happens as soon as there is any file of it.
    """

    name: str
    patterns: tuple[str, ...] = ()
    most: int = 0
    needs_workers: bool = True

    def count(self, project: Project) -> int:
        """Return how far a run has come."""
        return sum(1 for pattern in self.patterns for _ in files(project.root, pattern))

    def aim(self, project: Project, more: int, all_: int) -> int | None:
        """Return how far a run has to come, of all that there will be; None if it is there."""
        if not more:
            return min(1, len(self.patterns))
        found = self.count(project)
        return min(found + more, all_) if found < all_ else None


def files(root: Path, pattern: str) -> Iterator[Path]:
    """Yield files of a pattern; folders may vanish meanwhile."""
    try:
        yield from root.glob(pattern)
    except FileNotFoundError:
        return


TRIALS = "results/*/*/*/trials/*/scores.json"
MOMENTS = (
    Moment("before locking", needs_workers=False),
    Moment("locking", (".snakemake/locks/*",), needs_workers=False),
    Moment("training", (TRIALS, f"{TRIALS}.part"), 4),
    Moment("tables", ("results/*/*.csv", "results/*/*/*.csv", "results/*/*/*/*.csv"), 3),
    Moment("plots", tuple(f"results/{'*/' * depth}plots/*.svg" for depth in (1, 2, 3)), 5),
    Moment("the report", ("results/*/report.html",), needs_workers=False),
)
