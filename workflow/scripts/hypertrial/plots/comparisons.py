"""Whether models differ: pairs of winners on a data set, average ranks over several."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hypertrial import collect
from hypertrial.metrics import METRICS
from hypertrial.plots import style
from hypertrial.wording import rough

Ranks = npt.NDArray[np.float64]
SURE, UNSURE = "#222222", "#999999"


def significance(table: str, dataset: str, outputs: Sequence[str]) -> None:
    """Draw the difference of each pair of winners with its interval, effect size and p-value."""
    rows = collect.read_table(table)
    if rows.empty:
        text = "fewer than two models have a winner, so there is nothing to compare."
        style.sentence(f"{dataset}: {text}", outputs)
        return
    metric = METRICS[str(rows["metric"].iloc[0])]
    with style.applied():
        figure = Figure(figsize=(8.6, 1.9 + 0.5 * len(rows)), layout="constrained")
        ax = figure.add_subplot()
        for line, (_, row) in enumerate(rows.iterrows()):
            _difference(ax, line, row)
        names = [
            f"{style.shorten(row['model_a'], 16)} – {style.shorten(row['model_b'], 16)}"
            for _, row in rows.iterrows()
        ]
        ax.set_yticks(range(len(rows)), names)
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=False, axis="y")
        ax.axvline(0, color=style.INK, linewidth=1)
        style.hold(ax, -metric.span, metric.span, "x")
        better = "" if metric.greater_is_better else ", positive where lower"
        ax.set_xlabel(f"by how much the first is better: {metric.title}{better}")
        level = f"{float(rows['level'].iloc[0]):.0%}"
        style.title(
            figure,
            f"{style.shorten(dataset, 34)}: differences of the winners, {level} intervals",
            "corrected resampled t-test over the splits, p-values after Holm",
        )
        style.save(figure, outputs)


def _difference(ax: Axes, line: int, row: "pd.Series[Any]") -> None:
    known = np.isfinite(row["low"])
    sure = known and (row["low"] > 0 or row["high"] < 0)
    colour = SURE if sure else UNSURE
    if known:
        ax.plot([row["low"], row["high"]], [line, line], color=colour, linewidth=2)
    ax.plot([row["difference"]], [line], "o", color=colour, markersize=7)
    text = (
        f"d = {rough(row['effect_size'])}, p = {rough(row['p_value_holm'])}"
        if known
        else style.shorten(row["note"], 40)
    )
    ax.annotate(
        text,
        (1.02, line),
        xycoords=("axes fraction", "data"),
        va="center",
        fontsize=9,
        annotation_clip=False,
    )


def critical_difference(table: str, outputs: Sequence[str]) -> None:
    """Draw the average ranks of models, joined by a bar where they do not differ.

    Demsar (2006), section 3.2.2 and figure 1.
    """
    rows = collect.read_table(table).sort_values("average_rank", ignore_index=True)
    if rows.empty:
        text = "Fewer than two models have a winner on the same two data sets: none are ranked."
        with style.applied():
            style.sentence(text, outputs)
        return
    looks = style.looks(list(rows["model"]))
    critical = float(rows["critical_difference"].iloc[0])
    ranks = rows["average_rank"].to_numpy(dtype=float)
    groups = alike(ranks, critical)
    with style.applied():
        height = 2.3 + 0.32 * (len(rows) + len(groups))
        figure = Figure(figsize=(7.4, height), layout="constrained")
        ax = figure.add_subplot()
        for line, (_, row) in enumerate(rows.iterrows(), start=1):
            look = looks[row["model"]]
            ax.plot([row["average_rank"]] * 2, [0, line], color=look.colour, linewidth=1.2)
            ax.plot([row["average_rank"]], [line], look.marker, color=look.colour, markersize=8)
            ax.annotate(
                f"{style.shorten(row['model'], 24)}, {row['average_rank']:.3g}",
                (row["average_rank"], line),
                xytext=(9, 0),
                textcoords="offset points",
                va="center",
            )
        for place, (first, last) in enumerate(groups):
            y = -0.45 - 0.4 * place
            ax.plot([ranks[first], ranks[last]], [y, y], color=style.INK, linewidth=4)
        _axis(ax, len(rows), len(groups), critical)
        style.title(figure, *_words(rows))
        style.save(figure, outputs)


def _axis(ax: Axes, models: int, groups: int, critical: float) -> None:
    ax.set_xlim(0.8, models + 0.8)
    ax.set_ylim(models + 0.7, -1.5 - 0.4 * groups)
    ax.set_yticks([])
    ax.set_xticks(range(1, models + 1))
    ax.spines["left"].set_visible(False)
    ax.grid(visible=False, axis="y")
    y = -1.0 - 0.4 * groups
    shown = min(critical, models - 0.8)
    ax.plot([1, 1 + shown], [y, y], color=style.GREY, linewidth=2, marker="|", markersize=9)
    ax.annotate(
        f"critical difference {critical:.3g}",
        (1, y),
        xytext=(0, 6),
        textcoords="offset points",
        fontsize=9,
    )
    ax.set_xlabel("average rank (1 is best); a bar joins models that do not differ")


def _words(rows: pd.DataFrame) -> list[str]:
    first = rows.iloc[0]
    test = f"Friedman: {first['friedman_statistic']:.3g}, p = {first['friedman_p_value']:.2g}"
    lines = [f"Models over {int(first['datasets'])} data sets. {test}"]
    note = first.get("note")
    return [*lines, style.shorten(note, 90)] if isinstance(note, str) else lines


def alike(ranks: Ranks, critical: float) -> list[tuple[int, int]]:
    """Return the longest runs of ascending average ranks within a critical difference.

    Each run is the positions of its first and its last rank; none lies within another, and each
    has two ranks at least.
    """
    runs: list[tuple[int, int]] = []
    for first, rank in enumerate(ranks):
        last = int(np.searchsorted(ranks, rank + critical, side="right")) - 1
        if last > first and (not runs or last > runs[-1][1]):
            runs.append((first, last))
    return runs
