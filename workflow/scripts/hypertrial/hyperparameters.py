"""What a hyperparameter is: its type, its legal values, its default and when it applies."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from hypertrial.errors import listing
from hypertrial.texts import shown

Task = Literal["binary", "multiclass", "regression"]
TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")
CLASSIFICATION: tuple[Task, ...] = ("binary", "multiclass")
REGRESSION: tuple[Task, ...] = ("regression",)
Value = bool | int | float | str | None

LARGEST = 1e30
LARGEST_INTEGER = 1e9
"""Bounds for what has no other, as libraries compute in 32 bits."""
SMALLEST = 1e-30
"""No number is closer to 0, but 0 itself: 32 bits would take it for that."""


@dataclass(frozen=True)
class Hyperparameter:
    """One hyperparameter: its type, its legal values, its default and when it applies.

    ``low`` and ``high`` bound numbers; ``words`` are legal values that are not numbers (texts,
    ``None``). ``when`` names another hyperparameter and the values of it for which this one
    exists. ``tasks`` are the tasks for which it exists; a name may be declared once for each.
    ``needed`` tells whether prediction needs its value beside the learned parameters, ``needed_as``
    which values it needs where it does not need the others. ``stage``
    is what it belongs to: the model, or the preprocessing before it. None, where it is legal beside
    numbers, means no limit, and so does 0 with ``zero_is_unlimited``.

    Other tools call it by a name of ``same``, have one of ``near`` in its place, and write its
    words otherwise, as ``synonyms`` tells: what they write, and what is written here.
    """

    name: str
    kind: Literal["integer", "number", "boolean", "choice"]
    default: Value
    meaning: str
    low: float = -LARGEST
    high: float = LARGEST
    open_low: bool = False
    words: tuple[str | None, ...] = ()
    when: tuple[str, tuple[str, ...]] | None = None
    tasks: tuple[Task, ...] = TASKS
    needed: bool = False
    needed_as: tuple[Value, ...] = ()
    stage: Literal["model", "preprocessing"] = "model"
    zero_is_unlimited: bool = False
    same: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    synonyms: tuple[tuple[str, str], ...] = ()

    @property
    def unlimited_from(self) -> float:
        """The least number that is a limit."""
        return 1.0 if self.zero_is_unlimited else -float("inf")

    def is_unlimited(self, value: object) -> bool:
        """Tell whether a value, None by that name too, stands for no limit, beyond all numbers."""
        if value in (None, "None"):
            return self.kind in ("integer", "number") and None in self.words
        return self.zero_is_unlimited and value == 0

    def applies(self, values: Mapping[str, Value]) -> bool:
        """Tell whether it exists beside these values of the other hyperparameters."""
        return self.when is None or values.get(self.when[0]) in self.when[1]

    def allowed(self) -> str:
        """Say in a few words which values are legal."""
        words = [repr(word) if word is not None else "null" for word in self.words]
        if self.kind == "choice":
            return "one of " + listing(words)
        if self.kind == "boolean":
            return "true or false"
        article = "an integer" if self.kind == "integer" else "a number"
        text = article + self._bounds()
        return f"{text}, or {' or '.join(words)}" if words else text

    def _bounds(self) -> str:
        above = "above" if self.open_low else "at least"
        return f" {above} {_plain(self.low)} and at most {_plain(self._highest)}"

    @property
    def _highest(self) -> float:
        return min(self.high, LARGEST_INTEGER) if self.kind == "integer" else self.high

    def coerce(self, value: object) -> Value:
        """Return a legal value in its canonical type.

        Raises
        ------
        ValueError
            If the value is not legal; the message says what is.
        """
        if value is None or isinstance(value, str):
            if value in self.words:
                return value
        elif self.kind == "boolean" and isinstance(value, bool):
            return value
        elif self.kind in ("integer", "number") and not isinstance(value, bool):
            number = self._number(value)
            if number is not None:
                return number
            if isinstance(value, float) and 0 < abs(value) < SMALLEST:
                raise ValueError(
                    f"must not be so close to 0 as {value!r}; the least is {SMALLEST:g}"
                )
        raise ValueError(f"must be {self.allowed()}, not {shown(value)}")

    def _number(self, value: object) -> int | float | None:
        if not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
            return None
        if value < self.low or value > self._highest or (self.open_low and value == self.low):
            return None
        if 0 < abs(value) < SMALLEST:
            return None
        if self.kind == "number":
            return float(value) + 0.0  # no minus zero
        return int(value) if value == int(value) else None


def _plain(bound: float) -> str:
    """Write a bound for people: ``100000``, ``0.5``, ``1e10``."""
    if float(bound).is_integer() and abs(bound) < 1e7:
        return str(int(bound))
    return re.sub(r"e\+?(-?)0*", r"e\1", f"{bound:g}")
