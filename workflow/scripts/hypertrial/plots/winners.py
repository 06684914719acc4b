"""The winner of one model: its held-out predictions, and its tree if it is one."""

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hypertrial import collect, compare
from hypertrial.metrics import METRICS
from hypertrial.plots import style, trees, winnerless
from hypertrial.wording import number

ANNOTATED_CLASSES = 30
tree = trees.tree


@winnerless.of_winner
def held_out(winner: str, predictions: str, outputs: Sequence[str]) -> None:
    """Draw a winner's predictions of the held-out rows against the truth.

    A confusion matrix for classification, a scatter for regression.
    """
    record = compare.read_winners([winner])[0]
    with style.applied():
        if record["task"] == "regression":
            figure = _scatter(collect.read_table(predictions))
        else:
            labels = collect.read_texts(predictions)
            figure = _confusion(labels, [str(name) for name in record["classes"]])
        rows = record["held_out_rows"]
        style.title(
            figure,
            f"{style.shorten(record['dataset'], 40)} · {style.shorten(record['model'], 30)}: "
            f"{rows} held-out row{'s' if rows != 1 else ''}",
            _scores(record),
        )
        style.save(figure, outputs)


def _scores(record: dict[str, Any]) -> str:
    return ", ".join(
        f"{METRICS[name].title} {number(value)}" for name, value in record["held_out"].items()
    )


def confusion_counts(labels: pd.DataFrame, classes: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return how many rows of each actual class (row) were predicted as each class (column)."""
    code = {name: i for i, name in enumerate(classes)}
    counts = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(counts, (labels["actual"].map(code), labels["predicted"].map(code)), 1)
    return counts


def _confusion(labels: pd.DataFrame, classes: Sequence[str]) -> Figure:
    counts = confusion_counts(labels, classes)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    side = float(np.clip(0.38 * len(classes), 3.0, 13.0))
    letters = 0.08 * max(len(_class_name(name)) for name in classes)
    upright = _upright(classes)
    height = side + 0.3 + (letters if upright else 0.2)
    figure, (ax,) = style.grid(1, width=side + 1.9 + letters, height=height)
    colours = matplotlib.colormaps["Blues"]
    ax.grid(visible=False)
    mesh = ax.pcolormesh(shares, cmap=colours, vmin=0, vmax=1, edgecolors="white", linewidth=0.8)
    ax.invert_yaxis()
    if len(classes) <= ANNOTATED_CLASSES:
        widest = len(str(counts.max()))
        size = float(np.clip(72 * side / len(classes) / (0.75 * widest + 0.8), 5.0, 13.0))
        for row, column in zip(*np.nonzero(counts), strict=True):
            ax.text(
                column + 0.5,
                row + 0.5,
                str(counts[row, column]),
                ha="center",
                va="center",
                fontsize=size,
                color=style.text_colour(*colours(shares[row, column])[:3]),
            )
    _class_ticks(ax, classes, upright)
    bar = figure.colorbar(mesh, ax=ax, shrink=0.8, aspect=24)
    bar.set_label("share of the actual class")
    bar.outline.set_visible(False)
    bar.formatter = style.Plain()
    bar.update_ticks()
    return figure


def _class_name(name: str) -> str:
    return style.shorten(name, 22)


def _upright(classes: Sequence[str]) -> bool:
    """Tell whether the names of the classes must stand upright to fit side by side."""
    longest = max(len(_class_name(name)) for name in classes)
    return longest > 2 and longest * len(classes) > 22


def _class_ticks(ax: Axes, classes: Sequence[str], upright: bool) -> None:
    step = -(-len(classes) // 45)
    places = np.arange(0, len(classes), step) + 0.5
    names = [_class_name(name) for name in classes[::step]]
    ax.set_xticks(places, names, rotation=90 if upright else 0)
    ax.set_yticks(places, names)
    ax.set_xlabel("predicted class")
    ax.set_ylabel("actual class")
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _scatter(table: pd.DataFrame) -> Figure:
    actual, predicted = (table[name].to_numpy(dtype=float) for name in ("actual", "predicted"))
    figure, (ax,) = style.grid(1, width=6.0, height=5.2)
    bounds = style.limits(np.concatenate([actual, predicted]), np.array([]))
    ax.plot(bounds, bounds, color=style.INK, linewidth=1.1, linestyle="--", label="identity")
    ax.scatter(
        actual,
        predicted,
        s=26,
        color=style.BLUE,
        alpha=0.65 if len(actual) < style.MANY_POINTS else 0.25,
        linewidths=0,
        rasterized=len(actual) > style.MANY_POINTS,
        label="held-out row",
    )
    ax.set(xlim=bounds, ylim=bounds, xlabel="actual", ylabel="predicted", aspect="equal")
    ax.legend(loc="upper left")
    return figure
