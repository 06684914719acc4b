"""The report on splits: what is in each part, and what of it makes scores doubtful."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hypertrial import files
from hypertrial.data import table
from hypertrial.data.table import Table
from hypertrial.errors import listing
from hypertrial.splitting import leakage, splits
from hypertrial.splitting.split_rules import SplitRules, method_of
from hypertrial.splitting.splits import Rows, Splits

FEW_ROWS = 30
"""Scores of fewer held-out rows say little."""


def write(params: str, table_paths: Sequence[str], splits_path: str, output: str) -> None:
    """Write the report on the splits that were made of a table as ``params`` say."""
    rules, _ = SplitRules.from_json(params)
    found = report(table.load(*table_paths), splits.load(splits_path), rules)
    files.write(output, files.json_bytes(found))


def report(data: Table, splits: Splits, rules: SplitRules) -> dict[str, Any]:
    """Describe the splits of a table as JSON values; the same splits give the same report.

    ``held_out`` and ``training`` describe the two parts of the table, ``splits`` the training
    and validation rows of each split: how many rows, and where the table has them the sum of
    weights and the first and last time, as ISO 8601 text or a number. ``warnings`` are
    sentences.
    """
    rows = len(data.y)
    held_out, training = splits.held_out, splits.training
    return {
        "method": method_of(data, rules),
        "rows": rows,
        "held_out": {
            "share": len(held_out) / rows,
            **_part(data, held_out),
            **_target(data, held_out),
        },
        "training": {**_part(data, training), **_target(data, training)},
        "count": splits.count,
        "splits": [
            {"training": _part(data, fitted), "validation": _part(data, validated)}
            for fitted, validated in splits.parts()
        ],
        "warnings": [
            *_small(held_out),
            *_absent(data, splits),
            *_equal_rows(data, splits),
            *leakage.groups(data, splits),
            *leakage.times(data, splits),
        ],
    }


def _part(data: Table, rows: Rows) -> dict[str, Any]:
    found: dict[str, Any] = {"rows": len(rows)}
    if data.weight is not None:
        found["weight"] = float(data.weight[rows].sum())
    if data.time is not None:
        time = data.time[rows]
        found["time"] = [_moment(time.min()), _moment(time.max())]
    return found


def _moment(time: Any) -> str | float:
    if isinstance(time, np.integer):
        return str(np.datetime_as_string(np.datetime64(int(time), "ns"), unit="auto"))
    return float(time)


def _target(data: Table, rows: Rows) -> dict[str, Any]:
    y = data.y[rows]
    if data.task == "regression":
        return {"mean_target": float(y.mean())}
    counts = np.bincount(y, minlength=len(data.classes))
    return {"class_counts": dict(zip(data.classes, counts.tolist(), strict=True))}


def _small(held_out: Rows) -> list[str]:
    if len(held_out) >= FEW_ROWS:
        return []
    return [f"The held-out part has only {len(held_out)} rows: scores on it say little"]


def _equal_rows(data: Table, splits: Splits) -> list[str]:
    """Say how many rows are scored that equal training rows, if they may be copies."""
    found = leakage.duplicates(data, splits)
    return [] if found and leakage.by_chance(data) else found


def _absent(data: Table, splits: Splits) -> list[str]:
    """Name the classes that validation parts lack."""
    lacking: dict[str, list[int]] = {}
    for number, (_, validation) in enumerate(splits.parts() if data.classes else ()):
        counts = np.bincount(data.y[validation], minlength=len(data.classes))
        for code in np.flatnonzero(counts == 0):
            lacking.setdefault(data.classes[code], []).append(number)
    return [
        f"No row of class '{name}' is validated in split {listing(numbers)}: scores such as "
        "ROC AUC are not defined there"
        for name, numbers in lacking.items()
    ]
