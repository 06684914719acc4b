"""Nested subsets of training rows, drawn as the rows were split."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from hypertrial.data.table import Table
from hypertrial.splitting.split_rules import BY_GROUP, Method

Rows = npt.NDArray[np.int64]


def nested(
    data: Table, rows: npt.NDArray[np.int64], method: Method, shares: Sequence[float], seed: int
) -> list[Rows]:
    """Return a subset of rows for each share, each ascending and inside those of larger shares.

    By time a subset has the latest rows, and does not depend on the seed. By group it has whole
    groups, of about as many rows, at least one group. Otherwise rows are drawn at random, for
    classification in the shares of the classes, whatever the method. A share of 1 gives all rows.

    Parameters
    ----------
    data, rows
        The table, and the positions of the training rows of a split.
    method
        How the table is split.
    shares
        Above 0 and at most 1.
    seed
        Of what is drawn.
    """
    if method == "time":
        order = np.argsort(-data.arrays()["time"][rows].astype(float), kind="stable")
        ends = None
    elif method in BY_GROUP:
        order, ends = by_group(data.arrays()["group"][rows], seed)
    else:
        order, ends = (
            at_random(None if data.task == "regression" else data.y[rows], rows, seed),
            None,
        )
    return [np.sort(rows[order[: _end(share, len(rows), ends)]]) for share in shares]


def at_random(y: npt.NDArray[np.int64] | None, rows: Rows, seed: int) -> npt.NDArray[np.intp]:
    """Return an order of rows of which each beginning has the classes in about their shares.

    ``y`` are their class codes, None for rows without classes.
    """
    shuffled = np.random.default_rng(seed).permutation(len(rows))
    if y is None:
        return shuffled
    place = np.empty(len(rows))
    for code in np.unique(y):
        own = shuffled[y[shuffled] == code]
        place[own] = (np.arange(len(own)) + 0.5) / len(own)
    return shuffled[np.argsort(place[shuffled], kind="stable")]


def by_group(group: npt.NDArray[np.int64], seed: int) -> tuple[npt.NDArray[np.intp], Rows]:
    """Return an order of rows, whole groups at random, and the numbers of rows to their ends."""
    names, unit = np.unique(group, return_inverse=True)
    rank = np.random.default_rng(seed).permutation(len(names))[unit]
    return np.argsort(rank, kind="stable"), np.cumsum(np.bincount(rank))


def _end(share: float, rows: int, ends: Rows | None) -> int:
    """Return how many rows a share has: of whole groups about as many, else rounded up."""
    wish = share * rows
    if share >= 1.0:
        return rows
    if ends is not None:
        return int(ends[np.abs(ends - wish).argmin()])
    return int(np.ceil(wish - 1e-9))
