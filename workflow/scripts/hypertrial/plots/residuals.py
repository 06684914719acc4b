"""A winner's errors on the held-out rows: how large they are, and where."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from hypertrial.plots import actual_class, style, winnerless
from hypertrial.plots import predictions as predictions_module
from hypertrial.plots.predictions import Predictions, Vector
from hypertrial.wording import number

BAND = (0.1, 0.5, 0.9)
MOST_BINS, FEWEST = 20, 15
"""Most bins of the running median, and the fewest rows in one."""

MARKED = (0.5, 0.9, 0.99)
"""The quantiles of the absolute residuals that are named."""

MOST_DRAWN = 500
"""Most points of a quantile plot."""


@winnerless.of_winner
def panels(winner: str, predictions: str, outputs: Sequence[str]) -> None:
    """Draw a winner's errors on the held-out rows.

    For regression its residuals, actual minus predicted: against the prediction, as a
    histogram, against the normal distribution's quantiles, and how many are how large. For
    classes the predicted probability of the actual class, a histogram for each class.
    """
    found = predictions_module.read(winner, predictions)
    with style.applied():
        if not len(found.actual):
            style.sentence(f"{found.name}: no held-out row has a weight above 0.", outputs)
            return
        if found.task == "regression":
            _regression(found, outputs)
            return
        given = actual_class.scores(found)
        if given is None:
            text = f"{found.name}: it predicts labels alone, neither probabilities nor a ranking."
            style.sentence(text, outputs)
        else:
            actual_class.histograms(found, given, outputs)


def quantiles(values: Vector, shares: float | Sequence[float], weight: Vector | None) -> Vector:
    """Return quantiles of values, weighted if there are weights."""
    if weight is None:
        return np.asarray(np.quantile(values, np.asarray(shares)))
    return np.asarray(
        np.quantile(values, np.asarray(shares), weights=weight, method="inverted_cdf")
    )


def _regression(found: Predictions, outputs: Sequence[str]) -> None:
    residuals = found.actual - found.predicted
    bounds = style.limits(np.zeros(1), residuals)
    outside = int(((residuals < bounds[0]) | (residuals > bounds[1])).sum())
    figure, axes = style.grid(4, width=5.2, height=3.5)
    _against_prediction(axes[0], found, residuals, bounds)
    _histogram(axes[1], residuals, found.weight, bounds)
    _normal_quantiles(axes[2], residuals, found.weight)
    _sizes(axes[3], np.abs(residuals), found.weight)
    centre = float(np.average(residuals, weights=found.weight))
    middle = float(quantiles(residuals, 0.5, found.weight))
    style.title(
        figure,
        f"{found.name}: residuals (actual − predicted) of {found.rows}",
        f"Mean {number(centre)}, median {number(middle)}, skewness "
        f"{skewness(residuals, found.weight):.2f}"
        + (f"; {outside} beyond the axes above, put at their edge" if outside else ""),
    )
    style.save(figure, outputs)


def skewness(values: Vector, weight: Vector | None) -> float:
    """Return the third standardized moment, 0 if all values are equal."""
    deviations = values - np.average(values, weights=weight)
    variance = float(np.average(deviations**2, weights=weight))
    return float(np.average(deviations**3, weights=weight)) / variance**1.5 if variance else 0.0


def running(x: Vector, y: Vector, weight: Vector | None) -> tuple[Vector, Vector]:
    """Return medians of x, shape (bins,), and quantiles of y, shape (bins, 3), bin by bin.

    Bins follow x and hold about equally many rows. No bins are made of too few rows.
    """
    order = np.argsort(x, kind="stable")
    count = min(len(x) // FEWEST, MOST_BINS)
    if count < 3:
        return np.empty(0), np.empty((0, len(BAND)))
    rows = np.array_split(order, count)
    weights = [None if weight is None else weight[part] for part in rows]
    pairs = list(zip(rows, weights, strict=True))
    middles = np.array([float(quantiles(x[part], 0.5, own)) for part, own in pairs])
    return middles, np.array([quantiles(y[part], BAND, own) for part, own in pairs])


def _against_prediction(
    ax: Axes, found: Predictions, residuals: Vector, bounds: tuple[float, float]
) -> None:
    """Draw residuals against predictions, with their running median and a band."""
    many = len(residuals) > style.MANY_POINTS
    ax.axhline(0, color=style.INK, linewidth=1.1, linestyle="--")
    ax.scatter(
        found.predicted,
        np.clip(residuals, *bounds),
        s=16 if not many else 7,
        color=style.GREY,
        alpha=float(np.clip(14 / np.sqrt(len(residuals) + 1), 0.12, 0.7)),
        linewidths=0,
        rasterized=many,
        clip_on=False,
    )
    x, y = running(found.predicted, residuals, found.weight)
    if len(x):
        ax.fill_between(
            x, y[:, 0], y[:, 2], color=style.BLUE, alpha=0.2, linewidth=0, label="10 % to 90 %"
        )
        ax.plot(x, y[:, 1], color=style.BLUE, label="running median")
        ax.legend(loc="best", ncols=2, fontsize=8.5, frameon=True, edgecolor="none")
    ax.set(ylim=bounds, xlabel="predicted", ylabel="residual", title="Against the prediction")
    ax.xaxis.set_major_locator(MaxNLocator(6))


def _histogram(
    ax: Axes, residuals: Vector, weight: Vector | None, bounds: tuple[float, float]
) -> None:
    """Draw the histogram of residuals, and the normal distribution of their deviation."""
    count = int(np.clip(2 * np.cbrt(len(residuals)), 5, 60))
    edges = np.linspace(*bounds, count + 1)
    inside = np.clip(residuals, *bounds)
    whole = np.ones(len(residuals)) if weight is None else weight
    shares, *_ = ax.hist(
        inside, edges.tolist(), weights=whole / whole.sum(), color=style.SKY, edgecolor="white"
    )
    ax.set_ylim(0, 1.2 * float(np.max(shares)))
    centre = float(np.average(residuals, weights=weight))
    deviation = float(np.sqrt(np.average((residuals - centre) ** 2, weights=weight)))
    if deviation:
        x = np.linspace(*bounds, 200)
        density = np.exp(-0.5 * ((x - centre) / deviation) ** 2) / (deviation * np.sqrt(2 * np.pi))
        label = "normal, same mean and deviation"
        width = float(edges[1] - edges[0])
        ax.plot(x, density * width, color=style.VERMILION, linewidth=1.5, label=label)
        ax.legend(loc="upper right", fontsize=8.5)
    ax.axvline(0, color=style.INK, linewidth=1.1, linestyle="--")
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    ax.set(xlim=bounds, xlabel="residual", ylabel="share of rows", title="Histogram")
    ax.xaxis.set_major_locator(MaxNLocator(6))


def _normal_quantiles(ax: Axes, residuals: Vector, weight: Vector | None) -> None:
    """Draw the quantiles of residuals against those of the normal distribution.

    The line goes through the quartiles. Of many rows some are drawn, evenly along the axis.
    """
    from scipy.special import ndtri

    order = np.argsort(residuals, kind="stable")
    y = residuals[order]
    own = np.ones(len(y)) if weight is None else weight[order]
    x = ndtri((np.cumsum(own) - 0.5 * own) / own.sum())
    chosen = np.arange(len(y))
    if len(y) > MOST_DRAWN:
        chosen = np.unique(np.searchsorted(x, np.linspace(x[0], x[-1], MOST_DRAWN)))
    lower, upper = quantiles(residuals, (0.25, 0.75), weight)
    slope = (upper - lower) / (2 * ndtri(0.75))
    ends = np.array([x[0], x[-1]]) if len(x) > 1 else np.array([-1.0, 1.0])
    ax.plot(
        ends,
        (lower + upper) / 2 + slope * ends,
        color=style.INK,
        linewidth=1.1,
        linestyle="--",
        label="normal, through the quartiles",
    )
    ax.plot(x[chosen], y[chosen], "o", color=style.BLUE, markersize=4, alpha=0.6, mew=0)
    ax.legend(loc="upper left", fontsize=8.5)
    ax.set(xlabel="normal quantile", ylabel="residual", title="Against the normal distribution")


def _sizes(ax: Axes, sizes: Vector, weight: Vector | None) -> None:
    """Draw which share of the rows has at most which absolute residual, and name a few."""
    shares = np.linspace(0, 1, 201)
    x = quantiles(sizes, shares.tolist(), weight)
    ax.plot(x, shares, color=style.BLUE)
    named = quantiles(sizes, MARKED, weight)
    for share, size, marker in zip(MARKED, named, style.MARKERS, strict=False):
        label = f"{100 * share:g} % within {number(float(size))}"
        ax.plot([size], [share], marker, color=style.VERMILION, markersize=7, label=label)
    ax.legend(loc="lower right", fontsize=8.5)
    right = style.limits(named, sizes)[1] or 1.0
    ax.set(xlim=(0, right), ylim=(0, 1.03))
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.set(xlabel="absolute residual", ylabel="share of rows", title="How large they are")
