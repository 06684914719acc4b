"""Data sets: scikit-learn's bundled sets by name and CSV files by path, read into typed tables."""

import importlib.metadata
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hypertrial import files, table
from hypertrial.errors import DataError, listing, nearest
from hypertrial.families import Task
from hypertrial.table import Column, Table

if TYPE_CHECKING:
    from hypertrial.csv_source import CsvFile

BUNDLED: dict[str, Task] = {
    "iris": "multiclass",
    "wine": "multiclass",
    "breast_cancer": "binary",
    "digits": "multiclass",
    "diabetes": "regression",
}
MOST_CLASSES = 100
FEW_WHOLE_NUMBERS = 50
MOSTLY_DISTINCT = 0.5
MOSTLY_NUMBERS = 0.9


@dataclass(frozen=True)
class DatasetSpec:
    """What the config says of a data set; ``task`` is None where it is left to be inferred."""

    name: str
    source: str
    target: str | None = None
    drop: tuple[str, ...] = ()
    positive: str | None = None
    task: Task | None = None
    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    separator: str = ","
    missing: tuple[str, ...] = ("",)

    @property
    def bundled(self) -> bool:
        """Whether the source is one of scikit-learn's sets."""
        return self.source in BUNDLED

    def csv(self) -> "CsvFile":
        """Return the source as a CSV file."""
        from hypertrial.csv_source import CsvFile

        return CsvFile(Path(self.source), self.separator, self.missing)


def source_digest(spec: DatasetSpec) -> str:
    """Return a digest of the source's bytes, or the version that a bundled set comes with.

    Raises
    ------
    DataError
        If the file cannot be read.
    """
    if spec.bundled:
        return f"scikit-learn {importlib.metadata.version('scikit-learn')}: {spec.source}"
    try:
        if Path(spec.source).exists() and not Path(spec.source).is_file():
            raise OSError(0, "Is not a file")
        return files.digest_file(spec.source)
    except OSError as error:
        hint = nearest(spec.source, BUNDLED) if "/" not in spec.source else ""
        raise DataError(
            f"{spec.source}: {(error.strerror or str(error)).lower()}{hint}; a source is the "
            f"path of a CSV file or one of {listing(BUNDLED)}"
        ) from None


def find_task(spec: DatasetSpec) -> Task:
    """Return the task: declared, known of a bundled set, or inferred from a CSV's target.

    Raises
    ------
    DataError
        If the file cannot be read, the target is unusable, or the task is not obvious.
    """
    if spec.bundled:
        return BUNDLED[spec.source]
    if spec.task is not None:
        return spec.task
    values = spec.csv().column(str(spec.target))
    _check_target_present(spec, values)
    return infer_task(spec, [text for _, text in values])


def _check_target_present(spec: DatasetSpec, values: Sequence[tuple[int, str]]) -> None:
    if not values:
        raise DataError(f"{spec.source}: has a header but no rows")
    gaps = [line for line, text in values if text in spec.missing]
    if gaps:
        more = f" (and {len(gaps) - 1} more)" if len(gaps) > 1 else ""
        raise DataError(
            f"{spec.source}: line {gaps[0]}{more}: the target '{spec.target}' is missing; "
            "remove such rows"
        )
    if len({text for _, text in values}) == 1:
        raise DataError(
            f"{spec.source}: the target '{spec.target}' is constant: always '{values[0][1]}'"
        )


