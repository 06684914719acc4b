"""Columns that alone tell the target: found out of sample, before anything is trained.

Each row is predicted from the others by one column: where several rows have its value, by the
most frequent class (the mean rank of the target) among the others of them, else by the rows with
the next values. This is leave-one-out validation of the plainest model of one column.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hypertrial.data.table import Column, Table

MOST_ROWS = 20_000
"""More rows are not looked at: so many of them are drawn, the same each time."""
FEWEST_ROWS, FEWEST_OTHERS = 20, 5
"""Fewer rows, or rows outside the largest class, can be told by chance."""
LEAST_SKILL = 0.98
"""Share of the rows outside the largest class (of the variance of ranks) that is told."""
LEAST_GAP_SKILL = 0.9
"""The same for a column's gaps, which nothing that is measured should cause."""
ROWS_PER_VALUE = 2

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Leak:
    """A column that tells the target: in a few words, and in a sentence."""

    column: str
    note: str
    sentence: str


class _Groups(NamedTuple):
    """Rows by the value of a column: the values, the group of each row, the groups' sizes."""

    values: Floats
    of: Codes
    ordered: bool
    sizes: Codes
    gap: bool

    @property
    def neighbours(self) -> int:
        """How many groups stand in a row by their values; that of missing values does not."""
        return len(self.sizes) - self.gap


def find(data: Table) -> list[Leak]:
    """Return the features that alone tell the target, in the order of the table."""
    rows = np.arange(len(data.y))
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(len(rows), MOST_ROWS, replace=False))
    if len(rows) < FEWEST_ROWS:
        return []
    y = data.y[rows]
    if data.classes:
        others = len(y) - np.bincount(y).max()
        if others < FEWEST_OTHERS:
            return []
    else:
        y = _ranks(y)
    return [
        leak
        for position, column in enumerate(data.columns)
        for leak in _of_column(data, column, data.X[rows, position], y)
    ]


def _ranks(y: Floats) -> Floats:
    """Return the ranks of numbers, equal ones sharing the mean of theirs."""
    from scipy.stats import rankdata

    ranks: Floats = rankdata(y)
    return ranks


def _of_column(
    data: Table, column: Column, x: Floats, y: npt.NDArray[np.generic]
) -> Iterator[Leak]:
    missing = np.isnan(x)
    groups = _groups(x, column.kind != "categorical")
    skill = _skill(data, groups, y)
    if skill >= LEAST_SKILL:
        note, told = _told(data, column.name, groups, y, skill)
        yield Leak(column.name, note, told + _remedy(column.name))
    elif missing.any() and not missing.all():
        skill = _skill(data, _groups(missing.astype(float), False), y)
        if skill >= LEAST_GAP_SKILL:
            told = f"whether column '{column.name}' is missing tells the target '{data.target}' "
            told += _how_well(data, skill, y)
            yield Leak(column.name, "its gaps tell the target", told + _remedy(column.name))


def _remedy(name: str) -> str:
    return f"; add '{name}' to drop if it is not known before the target is"


def _groups(x: Floats, ordered: bool) -> _Groups:
    values, of, sizes = np.unique(x, return_inverse=True, return_counts=True)
    return _Groups(values, of.reshape(-1), ordered, sizes, bool(np.isnan(x).any()))


def _skill(data: Table, groups: _Groups, y: npt.NDArray[np.generic]) -> float:
    if data.classes:
        return _class_skill(groups, y.astype(np.int64), len(data.classes))
    return _rank_skill(groups, y.astype(np.float64))


def _class_skill(groups: _Groups, y: Codes, classes: int) -> float:
    """Return the share of the errors of always guessing the largest class that is avoided."""
    pairs, counts = np.unique(groups.of * classes + y, return_counts=True)
    group, code = pairs // classes, pairs % classes
    order = np.lexsort((-counts, group))
    first = np.searchsorted(group[order], np.arange(len(groups.sizes)))
    best, top = code[order][first], counts[order][first]
    following = np.minimum(first + 1, len(order) - 1)
    same = (group[order][following] == np.arange(len(groups.sizes))) & (following > first)
    second = np.where(same, counts[order][following], 0)
    right = (y == best[groups.of]) & (top - 1 > second)[groups.of]
    alone = groups.sizes[groups.of] == 1
    largest = np.bincount(y).argmax()
    right[alone] = y[alone] == largest
    if groups.ordered and groups.neighbours > 1:
        right[alone] = (best[_nearest(groups)] == y)[alone] & (groups.of < groups.neighbours)[alone]
    return float(1 - np.count_nonzero(~right) / (len(y) - np.bincount(y).max()))


def _beside(groups: _Groups) -> Codes:
    """Return the groups before and after that of each row, shape (rows, 2), one twice at an end."""
    last = groups.neighbours - 1
    before, after = groups.of - 1, groups.of + 1
    pair = [np.where(before < 0, after, before), np.where(after > last, before, after)]
    beside: Codes = np.clip(np.stack(pair, axis=1), 0, last)
    return beside


def _nearest(groups: _Groups) -> Codes:
    """Return the group whose value is the nearest to that of each row, the lower one of two."""
    beside = _beside(groups)
    gaps = np.abs(groups.values[beside] - groups.values[groups.of][:, None])
    nearest: Codes = np.where(gaps[:, 0] <= gaps[:, 1], beside[:, 0], beside[:, 1])
    return nearest


def _rank_skill(groups: _Groups, ranks: Floats) -> float:
    """Return the share of the variance of the ranks that is told."""
    sums = np.bincount(groups.of, ranks)
    means = sums / groups.sizes
    sizes = groups.sizes[groups.of]
    told = (sums[groups.of] - ranks) / np.maximum(sizes - 1, 1)
    alone = sizes == 1
    told[alone] = ranks.mean()
    if groups.ordered and groups.neighbours > 1:
        inside = alone & (groups.of < groups.neighbours)
        told[inside] = means[_beside(groups)].mean(axis=1)[inside]
    variance = ((ranks - ranks.mean()) ** 2).sum()
    return float(1 - ((ranks - told) ** 2).sum() / variance) if variance else 0.0


def _told(
    data: Table, name: str, groups: _Groups, y: npt.NDArray[np.generic], skill: float
) -> tuple[str, str]:
    """Say how a column tells the target: as another name of it, value by value, or nearly."""
    pairs = np.unique(np.stack([groups.of, np.unique(y, return_inverse=True)[1]]), axis=1)
    values, targets = len(groups.sizes), len(np.unique(y))
    each = "class" if data.classes else "value"
    if pairs.shape[1] == values and len(y) >= ROWS_PER_VALUE * values:
        if values == targets:
            other = f"column '{name}' is the target '{data.target}' under another name: each value "
            return f"renames {data.target}", f"{other}of one goes with one of the other"
        return f"determines {data.target}", (
            f"column '{name}' determines the target '{data.target}': each of its {values} values "
            f"goes with one {each}"
        )
    told = f"column '{name}' alone tells the target '{data.target}' {_how_well(data, skill, y)}"
    return f"tells {data.target}", told


def _how_well(data: Table, skill: float, y: npt.NDArray[np.generic]) -> str:
    """Say in how many rows the target is told; what is not all is never rounded to all."""
    if not data.classes:
        return f"(R² of the ranks, out of sample: {math.floor(skill * 1e4) / 1e4:g})"
    largest = np.bincount(y.astype(np.int64)).max() / len(y)
    share = math.floor(1e3 * (1 - (1 - skill) * (1 - largest)) + 1e-6) / 1e3
    return f"in {share:.1%} of the rows (its largest class has {largest:.1%})"
