"""Which format a file has."""

from pathlib import Path

from hypertrial.data.csv_source import CsvSource
from hypertrial.data.parquet_source import ParquetSource
from hypertrial.data.sources import Source


def of(path: str | Path, separator: str | None = None) -> Source:
    """Return the source that a path's ending tells: Parquet, or else CSV.

    ``separator`` is for CSV files; None stands for a tab in ``.tsv`` files, a comma in others.
    """
    name = Path(path).name.lower()
    if name.endswith(".parquet"):
        return ParquetSource(Path(path))
    tabs = name.removesuffix(".gz").endswith(".tsv")
    return CsvSource(Path(path), separator or ("\t" if tabs else ","))
