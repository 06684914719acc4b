"""The picture of a decision tree, made from its learned parameters alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from hypertrial import compare, files
from hypertrial.data import table
from hypertrial.plots import style, tree_nodes, winnerless
from hypertrial.plots.tree_nodes import Node
from hypertrial.splitting import splits as splits_module

LEVELS = 4
LETTER, HEIGHT, GAP, STEP = 0.078, 0.46, 0.62, 0.58
"""In inches: the width of a letter, a box's height, the gaps between levels and between ends."""
MARGIN, HEAD = 0.3, 0.95

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Place:
    """A node's box: its level, the height of its centre in inches, what it says in two lines.

    ``end`` tells that nothing follows it, ``cut`` that more does but is not shown.
    """

    level: int
    y: float
    lines: tuple[str, str]
    end: bool
    cut: bool


@dataclass(frozen=True)
class Sheet:
    """A panel whose coordinates are inches, and the width of its boxes."""

    figure: Figure
    ax: Axes
    width: float

    def left(self, place: Place) -> float:
        """Return the left side of a box."""
        return MARGIN + place.level * (self.width + GAP)


@winnerless.of_winner
def tree(
    winner: str,
    table_paths: Sequence[str],
    splits: str,
    parameters: str,
    outputs: Sequence[str],
) -> None:
    """Draw the first four levels of a winning decision tree, its root at the left.

    ``parameters`` is the trial's ``parameters.npz``: the tree refitted on all training rows,
    which are counted in every node. A yes leads up, a no leads down.
    """
    record = compare.read_winners([winner])[0]
    data = table.load(*table_paths)
    training = data.rows(splits_module.load(splits).training)
    nodes = tree_nodes.learned_tree(
        files.load_npz(parameters), training, record["hyperparameters"]["needed"]
    )
    places = _layout(nodes, data.classes)
    with style.applied():
        sheet = _sheet(places)
        _edges(sheet, nodes, places)
        colour_of = _colours(nodes, len(data.classes))
        for number, place in places.items():
            _box(sheet, place, colour_of(nodes[number]))
        name = f"{style.shorten(record['dataset'], 40)} · {style.shorten(record['model'], 30)}"
        title = f"{name}: {_size(nodes)}\nlearned from {_rows(nodes[0].rows, 'training ')}"
        top = sheet.figure.get_figheight() - 0.2
        sheet.ax.text(MARGIN, top, title, fontsize=11.5, va="top", linespacing=1.35)
        style.save(sheet.figure, outputs)


def _size(nodes: Sequence[Node]) -> str:
    """Say how large a tree is and how much of it is shown."""
    depth, leaves = nodes[0].depth, nodes[0].leaves
    if depth == 0:
        return "a single leaf"
    levels = "1 level" if depth == 1 else f"{depth} levels"
    shown = levels if depth <= LEVELS else f"first {LEVELS} of {levels}"
    return f"{shown}, {leaves} leaves"


def _rows(count: int, kind: str = "") -> str:
    return f"{count} {kind}row" + ("s" if count != 1 else "")


def _layout(nodes: Sequence[Node], classes: Sequence[str]) -> dict[int, Place]:
    """Return the places of the nodes shown: ends in even steps, parents between children."""
    places: dict[int, Place] = {}
    ends = 0

    def put(number: int, level: int) -> float:
        nonlocal ends
        node = nodes[number]
        cut = level == LEVELS and node.yes is not None
        end = node.yes is None or node.no is None or cut
        if node.yes is None or node.no is None or cut:
            y = MARGIN + HEIGHT / 2 + ends * STEP
            ends += 1
        else:
            y = (put(node.no, level + 1) + put(node.yes, level + 1)) / 2
        places[number] = Place(level, y, _lines(node, classes, end, cut), end, cut)
        return y

    put(0, 0)
    return places


