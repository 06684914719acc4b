"""Columns of dates that become numbers: fixed functions of a date, nothing of them is learned."""

from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hypertrial.data.columns import NO_TIME, as_times, text_at
from hypertrial.data.reading import Reading
from hypertrial.data.sources import Source, mistake, shortened
from hypertrial.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

DAY = 86_400 * 10**9
"""Nanoseconds."""

PARTS: dict[str, Callable[["pd.DatetimeIndex"], Any]] = {
    "year": lambda times: times.year,
    "quarter": lambda times: times.quarter,
    "month": lambda times: times.month,
    "week": lambda times: times.isocalendar().week,
    "day": lambda times: times.day,
    "weekday": lambda times: times.day_of_week + 1,
    "day_of_year": lambda times: times.day_of_year,
    "hour": lambda times: times.hour,
    "minute": lambda times: times.minute,
    "days": lambda times: times.asi8 / DAY,
}
"""What can be made of a date, in UTC: weekdays and weeks as ISO 8601 counts them, from 1;
``days`` are those since 1970, with a fraction for the time of day."""


def name_of(column: str, part: str) -> str:
    """Return the name of the feature that a part of a column's dates is."""
    return f"{column}.{part}"


def features(reading: Reading) -> dict[str, tuple[str, str]]:
    """Return the column and the part that each feature made of dates is from."""
    return {
        name_of(column, part): (column, part) for column, parts in reading.dates for part in parts
    }


def dated(source: Source, missing: Collection[str]) -> Source:
    """Return a source with the features that its reading makes of dates, if it makes any."""
    return DatedSource(source, tuple(missing)) if source.reading.dates else source


@dataclass(frozen=True)
class DatedSource:
    """A source in which the parts of dates are columns, too, each after that of its dates."""

    base: Source
    missing: tuple[str, ...]

    @property
    def path(self) -> Path | str:
        """What messages call it."""
        return self.base.path

    @property
    def reading(self) -> Reading:
        """How it is written."""
        return self.base.reading

    @property
    def orders(self) -> dict[str, tuple[str, ...]]:
        """The labels of columns whose order the file knows, lowest first."""
        return self.base.orders

    @cached_property
    def _made(self) -> dict[str, tuple[str, str]]:
        """The column and the part of each feature that the file does not have itself."""
        own = set(self.base.header)
        made = {name: of for name, of in features(self.reading).items() if of[0] in own}
        for name in made:
            if name in own:
                raise DataError(f"{self.path}: dates: there is a column '{name}' already")
        return made

    @cached_property
    def header(self) -> list[str]:
        """The names of all columns, and of what is made of them."""
        names = []
        for name in self.base.header:
            names += [name, *(made for made, (column, _) in self._made.items() if column == name)]
        return names

    @property
    def most_rows(self) -> int:
        """A number that the number of rows does not exceed."""
        return self.base.most_rows

    def place(self, row: int) -> str:
        """Say where the row of this position (from 0) stands."""
        return self.base.place(row)

    def blocks(self, names: Sequence[str]) -> Generator[list[Any], None, None]:
        """Yield the named columns of some rows at a time, an Arrow array for each name.

        Raises
        ------
        DataError
            For a value that is no date, and as the blocks of the file do.
        """
        stored = list(dict.fromkeys(self._made.get(name, (name,))[0] for name in names))
        dates = {self._made[name][0] for name in names if name in self._made}
        start = 0
        for arrays in self.base.blocks(stored):
            given = dict(zip(stored, arrays, strict=True))
            times = {name: self._times(name, given[name], start) for name in dates}
            yield [self._array(name, given, times) for name in names]
            start += len(arrays[0])

    def _times(self, name: str, array: Any, start: int) -> npt.NDArray[np.int64]:
        form = self.reading.format_of(name)
        values, bad = as_times(array, self.missing, form)
        if bad is not None:
            text = shortened(text_at(array, bad))
            raise mistake(
                self.base, start + bad, f"the date '{name}' must be {expected(form)}, not '{text}'"
            )
        return values

    def _array(
        self, name: str, given: dict[str, Any], times: dict[str, npt.NDArray[np.int64]]
    ) -> Any:
        import pandas as pd
        import pyarrow as pa

        if name not in self._made:
            return given[name]
        column, part = self._made[name]
        values, absent = times[column], times[column] == NO_TIME
        index = pd.DatetimeIndex(np.where(absent, 0, values).view("M8[ns]"))
        return pa.array(np.asarray(PARTS[part](index), dtype=float), mask=absent)


def expected(form: str | None) -> str:
    """Say how a time is to be written."""
    if form is not None:
        return f"a time in the `time_format` '{form}'"
    return "an ISO 8601 date or timestamp such as 2024-05-31T12:00:00Z (or give its `time_format`)"
