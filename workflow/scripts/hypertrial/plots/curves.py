"""The search of one model: validation curves and heat maps of its hyperparameters."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from hypertrial.plots import heat, results, scale, style, winnerless
from hypertrial.plots.results import Results
from hypertrial.plots.scale import Scale

CURVES: tuple[tuple[str, str, str, Literal["-", "--"], str], ...] = (
    ("test", "validation", style.BLUE, "-", "o"),
    ("train", "training", style.VERMILION, "--", "s"),
)
heat_maps = heat.heat_maps


@winnerless.of_winner
def validation_curves(trials: str, winner: str, outputs: Sequence[str]) -> None:
    """Draw the primary metric against each searched hyperparameter, through the winner.

    A curve shows the trials that have the winner's values of all the other hyperparameters
    (:func:`in_slice`): the mean over the folds, and a band of one standard deviation.
    """
    found = results.read(trials, winner)
    names = found.searched()
    with style.applied():
        if not names:
            style.sentence(f"{found.name}: no hyperparameter was searched.", outputs)
            return
        figure, axes = style.grid(len(names))
        slices = {name: in_slice(found, name) for name in names}
        bounds = style.limits(_drawn(found, slices), found.column("mean_test"))
        beyond = 0
        for place, (ax, name) in enumerate(zip(axes, names, strict=True)):
            drawn = scale.choose(found.cells[name])
            drawn.apply(ax)
            ax.set_ylim(*bounds)
            beyond += _background(ax, found, name, drawn)
            _curves(ax, found, name, drawn, slices[name])
            _marks(ax, found, name, drawn)
            style.hold(ax, found.metric.low, found.metric.high)
            ax.set_xlabel(style.shorten(name, 32))
            if place % style.columns(len(names)) == 0:
                ax.set_ylabel(style.score_label(found.metric))
            else:
                ax.tick_params(labelleft=False)
        style.title(
            figure,
            f"{found.name}: validation curves through the winner, {found.trials()}",
            f"Winner: {found.winner_values()}",
        )
        handles, labels = _legend(found, beyond > 0)
        figure.legend(
            handles,
            labels,
            loc="outside lower center",
            ncols=3 if figure.get_figwidth() > 7 else 2,
            handler_map={tuple: HandlerTuple(ndivide=1, pad=0)},
        )
        style.save(figure, outputs)


def in_slice(found: Results, name: str) -> list[int]:
    """Return the trials that differ from the winner in one hyperparameter, by its value.

    A hyperparameter that does not apply to the trial or to the winner is not compared; where
    several trials then have one value, the best is taken.
    """
    values = found.cells[name]
    winner = {other: cells[found.best] for other, cells in found.cells.items() if other != name}
    chosen: dict[scale.Cell, int] = {values[found.best]: found.best}
    for i, value in enumerate(values):
        trial = {other: found.cells[other][i] for other in winner}
        if all(
            None in (trial[other], winner[other]) or trial[other] == winner[other]
            for other in winner
        ):
            chosen.setdefault(value, i)
    return [chosen[value] for value in scale.ordered(values) if value in chosen]


def _drawn(found: Results, slices: dict[str, list[int]]) -> npt.NDArray[np.float64]:
    """Return all values that a panel must show: the curves with their bands, the default."""
    trials = sorted({i for part in slices.values() for i in part} | {found.best})
    parts = [] if found.default is None else [found.column("mean_test")[[found.default]]]
    for part, *_ in CURVES:
        mean, std = found.column(f"mean_{part}")[trials], found.column(f"std_{part}")[trials]
        parts += style.spread(mean, std, found.metric)
    return np.concatenate(parts)


def _background(ax: Axes, found: Results, name: str, drawn: Scale) -> int:
    """Draw all trials as grey dots; return how many lie beyond the axis, drawn at its edge."""
    x, y = drawn.positions(found.cells[name]), found.column("mean_test")
    low, high = ax.get_ylim()
    heavy = len(y) > style.MANY_POINTS
    inside = (y >= low) & (y <= high)
    dots: dict[str, Any] = {
        "color": style.GREY,
        "linewidths": 0,
        "zorder": 1.5,
        "rasterized": heavy,
    }
    ax.scatter(
        x[inside], y[inside], s=13, alpha=float(np.clip(12 / np.sqrt(len(y)), 0.12, 0.45)), **dots
    )
    for outside, edge, marker in ((y < low, low, "v"), (y > high, high, "^")):
        places = np.unique(x[outside & np.isfinite(x)])
        ax.scatter(places, np.full(len(places), edge), s=26, marker=marker, clip_on=False, **dots)
    return int((~inside & np.isfinite(x)).sum())


def _curves(ax: Axes, found: Results, name: str, drawn: Scale, trials: list[int]) -> None:
    """Draw the slice: as curves, or as points if the values are words or one value alone."""
    x = drawn.positions([found.cells[name][i] for i in trials])
    numbers = sum(isinstance(found.cells[name][i], float) for i in trials)
    shift = 0.0 if drawn.kind != "places" else 0.06
    for part, _, colour, line, marker in CURVES:
        mean, std = found.column(f"mean_{part}")[trials], found.column(f"std_{part}")[trials]
        low, high = style.spread(mean, std, found.metric)
        if numbers > 1:
            ax.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
            ax.plot(x, mean, line, marker=marker, markersize=4, color=colour, zorder=3)
        else:
            away = x + (shift if part == "train" else 0.0)
            reach = [mean - low, high - mean]
            ax.errorbar(
                away, mean, reach, fmt=marker, markersize=4, color=colour, capsize=4, linewidth=1.4
            )
    if not trials:
        ax.set_title("does not apply to the winner", fontsize=9.5, style="italic")


def _marks(ax: Axes, found: Results, name: str, drawn: Scale) -> None:
    """Mark the winner's value and the default configuration."""
    x, y = drawn.positions(found.cells[name]), found.column("mean_test")
    if np.isfinite(x[found.best]):
        ax.axvline(x[found.best], color=style.INK, linewidth=0.9, linestyle=":", zorder=1.8)
        ax.plot(x[[found.best]], y[[found.best]], **_winner_mark())
    if found.default is not None:
        ax.plot(x[[found.default]], y[[found.default]], **_default_mark())


