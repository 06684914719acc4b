"""What a winner learned: the columns that it needs, and what its family tells of it."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from hypertrial import collect, compare
from hypertrial.explanation import registry, subject
from hypertrial.explanation.registry import Panel
from hypertrial.metrics import METRICS
from hypertrial.plots import style, winnerless

MOST_BARS = 15


@winnerless.of_winner
def permutation_importance(importance: str, winner: str, outputs: Sequence[str]) -> None:
    """Draw what the score loses when each of the first columns is shuffled."""
    record = compare.read_winners([winner])[0]
    found = collect.read_table(importance)
    shown = found.head(MOST_BARS)
    first = found.iloc[0]
    mean = shown["mean"].to_numpy(dtype=float)
    with style.applied():
        figure, (ax,) = style.grid(1, width=6.6, height=1.0 + 0.27 * len(shown))
        _frame(ax, [str(name) for name in shown["feature"]])
        places = np.arange(len(shown))
        ax.barh(places, mean, height=0.62, color=style.BLUE, alpha=0.75)
        ends = shown[["low", "high"]].to_numpy(dtype=float).T
        reach = np.abs(ends - mean)
        ax.errorbar(
            mean, places, xerr=reach, fmt="none", ecolor=style.INK, elinewidth=1.2, capsize=3
        )
        ax.axvline(0.0, color=style.GREY, linewidth=0.9)
        metric = METRICS[first["metric"]]
        style.hold(ax, *metric.losses_from(float(first["score"])), "x")
        ax.set_xlabel(f"loss of {metric.title} when the column is shuffled")
        name = f"{style.shorten(record['dataset'], 40)} · {style.shorten(record['model'], 30)}"
        more = len(found) - len(shown)
        style.title(
            figure,
            f"{name}: permutation importance on {first['rows']} held-out rows",
            f"mean of {first['repeats']} shuffles and its {first['level']:.0%} interval"
            + (f"; {more} more columns are not shown" if more else ""),
        )
        style.save(figure, outputs)


@winnerless.of_winner
def learned(winner: str, table: str | None, outputs: Sequence[str]) -> None:
    """Draw what a winner's family tells of what it learned, the longest bars of each panel."""
    own = subject.load(winner, table)
    panels = registry.get(own.record["model"]).panels(own)
    name = f"{style.shorten(own.record['dataset'], 40)} · {style.shorten(own.record['model'], 30)}"
    with style.applied():
        if not any(panel.bars for panel in panels):
            style.sentence(f"{name}: training learned nothing of any feature.", outputs)
            return
        most = max(len(panel.bars[:MOST_BARS]) for panel in panels)
        figure, axes = style.grid(len(panels), width=4.3, height=1.0 + 0.27 * most)
        for ax, panel in zip(axes, panels, strict=True):
            _panel(ax, panel)
        style.title(figure, f"{name}: what the winner learned")
        parts = [panel.part for panel in panels if any(bar.part for bar in panel.bars)]
        if parts:
            patch = Patch(color=style.VERMILION, alpha=0.85)
            figure.legend([patch], [f"of these, {parts[0]}"], loc="outside lower center")
        style.save(figure, outputs)


def _panel(ax: Axes, panel: Panel) -> None:
    bars = panel.bars[:MOST_BARS]
    _frame(ax, [bar.name for bar in bars])
    places, values = np.arange(len(bars)), [bar.value for bar in bars]
    ax.barh(places, values, height=0.62, color=style.BLUE, alpha=0.75)
    if panel.part:
        ax.barh(
            places,
            [bar.part or 0.0 for bar in bars],
            height=0.62,
            color=style.VERMILION,
            alpha=0.85,
        )
    ax.axvline(0.0, color=style.GREY, linewidth=0.9)
    ax.set_xlabel(panel.label)
    more = len(panel.bars) - len(bars)
    ax.set_title(f"{panel.title}" + (f"\n({more} more not shown)" if more else ""))
    whole = all(float(bar.value).is_integer() for bar in bars)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=whole))


def _frame(ax: Axes, names: Sequence[str]) -> None:
    """Give each bar a line of its own, the first on top; there is room for fifteen."""
    ax.set_yticks(range(len(names)), [style.shorten(name, 22) for name in names])
    ax.set_ylim(max(len(names), 3) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
