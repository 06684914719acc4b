"""Heat maps: the best score for each pair of values of two hyperparameters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from hypertrial.plots import results, scale, style, winnerless
from hypertrial.plots.results import Results
from hypertrial.plots.scale import Cell

PANELS = 6
MOST_VALUES = 60
"""A hyperparameter with more values is drawn at random, and its cells could not be told apart."""

ANNOTATED = 64
TICKS = 14
SMALLEST = 6.0
"""The size of the smallest print, in points."""


@dataclass(frozen=True)
class Pair:
    """The best mean validation score for each value of two hyperparameters.

    ``scores`` has shape (values of y, values of x), NaN where there is no trial.
    """

    x: str
    y: str
    x_values: list[Cell]
    y_values: list[Cell]
    scores: npt.NDArray[np.float64]

    @property
    def filled(self) -> int:
        """The number of cells that have a trial."""
        return int(np.isfinite(self.scores).sum())

    @property
    def joint(self) -> bool:
        """Whether two values of one meet the same two values of the other."""
        filled = np.isfinite(self.scores).astype(int)
        shared = filled @ filled.T
        np.fill_diagonal(shared, 0)
        return bool((shared >= 2).any())


@winnerless.of_winner
def heat_maps(trials: str, winner: str, outputs: Sequence[str]) -> None:
    """Draw the best mean validation score over each pair of hyperparameters varied jointly.

    A cell is the best over all the other hyperparameters. At most six pairs are drawn, those
    with the most cells; the brighter, the better. Two hyperparameters vary jointly if two
    values of one meet the same two values of the other.
    """
    found = results.read(trials, winner)
    every = pairs(found)
    with style.applied():
        if not every:
            text = f"{found.name}: no two hyperparameters were varied jointly."
            style.sentence(text + _left_out(found), outputs)
            return
        shown = every[:PANELS]
        figure, axes = style.grid(len(shown), width=4.3, height=3.7)
        scores = np.concatenate([pair.scores[np.isfinite(pair.scores)] for pair in shown])
        norm = Normalize(*style.limits(np.array([]), scores, margin=0.0))
        gaps = any(pair.filled < pair.scores.size for pair in shown)
        places = style.decimals(scores)
        for ax, pair in zip(axes, shown, strict=True):
            _panel(ax, pair, norm, found, places)
        _colour_bar(figure, axes, norm, scores, found)
        hidden = len(every) - len(shown)
        style.title(
            figure,
            f"{found.name}: validation score of pairs of values, {found.trials()}",
            "Each cell the best over all other hyperparameters, the best cell outlined"
            + ("; grey: no trial" if gaps else "")
            + (f"; {hidden} pair{'s' if hidden > 1 else ''} not shown" if hidden else ""),
        )
        style.save(figure, outputs)


def _left_out(found: Results) -> str:
    """Name the hyperparameters that have too many values for a heat map."""
    names = [
        style.shorten(name)
        for name in found.searched()
        if len(scale.ordered(found.cells[name])) > MOST_VALUES
    ]
    return f" Left out, more than {MOST_VALUES} values: {', '.join(names)}." if names else ""


def pairs(found: Results) -> list[Pair]:
    """Return the pairs that vary jointly, those with the most cells first."""
    counts = {name: len(scale.ordered(found.cells[name])) for name in found.searched()}
    names = [name for name, count in counts.items() if count <= MOST_VALUES]
    every = [_pair(found, x, y) for x, y in combinations(names, 2)]
    return sorted(
        (pair for pair in every if pair.joint), key=lambda pair: (-pair.filled, pair.x, pair.y)
    )


def _pair(found: Results, first: str, second: str) -> Pair:
    """Return the best score of each cell; the hyperparameter with more values lies along x."""
    x, y = sorted((first, second), key=lambda name: -len(scale.ordered(found.cells[name])))
    x_values, y_values = scale.ordered(found.cells[x]), scale.ordered(found.cells[y])
    columns = {value: i for i, value in enumerate(x_values)}
    rows = {value: i for i, value in enumerate(y_values)}
    scores = np.full((len(y_values), len(x_values)), np.nan)
    best = np.fmax if found.metric.greater_is_better else np.fmin
    means = found.column("mean_test")
    for x_cell, y_cell, mean in zip(found.cells[x], found.cells[y], means, strict=True):
        if x_cell is not None and y_cell is not None:
            at = rows[y_cell], columns[x_cell]
            scores[at] = best(scores[at], mean)
    return Pair(x, y, x_values, y_values, scores)


def _colour_map(found: Results) -> matplotlib.colors.Colormap:
    return matplotlib.colormaps["cividis" if found.metric.greater_is_better else "cividis_r"]


def _panel(ax: Axes, pair: Pair, norm: Normalize, found: Results, places: int) -> None:
    colours = _colour_map(found)
    ax.grid(visible=False)
    ax.set_facecolor(style.EMPTY)
    ax.pcolormesh(
        np.ma.masked_invalid(pair.scores),
        cmap=colours,
        norm=norm,
        edgecolors="white",
        linewidth=1.0 if max(pair.scores.shape) <= TICKS else 0.3,
    )
    if pair.filled <= ANNOTATED:
        _annotate(ax, pair, lambda score: colours(norm(score)), places)
    _ticks(ax, pair)
    row, column = _best_cell(found, pair)
    ax.add_patch(
        Rectangle(
            (column, row), 1, 1, fill=False, color=style.VERMILION, linewidth=2.6, clip_on=False
        )
    )


def _annotate(
    ax: Axes, pair: Pair, colour_of: Callable[[float], tuple[float, ...]], places: int
) -> None:
    """Write each cell's score on it."""
    longest = max(len(f"{score:.{places}f}") for score in pair.scores[np.isfinite(pair.scores)])
    size = min(10.5, 330.0 / pair.scores.shape[1] / longest)
    if size < SMALLEST:
        return
    for row, column in zip(*np.nonzero(np.isfinite(pair.scores)), strict=True):
        score = float(pair.scores[row, column])
        ax.text(
            column + 0.5,
            row + 0.5,
            f"{score:.{places}f}",
            ha="center",
            va="center",
            fontsize=size,
            color=style.text_colour(*colour_of(score)[:3]),
        )


