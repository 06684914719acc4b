"""A picture of the splits: which rows train, validate, are held out or are not used."""

import json
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from hypertrial.data import table
from hypertrial.plots import style
from hypertrial.splitting import splits as splits_module
from hypertrial.splitting.splits import NOT_USED, TRAINING, VALIDATION, Splits

MOST_COLUMNS = 400
MOST_STRIPS = 20
LINES = 40
"""Lines of pixels in a strip: shares are drawn to a fortieth."""

MOST_WARNINGS = 3
HELD_OUT = 3
LOOKS = {
    TRAINING: ("training", style.BLUE),
    VALIDATION: ("validation", style.ORANGE),
    HELD_OUT: ("held out of all trials", "#4d4d4d"),
    NOT_USED: ("not used", style.EMPTY),
}
"""The parts in the order in which they are stacked, from below."""


def splits(splits: str, table_paths: Sequence[str], report: str, outputs: Sequence[str]) -> None:
    """Draw a strip for each split, and one for the refit, from the first row to the last.

    Rows are in the table's order, or in that of their times if it has any. Where a column of a
    strip stands for several rows, it is parted as they are.
    """
    parts = splits_module.load(splits)
    data = table.load(*table_paths)
    about = json.loads(Path(report).read_bytes())
    order = np.arange(len(parts.held))
    if data.time is not None:
        order = np.argsort(data.time, kind="stable")
    roles = strips(parts)
    with style.applied():
        height = 1.5 + 0.36 * len(roles) + 0.45 * min(len(about["warnings"]), MOST_WARNINGS)
        figure, (ax,) = style.grid(1, width=9.6, height=height)
        _strips(ax, np.stack([role[order] for role in roles]))
        _ticks(ax, roles)
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        ax.set_xlabel(_order(about, data.time is not None))
        found = {int(role) for role in np.unique(roles)}
        _legend(figure, found)
        hidden = parts.count + 1 - len(roles)
        style.title(
            figure,
            f"{style.shorten(data.name, 40)}: {parts.count} splits of {len(parts.training)} rows "
            f"by method {about['method']}, {len(parts.held_out)} rows held out"
            + (f"; {hidden} splits not shown" if hidden else ""),
        )
        _warnings(ax, about["warnings"])
        style.save(figure, outputs)


def strips(parts: Splits) -> npt.NDArray[np.int8]:
    """Return what each row is to the first twenty splits and to the refit, shape (strips, n)."""
    held = np.asarray(parts.held)
    shown = np.array(parts.part[:MOST_STRIPS], dtype=np.int8)
    refit = np.full((1, len(held)), TRAINING, dtype=np.int8)
    roles: npt.NDArray[np.int8] = np.concatenate([shown, refit])
    roles[:, held] = HELD_OUT
    return roles


def shares(role: npt.NDArray[np.int8]) -> npt.NDArray[np.float64]:
    """Return the shares of each part in at most 400 bins of a strip's rows, (parts, bins)."""
    edges = np.linspace(0, len(role), min(len(role), MOST_COLUMNS) + 1).astype(int)
    counts = [np.add.reduceat(role == part, edges[:-1], dtype=float) for part in LOOKS]
    return np.stack(counts) / np.diff(edges)


def _strips(ax: Axes, roles: npt.NDArray[np.int8]) -> None:
    """Draw each strip as a picture of its own, the first on top."""
    colours = np.array([to_rgb(colour) for _, colour in LOOKS.values()])
    levels = (np.arange(LINES) + 0.5) / LINES
    for place, role in enumerate(roles):
        tops = np.cumsum(shares(role), axis=0)
        part = (levels[:, None] > tops[:-1, None, :]).sum(axis=0)
        ax.imshow(
            colours[part],
            extent=(0, roles.shape[1], place + 0.4, place - 0.4),
            origin="lower",
            aspect="auto",
            interpolation="nearest",
        )
    ax.set(xlim=(0, roles.shape[1]), ylim=(len(roles) - 0.5, -0.5))


def _ticks(ax: Axes, roles: npt.NDArray[np.int8]) -> None:
    """Name the strips on their left, and say on their right how large their parts are."""
    names = [f"split {number}" for number in range(len(roles) - 1)]
    ax.set_yticks(range(len(roles)), [*names, "refit"])
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    sizes = ax.secondary_yaxis("right")
    sizes.set_yticks(range(len(roles)), [_sizes(role) for role in roles])
    sizes.tick_params(length=0)
    sizes.spines["right"].set_visible(False)


def _sizes(role: npt.NDArray[np.int8]) -> str:
    training, validation = (int((role == part).sum()) for part in (TRAINING, VALIDATION))
    return f"{training} + {validation}" if validation else f"{training}"


def _order(about: dict[str, Any], by_time: bool) -> str:
    if not by_time:
        return "row of the table"
    first = about["training"]["time"][0]
    last = max(about["training"]["time"][1], about["held_out"]["time"][1])
    return f"row in the order of time, {first} to {last}"


def _legend(figure: Figure, found: set[int]) -> None:
    handles = [
        Patch(facecolor=colour, label=label)
        for part, (label, colour) in LOOKS.items()
        if part in found
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4)


def _warnings(ax: Axes, warnings: Sequence[str]) -> None:
    """Write the first of what the report warns of below the strips."""
    lines = [textwrap.fill(style.shorten(text, 320), 110) for text in warnings[:MOST_WARNINGS]]
    if len(warnings) > MOST_WARNINGS:
        lines.append(f"and {len(warnings) - MOST_WARNINGS} more warnings")
    if lines:
        ax.annotate(
            "\n".join(lines),
            (0.5, 0.0),
            xytext=(0, -42),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=8.5,
            color=style.VERMILION,
        )