def infer_task(spec: DatasetSpec, texts: Sequence[str]) -> Task:
    """Infer the task from the target's texts where it is obvious.

    Two different values make it binary. Other numbers are regression if one has a fraction or
    there are more than 50 different ones; 3 to 50 whole numbers could be either. Other texts
    are classes, up to 100 of them, unless nearly all of them are numbers.
    """
    distinct = set(texts)
    if len(distinct) == 2:
        return "binary"
    numbers = [_number(text) for text in distinct]
    ask = f"{spec.source}: the task is not obvious from the target '{spec.target}'"
    allowed = f"; set datasets.{spec.name}.task to multiclass or regression"
    if all(number is not None for number in numbers):
        whole = all(number == int(number) for number in numbers if number is not None)
        if not whole or len(distinct) > FEW_WHOLE_NUMBERS:
            return "regression"
        raise DataError(f"{ask}, {len(distinct)} whole numbers{allowed}")
    known = sum(number is not None for number in numbers)
    if len(distinct) > MOST_CLASSES or known > MOSTLY_NUMBERS * len(distinct):
        example = next(text for text in texts if _number(text) is None)
        raise DataError(
            f"{ask}, {len(distinct)} different values such as '{example}'{allowed}, or name the "
            "texts that stand for missing values in `missing`"
        )
    return "multiclass"


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def read(spec: DatasetSpec, task: Task) -> tuple[Table, dict[str, Any]]:
    """Read a data set: the typed table, and a report of what was found and dropped.

    Raises
    ------
    DataError
        If the data cannot be used; the message names the line or the column.
    """
    return _read_bundled(spec, task) if spec.bundled else _read_csv(spec, task)


def _read_bundled(spec: DatasetSpec, task: Task) -> tuple[Table, dict[str, Any]]:
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{spec.source}")()
    names = [str(name) for name in bunch.feature_names]
    for name in spec.drop:
        if name not in names:
            raise DataError(
                f"{spec.source}: drop: no column '{name}'{nearest(name, names)}; "
                f"columns: {listing(names)}"
            )
    keep = [position for position, name in enumerate(names) if name not in spec.drop]
    classes = () if task == "regression" else tuple(str(name) for name in bunch.target_names)
    y = bunch.target.astype(float if task == "regression" else np.int64)
    result = Table(
        spec.name,
        task,
        "target",
        tuple(Column(names[position], "numeric") for position in keep),
        classes,
        np.ascontiguousarray(bunch.data[:, keep], dtype=float),
        y,
    )
    result = _positive_last(spec, result)
    return result, _report(spec, result, [name for name in names if name in spec.drop])


def _read_csv(spec: DatasetSpec, task: Task) -> tuple[Table, dict[str, Any]]:
    from hypertrial.csv_source import INDEX

    source = spec.csv()
    frame, lines = source.frame()
    header = [str(name) for name in frame.columns]
    target = str(spec.target)
    for key in ("drop", "numeric", "categorical"):
        for name in getattr(spec, key):
            source.position(header, name, key)
    source.position(header, target, "target")
    texts = frame[target]
    _check_target_present(spec, list(zip(lines.tolist(), texts.tolist(), strict=True)))
    left_out = [name for name in header if name in spec.drop or name == INDEX]
    columns, values = [], []
    for name in header:
        if name == target or name in left_out:
            continue
        column, numbers = _read_column(spec, name, frame[name], lines)
        columns.append(column)
        values.append(numbers)
    if not columns:
        raise DataError(f"{spec.source}: no feature column is left beside the target")
    y, classes = _read_target(spec, task, texts, lines)
    result = Table(spec.name, task, target, tuple(columns), classes, np.column_stack(values), y)
    result = _positive_last(spec, result)
    return result, _report(spec, result, left_out)


