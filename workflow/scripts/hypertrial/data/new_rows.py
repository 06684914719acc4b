"""Rows to predict: their features, read as those of the table that a model was trained on."""

from collections.abc import Collection, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hypertrial.data import dates, formats, sources
from hypertrial.data.collectors import Collector, Numbers, fill, room
from hypertrial.data.columns import as_texts
from hypertrial.data.csv_source import CsvSource
from hypertrial.data.features import KnownLabels
from hypertrial.data.parquet_source import check_type, plain
from hypertrial.data.reading import USUAL, Reading
from hypertrial.data.sources import Source
from hypertrial.data.table import Column
from hypertrial.errors import DataError, listing, nearest
from hypertrial.families import Matrix

if TYPE_CHECKING:
    import pandas as pd

Unseen = Literal["error", "ignore"]
ROWS_PER_BLOCK = 2**16


def read(
    columns: Sequence[Column],
    path: str | Path,
    reading: Reading = USUAL,
    missing: Sequence[str] = ("",),
    unseen: Unseen = "error",
    open_columns: Collection[str] = (),
) -> tuple[Matrix, list[str]]:
    """Read the feature columns of a CSV or Parquet file by their names.

    A label that training did not see is an error; if such are to be ignored, a categorical
    column holds the code after its last one, an ordered column NaN. In ``open_columns``, which
    are categorical, any label is legal in any case. ``reading`` says how the file is written.

    Returns
    -------
    X : ndarray of shape (n, p)
        The values in the order of ``columns``, as in :class:`hypertrial.data.table.Table`.
    extra : list of str
        The other columns of the file, which are ignored.

    Raises
    ------
    DataError
        If the file cannot be read, columns are missing, or a value does not suit its column.
    """
    source = formats.of(path, _reading_of(columns, path, reading), missing)
    return _features(columns, source, missing, unseen, open_columns)


def from_frame(
    frame: "pd.DataFrame",
    columns: Sequence[Column],
    reading: Reading = USUAL,
    missing: Sequence[str] = ("",),
    unseen: Unseen = "error",
    open_columns: Collection[str] = (),
) -> tuple[Matrix, list[str]]:
    """Return what :func:`read` does for the rows of a data frame, whose index does not count.

    Raises
    ------
    DataError
        If columns are missing, or a value does not suit its column.
    """
    source = dates.dated(_FrameSource(frame, reading), missing)
    return _features(columns, source, missing, unseen, open_columns)


def _reading_of(columns: Sequence[Column], path: str | Path, trained: Reading) -> Reading:
    """Return how rows to predict are written: as those of training, or as their file shows.

    They may have a header where those had none, or lack the target; and be separated as the
    ending of the file says.
    """
    if formats.is_parquet(path):
        return trained
    usual = replace(trained, separator=None)
    if len(_first(path, trained)) == 1 and len(_first(path, usual)) > 1:
        trained = usual
    if not trained.columns:
        return trained
    first = [sources.composed(field) for field in _first(path, trained)]
    made = dates.features(trained)
    if {made.get(each.name, (each.name,))[0] for each in columns} <= set(first):
        return replace(trained, columns=())
    others = tuple(name for name in trained.columns if name != trained.target)
    return replace(trained, columns=others) if len(first) == len(others) else trained


def _first(path: str | Path, reading: Reading) -> list[str]:
    source = formats.of(path, replace(reading, dates=()))
    return source.first if isinstance(source, CsvSource) else []


def texts(
    names: Sequence[str], columns: Sequence[Column], path: str | Path, reading: Reading = USUAL
) -> "pd.DataFrame":
    """Return columns of a CSV or Parquet file as texts, an empty one where there is no value.

    The file is one that :func:`read` reads the feature columns of.

    Raises
    ------
    DataError
        If the file cannot be read, or has no such column.
    """
    import pandas as pd
    import pyarrow as pa

    source = formats.of(path, replace(_reading_of(columns, path, reading), dates=()))
    wanted = list(dict.fromkeys(map(sources.composed, names)))
    for name in wanted:
        sources.check_column(source, name, "--keep")
    found: dict[str, list[str]] = {name: [] for name in wanted}
    with closing(source.blocks(wanted)) as blocks:
        for arrays in blocks:
            for name, array in zip(wanted, arrays, strict=True):
                found[name] += as_texts(array).cast(pa.string()).fill_null("").to_pylist()
    return pd.DataFrame(found, dtype=str)


