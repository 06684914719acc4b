"""Was tuning worth it: default against winner, each default alone, and smaller searches."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hypertrial import collect
from hypertrial.metrics import METRICS
from hypertrial.plots import scale, style, winnerless
from hypertrial.plots.style import Look

PARTS = (("validation", -0.13, "o"), ("held_out", 0.13, "x"))


def panels(gains: str, losses: str, dataset: str, outputs: Sequence[str]) -> None:
    """Draw what tuning gained with intervals, and what each default would have lost."""
    gained, lost = collect.read_table(gains), collect.read_table(losses)
    if gained.empty:
        winnerless.none(dataset, outputs)
        return
    looks = style.looks(list(gained["model"]))
    metric = METRICS[str(gained["metric"].iloc[0])]
    with style.applied():
        bars = max(len(lost), 1)
        height = 1.9 + max(0.55 * len(looks), 0.27 * bars)
        figure = Figure(figsize=(10.6, height), layout="constrained")
        left, right = figure.subplots(1, 2)
        _gains(left, gained, looks)
        style.hold(left, -metric.span, metric.span, "x")
        left.set_xlabel(f"gain over the default configuration, {metric.title}")
        _losses(right, lost, looks)
        style.hold(right, 0, metric.span, "x")
        right.set_xlabel(f"loss with this one at its default, {metric.title}")
        level = f"{float(gained['level'].iloc[0]):.0%}"
        style.title(figure, f"{style.shorten(dataset, 34)}: was tuning worth it? {level} intervals")
        entries = {
            "validation": Line2D([], [], color=style.GREY, marker="o"),
            "held-out rows": Line2D([], [], color=style.INK, marker="x", markeredgewidth=1.8),
        }
        figure.legend(
            list(entries.values()),
            list(entries),
            loc="outside lower left",
            ncols=2,
            frameon=False,
        )
        style.save(figure, outputs)


def _gains(ax: Axes, gained: pd.DataFrame, looks: dict[str, Look]) -> None:
    ax.axvline(0, color=style.INK, linewidth=1)
    for part, shift, marker in PARTS:
        for _, row in gained[gained["part"] == part].iterrows():
            model = str(row["model"])
            y = list(looks).index(model) + shift
            colour = looks[model].colour if part == "validation" else style.INK
            ax.plot([row["gain_low"], row["gain_high"]], [y, y], color=colour, linewidth=1.6)
            ax.plot(
                [row["gain"]], [y], linestyle="none", marker=marker, color=colour, markersize=6.5,
                markeredgewidth=1.8,
            )  # fmt: skip
    ax.set_yticks(range(len(looks)), [style.shorten(name, 20) for name in looks])
    ax.set_ylim(len(looks) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")


def _losses(ax: Axes, lost: pd.DataFrame, looks: dict[str, Look]) -> None:
    names = []
    for line, (_, row) in enumerate(lost.iterrows()):
        names.append(f"{style.shorten(row['hyperparameter'], 22)}")
        if np.isfinite(row["loss"]):
            colour = looks[str(row["model"])].colour
            ax.barh([line], [row["loss"]], height=0.65, color=colour)
        else:
            ax.annotate(
                "no trial had the default",
                (0.02, line),
                xycoords=("axes fraction", "data"),
                va="center",
                fontsize=8,
                color=style.GREY,
            )
    ax.set_yticks(range(len(names)), names, fontsize=8.5)
    ax.set_ylim(max(len(names), 1) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    ax.set_xlim(left=0)


def budget(table: str, dataset: str, outputs: Sequence[str]) -> None:
    """Draw the best validation score to expect of so many random trials, with a band."""
    rows = collect.read_table(table)
    if rows.empty:
        winnerless.none(dataset, outputs)
        return
    looks = style.looks(list(rows["model"]))
    metric = METRICS[str(rows["metric"].iloc[0])]
    with style.applied():
        figure = Figure(figsize=(7.0, 4.0), layout="constrained")
        ax = figure.add_subplot()
        for model, look in looks.items():
            own = rows[rows["model"] == model]
            ax.fill_between(
                own["trials"], own["low"], own["high"], color=look.colour, alpha=0.15, linewidth=0
            )
            ax.plot(own["trials"], own["expected_best"], color=look.colour, label=model)
        scale.set_log_ticks(ax, rows["trials"].to_numpy(dtype=float))
        seen: Any = rows["expected_best"].to_numpy(dtype=float)
        bounds = rows.loc[rows["trials"] > 1, ["low", "high"]].to_numpy(dtype=float).ravel()
        ax.set_ylim(*style.limits(seen, bounds))
        style.hold(ax, metric.low, metric.high)
        ax.set_xlabel("trials, drawn at random from those that ran")
        ax.set_ylabel(style.score_label(metric))
        handles, names = ax.get_legend_handles_labels()
        ax.legend(handles, [style.shorten(name, 20) for name in names], frameon=False)
        style.title(
            figure,
            f"{style.shorten(dataset, 34)}: the best score to expect of fewer trials",
            "band: 90 % of such draws",
        )
        style.save(figure, outputs)
