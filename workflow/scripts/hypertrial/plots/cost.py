"""What the trials on one data set cost, and what they gained by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from hypertrial import collect, compare, records
from hypertrial.metrics import METRICS, Metric
from hypertrial.plots import scale, style
from hypertrial.plots.style import Look

SHORTEST = 1e-3
"""Seconds that are drawn for a trial that took less, which no clock measures well."""

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Spent:
    """The trials of a model that succeeded: CPU seconds and scores, and the winner's place."""

    seconds: Vector
    scores: Vector
    winner: npt.NDArray[np.bool_]


def against_score(
    trials: Mapping[str, str],
    costs: Mapping[str, str],
    winners: Sequence[str],
    metric: str,
    dataset: str,
    outputs: Sequence[str],
) -> None:
    """Draw the mean validation score of one data set's trials against their CPU seconds.

    ``trials`` and ``costs`` map each model to its tables, ``winners`` are the records of their
    winners. The front connects the trials that no other one of any model beats in both; a
    trial that failed, or whose time is not known, is counted only.
    """
    chosen = {row["model"]: str(row["trial"]) for row in compare.read_winners(winners)}
    every = {model: collect.read_table(path) for model, path in trials.items()}
    spent = {
        model: _spent(table, collect.read_table(costs[model]), metric, chosen.get(model, ""))
        for model, table in every.items()
    }
    name, total = style.shorten(dataset, 40), sum(map(len, every.values()))
    drawn = sum(len(each.scores) for each in spent.values())
    with style.applied():
        if not drawn:
            style.sentence(f"{name}: no trial succeeded whose cost is known.", outputs)
            return
        figure = _figure(spent, METRICS[metric])
        style.title(
            figure,
            f"{name}: CPU time and validation score of {total} trial" + "s" * (total != 1),
            *([f"{total - drawn} of them failed and not shown"] if drawn < total else []),
        )
        style.save(figure, outputs)


def _spent(trials: pd.DataFrame, cost: pd.DataFrame, metric: str, winner: str) -> Spent:
    """Return what is known of a model's trials that succeeded."""
    succeeded = trials[trials["status"] == records.OK]
    seconds = succeeded["trial"].map(cost.set_index("trial")["cpu_seconds"]).to_numpy(dtype=float)
    known = np.isfinite(seconds)
    scores = succeeded[f"mean_test_{metric}"].to_numpy(dtype=float)
    won = (succeeded["trial"] == winner).to_numpy(dtype=bool)
    return Spent(np.maximum(seconds[known], SHORTEST), scores[known], won[known])


def front(seconds: Vector, scores: Vector, greater_is_better: bool) -> npt.NDArray[np.intp]:
    """Return the positions of the trials on the Pareto front, the cheapest first.

    A trial is on it if each other one costs more or scores less, or equals it in both and comes
    later.
    """
    gain = scores if greater_is_better else -scores
    order = np.lexsort((-gain, seconds))
    best = np.maximum.accumulate(gain[order])
    first = np.concatenate([[True], best[1:] > best[:-1]])
    chosen: npt.NDArray[np.intp] = order[first]
    return chosen


def _figure(spent: Mapping[str, Spent], metric: Metric) -> Figure:
    figure, (ax,) = style.grid(1, width=7.6, height=4.8)
    seconds = np.concatenate([each.seconds for each in spent.values()])
    scores = np.concatenate([each.scores for each in spent.values()])
    won = np.concatenate([each.winner for each in spent.values()])
    best = front(seconds, scores, metric.greater_is_better)
    low, high = style.limits(np.concatenate([scores[won], scores[best[-1:]]]), scores)
    scale.set_log_ticks(ax, seconds)
    # Not "10m" for a hundredth: it reads as minutes.
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: scale.show(float(value))))
    ax.set_ylim(low, high)
    style.hold(ax, metric.low, metric.high)
    looks = style.looks(list(spent))
    for model, each in spent.items():
        _trials(ax, each, looks[model], len(seconds))
    _front(ax, seconds[best], scores[best])
    beyond = int(((scores < low) | (scores > high)).sum())
    ax.set_xlabel("CPU seconds of a trial, all folds and the refit")
    ax.set_ylabel(style.score_label(metric))
    _legend(figure, looks, beyond)
    return figure


def _trials(ax: Axes, spent: Spent, look: Look, total: int) -> None:
    """Draw the trials of a model, those beyond the axis at its edge."""
    many = total > style.MANY_POINTS
    marks: dict[str, Any] = {"color": look.colour, "marker": look.marker, "clip_on": False}
    y = np.clip(spent.scores, *ax.get_ylim())
    ax.scatter(
        spent.seconds,
        y,
        s=10 if many else 24,
        alpha=float(np.clip(12 / np.sqrt(total + 1), 0.15, 0.75)),
        linewidths=0,
        rasterized=many,
        **marks,
    )
    won = spent.winner
    ax.scatter(
        spent.seconds[won], y[won], s=90, edgecolors=style.INK, linewidths=1.6, zorder=5, **marks
    )


def _front(ax: Axes, seconds: Vector, scores: Vector) -> None:
    """Draw the front as steps, from the cheapest trial up to the dearest worth its time."""
    y = np.clip(scores, *ax.get_ylim())
    right = ax.get_xlim()[1]
    ax.step(
        [*seconds, right], [*y, y[-1]], where="post", color=style.INK, linewidth=1.2, zorder=2.5
    )
    ax.plot(seconds, y, **_front_mark())


def _front_mark() -> dict[str, Any]:
    return {
        "marker": ".",
        "markersize": 5,
        "color": style.INK,
        "linestyle": "none",
        "zorder": 6,
        "clip_on": False,
    }


def _legend(figure: Figure, looks: Mapping[str, Look], beyond: int) -> None:
    entries = [
        (
            style.shorten(model, 30),
            Line2D([], [], marker=look.marker, color=look.colour, linestyle="none", markersize=6),
        )
        for model, look in looks.items()
    ]
    outlined: dict[str, Any] = {"marker": "o", "markersize": 10, "linestyle": "none"}
    outlined |= {"mfc": "none", "mec": style.INK, "mew": 1.4}
    entries.append(("winner of a model, outlined", Line2D([], [], **outlined)))
    line = {**_front_mark(), "linestyle": "-", "linewidth": 1.2}
    entries.append(("Pareto front: none is cheaper and as good", Line2D([], [], **line)))
    if beyond:
        text = f"{beyond} beyond the axis, put at its edge"
        entries.append((text, Line2D([], [], linestyle="none")))
    labels, handles = zip(*entries, strict=True)
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
