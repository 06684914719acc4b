"""Which format a file has."""

from pathlib import Path

from hypertrial.data.csv_source import CsvSource
from hypertrial.data.parquet_source import ParquetSource
from hypertrial.data.sources import INDEX, Source
from hypertrial.errors import DataError

OTHERS = (".xlsx", ".xls", ".ods", ".json", ".feather", ".zip", ".pkl", ".dta", ".sav", ".h5")
"""Endings of files that would only be misread as CSV."""


def of(path: str | Path, separator: str | None = None) -> Source:
    """Return the source that a path's ending tells: Parquet, or else CSV.

    ``separator`` is for CSV files; None stands for a tab in ``.tsv`` files, a comma in others.
    """
    name = Path(path).name.lower()
    if name.endswith(OTHERS):
        raise DataError(
            f"{path}: files of this kind cannot be read; a source is a .csv, .tsv or .txt file, "
            "each also with .gz, or a .parquet file"
        )
    if name.endswith(".parquet"):
        return ParquetSource(Path(path))
    tabs = name.removesuffix(".gz").endswith(".tsv")
    return CsvSource(Path(path), separator or ("\t" if tabs else ","))


def index_columns(path: str | Path) -> set[str]:
    """Return the names of the columns that pandas wrote a file's index into."""
    source = of(path)
    return {INDEX, *source.index} if isinstance(source, ParquetSource) else {INDEX}
