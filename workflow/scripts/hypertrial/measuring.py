"""What a trial spends: seconds, and the peak memory of its process."""

import resource
import sys
from dataclasses import dataclass, field


@dataclass
class Cost:
    """What a trial spent; this differs from run to run."""

    folds: list[dict[str, float]] = field(default_factory=list)
    refit_seconds: float = 0.0
    traceback: str | None = None


def reset_peak_memory() -> None:
    """Let the kernel count the peak anew, so that it is the trial's and not the worker's."""
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as stream:
            stream.write("5")
    except OSError:
        pass


def peak_memory() -> int:
    """Return the peak resident memory of this process in bytes."""
    try:
        with open("/proc/self/status", encoding="ascii") as stream:
            line = next(line for line in stream if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
