"""Leakage: what the rows that a model is scored on share with those that it learned from.

Each function returns sentences for people, none where there is nothing to say. Time and memory
grow with the number of rows and of splits, never with pairs of rows.
"""

import numpy as np
import numpy.typing as npt

from hypertrial.data.rows import hash_rows
from hypertrial.data.table import Table
from hypertrial.splitting.splits import TRAINING, VALIDATION, Splits
from hypertrial.wording import some

MOST_COLUMNS = 16
"""How many columns are looked at to tell copies from rows that agree by chance."""

Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def duplicates(data: Table, splits: Splits) -> list[str]:
    """Say how many rows are scored that a model has learned from under another number.

    Rows are duplicates if they agree in every feature, a missing value agreeing with another.
    They are compared by 64-bit hashes, so that of n different rows two are taken for equal
    with a chance of about n²/2⁶⁵.
    """
    import pandas as pd

    codes, _ = pd.factorize(hash_rows(data.X))
    rows = np.flatnonzero(np.bincount(codes)[codes] > 1)  # few as a rule: the rest is cheap
    codes = codes[rows]
    targets, distinct = pd.factorize(data.y[rows])
    exact, _ = pd.factorize(codes * len(distinct) + targets)
    held = splits.held[rows]
    found = [
        _sentence(
            "held-out rows",
            "a training row",
            len(splits.held_out),
            _seen(codes, ~held, held),
            _seen(exact, ~held, held),
        )
    ]
    total = alike = agreeing = 0
    for part in splits.part:
        total += int(np.count_nonzero(part == VALIDATION))
        training, validation = part[rows] == TRAINING, part[rows] == VALIDATION
        alike += _seen(codes, training, validation)
        agreeing += _seen(exact, training, validation)
    found.append(
        _sentence("validation rows", "a training row of their split", total, alike, agreeing)
    )
    return [sentence for sentence in found if sentence]


def by_chance(data: Table) -> bool:
    """Tell whether rows that are equal may well be so without being copies.

    Where values are few, rows that differ in one column alone are as frequent as equal ones. So
    it is taken for chance if for two columns (or the only one) at least as many pairs of rows
    agree in all others but not in it as agree in all. Beside a column that identifies rows,
    copies have no such pairs but for that column itself.
    """
    width = len(data.columns)
    total = np.zeros(len(data.X), dtype=np.uint64)
    for place in range(width):
        total += _hash_column(data, place)
    equal, columns = _pairs(total), min(2, width)
    places = range(0, width, max(1, width // MOST_COLUMNS))[:MOST_COLUMNS]
    near = (_pairs(total - _hash_column(data, place)) - equal for place in places)
    return len([pairs for pairs in near if pairs >= equal]) >= columns


def _hash_column(data: Table, place: int) -> npt.NDArray[np.uint64]:
    """Return a hash of each value of a column, another one for the same value of another."""
    import pandas as pd

    values = data.X[:, place] + 0.0  # no minus zero
    hashes = pd.util.hash_array(np.where(np.isnan(values), np.nan, values))
    result: npt.NDArray[np.uint64] = pd.util.hash_array(hashes + np.uint64(place))
    return result


def _pairs(codes: npt.NDArray[np.uint64]) -> int:
    """Return how many pairs of rows have equal codes."""
    _, counts = np.unique(codes, return_counts=True)
    return int((counts * (counts - 1) // 2).sum())


def _seen(codes: Codes, training: Mask, other: Mask) -> int:
    """Return how many of the other rows have a code that a training row has."""
    known = np.zeros(codes.max(initial=-1) + 1, dtype=bool)
    known[codes[training]] = True
    return int(np.count_nonzero(known[codes[other]]))


def _sentence(scored: str, learned: str, total: int, alike: int, agreeing: int) -> str:
    if not alike:
        return ""
    found = f"{alike} of {total} {scored} ({alike / total:.1%}) equal {learned} in every feature, "
    if not agreeing:
        return found + "none of them in the target too"
    return found + (
        f"{agreeing} of them in the target too: if they are copies, scores on them are no test of "
        "what was learned; set drop_duplicates: true, or make them a group"
    )


def groups(data: Table, splits: Splits) -> list[str]:
    """Say how many groups have rows on both sides of a boundary."""
    import pandas as pd

    if data.group is None:
        return []
    codes, distinct = pd.factorize(data.group)

    def present(rows: Mask) -> Mask:
        return np.bincount(codes[rows], minlength=len(distinct)) > 0

    held = int(np.count_nonzero(present(~splits.held) & present(splits.held)))
    torn = np.zeros(len(distinct), dtype=bool)
    for part in splits.part:
        torn |= present(part == TRAINING) & present(part == VALIDATION)
    remedy = "set split.method to a method by group if rows of a group are alike"
    found = []
    if held:
        of = some(held, len(distinct), "group")
        has = "has" if held == 1 else "have"
        found.append(f"{of} {has} rows both in the held-out part and in training: {remedy}")
    if torn.any():
        count = int(np.count_nonzero(torn))
        of, has = some(count, len(distinct), "group"), "has" if count == 1 else "have"
        found.append(f"{of} {has} rows both in training and in validation of a split: {remedy}")
    return found


def times(data: Table, splits: Splits) -> list[str]:
    """Say where a model learns from rows that are later than rows it is scored on."""
    if data.time is None:
        return []
    time = np.asarray(data.time)
    remedy = "set split.method to 'time' if the future is to be predicted"
    found = []
    training = time[~splits.held]
    later = np.count_nonzero(training > time[splits.held].min())
    if later:
        found.append(
            f"{later} of {len(training)} training rows are later than the first held-out row: "
            f"{remedy}"
        )
    late = sum(
        bool(time[part == TRAINING].max() > time[part == VALIDATION].min()) for part in splits.part
    )
    if late:
        found.append(
            f"In {late} of {splits.count} splits some training rows are later than the first "
            f"validation row: {remedy}"
        )
    return found