def _winner_mark() -> dict[str, Any]:
    return {
        "marker": "*",
        "markersize": 14,
        "color": style.ORANGE,
        "markeredgecolor": style.INK,
        "markeredgewidth": 0.9,
        "linestyle": "none",
        "zorder": 5,
    }


def _default_mark() -> dict[str, Any]:
    return {
        "marker": "o",
        "markersize": 10,
        "markerfacecolor": "none",
        "markeredgecolor": style.INK,
        "markeredgewidth": 1.5,
        "linestyle": "none",
        "zorder": 6,
    }


def _legend(found: Results, beyond: bool) -> tuple[list[Any], list[str]]:
    handles: list[Any] = []
    labels = []
    for _, label, colour, line, marker in CURVES:
        curve = Line2D([], [], color=colour, linestyle=line, marker=marker, markersize=4)
        handles.append((Patch(color=colour, alpha=0.15, linewidth=0), curve))
        labels.append(f"{label}, mean ± std over folds")
    handles.append(Line2D([], [], **_winner_mark()))
    labels.append("winner")
    if found.default is not None:
        handles.append(Line2D([], [], **_default_mark()))
        labels.append("default configuration")
    dot: dict[str, Any] = {"color": style.GREY, "linestyle": "none", "alpha": 0.7}
    handles.append(Line2D([], [], marker="o", markersize=4, **dot))
    labels.append("validation of every trial")
    if beyond:
        marker = "v" if found.metric.greater_is_better else "^"
        handles.append(Line2D([], [], marker=marker, markersize=5, **dot))
        labels.append("trials beyond the axis")
    return handles, labels
