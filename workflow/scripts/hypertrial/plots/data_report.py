"""A picture of a data set for a reader who has never seen it, and one of its splits."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, MaxNLocator

from hypertrial.data import data_report, table
from hypertrial.plots import split_strips, style
from hypertrial.wording import number

MOST_CLASSES, MOST_COLUMNS = 16, 25
LONGEST_NOTE = 44
MOST_NAMED = 5
MOST_ODD = 10
"""Most columns that are shown for being odd, whatever the share of their gaps."""

splits = split_strips.splits


def overview(
    report: str, about: str, splits_report: str, values: str, outputs: Sequence[str]
) -> None:
    """Draw what a data set holds: its target, the kinds of its columns, and their gaps.

    Parameters
    ----------
    report
        The report on the columns (CSV).
    about, values
        The description and the values of the typed table.
    splits_report
        The report on the splits (JSON).
    outputs
        The figure, once for each format.
    """
    found = data_report.read(report)
    described = table.read_description(about)
    parts = json.loads(Path(splits_report).read_bytes())
    odd, kinds = noteworthy(found), kinds_of(found)
    with style.applied():
        figure = _sheet(len(described["classes"]), len(kinds), odd)
        axes = {str(ax.get_label()): ax for ax in figure.axes}
        if described["classes"]:
            _classes(axes["target"], described["classes"], parts)
        else:
            _distribution(axes["target"], table.load(values, about), parts)
        _kinds(axes["kinds"], kinds)
        _columns(axes["columns"], odd)
        style.title(figure, *_title(described, found))
        style.save(figure, outputs)


def _sheet(classes: int, kinds: int, odd: pd.DataFrame) -> Figure:
    """Return a figure that has room for all, and its panels by their names."""
    lines = min(classes, MOST_CLASSES) or 8
    heights = [0.3 * (lines + 2), 0.3 * (kinds + 2)]
    beside = odd["note"][odd["missing_share"] > 0].str.len().max() if len(odd) else 0
    width = 12.0 + 0.07 * min(np.nan_to_num(beside), LONGEST_NOTE)
    height = max(sum(heights) + 1.2, 0.23 * min(len(odd), MOST_COLUMNS) + 1.0) + 1.2
    figure = Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1))
    mosaic: list[Any] = [["target", "columns"], ["kinds", "columns"]]
    widths = [1.0, 1.0 if len(odd) else 0.5]
    figure.subplot_mosaic(mosaic, height_ratios=heights, width_ratios=widths)
    return figure


USUAL = ("", "declared", "made of dates", "ordered as the file says")
"""Notes of which nothing has to be thought."""


def noteworthy(report: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that have gaps or are odd, those with the most gaps first.

    A constant, a duplicate and a wide column are odd. What was left out, or made into others, is
    not among them.
    """
    kept = report[~report["role"].isin(("dropped", "dates"))]
    notes = kept["note"].map(
        lambda note: "; ".join(part for part in note.split("; ") if part not in USUAL)
    )
    kept = kept.assign(note=notes, missing_share=kept["missing_share"].fillna(0.0))
    odd = kept[(kept["missing_share"] > 0) | (kept["note"] != "")]
    return odd.sort_values("missing_share", ascending=False, kind="stable", ignore_index=True)


def kinds_of(report: pd.DataFrame) -> dict[str, int]:
    """Return how many features there are of each kind, and how many columns were left out."""
    roles = report["role"]
    counts = report["kind"][roles == "feature"].value_counts(sort=False)
    kinds = {str(kind): int(count) for kind, count in sorted(counts.items(), key=str)}
    left_out = int((roles == "dropped").sum())
    return {**kinds, "left out": left_out} if left_out else kinds


def _title(described: dict[str, Any], report: pd.DataFrame) -> list[str]:
    """Say how large the data set is, and what its columns are beside features."""
    features = int((report["role"] == "feature").sum())
    task = described["task"]
    if described["classes"]:
        task = f"{len(described['classes'])} classes"
    lines = [
        f"{style.shorten(described['name'], 40)}: {described['rows']} rows, {features} feature"
        + "s" * (features != 1)
        + f", target '{style.shorten(described['target'])}' ({task})"
    ]
    roles = [f"{role}: {style.shorten(name)}" for role, name in described["roles"].items()]
    left_out = [style.shorten(name) for name in described["dropped"]]
    if len(left_out) > MOST_NAMED:
        left_out[MOST_NAMED:] = [f"{len(left_out) - MOST_NAMED} more"]
    if left_out:
        roles.append(f"left out: {', '.join(left_out)}")
    return [*lines, "; ".join(roles)] if roles else lines


