"""How sure a winner was of the actual classes of the held-out rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator

from hypertrial.plots import scale, style
from hypertrial.plots.predictions import Predictions, Vector

SHOWN_CLASSES = 12
CONFIDENT = 0.1
"""An error is confident if the actual class had a smaller probability."""

BARS = 20
RIGHT: dict[str, Any] = {"facecolor": style.SKY, "edgecolor": "white", "linewidth": 0.5}
WRONG: dict[str, Any] = {"facecolor": style.VERMILION, "edgecolor": "white", "hatch": "////"}


def scores(found: Predictions) -> Vector | None:
    """Return the probability of each row's actual class, or without probabilities its margin.

    The margin is the ranking of a binary task, or its negative for the first class.
    """
    every = found.probabilities if found.probabilities is not None else found.scores()
    if every is None:
        return None
    given: Vector = every[np.arange(len(every)), found.actual.astype(int)]
    return given


def histograms(found: Predictions, given: Vector, outputs: Sequence[str]) -> None:
    """Draw a histogram for each class, of at most twelve those with the most errors."""
    codes, wrong = found.actual.astype(int), found.actual != found.predicted
    sure = found.probabilities is not None
    errors = np.bincount(codes, wrong, minlength=len(found.classes))
    present = np.unique(codes)
    shown = np.sort(present[np.argsort(-errors[present], kind="stable")][:SHOWN_CLASSES])
    bounds = (0.0, 1.0) if sure else style.limits(np.zeros(1), given)
    figure, axes = style.grid(len(shown), width=3.9, height=2.6)
    across = style.columns(len(shown))
    for place, (ax, code) in enumerate(zip(axes, shown, strict=True)):
        own = codes == code
        _class_panel(ax, np.clip(given[own], *bounds), wrong[own], bounds)
        _class_title(ax, _class_name(found.classes[code]), given[own], wrong[own], sure)
        if place % across == 0:
            ax.set_ylabel("rows (root scale)")
        if place + across >= len(shown):
            ax.set_xlabel("probability of the actual class" if sure else "margin")
    hidden = len(present) - len(shown)
    what = "probability" if sure else "margin"
    style.title(
        figure,
        f"{found.name}: the {what} it gave to the actual class of {found.counted}",
        f"{int(wrong.sum())} predicted wrongly"
        + (f", {_confident(given, wrong)} of them with less than {CONFIDENT:g}" if sure else "")
        + (
            f"; the {len(shown)} classes with the most errors, {hidden} not shown" if hidden else ""
        ),
    )
    figure.legend(*_class_legend(), loc="outside lower center", ncols=2)
    style.save(figure, outputs)


def _confident(given: Vector, wrong: npt.NDArray[np.bool_]) -> int:
    return int((wrong & (given < CONFIDENT)).sum())


def _class_panel(
    ax: Axes, given: Vector, wrong: npt.NDArray[np.bool_], bounds: tuple[float, float]
) -> None:
    """Draw the histograms of the right and of the wrong rows, errors in front."""
    edges = np.linspace(*bounds, BARS + 1)
    for chosen, look in ((~wrong, RIGHT), (wrong, WRONG)):
        counts, _ = np.histogram(given[chosen], edges)
        filled = counts > 0
        left, width = edges[:-1][filled], np.diff(edges)[filled]
        ax.bar(left, counts[filled], width, align="edge", **look)
    ax.set_yscale("function", functions=(_root, np.square))
    most = np.histogram(given, edges)[0].max()
    ax.set(xlim=bounds, ylim=(0, 1.1 * float(most)))
    ax.yaxis.set_major_locator(FixedLocator(_root_ticks(float(most))))


def _root(values: Any) -> Any:
    return np.sqrt(np.maximum(values, 0.0))


def _root_ticks(most: float) -> list[float]:
    """Return up to four round numbers, about evenly spaced on a root scale."""
    ticks = [0.0]
    for bound in (0.07 * most, 0.3 * most, most):
        magnitude = 10.0 ** np.floor(np.log10(max(bound, 1.0)))
        tick = next(
            float(step * magnitude) for step in (5, 2, 1) if step * magnitude <= max(bound, 1.0)
        )
        if tick > ticks[-1]:
            ticks.append(tick)
    return ticks


def _class_name(name: str) -> str:
    return style.shorten(f"class {name}" if isinstance(scale.parse(name), float) else name, 26)


def _class_title(
    ax: Axes, name: str, given: Vector, wrong: npt.NDArray[np.bool_], sure: bool
) -> None:
    count = f"{len(given)} row" + ("s" if len(given) != 1 else "")
    confident = f", {_confident(given, wrong)} confidently" if sure and wrong.any() else ""
    ax.set_title(f"{name}\n{count}, {int(wrong.sum())} wrong{confident}", fontsize=9.5)


def _class_legend() -> tuple[list[Patch], list[str]]:
    return [Patch(**RIGHT), Patch(**WRONG)], ["predicted rightly", "predicted wrongly"]
