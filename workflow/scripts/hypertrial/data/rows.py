"""Rows of a table that are left out, and rows that are equal."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from hypertrial.data.sources import Source
from hypertrial.families import Matrix

CHUNK = 2**22
"""How many values are hashed or moved at a time."""

Rows = npt.NDArray[np.int64]


def hash_rows(X: Matrix) -> npt.NDArray[np.uint64]:
    """Return a hash of each row of ``X``, shape (n, p), that is the same in every process."""
    import pandas as pd

    result = np.empty(len(X), dtype=np.uint64)
    step = max(1, CHUNK // X.shape[1])
    for start in range(0, len(X), step):
        rows = slice(start, start + step)
        result[rows] = pd.util.hash_pandas_object(pd.DataFrame(X[rows]), index=False)
    return result


def first_of_equal(X: Matrix, y: npt.NDArray[Any]) -> Rows:
    """Return the rows that equal none before them in every feature and in the target.

    A missing value equals another. Rows are compared by 64-bit hashes.
    """
    import pandas as pd

    codes = pd.DataFrame({"features": hash_rows(X), "target": y})
    return np.flatnonzero(~codes.duplicated().to_numpy())


def compact(X: Matrix, rows: Rows, columns: Sequence[int]) -> Matrix:
    """Return some rows and columns of ``X``, both in their order, in the memory of ``X``.

    ``X`` has shape (n, p), in C's order; it is overwritten, as a large table fits only once.
    """
    if len(rows) == len(X) and len(columns) == X.shape[1]:
        return X
    width, flat = len(columns), X.reshape(-1)
    step = max(1, CHUNK // X.shape[1])
    for start in range(0, len(rows), step):
        block = X[np.ix_(rows[start : start + step], np.asarray(columns, dtype=np.int64))]
        flat[start * width : start * width + block.size] = block.reshape(-1)
    return flat[: len(rows) * width].reshape(len(rows), width)


def chosen(source: Source, rows: Rows) -> Source:
    """Return a source whose rows are some of another's, for messages that name their places."""
    return cast(Source, _Chosen(source, rows))


class _Chosen:
    def __init__(self, source: Source, rows: Rows) -> None:
        self._source, self._rows = source, rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def place(self, row: int) -> str:
        """Say where the row of this position stands in the whole source."""
        return self._source.place(int(self._rows[row]))
