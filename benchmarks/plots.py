"""The plots: wall ratios with their aims, and what a trial costs as a study grows."""

import statistics
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, NullFormatter

from benchmarks import overhead
from benchmarks.cases import PEER_NAMES
from benchmarks.overhead import FRESH, MOST_MACHINERY_MS, Run
from benchmarks.pairs import Comparison
from hypertrial.plots import style

RATIO_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10)

PAIR: dict[str, Any] = {"color": style.INK, "ms": 3.5, "markeredgecolor": "white", "mew": 0.6}


def _outputs(folder: Path, name: str) -> list[str]:
    return [str(folder / f"{name}.{ending}") for ending in ("svg", "png")]


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.08))
    return figure, figure.add_subplot()


def draw_ratios(done: Sequence[Comparison], folder: Path) -> None:
    """Draw the wall ratio of every pair of every case, their median, and what is aimed at."""
    with style.applied():
        figure, axes = _figure(9.0, 1.9 + 0.5 * len(done))
        for place, each in enumerate(done):
            _draw_case(axes, place, each)
        axes.axvline(1.0, color=style.INK, linewidth=1.0, zorder=1)
        axes.set_yticks(range(len(done)), [_label(each) for each in done])
        axes.set_ylim(len(done) - 0.4, -0.6)
        axes.set_xscale("log")
        _tick_ratios(axes, done)
        axes.set_xlabel("wall time by that of the peer (1: equal; lower is better)")
        axes.grid(visible=False, axis="y")
        _legend(axes, done)
        pairs = max(len(each.runs) for each in done)
        runs = "a pair of runs" if pairs == 1 else f"{pairs} pairs of runs, in turn"
        style.title(figure, f"Hypertrial beside other ways to search: {runs}")
        style.save(figure, _outputs(folder, "ratios"))


def _draw_case(axes: Axes, place: int, comparison: Comparison) -> None:
    ratios, case = comparison.ratios("wall_seconds"), comparison.case
    median = statistics.median(ratios)
    axes.barh(place, median - 1.0, 0.16, left=1.0, color=style.BLUE, alpha=0.25, zorder=2)
    axes.plot(median, place, "D", color=style.BLUE, ms=8, zorder=3)
    axes.plot(ratios, [place] * len(ratios), "o", zorder=4, **PAIR)
    for aim, colour in ((case.target, style.VERMILION), (case.reference, style.GREY)):
        if aim is not None:
            axes.plot(aim, place, "|", color=colour, ms=20, markeredgewidth=2.2, zorder=5)
    axes.annotate(
        f"{median:.2f}" if median >= 0.1 else f"{median:.3f}",
        (1.0, place),
        xycoords=("axes fraction", "data"),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
    )


def _label(comparison: Comparison) -> str:
    case = comparison.case
    return f"{case.name}: {case.title}\nbeside {PEER_NAMES[case.peer]}"


def _tick_ratios(axes: Axes, done: Sequence[Comparison]) -> None:
    shown = [0.5, 1.2]
    for each in done:
        shown += each.ratios("wall_seconds")
        shown += [aim for aim in (each.case.target, each.case.reference) if aim is not None]
    axes.set_xlim(min(shown) / 1.25, max(shown) * 1.25)
    low, high = axes.get_xlim()
    ticks = [tick for tick in RATIO_TICKS if low <= tick <= high]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.xaxis.set_minor_formatter(NullFormatter())


def _legend(axes: Axes, done: Sequence[Comparison]) -> None:
    axes.plot([], [], "o", label="a pair", **PAIR)
    axes.plot([], [], "D", color=style.BLUE, ms=8, label="median (number at the right)")
    if any(each.case.target is not None for each in done):
        axes.plot([], [], "|", color=style.VERMILION, ms=12, markeredgewidth=2.2, label="aim")
    if any(each.case.reference is not None for each in done):
        label = "aim of a like case"
        axes.plot([], [], "|", color=style.GREY, ms=12, markeredgewidth=2.2, label=label)
    axes.figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4)


def draw_overhead(runs: Sequence[Run], cores: int, folder: Path) -> None:
    """Draw wall time and machinery by trial against the number of trials."""
    fresh = [run for run in runs if run.what == FRESH]
    sizes = sorted({run.trials for run in fresh})
    by_size = [[run for run in fresh if run.trials == size] for size in sizes]
    with style.applied():
        figure, axes = _figure(7.6, 4.9)
        walls = [[1000 * run.wall_seconds / run.trials for run in group] for group in by_size]
        costs = [[overhead.machinery(run, cores) for run in group] for group in by_size]
        _curve(axes, sizes, walls, style.BLUE, "o", "wall time by trial")
        _curve(axes, sizes, costs, style.GREEN, "s", "the same less the trials' work on the cores")
        for number, (small, large) in enumerate(pairwise(by_size)):
            pairs = zip(small, large, strict=True)
            cost = statistics.median(overhead.marginal(*pair, cores) for pair in pairs)
            ends = [small[0].trials, large[0].trials]
            label = "machinery of one more trial" if number == 0 else None
            axes.plot(ends, [cost, cost], color=style.VERMILION, linewidth=3, label=label)
            middle = (ends[0] * ends[1]) ** 0.5
            axes.annotate(
                f"{cost:.1f} ms",
                (middle, cost),
                (0, -13),
                textcoords="offset points",
                ha="center",
                color=style.VERMILION,
            )
        axes.axhline(
            MOST_MACHINERY_MS,
            color=style.VERMILION,
            linewidth=1,
            linestyle=":",
            label=f"aim of the machinery: {MOST_MACHINERY_MS:g} ms",
        )
        _scales(axes, sizes)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
        style.title(figure, f"What a trial costs as a study of small trees grows; {cores} cores")
        style.save(figure, _outputs(folder, "overhead"))


def _curve(
    axes: Axes, sizes: list[int], values: list[list[float]], colour: str, marker: str, label: str
) -> None:
    medians = [statistics.median(group) for group in values]
    axes.plot(sizes, medians, color=colour, marker=marker, ms=6, label=label)
    for size, group in zip(sizes, values, strict=True):
        axes.plot([size] * len(group), group, marker, color=colour, ms=3, alpha=0.6)


def _scales(axes: Axes, sizes: list[int]) -> None:
    plain = FuncFormatter(lambda value, _: f"{value:g}")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.margins(y=0.15)
    axes.yaxis.set_major_formatter(plain)
    axes.yaxis.set_minor_formatter(plain)
    axes.set_xticks(sizes, [f"{size - 1}" for size in sizes])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("trials (and the default configuration)")
    axes.set_ylabel("milliseconds by trial")
