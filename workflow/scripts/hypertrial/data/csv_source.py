"""Reading CSV files strictly: what is wrong is said with its line or its column.

Python's reader defines what a file holds. Arrow's, many times quicker, reads the files in
which both see the same: those without quotes, and without what only one of them accepts.
"""

import codecs
import csv
import itertools
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from hypertrial.data.reading import USUAL, Reading
from hypertrial.data.sources import INDEX, check_header, composed, other_separator
from hypertrial.data.text_file import TextFile
from hypertrial.errors import DataError

FIELD_LIMIT = 2**24
FIELDS_PER_BLOCK = 2**18
LEAST_BLOCK, LARGEST_BLOCK = 2**21, 2**24
BYTES_PER_COLUMN = 2**14
BYTES_PER_SCAN = 2**20
BLANK = " "
"""As a separator it stands for any run of blanks and tabs; such a run is read as one tab."""


@dataclass(frozen=True)
class CsvSource:
    """A CSV file, compressed if its name ends with ``.gz``, and the separator of its fields."""

    path: Path
    separator: str = ","
    reading: Reading = USUAL

    @cached_property
    def _text(self) -> TextFile:
        return TextFile(self.path, self.reading.encoding, self.separator == BLANK)

    @cached_property
    def _header(self) -> tuple[int, list[str]]:
        """The number of the header's last line, 0 without one, and the names."""
        line, names = next(self.records())
        if not line:
            self._check_given_names()
        return line, names

    @cached_property
    def _unnamed(self) -> int:
        """How many columns without a name, which must be empty, stand at the end."""
        return len(self.first) - len(self._header[1]) if self._header[0] else 0

    @cached_property
    def first(self) -> list[str]:
        """The fields of the first record, which is the header if there is one."""
        try:
            with closing(self._text.lines()) as lines:
                return next((fields for fields in self._reader(lines) if fields), [])
        except csv.Error as error:
            raise self._broken(str(error), 1, 1) from None

    @property
    def header(self) -> list[str]:
        """The names of the columns; an unnamed first one is called ``(index)``."""
        return self._header[1]

    @property
    def orders(self) -> dict[str, tuple[str, ...]]:
        """A text file knows no order of labels."""
        return {}

    @cached_property
    def _scan(self) -> tuple[int, bool]:
        """The number of lines, and whether both readers see the same below the header."""
        lines = 1
        skipped, _ = self._header
        plain = self.separator.isascii() and self.separator != BLANK
        decoder = codecs.getincrementaldecoder("utf-8")()
        with self._text.stream() as stream:
            for _ in range(skipped):
                stream.readline()
            while chunk := stream.read(BYTES_PER_SCAN):
                whole = chunk + stream.read(1) if chunk.endswith(b"\r") else chunk
                lines += whole.count(b"\n")
                plain = plain and _is_plain(whole, decoder)
        return lines, plain and not decoder.getstate()[0]

    @property
    def most_rows(self) -> int:
        """The number of lines below the header, which is at least the number of rows."""
        return self._scan[0]

    @property
    def plain(self) -> bool:
        """Whether Arrow's reader can be used."""
        return self._scan[1]

    def blocks(self, names: Sequence[str]) -> Generator[list[Any], None, None]:
        """Yield the named columns of some rows at a time, as Arrow arrays of stripped texts.

        Raises
        ------
        DataError
            As :meth:`records` does.
        """
        import pyarrow as pa

        done = 0
        if self.plain:
            try:
                for arrays in self.quick_blocks(names):
                    yield arrays
                    done += len(arrays[0])
            except pa.ArrowException:
                pass  # the strict reader can say what is wrong, or that nothing is
            else:
                return
        yield from self.strict_blocks(names, done)

    def quick_blocks(self, names: Sequence[str]) -> Iterator[list[Any]]:
        """Yield blocks that Arrow's reader makes of a plain file."""
        import pyarrow as pa
        import pyarrow.compute as pc
        from pyarrow import csv as arrow_csv

        line, header = self._header
        known = [str(position) for position in range(len(header) + self._unnamed)]
        wanted = [str(header.index(name)) for name in names]
        empty = known[len(header) :]
        size = min(LARGEST_BLOCK, max(LEAST_BLOCK, BYTES_PER_COLUMN * len(header)))
        with self._text.stream() as stream:
            for _ in range(line):
                stream.readline()
            if line and cast(Any, stream).peek(3).startswith(codecs.BOM_UTF8):
                raise pa.ArrowInvalid("would be skipped")
            with arrow_csv.open_csv(
                stream,
                arrow_csv.ReadOptions(use_threads=False, block_size=size, column_names=known),
                arrow_csv.ParseOptions(
                    delimiter=self.separator, quote_char=False, newlines_in_values=False
                ),
                arrow_csv.ConvertOptions(
                    check_utf8=False,
                    column_types=dict.fromkeys([*wanted, *empty], pa.string()),
                    include_columns=[*wanted, *empty],
                    strings_can_be_null=False,
                ),
            ) as reader:
                for batch in reader:
                    columns = [pc.utf8_trim_whitespace(column) for column in batch.columns]
                    for column in columns[len(wanted) :]:
                        if pc.any(pc.not_equal(column, "")).as_py():
                            raise pa.ArrowInvalid("has no name")
                    yield columns[: len(wanted)]

    def strict_blocks(self, names: Sequence[str], done: int = 0) -> Iterator[list[Any]]:
        """Yield blocks that Python's reader makes, but for the rows that are done already."""
        import pyarrow as pa
        import pyarrow.compute as pc

        header = self.header
        wanted = [header.index(name) for name in names]
        size = max(1, FIELDS_PER_BLOCK // len(header))
        rows = (fields for _, fields in itertools.islice(self.records(), 1 + done, None))
        while block := list(itertools.islice(rows, size)):
            yield [
                pc.utf8_trim_whitespace(pa.array([row[position] for row in block], pa.string()))
                for position in wanted
            ]

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the line number and the fields of each record, the header first.

        Without a header it is the names that the config gives, and the number is 0.

        Raises
        ------
        DataError
            For a file that cannot be read, bytes that are not of its encoding, broken quotes, a
            repeated or empty column name, or a record whose number of fields is not the header's.
        """
        with closing(self._text.lines()) as lines:
            yield from self._records(lines)

    def _reader(self, lines: Iterator[str]) -> Any:
        csv.field_size_limit(FIELD_LIMIT)
        mark = "\t" if self.separator == BLANK else self.separator
        return csv.reader(lines, delimiter=mark, skipinitialspace=True, strict=True)

    def _records(self, lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
        reader, line = self._reader(lines), 0
        names, unnamed = list(self.reading.columns), 0
        if names:
            yield 0, names
        try:
            for fields in reader:
                first, line = line + 1, reader.line_num
                if not fields:
                    continue
                if not names:
                    given, names = fields, self._names(fields, line)
                    unnamed = len(given) - len(names)
                    yield line, names
                    continue
                if len(fields) != len(names):
                    fields = self._fitted(fields, len(names), unnamed, first, line)  # noqa: PLW2901
                yield line, fields
        except csv.Error as error:
            raise self._broken(str(error), line + 1, reader.line_num) from None
        if not names:
            raise DataError(f"{self.path}: is empty; a header and rows are needed")

    def _names(self, fields: Sequence[str], line: int) -> list[str]:
        """Return the names of a header, without those that are missing at its end."""
        names = [composed(field) for field in fields]
        names[0] = names[0] or INDEX
        while not names[-1]:
            names.pop()
        check_header(self.path, names, f"line {line}")
        return names

    def _fitted(
        self, fields: list[str], width: int, unnamed: int, first: int, line: int
    ) -> list[str]:
        """Return the fields of a record without the empty ones beyond the header's."""
        beyond = [field.strip() for field in fields[width:]]
        if beyond and not any(beyond):
            return fields[:width]
        if first < line:
            opens = self._text.opening_line(first, line)
            raise DataError(
                f"{self.path}: line {opens}: the quote that opens here closes in line {line}, and "
                f"this record has {len(fields)} fields, the header has {width}"
            )
        if beyond and unnamed:
            position = width + 1 + next(at for at, field in enumerate(beyond) if field)
            raise DataError(
                f"{self.path}: line {line}: column {position} holds a value, but the header has no "
                "name for it"
            )
        what = "`columns` names" if self.reading.columns else "the header has"
        raise DataError(f"{self.path}: line {line} has {len(fields)} fields, {what} {width}")

    def _broken(self, problem: str, first: int, line: int) -> DataError:
        """Return the error that says where a record is broken: its quotes, as a rule."""
        opens = self._text.opening_line(first, line)
        if "field limit" in problem:
            problem = f"the quote that opens here is not closed within {FIELD_LIMIT} characters"
        elif "unexpected end" in problem:
            problem = "the quote that opens here is never closed"
        elif opens < line:
            problem = f"the quote that opens here closes in line {line}: {problem}"
        else:
            opens = line
        hint = ""
        if line == 1:
            with closing(self._text.lines()) as lines:
                hint = other_separator(next(lines), self.separator)
        return DataError(f"{self.path}: line {opens}: {problem}{hint}")

    def _check_given_names(self) -> None:
        """Check the names that the config gives against the first line."""
        names = list(self.reading.columns)
        if [composed(field) for field in self.first] == names:
            raise DataError(
                f"{self.path}: the first line holds the names in `columns`: it is a header; "
                "remove `header: false`"
            )

    def place(self, row: int) -> str:
        """Say on which line the row of this position (from 0) ends."""
        line, _ = next(itertools.islice(self.records(), row + 1, None))
        return f"line {line}"


def _is_plain(chunk: bytes, decoder: codecs.IncrementalDecoder) -> bool:
    """Tell whether both readers see the same in some bytes of a file."""
    if b'"' in chunk or b"\0" in chunk:
        return False
    if b"\r" in chunk and chunk.count(b"\r") != chunk.count(b"\r\n"):
        return False
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True
