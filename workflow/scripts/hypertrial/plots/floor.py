"""The baseline in plots of scores: a line, or at the edge a note of where it lies."""

import math
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from hypertrial.plots import style
from hypertrial.wording import number

REACH = 0.5
"""How far beyond what is drawn, in units of its width, an axis is made longer for the line."""
LABEL = "baseline, validation (no feature is used)"


def look() -> dict[str, Any]:
    """Return how the line looks."""
    return {"color": style.INK, "linewidth": 1.2, "linestyle": (0, (1, 1.5)), "zorder": 1.5}


def draw(ax: Axes, value: float | None) -> None:
    """Draw a baseline across an axis of scores, once all else is drawn.

    Far from all scores, it would press these together: then an arrow below the axis's label says
    where it is.
    """
    if value is None or math.isnan(value):
        return
    low, high = ax.get_xlim()
    reach = REACH * (high - low)
    if low - reach <= value <= high + reach:
        ax.axvline(value, **look())
        margin = 0.03 * (high - low)
        ax.set_xlim(min(low, value - margin), max(high, value + margin))
        return
    ax.set_xlim(low, high)
    where = (
        f"\N{LEFTWARDS ARROW} baseline {number(value)}"
        if value < low
        else f"baseline {number(value)} \N{RIGHTWARDS ARROW}"
    )
    ax.set_xlabel(f"{ax.get_xlabel()}\n{where}")


def handle() -> Line2D:
    """Return the line's entry in a legend."""
    return Line2D([], [], **look())
