"""The report on a data set's columns: what each holds, and what is odd about it."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from hypertrial import files
from hypertrial.data import precision
from hypertrial.spreadsheet import guard, unguarded

if TYPE_CHECKING:
    import pandas as pd

TEXTS = ("column", "role", "kind", "most_frequent", "note")
COUNTS = ("missing", "distinct")
SHARES = ("missing_share", "most_frequent_share")
MOMENTS = ("minimum", "mean", "maximum", "standard_deviation")
FIELDS = (
    *("column", "role", "kind", "missing", "missing_share", "distinct", *MOMENTS),
    *("most_frequent", "most_frequent_share", "note"),
)
"""The columns of the report."""

SINGLE = "single"
"""Under this key a row has the number of different values in single precision for a while."""
USED = ("feature", "target")

Role = Literal["feature", "target", "weight", "group", "time", "fold", "dates", "dropped"]


@dataclass(frozen=True)
class Profile:
    """A column of a source: what it is, and its values, which None stands for if not read.

    ``values`` have shape (n,): numbers, codes into ``labels``, or int64 ``timestamps``; NaN is
    missing. ``notes`` are what reading found out in a few words, ``warnings`` in sentences.
    """

    name: str
    role: Role
    kind: str = ""
    values: npt.NDArray[Any] | None = None
    labels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Summary:
    """The rows of a report, one per column, and the findings that concern several columns.

    ``coarse`` are columns that single precision makes few values of: how many of how many.
    """

    rows: list[dict[str, Any]]
    constant: list[str]
    duplicates: dict[str, str]
    coarse: dict[str, tuple[int, int]]


def write(about: str, output: str) -> None:
    """Write the report that a table's description holds as CSV."""
    write_rows(json.loads(Path(about).read_bytes())["report"], output)


def write_rows(rows: Sequence[dict[str, Any]], output: str | Path) -> None:
    """Write the rows of a report as CSV; what is not known is empty, floats are ``repr``."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, FIELDS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: guard(value) for key, value in row.items()} for row in rows)
    files.write(output, buffer.getvalue())


def summarise(profiles: Sequence[Profile]) -> Summary:
    """Describe columns, and find those that are constant or equal to an earlier one."""
    rows = [_row(each) for each in profiles]
    duplicates = _duplicates(profiles, rows)
    constant, coarse = [], {}
    for profile, row in zip(profiles, rows, strict=True):
        notes = [*profile.notes]
        single = row.pop(SINGLE, None)
        if single and profile.role in USED and precision.is_coarse(row["distinct"], single):
            coarse[profile.name] = single, row["distinct"]
            notes.append(f"{single} of {row['distinct']} values in float32")
        if row.get("distinct") == 1:
            notes.append("constant but for gaps" if row["missing"] else "constant")
            if profile.role == "feature" and not row["missing"]:
                constant.append(profile.name)
        if profile.name in duplicates:
            notes.append(f"duplicate of {duplicates[profile.name]}")
        row["note"] = "; ".join(notes)
    return Summary(rows, constant, duplicates, coarse)


def read(path: str | Path) -> "pd.DataFrame":
    """Read a report; counts are ``Int64``, other numbers float64, absent texts are empty.

    The columns are ``FIELDS``. Shares of missing values are of all rows, those of the most
    frequent label of the values that are present; the standard deviation is the population's.
    """
    import pandas as pd

    types: dict[str, Any] = {
        **dict.fromkeys(TEXTS, "str"),
        **dict.fromkeys(COUNTS, "Int64"),
        **dict.fromkeys((*SHARES, *MOMENTS), "float64"),
    }
    absent = {name: [""] for name in (*COUNTS, *SHARES, *MOMENTS)}
    found = pd.read_csv(path, dtype=types, keep_default_na=False, na_values=absent)
    return unguarded(found)


def _row(profile: Profile) -> dict[str, Any]:
    row: dict[str, Any] = {"column": profile.name, "role": profile.role, "kind": profile.kind}
    if profile.values is None:
        return row
    present = profile.values[~np.isnan(profile.values)]
    missing = len(profile.values) - len(present)
    row |= {"missing": missing, "missing_share": missing / len(profile.values)}
    if profile.kind == "timestamps":
        return {**row, "distinct": _distinct(present)}
    if profile.kind == "numeric":
        return row | _moments(present)
    counts = np.bincount(present.astype(np.int64), minlength=len(profile.labels))
    return row | {
        "distinct": int(np.count_nonzero(counts)),
        "most_frequent": profile.labels[int(counts.argmax())],
        "most_frequent_share": float(counts.max() / len(present)),
    }


def _moments(present: npt.NDArray[np.float64]) -> dict[str, Any]:
    """Return what describes numbers; a moment too large for a float is left out."""
    with np.errstate(over="ignore", invalid="ignore"):
        found = {
            "minimum": float(present.min()),
            "mean": float(present.mean()),
            "maximum": float(present.max()),
            "standard_deviation": float(present.std()),
        }
    finite = {name: value for name, value in found.items() if np.isfinite(value)}
    distinct = _distinct(present)
    return {"distinct": distinct, SINGLE: precision.distinct(present), **finite}


def _distinct(present: npt.NDArray[Any]) -> int:
    """Return the number of different values; they are sorted in their place."""
    present.sort()
    return 1 + int(np.count_nonzero(present[1:] != present[:-1]))


def _duplicates(profiles: Sequence[Profile], rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return the first column that each later one equals; only likely pairs are compared."""
    likely: dict[tuple[Any, ...], list[Profile]] = {}
    duplicates = {}
    for profile, row in zip(profiles, rows, strict=True):
        if profile.values is None:
            continue
        form = profile.kind if not profile.labels else "labels"
        described = (*COUNTS, *MOMENTS, "most_frequent_share")
        others = likely.setdefault((form, *(row.get(name) for name in described)), [])
        values = None
        for other in others:
            values = _comparable(profile) if values is None else values
            if _same(profile, values, other):
                duplicates[profile.name] = other.name
                break
        else:
            others.append(profile)
    return duplicates


def _same(profile: Profile, values: npt.NDArray[Any], other: Profile) -> bool:
    if profile.labels and _used(profile)[0] != _used(other)[0]:
        return False
    return bool(np.array_equal(values, _comparable(other), equal_nan=True))


def _used(profile: Profile) -> tuple[list[str], list[int]]:
    """Return the labels that occur, sorted, and their codes."""
    values = np.asarray(profile.values, dtype=float)
    codes = values[~np.isnan(values)].astype(np.int64)
    counts = np.bincount(codes, minlength=len(profile.labels))
    occurring = [(label, code) for code, label in enumerate(profile.labels) if counts[code]]
    occurring.sort()
    return [label for label, _ in occurring], [code for _, code in occurring]


def _comparable(profile: Profile) -> npt.NDArray[Any]:
    """Return the values, or codes that do not depend on the order of the labels."""
    values = np.asarray(profile.values)
    if not profile.labels:
        return values
    _, used = _used(profile)
    ranks = np.full(len(profile.labels) + 1, np.nan)
    ranks[used] = np.arange(len(used))
    return ranks[np.where(np.isnan(values), -1, values).astype(np.int64)]
