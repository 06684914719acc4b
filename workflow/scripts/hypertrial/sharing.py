"""Work that several trials share: done once, paid by all, its warnings told to each."""

import copy
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass
class Spent:
    """Seconds of wall time and of CPU time."""

    wall: float = 0.0
    cpu: float = 0.0

    @classmethod
    def now(cls) -> "Spent":
        """Return the process's clocks."""
        return cls(time.perf_counter(), time.process_time())

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.wall + other.wall, self.cpu + other.cpu)

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.wall - other.wall, self.cpu - other.cpu)

    def __truediv__(self, parts: int) -> "Spent":
        return Spent(self.wall / parts, self.cpu / parts)


class Shared:
    """A computation for several trials: made when one first asks for it.

    Every trial that asks gets the same result or error, and the same warnings, so that its
    record is the one that it would have alone. ``Shared.spent`` is what this process has spent
    on all of them, so that it can be divided among the trials.
    """

    spent = Spent()

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make: Callable[[], Any] | None = make
        self._result: Any = None
        self._error: Exception | None = None
        self._warnings: list[warnings.WarningMessage] = []

    def __call__(self) -> Any:
        """Return the result, or raise the error that making it raised."""
        if self._make is not None:
            self._compute(self._make)
            self._make = None
        for each in self._warnings:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
        if self._error is not None:
            raise copy.copy(self._error)
        return self._result

    def _compute(self, make: Callable[[], Any]) -> None:
        started = Spent.now()
        before = Shared.spent
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                self._result = make()
            except Exception as error:
                self._error = error
        self._warnings = caught
        # What was shared inside, and counted by itself, is part of this already.
        Shared.spent = before + (Spent.now() - started)
