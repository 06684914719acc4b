"""Which format a file has."""

from collections.abc import Collection
from pathlib import Path

from hypertrial.data import dates
from hypertrial.data.csv_source import CsvSource
from hypertrial.data.parquet_source import ParquetSource
from hypertrial.data.reading import USUAL, Reading
from hypertrial.data.sources import INDEX, Source
from hypertrial.errors import DataError

OTHERS = (".xlsx", ".xls", ".ods", ".json", ".feather", ".zip", ".pkl", ".dta", ".sav", ".h5")
"""Endings of files that would only be misread as CSV."""


PARQUET = (".parquet", ".pq")


def is_parquet(path: str | Path) -> bool:
    """Tell whether a path's ending is that of Parquet files."""
    return str(path).lower().endswith(PARQUET)


def of(path: str | Path, reading: Reading = USUAL, missing: Collection[str] = ("",)) -> Source:
    """Return the source that a path's ending tells: Parquet, or else CSV.

    Without a separator in ``reading`` it is a tab in ``.tsv`` files, a comma in other texts.
    ``missing`` are the texts that stand for no date.
    """
    name = Path(path).name.lower()
    if name.endswith(OTHERS):
        raise DataError(
            f"{path}: files of this kind cannot be read; a source is a .csv, .tsv or .txt file, "
            "each also with .gz, or a .parquet file"
        )
    if is_parquet(path):
        return dates.dated(ParquetSource(Path(path), reading), missing)
    tabs = name.removesuffix(".gz").endswith(".tsv")
    separator = reading.separator or ("\t" if tabs else ",")
    return dates.dated(CsvSource(Path(path), separator, reading), missing)


def index_columns(path: str | Path) -> set[str]:
    """Return the names of the columns that pandas wrote a file's index into."""
    return {INDEX, *ParquetSource(Path(path)).index} if is_parquet(path) else {INDEX}
