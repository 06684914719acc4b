"""Watching a feature while it is read: numbers that no float holds, and columns of identifiers."""

from collections.abc import Collection
from contextlib import closing
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.data import identifiers, precision
from hypertrial.data.columns import as_texts, text_at
from hypertrial.data.identifiers import Verdict
from hypertrial.data.labels import EXACT
from hypertrial.data.sources import Source, mistake

LARGEST_INTEGER = 2**64

Floats = npt.NDArray[np.float64]


class Watch:
    """What a column of numbers showed that its float64 values no longer tell.

    ``kept`` says that the config names the column, so that it is no identifier; ``numeric``
    that it declares it to be numbers, which may be rounded.
    """

    def __init__(
        self,
        source: Source,
        name: str,
        missing: Collection[str],
        kept: bool = False,
        numeric: bool = False,
    ) -> None:
        self._source, self._name, self._missing = source, name, missing
        self._kept, self._numeric = kept, numeric
        self._beyond: tuple[int, float] | None = None
        self._rounded: tuple[int, str] | None = None

    @property
    def rounded(self) -> str | None:
        """The first whole number that float64 rounds, as it is written."""
        return None if self._rounded is None else self._rounded[1]

    def see(self, start: int, array: Any, values: Floats) -> None:
        """Look at the numbers of a block, and at what they were made of."""
        with np.errstate(invalid="ignore"):
            large = np.flatnonzero(np.abs(values) >= EXACT)
        if not len(large):
            return
        row = precision.first_beyond(values)
        if row is not None and self._beyond is None:
            self._beyond = start + row, float(values[row])
        if self._rounded is None:
            self._rounded = _first_rounded(start, array, values, large)

    def numbers(self, values: Floats) -> Verdict | None:
        """Judge the numbers of all rows, shape (n,); NaN is missing.

        Raises
        ------
        DataError
            For a number that single precision cannot hold, and for whole numbers that float64
            would round together.
        """
        if self._beyond is not None:
            raise precision.beyond(self._source, self._name, *self._beyond)
        if self._rounded is not None and not self._numeric:
            return self._large(int(np.count_nonzero(~np.isnan(values))))
        return None if self._kept else identifiers.of_numbers(self._name, values)

    def texts(self, texts: int, present: int) -> Verdict | None:
        """Judge a column of so many different texts in its rows that have one."""
        return None if self._kept else identifiers.of_texts(texts, present)

    def _large(self, present: int) -> Verdict:
        """Judge a column by its whole numbers as they are written; they are read once more."""
        import pyarrow as pa
        import pyarrow.compute as pc

        with closing(self._source.blocks([self._name])) as blocks:
            texts = pa.chunked_array([as_texts(array) for (array,) in blocks])
        absent = pc.is_in(texts, pa.array(sorted(self._missing), pa.string()))
        different = len(texts.filter(pc.invert(absent)).drop_null().unique())
        if different == present and not self._kept:
            return identifiers.of_large(present)
        row, text = self._rounded or (0, "")
        raise mistake(
            self._source,
            row,
            f"column '{self._name}' holds {text}, which float64 would round to another whole "
            "number; add the column to `categorical` (exact), `numeric` (rounded) or `drop`",
        )


def _first_rounded(
    start: int, array: Any, values: Floats, large: npt.NDArray[np.intp]
) -> tuple[int, str] | None:
    """Return the first 64-bit integer that float64 does not hold, with its row."""
    from pyarrow import types

    if types.is_floating(array.type):
        return None
    for row in large.tolist():
        text = text_at(array, row)
        digits = text.lstrip("+-")
        if not (digits.isascii() and digits.isdigit()) or abs(values[row]) > LARGEST_INTEGER:
            continue
        if int(text) != int(values[row]):
            return start + row, text
    return None
