"""The leaderboard as people read it: in Markdown, and in LaTeX."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hypertrial import latex as tex
from hypertrial.board_rows import FAILED, WINNER
from hypertrial.markdown import escape, table
from hypertrial.metrics import METRICS
from hypertrial.wording import count, interval, number, spread

HEADER = ("rank", "model", "validation", "default", "gain", "held-out", "learned values", "set")
RIGHT = (0, 2, 3, 4, 5, 6)
WORDS = {None: "null", True: "true", False: "false"}

Row = Mapping[str, Any]


def without_interval(notes: Iterable[tuple[str, Any]]) -> list[str]:
    """Say once for each reason what has no interval; see :func:`dashes`."""
    return dashes("[–] stands where there is no interval", notes)


def dashes(meaning: str, notes: Iterable[tuple[str, Any]]) -> list[str]:
    """Say what a dash means, and once for each reason what has it, given names and notes.

    A note is missing or empty where there is no dash; nothing is said if there is none at all.
    """
    found: dict[str, list[str]] = {}
    for name, note in notes:
        if isinstance(note, str) and note:
            found.setdefault(note, []).append(name)
    if not found:
        return []
    reasons = [f"{note} ({', '.join(dict.fromkeys(names))})" for note, names in found.items()]
    return [f"{meaning}: {escape('; '.join(reasons))}."]


def markdown(rows: Sequence[Row]) -> list[str]:
    """Return a heading and a table for each data set, given the rows of the leaderboard."""
    parts = []
    for dataset, own in by_dataset(rows).items():
        metric = METRICS[own[0]["metric"]]
        better = "higher" if metric.greater_is_better else "lower"
        parts.append(f"**{dataset}** ({own[0]['task']}; {metric.title}, {better} is better)")
        parts.append(table(HEADER, [_cells(row) for row in own]))
    return parts


def latex(rows: Sequence[Row]) -> str:
    """Return one table of all data sets, for a document that loads the package booktabs."""
    header = ("data set", "metric", *HEADER)
    right = [place + 2 for place in RIGHT]
    cells = [
        (row["dataset"], METRICS[row["metric"]].title, *_cells(row))
        for own in by_dataset(rows).values()
        for row in own
    ]
    return tex.table(header, cells, right)


def by_dataset(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Return rows by their data set, in the order in which these come first."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row["dataset"]), []).append(row)
    return found


def _cells(row: Row) -> tuple[Any, ...]:
    kind = row.get("kind", WINNER)
    if kind == FAILED:
        return ("", row["model"], "no result", *["–"] * 5)
    return (
        "" if kind != WINNER else int(row["rank"]),
        row["model"],
        spread(row["mean_test"], row["std_test"]),
        number(row["default_mean_test"]),
        number(row["gain"]),
        interval(row["held_out"], row["held_out_low"], row["held_out_high"]),
        count(row["learned_values"]) if kind == WINNER else "–",
        setting(json.loads(row["hyperparameters"])) if kind == WINNER else "–",
    )


def setting(values: Mapping[str, Any]) -> str:
    """Return how hyperparameters that were set are written."""
    if not values:
        return "(default)"
    return ", ".join(
        f"{name}={WORDS[value] if value is None or isinstance(value, bool) else value}"
        for name, value in values.items()
    )
