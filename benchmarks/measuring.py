"""What a command spends: wall seconds, CPU seconds and memory, of all its processes together."""

import ctypes
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import BenchmarkError

INTERVAL = 0.2
GRACE_SECONDS = 10
LAST_LINES = 15
BECOME_SUBREAPER = 36
"""``PR_SET_CHILD_SUBREAPER`` of Linux's ``prctl``."""
THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Spent:
    """What one run of a command spent.

    ``cpu`` is in seconds, of all processes. Peaks are in bytes: ``peak`` of all processes at one
    moment (shared pages count once), ``main_peak`` of the command's own process. ``others`` is
    how many cores the rest of the machine kept busy meanwhile, on average.
    """

    wall: float
    cpu: float
    peak: int
    main_peak: int
    others: float


class Watch(threading.Thread):
    """Looks at every process below this one a few times a second."""

    def __init__(self, main: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self.main_peak = 0
        self._main = main
        self._cpu: dict[tuple[int, float], float] = {}
        self._ended = threading.Event()

    def run(self) -> None:
        """Look until told to stop."""
        self._look()
        while not self._ended.wait(INTERVAL):
            self._look()

    def stop(self) -> None:
        """Stop looking."""
        self._ended.set()
        self.join()

    @property
    def cpu(self) -> float:
        """The CPU seconds that were seen, which misses what was spent after the last look."""
        return sum(self._cpu.values())

    def _look(self) -> None:
        total = 0
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                times = process.cpu_times()
                self._cpu[process.pid, process.create_time()] = times.user + times.system
                resident = process.memory_info().rss
                if process.pid == self._main:
                    self.main_peak = max(self.main_peak, resident)
                total += _proportional(process, resident)
        self.peak = max(self.peak, total)


def _proportional(process: psutil.Process, resident: int) -> int:
    """Return a process's memory with shared pages in equal parts, where the system tells it."""
    with suppress(psutil.AccessDenied):
        return int(getattr(process.memory_full_info(), "pss", resident))
    return resident


def run(command: Sequence[str], folder: Path, log: Path) -> Spent:
    """Run a command in a folder, in a session of its own, and return what it spent.

    CPU is what the kernel adds up for children that have ended. On Linux this process adopts
    those whose parents end before them, such as workers that outlive a fork server, so that
    none is missed; elsewhere, where what was seen while they ran is more, that counts.

    Raises
    ------
    BenchmarkError
        If the command fails; the message ends with the last lines of its output.
    """
    _adopt_orphans()
    children, busy, own = _children_cpu(), _machine_cpu(), time.process_time()
    with open(log, "wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        watch = Watch(process.pid)
        watch.start()
        grace = 0
        try:
            code = process.wait()
            wall = time.perf_counter() - started
            grace = GRACE_SECONDS
        finally:
            _settle(grace)
            watch.stop()
    if code:
        raise BenchmarkError(f"{_name(command)} ended with code {code}\n{_tail(log)}")
    cpu = max(_children_cpu() - children, watch.cpu)
    others = (_machine_cpu() - busy) - cpu - (time.process_time() - own)
    return Spent(wall, cpu, watch.peak, watch.main_peak, max(0.0, others / wall))


def environment() -> dict[str, str]:
    """Return the environment of every run: one thread a process, no settings of Snakemake."""
    kept = {name: v for name, v in os.environ.items() if not name.startswith("SNAKEMAKE_")}
    return {**kept, **dict.fromkeys(THREAD_LIMITS, "1")}


def _adopt_orphans() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(BECOME_SUBREAPER, 1, 0, 0, 0)


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _machine_cpu() -> float:
    times = psutil.cpu_times()._asdict()
    idle = ("idle", "iowait", "guest", "guest_nice")  # guests are part of user time
    return float(sum(seconds for name, seconds in times.items() if name not in idle))


def _settle(grace: float) -> None:
    """Wait until every process below this one has ended; end what is left after a while."""
    deadline = time.monotonic() + grace
    while left := psutil.Process().children(recursive=True):
        _, alive = psutil.wait_procs(left, timeout=max(0.05, deadline - time.monotonic()))
        for each in alive:
            with suppress(psutil.Error):
                each.kill()


def _name(command: Sequence[str]) -> str:
    return " ".join(Path(part).name for part in command[:4])


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-LAST_LINES:])
