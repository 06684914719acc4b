"""Learning curves: the winners' scores by training rows, and by rounds of boosting."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from hypertrial import collect, compare
from hypertrial.metrics import METRICS, Metric
from hypertrial.plots import scale, style, winnerless
from hypertrial.plots.curves import CURVES

FEW_POINTS = 12
"""Of a curve that marks its points."""


def learning_curves(
    curves: Mapping[str, str], winners: Sequence[str], outputs: Sequence[str]
) -> None:
    """Draw the winners' scores by training rows, a panel for each model of a data set.

    ``curves`` maps a model to its ``learning_curve.csv``. A line is the mean over the splits, a
    band one standard deviation; a size that some split has no score of is left out.
    """
    rows = compare.read_winners(winners)
    if not rows:
        winnerless.none(Path(winners[0]).parts[-3], outputs)
        return
    metric = METRICS[rows[0]["metrics"][0]]
    tables = {row["model"]: collect.read_table(curves[row["model"]]) for row in rows}
    with style.applied():
        figure, axes = style.grid(len(tables))
        means = {model: _by(found, "share", metric.name) for model, found in tables.items()}
        for ax, (model, found) in zip(axes, means.items(), strict=True):
            _curve(ax, found, "size", metric)
            ax.set_title(style.shorten(model, 34))
            ax.set_xlabel("training rows")
        _share_scores(axes, list(means.values()), metric)
        skipped = sum(int(found["note"].notna().sum()) for found in tables.values())
        notes = [f"{skipped} fits on too few rows gave no score"] if skipped else []
        name = style.shorten(rows[0]["dataset"], 40)
        style.title(figure, f"{name}: learning curves of the winners", *notes)
        _legend(figure)
        style.save(figure, outputs)


@winnerless.of_winner
def rounds(curve: str, winner: str, outputs: Sequence[str]) -> None:
    """Draw a booster's scores by the number of its rounds, and where validation is best."""
    record = compare.read_winners([winner])[0]
    metric = METRICS[record["metrics"][0]]
    found = _by(collect.read_table(curve), "rounds", metric.name)
    test = found["mean_test"].to_numpy(dtype=float)
    with style.applied():
        figure, (ax,) = style.grid(1, width=6.4, height=3.6)
        _curve(ax, found, "rounds", metric)
        _share_scores([ax], [found], metric)
        ax.set_xlabel("rounds of boosting")
        handles = []
        if np.isfinite(test).any():
            best = int(np.nanargmax(test if metric.greater_is_better else -test))
            mark: dict[str, Any] = {"color": style.INK, "linewidth": 0.9, "linestyle": ":"}
            count = int(found["rounds"].iloc[best])
            ax.axvline(count, **mark)
            handles = [(Line2D([], [], **mark), f"best validation mean: {count} rounds")]
        name = f"{style.shorten(record['dataset'], 40)} · {style.shorten(record['model'], 30)}"
        style.title(figure, f"{name}: scores of the winner's first rounds")
        _legend(figure, handles, markers=len(found) <= FEW_POINTS)
        style.save(figure, outputs)


def _by(found: pd.DataFrame, name: str, metric: str) -> pd.DataFrame:
    """Return mean and standard deviation over splits of both parts, by a column."""
    groups = found.groupby(name, sort=True)
    table: dict[str, Any] = {name: list(groups.groups)}
    if "size" in found:
        table["size"] = groups["size"].mean().to_list()
    for part, *_ in CURVES:
        scores = groups[f"{part}_{metric}"]
        whole = (scores.count() == groups.size()).to_numpy()
        for label, values in (("mean", scores.mean()), ("std", scores.std(ddof=0))):
            table[f"{label}_{part}"] = np.where(whole, values.to_numpy(dtype=float), np.nan)
    return pd.DataFrame(table)


def _curve(ax: Axes, found: pd.DataFrame, x: str, metric: Metric) -> None:
    at = found[x].to_numpy(dtype=float)
    size = 4 if len(found) <= FEW_POINTS else 0
    for part, _, colour, line, marker in CURVES:
        mean, std = (found[f"{each}_{part}"].to_numpy(dtype=float) for each in ("mean", "std"))
        low, high = style.spread(mean, std, metric)
        ax.fill_between(at, low, high, color=colour, alpha=0.15, linewidth=0)
        ax.plot(at, mean, line, marker=marker, markersize=size, color=colour, zorder=3)
    if at.max() > 20 * max(at.min(), 1):
        scale.set_log_ticks(ax, at)
    elif x == "size":
        ax.set_xlim(0, at.max() * 1.04)


def _share_scores(axes: Sequence[Axes], tables: Sequence[pd.DataFrame], metric: Metric) -> None:
    """Give panels the same axis of scores: it holds all means, and bands that are not far off."""
    both = [
        np.concatenate([found[f"{each}_{part}"].to_numpy(dtype=float) for part, *_ in CURVES])
        for found in tables
        for each in ("mean", "std")
    ]
    means, stds = np.concatenate(both[::2]), np.concatenate(both[1::2])
    bounds = style.limits(means, np.concatenate([means - stds, means + stds]))
    for place, ax in enumerate(axes):
        ax.set_ylim(*bounds)
        style.hold(ax, metric.low, metric.high)
        if place % style.columns(len(axes)):
            ax.tick_params(labelleft=False)
        else:
            ax.set_ylabel(style.score_label(metric))


def _legend(figure: Figure, more: Sequence[tuple[Any, str]] = (), markers: bool = True) -> None:
    handles: list[Any] = []
    labels = []
    for _, label, colour, line, marker in CURVES:
        curve = Line2D([], [], color=colour, linestyle=line, marker=marker, markersize=4 * markers)
        handles.append(curve)
        labels.append(f"{label}, mean over splits")
    handles += [Patch(color=style.GREY, alpha=0.4, linewidth=0), *(each for each, _ in more)]
    labels += ["± one standard deviation", *(text for _, text in more)]
    wide = figure.get_figwidth() > 7
    figure.legend(handles, labels, loc="outside lower center", ncols=3 if wide else 2)
