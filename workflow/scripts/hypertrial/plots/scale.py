"""The axis of a hyperparameter: linear, logarithmic, or one place for each value."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import (
    EngFormatter,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    NullLocator,
)

from hypertrial.plots import style
from hypertrial.wording import number

Cell = float | str | None
"""A hyperparameter's value in a trial: a number, a word, or None where it does not apply."""

DECADES = 2
FEW = 12


def parse(field: object) -> Cell:
    """Return the value of one field of a ``param_*`` column."""
    if isinstance(field, bool | np.bool_):
        return str(field)
    try:
        number = float(str(field))
    except ValueError:
        return str(field)
    if math.isnan(number):
        return str(field) if isinstance(field, str) else None
    return number if math.isfinite(number) else str(field)


def show(value: Cell, limit: int = 16) -> str:
    """Return a value as a plot shows it."""
    if not isinstance(value, float):
        return style.shorten(value, limit)
    return number(value, apart=False)


def ordered(cells: Iterable[Cell]) -> list[Cell]:
    """Return the distinct values that apply: numbers by size, words by name, None the last."""
    found = {cell for cell in cells if cell is not None}
    numbers = sorted(cell for cell in found if isinstance(cell, float))
    words = sorted(cell for cell in found if isinstance(cell, str))
    return [*numbers, *sorted(words, key=lambda word: word == "None")]


@dataclass(frozen=True)
class Scale:
    """How the distinct, ordered values of a hyperparameter lie on an axis."""

    kind: Literal["linear", "log", "places"]
    values: tuple[Cell, ...]

    def positions(self, cells: Sequence[Cell]) -> npt.NDArray[np.float64]:
        """Return where cells lie; NaN where the hyperparameter does not apply."""
        if self.kind == "places":
            place = {value: float(i) for i, value in enumerate(self.values)}
            return np.array([place.get(cell, np.nan) for cell in cells])
        return np.array([cell if isinstance(cell, float) else np.nan for cell in cells])

    def apply(self, ax: Axes) -> None:
        """Give the x axis of a panel this scale, its limits and its ticks."""
        if self.kind == "places":
            _set_places(ax, [show(value) for value in self.values])
            return
        numbers = self.positions(self.values)
        log = self.kind == "log"
        ax.set_xscale("log" if log else "linear")
        spread = np.log(numbers) if log else numbers
        pad = 0.07 * float(np.ptp(spread)) or 1.0
        low, high = float(spread.min()) - pad, float(spread.max()) + pad
        ax.set_xlim(*(np.exp([low, high]) if log else (low, high)))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: show(float(value))))
        if len(numbers) <= FEW:
            ax.set_xticks(_apart(numbers, (spread - low) / (high - low)))
        elif not log:
            ax.xaxis.set_major_locator(MaxNLocator(5))
        else:
            wide = np.ptp(np.log10(numbers)) >= DECADES
            ax.xaxis.set_major_locator(
                LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0), numticks=6)
            )


def set_log_ticks(ax: Axes, numbers: npt.NDArray[np.float64]) -> None:
    """Give the x axis of a panel a logarithmic scale for positive counts: 10, 100, 1k, 10k."""
    ax.set_xscale("log")
    low, high = float(numbers.min()), float(numbers.max())
    wide = high / low >= 10**DECADES
    room = max((high / low) ** 0.06, 1.2)
    ax.set_xlim(low / room, high * room)
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0), numticks=7))
    ax.xaxis.set_major_formatter(EngFormatter(sep=""))
    ax.xaxis.set_minor_locator(NullLocator())


def choose(cells: Iterable[Cell]) -> Scale:
    """Choose the scale of a hyperparameter from all its values.

    One place for each value if any is a word, or if a few numbers from zero span decades;
    logarithmic for positive numbers over two decades or in geometric steps; else linear.
    """
    values = tuple(ordered(cells))
    numbers = np.array([value for value in values if isinstance(value, float)])
    if len(numbers) < len(values):
        return Scale("places", values)
    if numbers[0] > 0:
        return Scale("log" if _is_log(numbers) else "linear", values)
    positive = numbers[numbers > 0]
    if len(numbers) <= FEW and numbers[0] == 0 and _is_log(positive):
        return Scale("places", values)
    return Scale("linear", values)


def _is_log(numbers: npt.NDArray[np.float64]) -> bool:
    """Tell whether positive numbers, sorted, span two decades or grow by about one factor.

    Many numbers drawn evenly from zero on have a tiny one among them: half of them must be small.
    """
    if len(numbers) < 2:
        return False
    if numbers[-1] / numbers[0] >= 10**DECADES:
        return len(numbers) <= FEW or bool(np.median(numbers) < numbers[-1] / 4)
    if len(numbers) < 3 or numbers[-1] / numbers[0] < 4:
        return False
    factors, steps = np.diff(np.log(numbers)), np.diff(numbers)
    unevenness = float(factors.std() / factors.mean())
    return unevenness < 0.4 and unevenness < float(steps.std() / steps.mean())


def _apart(numbers: npt.NDArray[np.float64], fractions: npt.NDArray[np.float64]) -> list[float]:
    """Return the numbers whose labels do not run into each other, the first one always."""
    kept: list[int] = []
    for i, fraction in enumerate(fractions):
        if kept:
            letters = len(show(float(numbers[kept[-1]]))) + len(show(float(numbers[i])))
            if fraction - fractions[kept[-1]] < 0.012 * letters + 0.02:
                continue
        kept.append(i)
    return [float(numbers[i]) for i in kept]


def _set_places(ax: Axes, labels: Sequence[str]) -> None:
    step = -(-len(labels) // FEW)
    shown = labels[::step]
    ax.set_xlim(-0.5, len(labels) - 0.5)
    ax.set_xticks(range(0, len(labels), step), shown)
    if sum(len(label) + 2 for label in shown) > 38:
        ax.tick_params(axis="x", labelrotation=35)
        for label in ax.get_xticklabels():
            label.set(horizontalalignment="right", rotation_mode="anchor")
