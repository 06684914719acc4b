"""Each winner's selected score beside less flattering estimates of it; and chance."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from hypertrial import collect
from hypertrial.metrics import METRICS, Metric
from hypertrial.plots import floor, style, winnerless
from hypertrial.plots.style import Look

ABOVE, BETWEEN = -0.27, 0.18
"""Where a model's first mark lies above its line, and how far apart its marks are."""
CHANCE = "#d9d9d9"
ESTIMATES = (
    ("corrected", "without the luck of selection, with interval"),
    ("nested", "nested cross-validation, ± deviation over outer folds"),
    ("held_out", "held-out rows, with interval"),
)
FORMS: dict[str, dict[str, Any]] = {
    "corrected": {"marker": "d", "markerfacecolor": "white"},
    "nested": {"marker": "P"},
    "held_out": {"marker": "x", "color": style.INK, "markeredgewidth": 1.8},
}


def panels(table: str, outputs: Sequence[str]) -> None:
    """Draw a panel for each data set; a second one with permuted targets, where there are any."""
    rows = collect.read_table(table)
    if rows.empty:
        winnerless.none("This study", outputs)
        return
    datasets = list(dict.fromkeys(rows["dataset"]))
    permuted = "chance" in rows
    looks = style.looks(list(rows["model"]))
    count = len(datasets)
    with style.applied():
        height = 1.2 + 0.62 * len(looks)
        figure, axes = style.grid(count * (2 if permuted else 1), width=4.0, height=height)
        for place, dataset in enumerate(datasets):
            own = rows[rows["dataset"] == dataset]
            _estimates(axes[place], own, looks)
            if permuted:
                _chance(axes[count + place], own, looks)
        style.title(figure, "How honest is the selected score? The winner of each model")
        _legend(figure, rows)
        style.save(figure, outputs)


def _prepare(ax: Axes, own: pd.DataFrame, looks: dict[str, Look], title: str) -> None:
    style.model_lines(ax, list(looks))
    ax.set_title(title)
    ax.set_xlabel(style.score_label(_metric(own)))


def _metric(own: pd.DataFrame) -> Metric:
    return METRICS[str(own["metric"].iloc[0])]


def _hold(ax: Axes, own: pd.DataFrame) -> None:
    style.hold(ax, _metric(own).low, _metric(own).high, "x")


def _estimates(ax: Axes, own: pd.DataFrame, looks: dict[str, Look]) -> None:
    _prepare(ax, own, looks, style.shorten(own["dataset"].iloc[0], 34))
    for _, row in own.iterrows():
        model = str(row["model"])
        look, line = looks[model], list(looks).index(model) + ABOVE
        ax.plot([row["selected"]], [line], marker=look.marker, color=look.colour, **_alone())
        for place, (name, _) in enumerate(ESTIMATES, start=1):
            if name in row and np.isfinite(row[name]):
                _estimate(ax, row, name, line + place * BETWEEN, look)
    floor.draw(ax, float(own["baseline"].iloc[0]))
    _hold(ax, own)


def _alone() -> dict[str, Any]:
    return {"linestyle": "none", "markersize": 7, "zorder": 4}


def _estimate(ax: Axes, row: "pd.Series[Any]", name: str, y: float, look: Look) -> None:
    """Draw an estimate with its interval, or with its deviation to both sides."""
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    if name == "nested":
        low, high = style.spread(row["nested"], row["nested_std"], METRICS[str(row["metric"])])
    style_of = {"color": look.colour, **FORMS[name]}
    if low is not None and high is not None and np.isfinite(low) and np.isfinite(high):
        ax.plot([low, high], [y, y], color=style_of["color"], linewidth=1.3, zorder=3)
    ax.plot([row[name]], [y], **{**_alone(), **style_of})


def _chance(ax: Axes, own: pd.DataFrame, looks: dict[str, Look]) -> None:
    """Draw where chance lies, and what winners on permuted targets score on held-out rows."""
    _prepare(ax, own, looks, f"{style.shorten(own['dataset'].iloc[0], 22)}, permuted targets")
    ax.use_sticky_edges = False
    for _, row in own.iterrows():
        line, low = list(looks).index(str(row["model"])), row["chance_low"]
        width = row["chance_high"] - low
        if np.isfinite(width):
            ax.barh([line], [width], left=[low], height=0.5, color=CHANCE, zorder=1)
        elif np.isfinite(row["chance"]):
            ax.plot([row["chance"]] * 2, [line - 0.25, line + 0.25], color=CHANCE, linewidth=3)
        ax.plot([row["permuted_held_out"]], [line], **{**_alone(), **FORMS["held_out"]})
    _hold(ax, own)


def _legend(figure: Figure, rows: pd.DataFrame) -> None:
    plain: dict[str, Any] = {"color": style.GREY, "linestyle": "none"}
    entries: dict[str, Any] = {
        "selected: mean validation score of the winner": Line2D([], [], **plain, marker="o")
    }
    for name, text in ESTIMATES:
        if name in rows:
            form = {**plain, "linestyle": "-", "linewidth": 1.3, **FORMS[name]}
            entries[text] = Line2D([], [], **form)
    entries[floor.LABEL] = floor.handle()
    if "chance" in rows:
        entries["chance: held-out targets in random order"] = Patch(color=CHANCE)
    figure.legend(
        list(entries.values()),
        list(entries),
        loc="outside lower center",
        ncols=2 if figure.get_figwidth() > 7 else 1,
        frameon=False,
    )
