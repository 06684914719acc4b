"""All models on all data sets: their winners with the spread over folds, and their sizes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hypertrial import collect, compare, records, winnerless
from hypertrial.compare import Winner
from hypertrial.metrics import METRICS
from hypertrial.plots import floor, scale, style
from hypertrial.plots import winnerless as unwon
from hypertrial.plots.style import Look

FOLDS, MEAN, HELD_OUT = 0.22, 0.0, -0.24
"""How far above a model's line its marks lie."""


def comparison(
    winners: Sequence[str], outputs: Sequence[str], baselines: Sequence[str] = ()
) -> None:
    """Compare the winners of all models, a panel for each data set.

    Shows each fold's validation score, their mean with one standard deviation, the mean of
    the default configuration, and the held-out score, all of the data set's primary metric; and
    where the baseline of the data set lies, given their records.
    """
    rows, failed = compare.read_winners(winners), compare.read_winnerless(winners)
    if not rows:
        unwon.none("This study", outputs)
        return
    floors = {each["dataset"]: each for each in map(winnerless.read, baselines)}
    models = style.looks([row["model"] for row in (*rows, *failed)])
    datasets = list(dict.fromkeys(row["dataset"] for row in rows))
    with style.applied():
        figure, axes = style.grid(len(datasets), width=4.0, height=1.1 + 0.42 * len(models))
        for place, (ax, dataset) in enumerate(zip(axes, datasets, strict=True)):
            style.model_lines(ax, list(models))
            if place % style.columns(len(datasets)):
                ax.tick_params(labelleft=False)
            own = [row for row in rows if row["dataset"] == dataset]
            for row in own:
                _compared(ax, row, list(models).index(row["model"]), models[row["model"]])
            for row in (each for each in failed if each["dataset"] == dataset):
                _no_winner(ax, list(models).index(row["model"]))
            metric = METRICS[own[0]["metrics"][0]]
            ax.set_title(style.shorten(dataset, 34))
            ax.set_xlabel(style.score_label(metric))
            if dataset in floors:
                floor.draw(ax, floors[dataset]["validation"][metric.name]["mean"])
            style.hold(ax, metric.low, metric.high, "x")
        style.title(figure, "The winner of each model: its validation and held-out scores")
        _comparison_legend(figure, any(row["default"] is not None for row in rows), bool(floors))
        style.save(figure, outputs)


def _compared(ax: Axes, row: Winner, line: int, look: Look) -> None:
    metric = row["metrics"][0]
    found = row["validation"][metric]
    folds, mean = found["folds"], np.array([found["mean"]])
    low, high = style.spread(mean, np.array([found["std"]]), METRICS[metric])
    ax.plot(folds, np.full(len(folds), line - FOLDS), **_fold_marks(look.colour))
    ax.errorbar(
        mean,
        [line - MEAN],
        xerr=[mean - low, high - mean],
        fmt=look.marker,
        color=look.colour,
        markersize=6.5,
        capsize=3.5,
        linewidth=1.8,
        zorder=3,
    )
    if row["default"] is not None:
        ax.plot([row["default"][metric]["mean"]], [line - MEAN], **_default_mark(look.marker))
    ax.plot([row["held_out"][metric]], [line - HELD_OUT], **_held_out_mark())


def _no_winner(ax: Axes, line: int) -> None:
    ax.annotate(
        "no winner: all its trials failed",
        (0.5, line),
        xycoords=("axes fraction", "data"),
        ha="center",
        va="center",
        fontsize=8.5,
        color=style.GREY,
    )


def _fold_marks(colour: str) -> dict[str, Any]:
    return {
        "marker": "o",
        "markersize": 3.8,
        "alpha": 0.6,
        "color": colour,
        "markeredgewidth": 0,
        "linestyle": "none",
    }


def _default_mark(marker: str) -> dict[str, Any]:
    return {
        "marker": marker,
        "markersize": 10,
        "markerfacecolor": "none",
        "markeredgecolor": style.INK,
        "markeredgewidth": 1.2,
        "linestyle": "none",
        "zorder": 4,
    }


def _held_out_mark() -> dict[str, Any]:
    return {
        "marker": "x",
        "markersize": 6.5,
        "markeredgewidth": 1.9,
        "color": style.INK,
        "linestyle": "none",
        "zorder": 4,
    }


