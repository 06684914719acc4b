"""What all plots share: fonts, colours, the grid of panels, and how a figure is written."""

import io
import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import Formatter

from hypertrial import files
from hypertrial.metrics import Metric
from hypertrial.models import built_in
from hypertrial.plots import fonts
from hypertrial.wording import number

INK = "#222222"
GREY = "#9a9a9a"
EMPTY = "#e6e6e6"
BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
)
PALETTE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
"""Okabe and Ito, Color Universal Design (2008), without the yellow, too pale on white."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")
"""One more than there are colours, so that a pair of both repeats only after 56 names."""

MANY_POINTS = 2000
"""From here on the dots of a panel are one picture inside the SVG, not a shape each."""

DPI = 150
PLACE_DIGITS = 6
"""Of the places of axes, in parts of a figure."""

SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "hypertrial",
    "text.parse_math": False,
    "axes.formatter.use_mathtext": False,
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "figure.titlesize": 11.5,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#777777",
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": "#777777",
    "ytick.color": "#777777",
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.8,
}


@dataclass(frozen=True)
class Look:
    """The colour and the marker that stand for a model."""

    colour: str
    marker: str


@contextmanager
def applied() -> Iterator[None]:
    """Draw with these settings alone, whatever the user's own are, and restore those after."""
    settings: Any = matplotlib.rcParams
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        settings.update(SETTINGS)
        yield


def looks(names: Sequence[str]) -> dict[str, Look]:
    """Return a look for each name; a model has the same one in every plot of every study.

    It goes by the place among the families here, which other names follow in alphabetical order.
    """
    known = built_in()
    every = (*known, *sorted(set(names) - set(known)))
    places = {name: place for place, name in enumerate(every)}
    return {
        name: Look(PALETTE[places[name] % len(PALETTE)], MARKERS[places[name] % len(MARKERS)])
        for name in sorted(set(names))
    }


class Plain(Formatter):
    """Writes the numbers of an axis whole: none is to be added to, or multiplied with, another."""

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Return the labels of ticks, with as many digits as tell each from its neighbours."""
        places = np.unique(values)
        if len(places) < 2:
            return [number(value) for value in values]
        step, largest = float(np.diff(places).min()), float(np.abs(places).max())
        digits = min(15, 2 + math.ceil(math.log10(largest / step)))
        return ["0" if abs(value) < step / 1000 else number(value, digits) for value in values]

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of a tick that stands alone."""
        return number(x)


def shorten(text: object, limit: int = 24) -> str:
    """Return a text on one line, of at most ``limit`` characters, that is safe inside XML."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def score_label(metric: Metric, about: str = "") -> str:
    """Return an axis label: the metric's title, and its direction if lower is better."""
    text = ", ".join(part for part in (metric.title, about) if part)
    return text if metric.greater_is_better else f"{text} (lower is better)"


def decimals(values: npt.NDArray[Any]) -> int:
    """Return how many decimals tell values apart: about three digits of their range."""
    finite = values[np.isfinite(values)]
    spread = float(np.ptp(finite)) if finite.size else 0.0
    if spread == 0.0:
        spread = float(np.abs(finite).max(initial=0.0)) or 1.0
    return int(np.clip(2 - np.floor(np.log10(spread)), 0, 4))


def columns(count: int) -> int:
    """Return how many of ``count`` panels stand in a row."""
    return count if count <= 3 else {4: 2}.get(count, 3 if count <= 9 else 4)


def grid(count: int, width: float = 3.7, height: float = 2.9) -> tuple[Figure, list[Axes]]:
    """Return a figure with ``count`` panels of about a width and height in inches."""
    across = columns(count)
    rows = -(-count // across)
    size = (max(across * width, 6.0), rows * height + 1.1)
    figure = Figure(figsize=size, layout=ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.08))
    axes = [figure.add_subplot(rows, across, i + 1) for i in range(count)]
    for ax in axes:
        ax.xaxis.set_major_formatter(Plain())
        ax.yaxis.set_major_formatter(Plain())
    return figure, axes