def _read_column(
    spec: DatasetSpec, name: str, texts: Any, lines: npt.NDArray[np.int64]
) -> tuple[Column, npt.NDArray[np.float64]]:
    from hypertrial.csv_source import read_categories, read_numbers

    missing = texts.isin(spec.missing).to_numpy()
    if missing.all():
        raise DataError(f"{spec.source}: column '{name}' has no values; add it to `drop`")
    if name not in spec.categorical:
        numbers, bad, share = read_numbers(texts, missing)
        if bad is None:
            return Column(name, "numeric"), numbers
        text = texts.iloc[bad]
        if name in spec.numeric:
            raise DataError(
                f"{spec.source}: line {lines[bad]}: column '{name}' is declared numeric but "
                f"'{text}' is not a finite number"
            )
        if str(text).strip().lstrip("+-").lower() in ("inf", "infinity"):
            raise DataError(
                f"{spec.source}: line {lines[bad]}: column '{name}' holds '{text}'; "
                "values must be finite"
            )
        if share > MOSTLY_NUMBERS:
            raise DataError(
                f"{spec.source}: line {lines[bad]}: column '{name}' holds '{text}' among numbers; "
                "add the text to `missing`, or the column to `categorical`"
            )
    codes, labels = read_categories(texts, missing)
    many = len(labels) > max(MOST_CLASSES, MOSTLY_DISTINCT * (~missing).sum())
    if many and name not in spec.categorical:
        raise DataError(
            f"{spec.source}: column '{name}' has {len(labels)} different texts such as "
            f"'{labels[0]}'; add it to `drop`, or to `categorical` if it is meant so"
        )
    return Column(name, "categorical", labels), codes


def _read_target(
    spec: DatasetSpec, task: Task, texts: Any, lines: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[Any], tuple[str, ...]]:
    from hypertrial.csv_source import read_categories, read_numbers

    nowhere = np.zeros(len(texts), dtype=bool)
    if task == "regression":
        numbers, bad, _ = read_numbers(texts, nowhere)
        if bad is not None:
            raise DataError(
                f"{spec.source}: line {lines[bad]}: the target '{spec.target}' must be a finite "
                f"number for regression, not '{texts.iloc[bad]}'"
            )
        return numbers, ()
    codes, labels = read_categories(texts, nowhere)
    if (len(labels) == 2) != (task == "binary"):
        raise DataError(
            f"{spec.source}: the target '{spec.target}' has {len(labels)} classes, which is not "
            f"{task}; set datasets.{spec.name}.task to "
            f"{'binary' if len(labels) == 2 else 'multiclass or regression'}"
        )
    return codes.astype(np.int64), labels


def _positive_last(spec: DatasetSpec, data: Table) -> Table:
    """Give the positive class of a binary task the code 1."""
    if spec.positive is None:
        return data
    if data.task != "binary":
        raise DataError(f"{spec.source}: `positive` is for two classes, the task is {data.task}")
    if spec.positive not in data.classes:
        raise DataError(
            f"{spec.source}: positive: no class '{spec.positive}'"
            f"{nearest(spec.positive, data.classes)}; classes: {listing(data.classes)}"
        )
    if data.classes[1] == spec.positive:
        return data
    return Table(
        data.name,
        data.task,
        data.target,
        data.columns,
        data.classes[::-1],
        data.X,
        1 - data.y,
    )


def _report(spec: DatasetSpec, data: Table, dropped: list[str]) -> dict[str, Any]:
    """Say what was found: dropped columns, missing values, the kind of each column."""
    gaps = np.isnan(data.X).sum(axis=0)
    counts = Counter(data.y.tolist())
    declared = {*spec.numeric, *spec.categorical}
    return {
        "source": spec.source,
        "source_digest": source_digest(spec),
        "dropped": dropped,
        "missing": {
            column.name: int(count)
            for column, count in zip(data.columns, gaps, strict=True)
            if count
        },
        "declared": [column.name for column in data.columns if column.name in declared],
        "class_counts": {name: counts[code] for code, name in enumerate(data.classes)},
    }


def prepare(params: str, values: str, about: str) -> None:
    """Read the data set that a plan's ``data_params`` describe, and write its typed table."""
    content = json.loads(params)
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in content["spec"].items()
    }
    spec = DatasetSpec(**fields)
    data, report = read(spec, content["task"])
    if report["source_digest"] != content["source"]:
        raise DataError(f"{spec.source}: changed after the run began; start it again")
    table.save(data, {**report, "params": files.digest_text(params)}, values, about)