def _bars(ax: Axes, names: Sequence[str], limit: int, fewest: int = 1) -> None:
    """Give the y axis a line for each name, the first on top, and room for a few at least."""
    ax.set_yticks(range(len(names)), [_both_ends(name, limit) for name in names])
    ax.set_ylim(max(len(names), fewest) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")


def _both_ends(name: str, limit: int) -> str:
    """Return a name of at most ``limit`` characters: many differ at their ends alone."""
    name = style.shorten(name, len(name))
    tail = limit // 3
    return name if len(name) <= limit else f"{name[: limit - tail - 1]}…{name[-tail:]}"


def _classes(ax: Axes, classes: Sequence[str], parts: dict[str, Any]) -> None:
    """Draw each class's share of the training and of the held-out rows, with its rows."""
    names = ("training", "held_out")
    counts = np.array([[parts[name]["class_counts"][each] for each in classes] for name in names])
    shown = np.arange(len(classes))
    title = "Classes"
    if len(classes) > MOST_CLASSES:
        shown = np.argsort(-counts.sum(axis=0), kind="stable")[:MOST_CLASSES]
        smallest = classes[int(counts.sum(axis=0).argmin())]
        title = (
            f"The {MOST_CLASSES} largest of {len(classes)} classes\n"
            f"the smallest: {style.shorten(smallest)}, {counts.sum(axis=0).min()} rows"
        )
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    looks = ((-0.19, style.BLUE, "training"), (0.19, "#4d4d4d", "held out"))
    for share, count, (shift, colour, label) in zip(shares, counts, looks, strict=True):
        places = np.arange(len(shown)) + shift
        drawn = ax.barh(places, share[shown], 0.36, color=colour, label=label)
        ax.bar_label(drawn, [str(rows) for rows in count[shown]], padding=3, fontsize=7.5)
    _bars(ax, [classes[code] for code in shown.tolist()], 24)
    ax.set(
        xlim=(0, 1.12 * float(shares.max())), title=title, xlabel="share of the rows; their number"
    )
    ax.xaxis.set_major_formatter(FuncFormatter(_percent))
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), borderaxespad=3.9, ncols=2)


def _distribution(ax: Axes, data: table.Table, parts: dict[str, Any]) -> None:
    """Draw the histogram of a target of numbers, with the means of both parts."""
    bounds = style.limits(np.array([]), data.y, margin=0.0)
    bins = int(np.clip(2 * np.cbrt(len(data.y)), 8, 60))
    edges = np.linspace(*bounds, bins + 1)
    ax.hist(np.clip(data.y, *bounds), edges.tolist(), color=style.SKY, edgecolor="white")
    for name, colour, line in (("training", style.BLUE, "-"), ("held_out", "#4d4d4d", "--")):
        mean = parts[name]["mean_target"]
        label = f"mean of the {name.replace('_', '-')} rows"
        ax.axvline(
            mean, color=colour, linestyle=line, label=f"{label}, {number(mean, apart=False)}"
        )
    outside = int(((data.y < bounds[0]) | (data.y > bounds[1])).sum())
    title = "Target" + (f"; {outside} rows beyond the axis, put at its edge" if outside else "")
    ax.set(ylabel="rows", title=title)
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), borderaxespad=2.4, ncols=1)


def _kinds(ax: Axes, kinds: dict[str, int]) -> None:
    colours = [style.GREY if kind == "left out" else style.GREEN for kind in kinds]
    drawn = ax.barh(range(len(kinds)), list(kinds.values()), 0.6, color=colours)
    ax.bar_label(drawn, padding=3, fontsize=8.5)
    _bars(ax, list(kinds), 24, fewest=2)
    ax.set(xlim=(0, 1.1 * max(kinds.values())), title="Features by kind")
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))


def _columns(ax: Axes, odd: pd.DataFrame) -> None:
    """Draw the share of missing values of the columns that have any, and mark the odd ones."""
    if not len(odd):
        ax.text(0.5, 0.5, "No value is missing, no column is odd.", ha="center", style="italic")
        ax.set_axis_off()
        return
    first = odd[odd["note"] != ""].index[:MOST_ODD]
    rest = odd.index.difference(first)[: MOST_COLUMNS - len(first)]
    shown = odd.loc[sorted([*first, *rest])]
    names = [
        name if role == "feature" else f"{style.shorten(name, 20)} ({role})"
        for name, role in zip(shown["column"], shown["role"], strict=True)
    ]
    shares = shown["missing_share"].to_numpy(dtype=float)
    drawn = ax.barh(range(len(shown)), shares, 0.6, color=style.ORANGE)
    labels = [_percent(share) if share else "" for share in shares.tolist()]
    ax.bar_label(drawn, labels, padding=3, fontsize=7.5)
    _bars(ax, names, 30, fewest=6)
    for place, (share, note) in enumerate(zip(shares.tolist(), shown["note"], strict=True)):
        at = (1.01 if share else 0.02, place)
        text = style.shorten(note, LONGEST_NOTE)
        ax.annotate(text, at, xycoords=ax.get_yaxis_transform(), **_note())
    hidden = len(odd) - len(shown)
    title = "Missing values and odd columns" if shares.any() else "Odd columns; no value is missing"
    ax.set_title(title + (f"; {hidden} more not shown" if hidden else ""))
    ax.set(xlim=(0, 1.14 * float(shares.max()) or 1.0), xlabel="share of missing values")
    ax.xaxis.set_major_formatter(FuncFormatter(_percent))
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.xaxis.set_visible(bool(shares.any()))


def _note() -> dict[str, Any]:
    return {"va": "center", "fontsize": 8.5, "color": style.VERMILION}


def _percent(share: float, _: object = None) -> str:
    return f"{100 * share:.3g} %"
