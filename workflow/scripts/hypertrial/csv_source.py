"""Reading CSV files strictly: what is wrong is said with its line or its column."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from hypertrial.errors import DataError, listing, nearest

FIELD_LIMIT = 2**24
INDEX = "(index)"
"""The name given to a first column without one, as pandas writes its index; it is left out."""


@dataclass(frozen=True)
class CsvFile:
    """A CSV file and how to read it; ``missing`` are the texts that stand for no value."""

    path: Path
    separator: str = ","
    missing: tuple[str, ...] = ("",)

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the line number and the fields of each record, the header first.

        Raises
        ------
        DataError
            For bytes that are not UTF-8, broken quotes, a repeated or empty column name, or a
            record whose number of fields is not the header's.
        """
        csv.field_size_limit(FIELD_LIMIT)
        reader = csv.reader(
            self._lines(), delimiter=self.separator, skipinitialspace=True, strict=True
        )
        header: list[str] = []
        try:
            for fields in reader:
                if not fields:
                    continue
                fields = [field.strip() for field in fields]  # noqa: PLW2901
                if not header:
                    header = [fields[0] or INDEX, *fields[1:]]
                    fields = header  # noqa: PLW2901
                    self._check_header(header, reader.line_num)
                elif len(fields) != len(header):
                    raise DataError(
                        f"{self.path}: line {reader.line_num} has {len(fields)} fields, "
                        f"the header has {len(header)}"
                    )
                yield reader.line_num, fields
        except csv.Error as error:
            raise DataError(f"{self.path}: line {reader.line_num}: {error}") from None
        if not header:
            raise DataError(f"{self.path}: is empty; a header and rows are needed")

    def _lines(self) -> Iterator[str]:
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise DataError(f"{self.path}: {(error.strerror or str(error)).lower()}") from None
        for number, line in enumerate(io.BytesIO(content), start=1):
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise DataError(
                    f"{self.path}: line {number}, byte {error.start + 1} is not UTF-8 "
                    f"(0x{error.object[error.start]:02x}); save the file as UTF-8"
                ) from None

    def _check_header(self, header: list[str], line: int) -> None:
        seen: set[str] = set()
        for position, name in enumerate(header, start=1):
            if not name.strip():
                raise DataError(f"{self.path}: line {line}: column {position} has no name")
            if name in seen:
                raise DataError(f"{self.path}: line {line}: column name '{name}' stands twice")
            seen.add(name)

    def column(self, name: str) -> list[tuple[int, str]]:
        """Return the line number and text of each value of one column.

        Raises
        ------
        DataError
            If there is no such column.
        """
        records = self.records()
        _, header = next(records)
        position = self.position(header, name, "target")
        return [(line, fields[position]) for line, fields in records]

    def position(self, header: Sequence[str], name: str, key: str) -> int:
        """Return where a column that the config names stands in the header."""
        if name not in header:
            hint = nearest(name, header)
            if len(header) == 1 and re.search(r"[;\t|]", header[0]):
                hint = " (is another `separator` needed?)"
            raise DataError(
                f"{self.path}: {key}: no column '{name}'{hint}; columns: {listing(header)}"
            )
        return list(header).index(name)

    def frame(self) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
        """Return all values as texts, and the line number of each row."""
        records = self.records()
        _, header = next(records)
        lines, rows = [], []
        for line, fields in records:
            lines.append(line)
            rows.append(fields)
        if not rows:
            raise DataError(f"{self.path}: has a header but no rows")
        return pd.DataFrame(rows, columns=header, dtype=object), np.array(lines)


def read_numbers(
    texts: pd.Series, missing: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float64], int | None, float]:
    """Read texts as numbers.

    Returns the values (NaN where missing), where the first text stands that is no number, and
    the share of the present texts that are. Infinite values and ``nan`` are not numbers here.
    """
    values = np.full(len(texts), np.nan)
    present = texts.to_numpy()[~missing]
    parsed = pd.to_numeric(pd.Series(present, dtype=object), errors="coerce").to_numpy(float)
    bad = ~np.isfinite(parsed)
    if bad.any():
        first = int(np.flatnonzero(~missing)[np.flatnonzero(bad)[0]])
        return values, first, float(1 - bad.mean())
    values[~missing] = [float(text) for text in present]
    return values, None, 1.0


def read_categories(
    texts: pd.Series, missing: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float64], tuple[str, ...]]:
    """Read texts as codes into their sorted labels: the codes, NaN where missing, and labels."""
    labels, codes = np.unique(texts.to_numpy()[~missing].astype(str), return_inverse=True)
    values = np.full(len(texts), np.nan)
    values[~missing] = codes
    return values, tuple(str(label) for label in labels)