def _comparison_legend(figure: Figure, default: bool, baseline: bool) -> None:
    mean: dict[str, Any] = {"marker": "o", "markersize": 6.5, "color": style.GREY, "linewidth": 1.8}
    entries = {
        "validation of each fold": Line2D([], [], **_fold_marks(style.GREY)),
        "mean ± std over folds": Line2D([], [], **mean),
        "held-out score": Line2D([], [], **_held_out_mark()),
    }
    if default:
        entries["default configuration, mean"] = Line2D([], [], **_default_mark("o"))
    if baseline:
        entries[floor.LABEL] = floor.handle()
    wide = figure.get_figwidth() > 9
    figure.legend(
        list(entries.values()),
        list(entries),
        loc="outside lower center",
        ncols=(3 if baseline else 4) if wide else 2,
    )


def learned_values(
    trials: Mapping[str, str],
    winners: Sequence[str],
    metrics: Mapping[str, str],
    outputs: Sequence[str],
) -> None:
    """Draw the mean validation score against the number of learned values, for every trial.

    ``trials`` maps ``dataset/model`` to a trials table, ``metrics`` a data set to its primary
    metric. Each model's winner is outlined.
    """
    chosen = {
        f"{each['dataset']}/{each['model']}": each["trial"]
        for each in compare.read_winners(winners)
    }
    if not chosen:
        unwon.none("This study", outputs)
        return
    tables: dict[str, dict[str, pd.DataFrame]] = {}
    for name, path in trials.items():
        if name not in chosen:
            continue
        dataset, model = name.split("/")
        found = collect.read_table(path)
        ok = found[found["status"] == records.OK]
        own_winner = ok["trial"] == chosen[name]
        tables.setdefault(dataset, {})[model] = pd.concat([ok[own_winner], ok[~own_winner]])
    models = style.looks([name for own in tables.values() for name in own])
    with style.applied():
        figure, axes = style.grid(len(tables), width=4.2, height=3.4)
        beyond = 0
        for ax, (dataset, own) in zip(axes, tables.items(), strict=True):
            metric = METRICS[metrics[dataset]]
            beyond += _sizes(ax, own, f"mean_test_{metric.name}", models)
            style.hold(ax, metric.low, metric.high)
            ax.set_title(style.shorten(dataset, 34))
            ax.set_ylabel(style.score_label(metric))
            ax.set_xlabel("learned values")
        style.title(
            figure,
            "Learned values and validation score of every trial"
            + (f"; {beyond} beyond an axis, put at its edge" if beyond else ""),
        )
        _sizes_legend(figure, models)
        style.save(figure, outputs)


def _sizes(
    ax: Axes, tables: Mapping[str, pd.DataFrame], column: str, models: Mapping[str, Look]
) -> int:
    """Draw the trials of one data set; return how many lie beyond the axis, put at its edge."""
    scores = [found[column].to_numpy(dtype=float) for found in tables.values()]
    winners = np.array([part[0] for part in scores if len(part)])
    low, high = style.limits(winners, np.concatenate(scores))
    sizes = [
        np.maximum(found["learned_values"].to_numpy(dtype=float), 1.0) for found in tables.values()
    ]
    scale.set_log_ticks(ax, np.concatenate(sizes))
    ax.set_ylim(low, high)
    total = sum(map(len, scores))
    alpha = float(np.clip(12 / np.sqrt(total + 1), 0.15, 0.75))
    for model, x, y in zip(tables, sizes, scores, strict=True):
        look = models[model]
        marks: dict[str, Any] = {"color": look.colour, "marker": look.marker}
        ax.scatter(
            x,
            np.clip(y, low, high),
            s=20 if total < style.MANY_POINTS else 10,
            alpha=alpha,
            linewidths=0,
            rasterized=total > style.MANY_POINTS,
            clip_on=False,
            **marks,
        )
        ax.scatter(x[:1], y[:1], s=85, edgecolors=style.INK, linewidths=1.6, zorder=5, **marks)
    values = np.concatenate(scores)
    return int(((values < low) | (values > high)).sum())


def _sizes_legend(figure: Figure, models: Mapping[str, Look]) -> None:
    handles = [
        Line2D([], [], marker=look.marker, color=look.colour, linestyle="none", markersize=6)
        for look in models.values()
    ]
    outlined = Line2D([], [], **_default_mark("o"))
    figure.legend(
        [*handles, outlined],
        [*(style.shorten(name, 24) for name in models), "winner of a model, outlined"],
        loc="outside lower center",
        ncols=min(len(models) + 1, 4 if figure.get_figwidth() > 9 else 2),
    )
