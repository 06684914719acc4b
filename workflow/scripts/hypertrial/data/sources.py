"""Files of rows and named columns, whatever their format, as blocks of Arrow arrays."""

import re
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from hypertrial.errors import DataError, listing, nearest

INDEX = "(index)"
"""The name given to an index that pandas wrote: a first CSV column without a name."""


class Source(Protocol):
    """Rows of named columns; what is read of them are Arrow arrays."""

    @property
    def path(self) -> Path | str:
        """What messages call it."""

    @property
    def header(self) -> list[str]:
        """The names of all columns."""

    @property
    def most_rows(self) -> int:
        """A number that the number of rows does not exceed."""

    def blocks(self, names: Sequence[str]) -> Generator[list[Any], None, None]:
        """Yield the named columns of some rows at a time, an Arrow array for each name.

        An array holds texts without blanks around them, numbers, or dates; the kind may differ
        between columns, not between blocks.
        """

    def place(self, row: int) -> str:
        """Say where the row of this position (from 0) stands: ``line 7``."""


@dataclass(frozen=True)
class Beginning:
    """The first rows of a source."""

    whole: Source
    most_rows: int

    @property
    def path(self) -> Path | str:
        """What messages call it."""
        return self.whole.path

    @property
    def header(self) -> list[str]:
        """The names of all columns."""
        return self.whole.header

    def blocks(self, names: Sequence[str]) -> Generator[list[Any], None, None]:
        """Yield the named columns of these rows; see :class:`Source`."""
        left = self.most_rows
        with closing(self.whole.blocks(names)) as blocks:
            for arrays in blocks:
                yield [array.slice(0, left) for array in arrays]
                left -= len(arrays[0])
                if left <= 0:
                    return

    def place(self, row: int) -> str:
        """Say where a row stands."""
        return self.whole.place(row)


def mistake(source: Source, row: int, problem: str) -> DataError:
    """Return the error that says what is wrong with a row, and where it stands."""
    return DataError(f"{source.path}: {source.place(row)}: {problem}")


def check_column(source: Source, name: str, key: str) -> None:
    """Check that there is the column that a key of the config names.

    Raises
    ------
    DataError
        If there is none; the message has the nearest name.
    """
    header = source.header
    if name in header:
        return
    hint = nearest(name, header)
    if len(header) == 1 and re.search(r"[;,\t|]", header[0]):
        hint = " (is another `separator` needed?)"
    raise DataError(f"{source.path}: {key}: no column '{name}'{hint}; columns: {listing(header)}")


def check_header(path: Path | str, header: Sequence[str], place: str) -> None:
    """Check that every column has a name, and one of its own.

    Raises
    ------
    DataError
        If not; ``place`` is where the header stands.
    """
    seen: set[str] = set()
    for position, name in enumerate(header, start=1):
        if not name:
            raise DataError(f"{path}: {place}: column {position} has no name")
        if name in seen:
            raise DataError(f"{path}: {place}: column name '{name}' stands twice")
        seen.add(name)
