"""The winners of all models on one data set: how well they rank and how sure they may be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from hypertrial import compare
from hypertrial.plots import predictions as predictions_module
from hypertrial.plots import style, winnerless
from hypertrial.plots.predictions import Predictions, Vector
from hypertrial.plots.style import Look

BINS, FEWEST = 10, 15
"""Most bins of a calibration curve, and the fewest rows in one."""

FINE_BINS = 20
"""Bins of the strip that shows how often each probability is predicted."""

Entry = tuple[str, Line2D]
"""A line of a legend. Shortened names may be alike, so that they cannot be keys."""


@dataclass(frozen=True)
class OneVsRest:
    """Yes-or-no questions to a model, with the answers and how much each counts.

    For two classes a question is whether a row is of the positive class; for more, it is asked
    for every row and class, and all are pooled (micro-average). ``actual`` is 0 or 1.
    """

    actual: Vector
    scores: Vector | None
    probabilities: Vector | None
    weight: Vector

    @property
    def prevalence(self) -> float:
        """The weighted share of the questions whose answer is yes."""
        return float(np.average(self.actual, weights=self.weight))


@dataclass(frozen=True)
class Bins:
    """A calibration curve: of each bin the mean probability, the share of yes, and its size."""

    predicted: Vector
    observed: Vector
    rows: npt.NDArray[np.int64]


def curves(winners: Sequence[str], predictions: Sequence[str], outputs: Sequence[str]) -> None:
    """Draw the ROC, precision-recall and calibration curves of one data set's winners.

    ``winners`` and ``predictions`` belong together by their order. The second class is the
    positive one of two; for more classes one is set against the rest, and all are pooled
    (micro-average). A model is left out, and named, where it has no scores or probabilities.
    """
    pairs = zip(winners, predictions, strict=True)
    found = [predictions_module.read(*paths) for paths in pairs if compare.read_winners(paths[:1])]
    if not found:
        winnerless.none(Path(winners[0]).parts[-3], outputs)
        return
    first = found[0]
    name = style.shorten(first.dataset, 40)
    asked = {each.model: one_vs_rest(each) for each in found} if first.classes else {}
    with style.applied():
        if not asked:
            text = "curves of probabilities are for classes, and its task is regression."
            style.sentence(f"{name}: {text}", outputs)
        elif len(np.unique(first.actual)) < 2:
            style.sentence(f"{name}: all held-out rows are of one class.", outputs)
        elif all(each.scores is None for each in asked.values()):
            style.sentence(f"{name}: no model ranks the rows or predicts probabilities.", outputs)
        else:
            style.save(_figure(first, asked), outputs)


def one_vs_rest(found: Predictions) -> OneVsRest:
    """Return the questions to a model, pooled over the classes if there are more than two."""
    weight = np.ones(len(found.actual)) if found.weight is None else found.weight
    scores, probabilities = found.scores(), found.probabilities
    if len(found.classes) == 2:
        return OneVsRest(
            found.actual,
            None if scores is None else scores[:, 1],
            None if probabilities is None else probabilities[:, 1],
            weight,
        )
    return OneVsRest(
        (found.actual[:, None] == np.arange(len(found.classes))).astype(float).ravel(),
        None if scores is None else scores.ravel(),
        None if probabilities is None else probabilities.ravel(),
        np.repeat(weight, len(found.classes)),
    )


def roc(asked: OneVsRest) -> tuple[Vector, Vector, float]:
    """Return the false and the true positive rates of all thresholds, and the area below."""
    from sklearn.metrics import auc, roc_curve

    false, true, _ = roc_curve(asked.actual, asked.scores, sample_weight=asked.weight)
    return false, true, float(auc(false, true))


def precision_recall(asked: OneVsRest) -> tuple[Vector, Vector, float]:
    """Return the recall and the precision of all thresholds, and the average precision."""
    from sklearn.metrics import average_precision_score, precision_recall_curve

    given: dict[str, Any] = {"y_true": asked.actual, "y_score": asked.scores}
    given["sample_weight"] = asked.weight
    precision, recall, _ = precision_recall_curve(**given, drop_intermediate=True)
    return recall, precision, float(average_precision_score(**given))


def calibration(actual: Vector, probabilities: Vector, weight: Vector, edges: Vector) -> Bins:
    """Return the weighted means of the questions whose probabilities lie between edges."""
    place = np.searchsorted(edges[1:-1], probabilities, side="right")
    _, place = np.unique(place, return_inverse=True)
    total = np.bincount(place, weight)
    return Bins(
        np.bincount(place, weight * probabilities) / total,
        np.bincount(place, weight * actual) / total,
        np.bincount(place),
    )


def bin_edges(probabilities: Vector, pooled: bool) -> Vector:
    """Return the edges of at most ten bins, of 15 rows at least where there are so many.

    They hold about equally many rows, equal probabilities in one bin. But pooled probabilities
    of many classes are nearly all close to zero: their bins are equally wide, one of too few
    rows joined with the next.
    """
    values, counts = np.unique(probabilities, return_counts=True)
    below, total = np.cumsum(counts), len(probabilities)
    edges, start = [-np.inf], 0
    for number in range(1, BINS):
        if pooled:
            last = int(np.searchsorted(values, number / BINS)) - 1
            full = last >= 0 and below[last] - start >= FEWEST
        else:
            last = int(np.searchsorted(below, start + max(FEWEST, total / BINS)))
            full = last < len(values)
        if full and total - below[last] >= FEWEST:
            edges.append(float(values[last] + values[last + 1]) / 2)
            start = int(below[last])
    return np.array([*edges, np.inf])


def _figure(first: Predictions, asked: Mapping[str, OneVsRest]) -> Figure:
    binary = len(first.classes) == 2
    figure = Figure(
        figsize=(13.2, 5.4 + 0.2 * (len(asked) + 1)),
        layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.06),
    )
    mosaic: list[Any] = [["roc", "pr", "calibration"], ["roc", "pr", "counts"]]
    axes = figure.subplot_mosaic(mosaic, height_ratios=[4.2, 1])
    looks = style.looks(list(asked))
    _roc_panel(axes["roc"], asked, looks)
    _precision_panel(axes["pr"], asked, looks)
    _calibration_panel(axes["calibration"], axes["counts"], asked, looks, not binary)
    how = f"Positive class: {style.shorten(first.classes[-1], 40)}"
    if not binary:
        how = f"{len(first.classes)} classes, each against the rest, pooled (micro-average)"
    style.title(
        figure,
        f"{style.shorten(first.dataset, 40)}: the winner of each model on {first.rows}",
        how,
    )
    return figure


def _look(look: Look, place: int) -> dict[str, Any]:
    """Return how the curve of a model is drawn; markers start at different places."""
    return {
        "color": look.colour,
        "marker": look.marker,
        "markersize": 5,
        "markevery": (0.03 + 0.025 * (place % 8), 0.2),
        "linewidth": 1.6,
    }


def _roc_panel(ax: Axes, asked: Mapping[str, OneVsRest], looks: Mapping[str, Look]) -> None:
    chance = ax.plot([0, 1], [0, 1], **_reference())[0]
    entries = [("chance: area 0.5", chance)]
    for place, (model, each) in enumerate(asked.items()):
        if each.scores is not None:
            false, true, area = roc(each)
            line = ax.plot(false, true, **_look(looks[model], place))[0]
            entries.append((f"{style.shorten(model, 30)}: area {area:.3f}", line))
    _square(ax, "ROC curve", "false positive rate", "true positive rate (recall)")
    _legend(ax, entries, _without_scores(asked))


def _precision_panel(ax: Axes, asked: Mapping[str, OneVsRest], looks: Mapping[str, Look]) -> None:
    prevalence = next(iter(asked.values())).prevalence
    chance = ax.plot([0, 1], [prevalence] * 2, **_reference())[0]
    entries = [(f"chance: prevalence {prevalence:.3f}", chance)]
    for place, (model, each) in enumerate(asked.items()):
        if each.scores is not None:
            recall, precision, average = precision_recall(each)
            line = ax.plot(recall, precision, drawstyle="steps-post", **_look(looks[model], place))[
                0
            ]
            entries.append((f"{style.shorten(model, 30)}: average precision {average:.3f}", line))
    _square(ax, "Precision-recall curve", "recall (true positive rate)", "precision")
    _legend(ax, entries, _without_scores(asked))


def _calibration_panel(
    ax: Axes,
    strip: Axes,
    asked: Mapping[str, OneVsRest],
    looks: Mapping[str, Look],
    pooled: bool,
) -> None:
    """Draw the calibration curves, and below them how often each probability is predicted."""
    entries = [("calibrated", ax.plot([0, 1], [0, 1], **_reference())[0])]
    fine = np.linspace(0, 1, FINE_BINS + 1)
    for model, each in asked.items():
        if each.probabilities is None:
            continue
        edges = bin_edges(each.probabilities, pooled)
        bins = calibration(each.actual, each.probabilities, each.weight, edges)
        look = {**_look(looks[model], 0), "markevery": 1}
        line = ax.plot(bins.predicted, bins.observed, **look)[0]
        loss = float(np.average((each.probabilities - each.actual) ** 2, weights=each.weight))
        score = "Brier score per class" if pooled else "Brier score"
        entries.append((f"{style.shorten(model, 30)}: {score} {loss:.3f}", line))
        shares, _ = np.histogram(each.probabilities, fine, weights=each.weight)
        strip.stairs(shares / each.weight.sum(), fine, color=looks[model].colour, linewidth=1.4)
    missing = [model for model, each in asked.items() if each.probabilities is None]
    _square(ax, "Calibration", "", "observed share")
    if len(missing) == len(asked):
        ax.text(0.5, 0.55, "no model predicts probabilities", ha="center", style="italic")
    ax.tick_params(labelbottom=False)
    strip.set(xlim=ax.get_xlim(), ylabel="share of" + (" pairs" if pooled else " rows"))
    strip.set_xlabel("predicted probability" + (" of each row and class" if pooled else ""))
    strip.locator_params(axis="y", nbins=3)
    _legend(strip, entries, {"no probabilities": missing})


def _without_scores(asked: Mapping[str, OneVsRest]) -> dict[str, list[str]]:
    missing = [model for model, each in asked.items() if each.scores is None]
    return {"neither ranking nor probabilities": missing}


def _reference() -> dict[str, Any]:
    return {"color": style.INK, "linewidth": 1.1, "linestyle": "--", "zorder": 1.5}


def _square(ax: Axes, title: str, x: str, y: str) -> None:
    ax.set(xlim=(0, 1), ylim=(0, 1), title=title, xlabel=x, ylabel=y)
    style.hold(ax, 0, 1)  # curves along the edges are drawn whole


def _legend(ax: Axes, entries: Sequence[Entry], missing: Mapping[str, list[str]]) -> None:
    """Put a legend below a panel, and in it the models that are not drawn and why."""
    nothing = Line2D([], [], linestyle="none")
    left_out = [
        (f"{style.shorten(model, 30)}: {why}", nothing)
        for why, models in missing.items()
        for model in models
    ]
    labels, handles = zip(*entries, *left_out, strict=True)
    ax.legend(
        handles,
        labels,
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        borderaxespad=4.2,
        labelspacing=0.3,
    )