def _lines(node: Node, classes: Sequence[str], end: bool, cut: bool) -> tuple[str, str]:
    """Return what a box says: its question or its answer, and under it the rows that reach it."""
    said, rows = tree_nodes.answer(node, classes), _rows(node.rows)
    if not end:
        return node.question, f"{rows}, {said}"
    return said, f"{rows}, {node.leaves} leaves below" if cut else rows


def _sheet(places: dict[int, Place]) -> Sheet:
    """Return a sheet that has room for all places."""
    letters = max(
        max(len(place.lines[0]) * (1.1 if place.end else 1.0), 0.9 * len(place.lines[1]))
        for place in places.values()
    )
    box = max(letters * LETTER + 0.12, 1.5)
    levels = max(place.level for place in places.values()) + 1
    width = max(2 * MARGIN + levels * box + (levels - 1) * GAP, 6.4)
    height = max(place.y for place in places.values()) + HEIGHT / 2 + HEAD
    figure = Figure(figsize=(width, height))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height))
    ax.set_axis_off()
    return Sheet(figure, ax, box)


def _edges(sheet: Sheet, nodes: Sequence[Node], places: dict[int, Place]) -> None:
    """Connect each question with its answers; a line is the thicker, the more rows take it."""
    for number, place in places.items():
        start = sheet.left(place) + sheet.width
        middle, stop = start + 0.35 * GAP, start + GAP
        for child, label in ((nodes[number].yes, "yes"), (nodes[number].no, "no")):
            if child is None or child not in places:
                continue
            y = places[child].y
            share = nodes[child].rows / max(nodes[0].rows, 1)
            sheet.ax.plot(
                [start, middle, middle, stop],
                [place.y, place.y, y, y],
                color="#b5b5b5",
                linewidth=0.8 + 4.0 * share,
                solid_joinstyle="round",
                zorder=1,
            )
            sheet.ax.text(
                (middle + stop) / 2 + 0.03,
                y + 0.04 + 0.03 * share,
                label,
                ha="center",
                va="bottom",
                fontsize=8.5,
            )


def _colours(nodes: Sequence[Node], classes: int) -> Callable[[Node], Colour]:
    """Return the colour of a node: its class, the paler the more mixed, or its mean target.

    With more classes than colours all have one colour, and only its depth speaks.
    """
    if classes == 0:
        values = np.array([node.value[0] for node in nodes])
        low, span = float(values.min()), float(np.ptp(values)) or 1.0
        colour_map = matplotlib.colormaps["cividis"]
        return lambda node: to_rgb(colour_map((float(node.value[0]) - low) / span))

    def colour_of(node: Node) -> Colour:
        best = int(np.argmax(node.value))
        full = style.PALETTE[best] if classes <= len(style.PALETTE) - 1 else style.BLUE
        purity = (tree_nodes.share_of(node) - 1 / classes) / (1 - 1 / classes or 1)
        strength = 0.06 + 0.6 * max(purity, 0.0)
        red, green, blue = (1 - strength * (1 - part) for part in to_rgb(full))
        return red, green, blue

    return colour_of


def _box(sheet: Sheet, place: Place, colour: Colour) -> None:
    """Draw a box: rounded at an end, dashed where more follows that is not shown."""
    left = sheet.left(place)
    sheet.ax.add_patch(
        FancyBboxPatch(
            (left, place.y - HEIGHT / 2),
            sheet.width,
            HEIGHT,
            boxstyle=f"round,pad=0,rounding_size={0.17 if place.end else 0.04}",
            facecolor=colour,
            edgecolor="#666666",
            linewidth=0.9,
            linestyle="--" if place.cut else "-",
            zorder=2,
        )
    )
    for text, lift, size, strong in zip(
        place.lines, (0.1, -0.11), (9.0, 8.0), (place.end, False), strict=True
    ):
        sheet.ax.text(
            left + sheet.width / 2,
            place.y + lift,
            text,
            ha="center",
            va="center",
            fontsize=size,
            fontweight="bold" if strong else "normal",
            color=style.text_colour(*colour),
            zorder=3,
        )
