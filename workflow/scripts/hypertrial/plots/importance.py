"""Which hyperparameters matter: importance, and scores by value."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hypertrial import collect, records
from hypertrial.metrics import METRICS, Metric
from hypertrial.plots import style, winnerless
from hypertrial.plots.style import Look

EVALUATORS = (("fanova", "fANOVA", 1.0), ("ped_anova", "PED-ANOVA", 0.45))
EFFECTIVE = "param_"
MOST_PANELS = 5
"""Hyperparameters of a model whose scores by value are drawn: the most important ones."""


def panels(
    table: str, trials: Mapping[str, str], metric: str, dataset: str, outputs: Sequence[str]
) -> None:
    """Draw a row for each model: importance as bars, then the scores of all trials by value."""
    rows = collect.read_table(table)
    tables = {model: found for model, path in trials.items() if len(found := _done(path))}
    if not tables:
        winnerless.none(dataset, outputs)
        return
    looks = style.looks(list(tables))
    shown = {model: _order(rows[rows["model"] == model]) for model in tables}
    across = 1 + min(MOST_PANELS, max((len(names) for names in shown.values()), default=0))
    with style.applied():
        size = (2.6 + 2.1 * (across - 1) + 0.8, 2.25 * len(tables) + 0.9)
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.add_gridspec(len(tables), across, width_ratios=[1.35, *[1.0] * (across - 1)])
        for line, (model, results) in enumerate(tables.items()):
            look = looks[model]
            own = rows[rows["model"] == model]
            _bars(figure.add_subplot(grid[line, 0]), own, shown[model], model, look)
            for place, name in enumerate(shown[model][: across - 1], start=1):
                ax = figure.add_subplot(grid[line, place])
                _by_value(ax, results, name, METRICS[metric], look)
                if place == 1:
                    ax.set_ylabel(METRICS[metric].title, fontsize=9)
        style.title(
            figure,
            f"{style.shorten(dataset, 34)}: which hyperparameters matter",
            "bars: importance by fANOVA (dark) and PED-ANOVA (light); points: every trial by "
            "value, line: their median",
        )
        style.save(figure, outputs)


def _done(path: str) -> pd.DataFrame:
    results = collect.read_table(path)
    return results[results["status"] == records.OK]


def _order(rows: pd.DataFrame) -> list[str]:
    """Return the hyperparameters of a model, the most important by fANOVA first."""
    first = rows[rows["evaluator"] == "fanova"].sort_values("importance", ascending=False)
    names = [*first["hyperparameter"], *rows["hyperparameter"]]
    return list(dict.fromkeys(str(name) for name in names))


def _bars(ax: Axes, rows: pd.DataFrame, names: Sequence[str], model: str, look: Look) -> None:
    ax.set_title(style.shorten(model, 22), loc="left")
    if not names:
        ax.set_axis_off()
        ax.text(0, 0.5, "nothing was varied", transform=ax.transAxes, color=style.GREY)
        return
    for evaluator, _, opacity in EVALUATORS:
        own = rows[rows["evaluator"] == evaluator].set_index("hyperparameter")["importance"]
        shift = -0.19 if evaluator == "fanova" else 0.19
        known = [name for name in names if name in own.index]
        ax.barh(
            [names.index(name) + shift for name in known],
            [float(own[name]) for name in known],
            height=0.36,
            color=look.colour,
            alpha=opacity,
        )
    ax.set_yticks(range(len(names)), [style.shorten(name, 17) for name in names], fontsize=9)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlim(0, 1)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")


def _by_value(ax: Axes, results: pd.DataFrame, name: str, metric: Metric, look: Look) -> None:
    """Draw the score of each trial over the values of a hyperparameter, evenly spaced."""
    values = results[EFFECTIVE + name]
    scores = results[f"mean_test_{metric.name}"].to_numpy(dtype=float)
    known = values.notna().to_numpy()
    texts = [_text(value) for value in values[known]]
    order = sorted(set(texts), key=_number_first)
    x = np.array([order.index(text) for text in texts])
    ax.plot(x, scores[known], "o", color=look.colour, alpha=0.35, markersize=3.5)
    medians = [float(np.median(scores[known][x == place])) for place in range(len(order))]
    ax.plot(range(len(order)), medians, color=style.INK, linewidth=1.4)
    ax.set_ylim(*style.limits(np.array(medians), scores[known]))
    style.hold(ax, metric.low, metric.high)
    crowded = len(order) > 6
    step = -(-len(order) // 6) if crowded else 1
    places = list(range(0, len(order), step))
    labels = [style.shorten(order[place], 8) for place in places]
    ax.set_xticks(places, labels, fontsize=8, rotation=35)
    ax.tick_params(axis="y", labelsize=8)
    ax.set_title(style.shorten(name, 19), fontsize=10)


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number_first(text: str) -> tuple[int, float, str]:
    try:
        return 0, float(text), text
    except ValueError:
        return 1, 0.0, text
