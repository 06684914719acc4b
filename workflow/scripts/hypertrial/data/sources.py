"""Files of rows and named columns, whatever their format, as blocks of Arrow arrays."""

import itertools
import unicodedata
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from hypertrial.data.columns import as_number
from hypertrial.data.reading import Reading
from hypertrial.errors import DataError, nearest

INDEX = "(index)"
"""The name given to an index that pandas wrote: a first CSV column without a name."""

SEPARATORS = ";\t|, "
NAMED_COLUMNS, LONGEST_NAME, LONGEST_MESSAGE = 20, 60, 600
"""What of a file's content a message has room for."""


class Source(Protocol):
    """Rows of named columns; what is read of them are Arrow arrays."""

    @property
    def path(self) -> Path | str:
        """What messages call it."""

    @property
    def reading(self) -> Reading:
        """How it is written."""

    @property
    def header(self) -> list[str]:
        """The names of all columns, in Unicode's composed form (NFC)."""

    @property
    def orders(self) -> dict[str, tuple[str, ...]]:
        """The labels of columns whose order the file knows, lowest first."""

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

    @property
    def reading(self) -> Reading:
        """How it is written."""
        return self.whole.reading

    @property
    def orders(self) -> dict[str, tuple[str, ...]]:
        """The labels of columns whose order the file knows."""
        return self.whole.orders

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


def shortened(text: str) -> str:
    """Return a name or a value as a message quotes it: its beginning, if it is long."""
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


def columns_of(header: Sequence[str]) -> str:
    """Name the columns of a file for a message, as far as it has room for them."""
    more = len(header) - NAMED_COLUMNS
    named = ", ".join(map(shortened, header[:NAMED_COLUMNS]))
    return f"{named}, and {more} more" if more > 0 else named


def composed(name: str) -> str:
    """Return a name without blanks around it, in Unicode's composed form (NFC).

    Some systems write ``é`` as two characters, which look like the one.
    """
    return unicodedata.normalize("NFC", name.strip())


def other_separator(line: str, separator: str | None = None) -> str:
    """Return the question whether a line has another separator; nothing if it seems not to."""
    counts = {mark: line.strip().count(mark) for mark in SEPARATORS if mark != separator}
    if not counts.get(" ") or any(count for mark, count in counts.items() if mark != " "):
        counts.pop(" ", None)
    best = max(counts, key=lambda mark: counts[mark], default="")
    if not best or not counts[best]:
        return ""
    return f" (is another `separator` needed, such as {'a tab' if best == chr(9) else repr(best)}?)"


def no_header(header: Sequence[str]) -> str:
    """Return the remedy for a file without a header; nothing if the names are no data."""
    numbers = [number for name in header if (number := as_number(name)) is not None]
    counted = all(later - number == 1 for number, later in itertools.pairwise(numbers))
    if 2 * len(numbers) < len(header) or (counted and numbers[0].is_integer()):
        return ""
    return (
        "; the first line looks like data: if there is no header, set `header: false` and name "
        "the `columns`"
    )


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
    if len(header) == 1:
        hint = other_separator(header[0])
    raise DataError(
        f"{source.path}: {key}: no column '{name}'{hint}; columns: {columns_of(header)}"
        f"{no_header(header)}"
    )


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
            raise DataError(f"{path}: {place}: column {position} has no name{no_header(header)}")
        if name in seen:
            raise DataError(
                f"{path}: {place}: column name '{shortened(name)}' stands twice{no_header(header)}"
            )
        seen.add(name)
