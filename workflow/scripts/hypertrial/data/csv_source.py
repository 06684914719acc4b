"""Reading CSV files strictly: what is wrong is said with its line or its column.

Python's reader defines what a file holds. Arrow's, many times quicker, reads the files in
which both see the same: those without quotes, and without what only one of them accepts.
"""

import codecs
import csv
import gzip
import itertools
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any, cast

from hypertrial.data.sources import INDEX, check_header
from hypertrial.errors import DataError

FIELD_LIMIT = 2**24
FIELDS_PER_BLOCK = 2**18
LEAST_BLOCK, LARGEST_BLOCK = 2**21, 2**24
BYTES_PER_COLUMN = 2**14
BYTES_PER_SCAN = 2**20


@dataclass(frozen=True)
class CsvSource:
    """A CSV file, compressed if its name ends with ``.gz``, and the separator of its fields."""

    path: Path
    separator: str = ","

    @cached_property
    def _header(self) -> tuple[int, list[str]]:
        return next(self.records())

    @property
    def header(self) -> list[str]:
        """The names of the columns; an unnamed first one is called ``(index)``."""
        return self._header[1]

    @cached_property
    def _scan(self) -> tuple[int, bool]:
        """The number of lines, and whether both readers see the same below the header."""
        lines = 1
        skipped, _ = self._header
        plain = self.separator.isascii() and self.separator != " "
        decoder = codecs.getincrementaldecoder("utf-8")()
        with self._stream() as stream:
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
        known = [str(position) for position in range(len(header))]
        wanted = [str(header.index(name)) for name in names]
        size = min(LARGEST_BLOCK, max(LEAST_BLOCK, BYTES_PER_COLUMN * len(header)))
        with self._stream() as stream:
            for _ in range(line):
                stream.readline()
            if cast(Any, stream).peek(3).startswith(codecs.BOM_UTF8):
                raise pa.ArrowInvalid("would be skipped")
            with arrow_csv.open_csv(
                stream,
                arrow_csv.ReadOptions(use_threads=False, block_size=size, column_names=known),
                arrow_csv.ParseOptions(
                    delimiter=self.separator, quote_char=False, newlines_in_values=False
                ),
                arrow_csv.ConvertOptions(
                    check_utf8=False,
                    column_types=dict.fromkeys(wanted, pa.string()),
                    include_columns=wanted,
                    strings_can_be_null=False,
                ),
            ) as reader:
                for batch in reader:
                    yield [pc.utf8_trim_whitespace(column) for column in batch.columns]

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

        Raises
        ------
        DataError
            For a file that cannot be read, bytes that are not UTF-8, broken quotes, a repeated
            or empty column name, or a record whose number of fields is not the header's.
        """
        with closing(self._lines()) as lines:
            yield from self._records(lines)

    def _records(self, lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
        csv.field_size_limit(FIELD_LIMIT)
        reader = csv.reader(lines, delimiter=self.separator, skipinitialspace=True, strict=True)
        width = 0
        try:
            for fields in reader:
                if not fields:
                    continue
                if not width:
                    fields = [field.strip() for field in fields]  # noqa: PLW2901
                    fields[0] = fields[0] or INDEX
                    check_header(self.path, fields, f"line {reader.line_num}")
                    width = len(fields)
                elif len(fields) != width:
                    raise DataError(
                        f"{self.path}: line {reader.line_num} has {len(fields)} fields, "
                        f"the header has {width}"
                    )
                yield reader.line_num, fields
        except csv.Error as error:
            raise DataError(f"{self.path}: line {reader.line_num}: {error}") from None
        if not width:
            raise DataError(f"{self.path}: is empty; a header and rows are needed")

    def place(self, row: int) -> str:
        """Say on which line the row of this position (from 0) ends."""
        line, _ = next(itertools.islice(self.records(), row + 1, None))
        return f"line {line}"

    def _lines(self) -> Generator[str, None, None]:
        with self._stream() as stream:
            for number, line in enumerate(stream, start=1):
                try:
                    yield line.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError as error:
                    raise DataError(
                        f"{self.path}: line {number}, byte {error.start + 1} is not UTF-8 "
                        f"(0x{error.object[error.start]:02x}); save the file as UTF-8"
                    ) from None

    @contextmanager
    def _stream(self) -> Iterator[IO[bytes]]:
        """Open the file's bytes; what goes wrong while they are read is an error, too."""
        compressed = self.path.name.lower().endswith(".gz")
        try:
            with gzip.open(self.path) if compressed else open(self.path, "rb") as stream:
                yield cast(IO[bytes], stream)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DataError(
                f"{self.path}: is no gzip file, or is damaged ({str(error).lower()})"
            ) from None
        except OSError as error:
            raise DataError(f"{self.path}: {(error.strerror or str(error)).lower()}") from None


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
