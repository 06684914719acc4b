"""Reading Parquet files, so that a column is what it would be in the CSV that pandas writes."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from unicodedata import normalize

from hypertrial.data.columns import as_texts
from hypertrial.data.opening import check_file
from hypertrial.data.reading import USUAL, Reading
from hypertrial.data.sources import INDEX, check_header, composed
from hypertrial.errors import DataError

ROWS_PER_BLOCK = 2**16
BUFFER_BYTES = 2**20
PANDAS_INDEX = "__index_level_0__"


@dataclass(frozen=True)
class ParquetSource:
    """A Parquet file."""

    path: Path
    reading: Reading = USUAL

    @cached_property
    def _names(self) -> dict[str, str]:
        """The names in the file, by those of the columns here."""
        with self._file() as file:
            given = file.schema_arrow.names
        names = [INDEX if name == PANDAS_INDEX else composed(name) for name in given]
        check_header(self.path, names, "schema")
        return dict(zip(names, given, strict=True))

    @property
    def header(self) -> list[str]:
        """The names of the columns; an index that pandas stored is called ``(index)``."""
        return list(self._names)

    @property
    def index(self) -> list[str]:
        """The columns that hold an index, as the file's note of pandas says."""
        with self._file() as file:
            try:
                about = file.schema_arrow.pandas_metadata or {}
            except ValueError:
                return []
        stored = [name for name in about.get("index_columns", []) if isinstance(name, str)]
        return [name for name, given in self._names.items() if given in stored]

    @cached_property
    def most_rows(self) -> int:
        """The number of rows."""
        with self._file() as file:
            return int(file.metadata.num_rows)

    @cached_property
    def orders(self) -> dict[str, tuple[str, ...]]:
        """The labels of ordered categories, lowest first, as pandas stores them."""
        from pyarrow import types

        with self._file() as file:
            kinds = {name: file.schema_arrow.field(own).type for name, own in self._names.items()}
            found = {
                name: _order(file, self._names[name])
                for name, kind in kinds.items()
                if types.is_dictionary(kind) and kind.ordered
            }
        return {name: labels for name, labels in found.items() if labels}

    def blocks(self, names: Sequence[str]) -> Generator[list[Any], None, None]:
        """Yield the named columns of some rows at a time, as plain Arrow arrays.

        Raises
        ------
        DataError
            If the file is damaged, or a column has a type that no column can have.
        """
        given = [self._names[name] for name in names]
        with self._file() as file:
            for name, stored in zip(names, given, strict=True):
                check_type(self.path, name, file.schema_arrow.field(stored).type)
            for batch in file.iter_batches(ROWS_PER_BLOCK, columns=given, use_threads=False):
                if batch.num_rows:
                    yield [plain(batch.column(stored)) for stored in given]

    def place(self, row: int) -> str:
        """Say which row it is, counted from 1."""
        return f"row {row + 1}"

    @contextmanager
    def _file(self) -> Iterator[Any]:
        import pyarrow as pa
        from pyarrow import parquet

        check_file(self.path)
        try:
            with open(self.path, "rb"):
                pass  # Arrow's own message has several parts
        except OSError as error:
            raise DataError(f"{self.path}: {(error.strerror or str(error)).lower()}") from None
        try:
            with parquet.ParquetFile(self.path, buffer_size=BUFFER_BYTES) as file:
                yield file
        except (pa.ArrowException, OSError) as error:
            reason = " ".join(str(error).split())
            raise DataError(f"{self.path}: is no Parquet file, or is damaged ({reason})") from None


def _order(file: Any, stored: str) -> tuple[str, ...]:
    """Return the labels of an ordered category; none if the parts of the file differ in them."""
    order: tuple[str, ...] = ()
    for batch in file.iter_batches(ROWS_PER_BLOCK, columns=[stored], use_threads=False):
        labels = as_texts(plain(batch.column(stored).dictionary)).to_pylist()
        own = tuple(normalize("NFC", str(label)) for label in labels)
        if own[: len(order)] != order and order[: len(own)] != own:
            return ()
        order = max(order, own, key=len)
    return order if len(set(order)) == len(order) else ()


def check_type(path: Path | str, name: str, kind: Any) -> None:
    """Check that a column's Arrow type is one that :func:`plain` knows.

    Raises
    ------
    DataError
        For nested types, bytes, durations and times of day.
    """
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    known = (
        types.is_boolean(kind)
        or types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_decimal(kind)
        or types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_string_view(kind)
        or types.is_null(kind)
        or types.is_date(kind)
        or types.is_timestamp(kind)
    )
    if not known:
        raise DataError(
            f"{path}: column '{name}' has the type {kind}; add it to `drop`, or make it numbers, "
            "texts, booleans, dates or timestamps"
        )


def plain(array: Any) -> Any:
    """Return an Arrow array as numbers, dates, or texts without blanks around them."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    if types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if types.is_boolean(array.type):
        return pc.if_else(array, "True", "False")
    if types.is_integer(array.type) or types.is_floating(array.type):
        return array
    if types.is_date(array.type) or types.is_timestamp(array.type):
        return array
    return pc.utf8_trim_whitespace(array.cast(pa.string()))
