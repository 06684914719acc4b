"""Columns of a source, collected block by block into arrays that are made beforehand.

Whether a column holds numbers or texts is known only when the last of its values was seen. A
column is therefore read as numbers until the first text, and then once more as texts.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.data import precision
from hypertrial.data.columns import NO_TIME, as_times, is_dates, text_at
from hypertrial.data.dates import expected
from hypertrial.data.sources import Source, mistake, shortened
from hypertrial.data.suspicions import hint
from hypertrial.errors import DataError, Mistakes

Values = npt.NDArray[Any]

MOST_LABELS = 2**21
MANY_LABELS = 2**10


class Collector(ABC):
    """Takes the blocks of one column into ``out``, which has at least as many places as rows.

    ``again`` asks for all blocks once more, from the first on. A column in which a mistake was
    found is ``broken``.
    """

    again = False
    broken = False

    def __init__(self, source: Source, name: str, out: Values, missing: Collection[str]) -> None:
        self._source, self._name, self._out, self._missing = source, name, out, missing

    @property
    def labels(self) -> tuple[str, ...]:
        """What codes stand for, once the column is finished."""
        return ()

    def numbers(self, array: Any) -> tuple[npt.NDArray[np.float64], int | None]:
        """Return an array's numbers as the file writes them, and where the first is that is none.

        NaN is missing.
        """
        return self._source.reading.notation.numbers(array, self._missing)

    @property
    def held(self) -> int:
        """The number of labels that are in memory."""
        return 0

    @abstractmethod
    def add(self, start: int, array: Any) -> None:
        """Take the Arrow array of the rows from ``start`` on.

        Raises
        ------
        DataError
            For the first value that the column cannot hold.
        """

    def finish(self, rows: int) -> None:  # noqa: B027 (most have nothing to do)
        """Check and complete the values, all of which were seen."""

    def postpone(self) -> None:
        """Ask for all blocks once more, and forget what was seen."""
        self.again = True


def room(source: Source, columns: int) -> Values:
    """Return an array for the numbers of some columns, with at least as many rows as the source.

    Raises
    ------
    DataError
        If this computer has not the memory.
    """
    needed = 8 * columns * source.most_rows
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > memory:
        raise DataError(
            f"{source.path}: {source.most_rows} rows of {columns} columns need "
            f"{needed / 2**30:.0f} GB of memory, this computer has {memory / 2**30:.0f}"
        )
    return np.empty((source.most_rows, columns))


def fill(source: Source, collectors: Mapping[str, Collector]) -> int:
    """Read columns into their collectors; return the number of rows.

    Raises
    ------
    DataError
        If there are no rows, or collectors refuse values.
    """
    found = Mistakes()
    rows = try_to_fill(source, collectors, found)
    found.settle()
    return rows


def try_to_fill(
    source: Source, collectors: Mapping[str, Collector], found: Mistakes, whole: bool = True
) -> int:
    """Read columns into their collectors, and find what is wrong; return the number of rows.

    Of each column the first mistake is found, and then no more is read of it. With ``whole`` False
    the source is the beginning of another, and what only all rows can show is not judged.

    Raises
    ------
    DataError
        If the source cannot be read to its end, with all that was found so far.
    """
    waiting, rows = dict(collectors), 0
    while waiting:
        for each in waiting.values():
            each.again = False
        try:
            rows = _read_once(source, waiting, found)
        except DataError as error:
            found.add(*error.lines)
            found.settle()
        if not rows:
            found.add(f"{source.path}: has a header but no rows")
            found.settle()
        for each in waiting.values():
            if whole and not each.again and not each.broken:
                each.broken = found.fails(partial(each.finish, rows))
        waiting = {name: each for name, each in waiting.items() if each.again}
    return rows


def _read_once(source: Source, collectors: Mapping[str, Collector], found: Mistakes) -> int:
    rows = 0
    with closing(source.blocks(list(collectors))) as blocks:
        for arrays in blocks:
            for collector, array in zip(collectors.values(), arrays, strict=True):
                if not collector.again and not collector.broken:
                    collector.broken = found.fails(partial(collector.add, rows, array))
            rows += len(arrays[0])
            _postpone([each for each in collectors.values() if not each.broken])
    return rows


def _postpone(collectors: Sequence[Collector]) -> None:
    """Keep to the labels of one column if those of all are too many to be held at once."""
    if sum(each.held for each in collectors) > MOST_LABELS:
        for each in [each for each in collectors if each.held > MANY_LABELS][1:]:
            each.postpone()


class Numbers(Collector):
    """Collects finite numbers, float64, NaN where one is missing.

    ``refuse`` says what is wrong with a text that is no number.
    """

    def __init__(
        self,
        source: Source,
        name: str,
        out: Values,
        missing: Collection[str],
        refuse: Callable[[str], str],
    ) -> None:
        super().__init__(source, name, out, missing)
        self._refuse = refuse

    def add(self, start: int, array: Any) -> None:
        """Take a block; see :class:`Collector`."""
        refuse_dates(self._source, self._name, array)
        values, bad = self.numbers(array)
        if bad is not None:
            text = text_at(array, bad)
            problem = self._refuse(shortened(text)) + hint(text, self._source.reading.notation)
            raise mistake(self._source, start + bad, problem)
        row = precision.first_beyond(values)
        if row is not None:
            raise precision.beyond(self._source, self._name, start + row, float(values[row]))
        self._out[start : start + len(values)] = values


class Times(Collector):
    """Collects times, as int64: nanoseconds, or the bits of float64 numbers."""

    def __init__(self, source: Source, name: str, out: Values, missing: Collection[str]) -> None:
        super().__init__(source, name, out, missing)
        self.counted: bool | None = None

    def add(self, start: int, array: Any) -> None:
        """Take a block; see :class:`Collector`."""
        form = self._source.reading.format_of(self._name)
        if self.counted is None:
            self.counted = None if form is not None else self._begins_with_number(array)
        values: Values
        if self.counted:
            values, bad = self.numbers(array)
        else:
            values, bad = as_times(array, self._missing, form)
        if bad is not None:
            text = shortened(text_at(array, bad))
            problem = f"the time '{self._name}' must be {self._allowed(start + bad)}, not '{text}'"
            raise mistake(self._source, start + bad, problem)
        self._out[start : start + len(values)] = values.view(np.int64)

    def values(self, rows: int) -> Values:
        """Return float64 numbers (NaN is missing) or int64 nanoseconds (``NO_TIME`` is)."""
        values = self._out[:rows]
        return values.view(np.float64) if self.counted else values

    def absent(self, rows: int) -> npt.NDArray[np.bool_]:
        """Return in which rows it is missing."""
        values = self.values(rows)
        return np.isnan(values) if self.counted else values == NO_TIME

    def _allowed(self, row: int) -> str:
        if self.counted:
            return "a finite number like those before it"
        example = expected(self._source.reading.format_of(self._name))
        if self._source.reading.format_of(self._name):
            return example
        return f"{example}, like those before it" if row else f"a number or {example}"

    def _begins_with_number(self, array: Any) -> bool | None:
        """Tell whether the first value that is not missing is a number; None if all are."""
        if is_dates(array):
            return False
        values, bad = self.numbers(array)
        if bad is not None:
            values, _ = self.numbers(array.slice(0, bad))
        any_number = bool((~np.isnan(values)).any())
        return any_number if any_number or bad is not None else None


def refuse_dates(source: Source, name: str, array: Any) -> None:
    """Check that an Arrow array can be numbers or categories.

    Raises
    ------
    DataError
        If it holds dates or timestamps.
    """
    if is_dates(array):
        held = "holds dates or timestamps"
        raise DataError(f"{source.path}: column '{name}' {held}; {remedy_for_dates(name)}")


def remedy_for_dates(name: str, form: str = "") -> str:
    """Say what can be done with a column of dates; ``form`` is their format."""
    also = f" with `time_format: {{{name}: '{form}'}}`" if form else ""
    return (
        f"make features of them with `dates: {{{name}: [year, month, weekday, days]}}`{also}, or "
        "add it to `drop` or `categorical`, or make it the data set's `time`"
    )