def title(figure: Figure, *lines: str) -> None:
    """Set the figure's title; a line too long for its width becomes lines of like length."""
    room = int(figure.get_figwidth() * 11)
    wrapped = []
    for line in lines:
        parts = -(-len(line) // room) or 1
        wrapped.append(textwrap.fill(line, min(room, len(line) // parts + 8)))
    figure.suptitle("\n".join(wrapped), linespacing=1.35)


def limits(
    needed: npt.NDArray[Any], others: npt.NDArray[Any], margin: float = 0.06
) -> tuple[float, float]:
    """Return axis limits that hold all needed values, and all others that are not far outliers.

    A far outlier lies more than three interquartile ranges outside the quartiles (Tukey,
    Exploratory Data Analysis, 1977).
    """
    others = others[np.isfinite(others)]
    needed = needed[np.isfinite(needed)]
    if others.size:
        low, high = np.quantile(others, [0.25, 0.75])
        reach = 3 * (high - low)
        others = others[(others >= low - reach) & (others <= high + reach)]
    both = np.concatenate([needed, others])
    if not both.size:
        return 0.0, 1.0
    low, high = float(both.min()), float(both.max())
    pad = margin * (high - low) if low < high else 0.05 * abs(high) or 1.0
    return low - pad, high + pad


def spread(
    mean: npt.NDArray[Any], std: npt.NDArray[Any], metric: Metric
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return where a deviation to both sides of means ends, within the metric's range."""
    return np.maximum(mean - std, metric.low), np.minimum(mean + std, metric.high)


def hold(ax: Axes, low: float, high: float, axis: Literal["x", "y"] = "y") -> None:
    """Keep an axis between the least and the greatest value there can be.

    Points at its ends are drawn whole. To be called when all is drawn.
    """
    get, put = getattr(ax, f"get_{axis}lim"), getattr(ax, f"set_{axis}lim")
    first, last = np.clip(get(), low, high)
    if first == last:
        return
    put(first, last)
    limits = np.sort(ax.get_xlim()), np.sort(ax.get_ylim())
    drawn: list[tuple[Any, Any]] = [(line, line.get_xydata()) for line in ax.lines]
    dots = [each for each in ax.collections if isinstance(each, PathCollection)]
    drawn += [(each, each.get_offsets()) for each in dots]
    for artist, points in drawn:
        beyond = [
            (points[:, i] < ends[0]) | (points[:, i] > ends[1]) for i, ends in enumerate(limits)
        ]
        if not np.any(beyond):
            artist.set_clip_on(False)


def text_colour(red: float, green: float, blue: float) -> str:
    """Return black or white, whichever reads better on a colour (ITU-R BT.601 luma)."""
    return "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.52 else INK


def model_lines(ax: Axes, models: Sequence[str]) -> None:
    """Give each model a line of its own, the first on top."""
    ax.set_yticks(range(len(models)), [shorten(name, 20) for name in models])
    ax.set_ylim(len(models) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    for line in range(1, len(models), 2):
        ax.axhspan(line - 0.5, line + 0.5, color="#f4f4f4", linewidth=0, zorder=0)
    ax.locator_params(axis="x", nbins=5)


def sentence(text: str, outputs: Sequence[str]) -> None:
    """Write a figure that has nothing to draw and says why.

    The sentence is the description of the SVG file, by which the report knows it for a text.
    """
    figure = Figure(figsize=(6.4, 1.6))
    figure.text(
        0.5, 0.5, textwrap.fill(text, 64), ha="center", va="center", fontsize=11, linespacing=1.5
    )
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    save(figure, outputs, {"Description": line})


def _round_places(figure: Figure) -> None:
    """Round where the axes are to a millionth of the figure.

    The solver of the layout need not find the same last digits in another process, and the names
    of clip paths in SVG are digests of all digits.
    """
    for axes in figure.axes:
        if axes.get_axes_locator() is None:
            axes.set_position(np.round(axes.get_position(original=True).bounds, PLACE_DIGITS))


def save(figure: Figure, outputs: Sequence[str], about: Mapping[str, str] | None = None) -> None:
    """Write a figure once for each path, in the format of its ending (``.svg`` or ``.png``).

    ``about`` is what an SVG file says of itself.
    It is laid out once for all. ``Figure.savefig`` would do so for each, and draw the figure
    each time to no purpose before.
    """
    figure.set_dpi(DPI)
    with fonts.no_warnings():
        _lay_out(figure)
        for path in outputs:
            buffer = io.BytesIO()
            figure.set_dpi(DPI)  # writing an SVG changes it
            canvas: Any
            if Path(path).suffix == ".svg":
                canvas = FigureCanvasSVG(figure)
                canvas.print_svg(buffer, metadata={"Date": None, "Creator": None, **(about or {})})
            else:
                canvas = FigureCanvasAgg(figure)
                canvas.print_png(buffer, metadata={"Software": None})
            files.write(path, buffer.getvalue())


def _lay_out(figure: Figure) -> None:
    """Find the places of all axes, once and for all, with the fonts that the texts need."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)  # labels of ticks are known only then
    if fonts.complete(figure) and engine is not None:
        engine.execute(figure)
    if engine is not None:
        figure.set_layout_engine("none")
        _round_places(figure)