def _best_cell(found: Results, pair: Pair) -> tuple[int, int]:
    """Return the row and column of the best cell; among equal ones, that of the winner."""
    x, y = found.cells[pair.x][found.best], found.cells[pair.y][found.best]
    best = np.nanmax(pair.scores) if found.metric.greater_is_better else np.nanmin(pair.scores)
    if x is not None and y is not None:
        row, column = pair.y_values.index(y), pair.x_values.index(x)
        if pair.scores[row, column] == best:
            return row, column
    rows, columns = np.nonzero(pair.scores == best)
    return int(rows[0]), int(columns[0])


def _ticks(ax: Axes, pair: Pair) -> None:
    for axis, name, values in (("x", pair.x, pair.x_values), ("y", pair.y, pair.y_values)):
        step = -(-len(values) // TICKS)
        places = np.arange(0, len(values), step) + 0.5
        labels = [scale.show(value) for value in values[::step]]
        set_ticks, set_label = getattr(ax, f"set_{axis}ticks"), getattr(ax, f"set_{axis}label")
        set_ticks(places, labels)
        set_label(style.shorten(name, 32))
        if axis == "x" and sum(len(label) + 2 for label in labels) > 44:
            ax.tick_params(axis="x", labelrotation=35)
            for label in ax.get_xticklabels():
                label.set(horizontalalignment="right", rotation_mode="anchor")
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _colour_bar(
    figure: Figure,
    axes: Sequence[Axes],
    norm: Normalize,
    scores: npt.NDArray[np.float64],
    found: Results,
) -> None:
    lower, upper = bool(scores.min() < norm.vmin), bool(scores.max() > norm.vmax)
    extend = {(True, True): "both", (True, False): "min", (False, True): "max"}.get(
        (lower, upper), "neither"
    )
    bar = figure.colorbar(
        matplotlib.cm.ScalarMappable(norm, _colour_map(found)),
        ax=list(axes),
        extend=extend,
        shrink=0.9,
        aspect=28,
    )
    bar.set_label(style.score_label(found.metric, "mean over folds"))
    bar.outline.set_visible(False)
    bar.formatter = style.Plain()
    bar.update_ticks()
    if not found.metric.greater_is_better:
        bar.ax.invert_yaxis()
