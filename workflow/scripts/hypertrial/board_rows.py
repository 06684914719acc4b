"""The rows of the leaderboard and of the table of held-out scores.

There are three kinds: winners, which are ranked; the baseline of a data set; and searches that
failed, which have no score.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from hypertrial import collect, files
from hypertrial.metrics import METRICS
from hypertrial.winnerless import Winner

WINNER, BASELINE, FAILED = "winner", "baseline", "failed"
KINDS = (WINNER, BASELINE, FAILED)
Row = dict[str, Any]


def ranked(rows: Sequence[Row]) -> pd.DataFrame:
    """Return the leaderboard: of each data set the winners by rank, then what is not ranked.

    Data sets stay in the order in which they come first; equal scores share a rank.
    """
    table = pd.DataFrame(rows)
    means = table["mean_test"].astype(float).map(collect.comparable)
    best = means.where(table["greater_is_better"].astype(bool), -means)
    best = best.where(table["kind"] == WINNER)
    ranks = best.groupby(table["dataset"], sort=False).rank(method="min", ascending=False)
    table.insert(list(table.columns).index("mean_test"), "rank", ranks.astype("Int64"))
    order = {name: i for i, name in enumerate(dict.fromkeys(table["dataset"]))}
    places = {"dataset": order, "kind": {kind: i for i, kind in enumerate(KINDS)}}
    return table.sort_values(
        ["dataset", "kind", "rank", "model"],
        key=lambda column: column.map(places.get(str(column.name), lambda value: value)),
        ignore_index=True,
    ).astype({"learned_values": "Int64"})


def of_winner(winner: Winner) -> Row:
    """Return the row of a winner."""
    metric = winner["metrics"][0]
    validation, default = winner["validation"][metric], winner["default"]
    return {
        **_names(winner, winner["model"], WINNER),
        "mean_test": validation["mean"],
        "std_test": validation["std"],
        "mean_train": _number(validation["mean_train"]),
        "default_mean_test": default[metric]["mean"] if default else math.nan,
        "gain": _number(winner["gain"]),
        **_held_out(winner, metric),
        "learned_values": winner["learned"]["values"],
        **_trials(winner),
        "trial": winner["trial"],
        "hyperparameters": files.canonical_json(winner["hyperparameters"]["set"]),
        "reason": None,
    }


def of_baseline(baseline: Mapping[str, Any]) -> Row:
    """Return the row of a data set's baseline."""
    metric = baseline["metrics"][0]
    validation = baseline["validation"][metric]
    return {
        **_names(baseline, BASELINE, BASELINE),
        "mean_test": _number(validation["mean"]),
        "std_test": _number(validation["std"]),
        **_held_out(baseline, metric),
        "trials": 0,
        "failed": 0,
    }


def of_failed(record: Winner) -> Row:
    """Return the row of a search without a winner."""
    return {
        **_names(record, record["model"], FAILED),
        **_trials(record),
        "reason": record["reason"],
    }


def held_out(record: Mapping[str, Any]) -> Row:
    """Return the held-out scores of a winner or of a baseline."""
    row = {
        "dataset": record["dataset"],
        "task": record["task"],
        "model": record.get("model", BASELINE),
        "trial": record.get("trial"),
        "held_out_rows": record["held_out_rows"],
    }
    for metric, score in record["held_out"].items():
        found = record["held_out_intervals"][metric]
        row |= {metric: score, f"{metric}_low": found["low"], f"{metric}_high": found["high"]}
    return {**row, "note": _why_none(record["held_out_intervals"])}


def _names(record: Mapping[str, Any], model: str, kind: str) -> Row:
    metric = record["metrics"][0]
    return {
        "dataset": record["dataset"],
        "task": record["task"],
        "model": model,
        "kind": kind,
        "metric": metric,
        "greater_is_better": METRICS[metric].greater_is_better,
        # So that the columns are there, and in their order, whatever kinds of rows there are.
        **dict.fromkeys(("mean_test", "std_test", "mean_train", "default_mean_test"), math.nan),
        **dict.fromkeys(("gain", "held_out", "held_out_low", "held_out_high"), math.nan),
        **dict.fromkeys(
            ("held_out_note", "learned_values", "trials", "failed", "trial", "hyperparameters")
        ),
        "reason": None,
    }


def _held_out(record: Mapping[str, Any], metric: str) -> Row:
    found = record["held_out_intervals"][metric]
    return {
        "held_out": _number(record["held_out"][metric]),
        "held_out_low": _number(found["low"]),
        "held_out_high": _number(found["high"]),
        "held_out_note": found["note"],
    }


def _why_none(intervals: Mapping[str, Any]) -> str:
    """Say which scores have no interval, and why."""
    without: dict[str, list[str]] = {}
    for metric, each in intervals.items():
        if each["note"]:
            without.setdefault(each["note"], []).append(metric)
    return "; ".join(f"{', '.join(names)}: {note}" for note, names in without.items())


def _trials(record: Winner) -> Row:
    failed = sum(each["trials"] for each in record["failures"])
    return {"trials": record["trials"], "failed": failed}


def _number(value: float | None) -> float:
    return math.nan if value is None else value