def _features(
    columns: Sequence[Column],
    source: Source,
    missing: Sequence[str],
    unseen: Unseen,
    open_columns: Collection[str],
) -> tuple[Matrix, list[str]]:
    names = [column.name for column in columns]
    made = dates.features(source.reading)
    absent = [name for name in names if name not in source.header]
    if absent:
        absent = list(dict.fromkeys(made[name][0] if name in made else name for name in absent))
        header = source.header
        others = [name for name in header if name not in names]
        found = listing(f"no column '{name}'{nearest(name, others)}" for name in absent)
        if len(header) == 1 and sources.other_separator(header[0]):
            found = "has a single column; is another `--separator` needed?"
        raise DataError(f"{source.path}: {found}; columns: {sources.columns_of(header)}")
    X = room(source, len(names))
    collectors = {
        column.name: _collector(
            column,
            source,
            X[:, position],
            missing,
            "ignore" if column.name in open_columns else unseen,
        )
        for position, column in enumerate(columns)
    }
    rows = fill(source, collectors)
    used = {*collectors, *made, *dict(source.reading.dates)}
    return X[:rows], [name for name in source.header if name not in used]


def _collector(
    column: Column, source: Source, out: Any, missing: Sequence[str], unseen: Unseen
) -> Collector:
    name = column.name
    if column.kind == "numeric":
        return Numbers(
            source,
            name,
            out,
            missing,
            lambda text: f"column '{name}' is numeric but '{text}' is not a finite number",
        )
    code = None
    if unseen == "ignore":
        code = float(len(column.categories)) if column.kind == "categorical" else np.nan
    what = "the labels of the training data"
    return KnownLabels(source, name, out, missing, column.categories, what, code)


@dataclass(frozen=True)
class _FrameSource:
    """The rows of a data frame."""

    frame: "pd.DataFrame"
    reading: Reading = USUAL
    path: str = "the data frame"

    @property
    def orders(self) -> dict[str, tuple[str, ...]]:
        """What is predicted has the order of what was trained on."""
        return {}

    @cached_property
    def header(self) -> list[str]:
        """The names of the columns, as texts."""
        names = [sources.composed(str(name)) for name in self.frame.columns]
        sources.check_header(self.path, names, "columns")
        return names

    @property
    def most_rows(self) -> int:
        """The number of rows."""
        return len(self.frame)

    def blocks(self, names: Sequence[str]) -> Generator[list[Any], None, None]:
        """Yield the named columns of some rows at a time, as plain Arrow arrays."""
        positions = [self.header.index(name) for name in names]
        for start in range(0, self.most_rows, ROWS_PER_BLOCK):
            rows = self.frame.iloc[start : start + ROWS_PER_BLOCK]
            yield [
                self._array(name, rows.iloc[:, position])
                for name, position in zip(names, positions, strict=True)
            ]

    def place(self, row: int) -> str:
        """Say which row it is, counted from 1."""
        return f"row {row + 1}"

    def _array(self, name: str, values: Any) -> Any:
        import pyarrow as pa

        if values.dtype == object:
            array = pa.array([_text(value) for value in values], pa.string())
        else:
            try:
                array = pa.Array.from_pandas(values)
            except pa.ArrowException:
                raise DataError(
                    f"{self.path}: column '{name}' is of type {values.dtype}; numbers, texts, "
                    "categories and true or false can be read"
                ) from None
            if isinstance(array, pa.ChunkedArray):
                array = array.combine_chunks()
        check_type(self.path, name, array.type)
        return plain(array)


def _text(value: Any) -> str | None:
    import pandas as pd

    return None if pd.api.types.is_scalar(value) and pd.isna(value) else str(value)
