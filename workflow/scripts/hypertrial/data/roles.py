"""What a column is beside a feature and the target: weight, group, time or fold of the rows."""

from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.data.collectors import Collector, Numbers, Times
from hypertrial.data.columns import as_number
from hypertrial.data.features import Labels
from hypertrial.data.sources import Source, mistake
from hypertrial.data.spec import DatasetSpec
from hypertrial.data.table import ROLES
from hypertrial.errors import DataError, listing

HELD_OUT = ("-1", "test", "held_out", "held-out")
MOST_FOLDS = int(np.iinfo(np.int16).max)


def named(spec: DatasetSpec) -> dict[str, str]:
    """Return the column of each role that the data set has."""
    return {role: name for role in ROLES if (name := getattr(spec, role)) is not None}


def collector(spec: DatasetSpec, source: Source, role: str) -> tuple[Collector, Any]:
    """Return what collects the column of a role, and the array that it fills."""
    name = str(getattr(spec, role))
    if role == "time":
        times = np.empty(source.most_rows, np.int64)
        return Times(source, name, times, spec.missing), times
    out = np.empty(source.most_rows)
    if role == "weight":
        return Numbers(
            source,
            name,
            out,
            spec.missing,
            lambda text: f"the weight '{name}' must be a finite number, at least 0, not '{text}'",
        ), out
    return Labels(source, name, out, spec.missing), out


def values(
    role: str, name: str, source: Source, filled: Collector, out: npt.NDArray[Any]
) -> npt.NDArray[Any]:
    """Return the values of a role, of shape (n,), from the n values that were collected.

    Raises
    ------
    DataError
        If one is missing or they cannot have this role.
    """
    if isinstance(filled, Times):
        check_present(source, f"the time '{name}'", filled.absent(len(out)))
        return filled.values(len(out))
    check_present(source, f"the {role} '{name}'", np.isnan(out))
    if role == "weight":
        return _weights(source, name, out)
    if role == "group":
        return out.astype(np.int64)
    return _folds(source, name, filled.labels, out.astype(np.int64))


def check_present(
    source: Source,
    what: str,
    absent: npt.NDArray[np.bool_],
    remedy: str = " is missing; remove such rows",
) -> None:
    """Check that nothing is missing where a value is needed.

    Raises
    ------
    DataError
        If something is; ``absent``, of shape (n,), tells where.
    """
    count = int(absent.sum())
    if count:
        more = f" (and {count - 1} more)" if count > 1 else ""
        place = source.place(int(absent.argmax()))
        raise DataError(f"{source.path}: {place}{more}: {what}{remedy}")


def _weights(source: Source, name: str, out: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    if (out < 0).any():
        row = int((out < 0).argmax())
        raise mistake(
            source,
            row,
            f"the weight '{name}' must be a finite number, at least 0, not '{out[row]:g}'",
        )
    if not out.any():
        raise DataError(f"{source.path}: the weights '{name}' are all 0")
    return out


def _folds(
    source: Source, name: str, labels: tuple[str, ...], codes: npt.NDArray[np.int64]
) -> npt.NDArray[np.int16]:
    """Return the fold of each row: -1 where it is held out, else 0, 1, and so on."""
    numbers = {label: as_number(label) for label in labels}
    kept = [label for label in labels if label not in HELD_OUT and numbers[label] != -1]
    whole = all(number is not None and number.is_integer() for number in map(numbers.get, kept))
    wrong = [label for label in kept if whole and (numbers[label] or 0.0) < 0]
    if wrong:
        row = int((codes == labels.index(wrong[0])).argmax())
        allowed = "a whole number of at least 0, a text, or -1 where a row is held out"
        raise mistake(source, row, f"the fold '{name}' must be {allowed}, not '{wrong[0]}'")
    keys = {label: numbers[label] if whole else label for label in kept}
    ranks = {key: rank for rank, key in enumerate(sorted(set(keys.values())))}  # type: ignore[type-var]
    found = f"{source.path}: the fold '{name}' has"
    if not 2 <= len(ranks) <= MOST_FOLDS:
        few = f": {listing(kept)}" if len(kept) == 1 else ""
        raise DataError(
            f"{found} {len(ranks)} different labels beside those of held-out rows{few}; "
            f"2 to {MOST_FOLDS} are needed"
        )
    if len(kept) == len(labels):
        raise DataError(
            f"{found} no held-out row; mark the rows that are for the final test only with one "
            f"of {listing(HELD_OUT)}"
        )
    lookup = np.array([ranks[keys[label]] if label in keys else -1 for label in labels])
    return lookup.astype(np.int16)[codes]
