"""Data sets: scikit-learn's bundled sets by name and files by path, read into typed tables."""

import importlib.metadata
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hypertrial import files
from hypertrial.data import (
    data_report,
    formats,
    leaks,
    remarks,
    roles,
    table,
    targets,
    typed,
)
from hypertrial.data.data_report import Profile, Summary
from hypertrial.data.opening import check_file
from hypertrial.data.rows import first_of_equal
from hypertrial.data.spec import BUNDLED, DatasetSpec
from hypertrial.data.table import Column, Table
from hypertrial.errors import DataError, Mistakes, listing, nearest
from hypertrial.families import Task


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
        check_file(spec.source)
        return files.digest_file(spec.source)
    except (DataError, OSError) as error:
        message = str(error)
        if isinstance(error, OSError):
            message = f"{spec.source}: {(error.strerror or str(error)).lower()}"
        hint = nearest(spec.source, BUNDLED) if "/" not in spec.source else ""
        raise DataError(
            f"{message}{hint}; a source is the path of a CSV or Parquet file or one of "
            f"{listing(BUNDLED)}"
        ) from None


def find_task(spec: DatasetSpec) -> Task:
    """Return the task: declared, known of a bundled set, or inferred from a file's target.

    Only the target is read.

    Raises
    ------
    DataError
        If the file cannot be read, the target is unusable, or the task is not obvious.
    """
    if spec.bundled:
        return BUNDLED[spec.source]
    if spec.task is not None:
        return spec.task
    return targets.find_task(spec, formats.of(spec.source, spec.reading, spec.missing))


def lowest_target(spec: DatasetSpec) -> float:
    """Return the lowest target of a regression; only the target is read.

    Raises
    ------
    DataError
        If the file cannot be read.
    """
    if spec.bundled:
        return float(_read_bundled(spec, "regression").table.y.min())
    return targets.lowest(spec, formats.of(spec.source, spec.reading, spec.missing))


def check_columns(spec: DatasetSpec) -> None:
    """Check that a file has the columns that the config names; only its header is read.

    Raises
    ------
    DataError
        If the file cannot be read, or columns are not there.
    """
    if not spec.bundled:
        typed.check_names(spec, formats.of(spec.source, spec.reading, spec.missing))


def read(spec: DatasetSpec, task: Task) -> tuple[Table, dict[str, Any]]:
    """Read a data set: the typed table, and a report of what was found and dropped.

    Raises
    ------
    DataError
        If the data cannot be used; the message names the line or the column.
    """
    data, report, _ = _read(spec, task)
    return data, report


def read_table(spec: DatasetSpec, task: Task) -> Table:
    """Read a data set as :func:`read` does, without a report."""
    return _read_columns(spec, task)[0]


def _read_columns(spec: DatasetSpec, task: Task) -> typed.Read:
    read = (_read_bundled if spec.bundled else typed.read)(spec, task)
    return read._replace(table=typed.positive_last(spec, read.table))


def _read(spec: DatasetSpec, task: Task) -> tuple[Table, dict[str, Any], Summary]:
    data, profiles, dropped = _read_columns(spec, task)
    found = leaks.find(data)
    more = remarks.notes(data, found, dropped)
    noted = [replace(each, notes=each.notes + more.get(each.name, ())) for each in profiles]
    summary = data_report.summarise(noted)
    report = _report(spec, data, profiles, summary)
    warnings = [
        *(leak.sentence for leak in found),
        *remarks.of_rows(dropped),
        *(sentence for each in profiles for sentence in each.warnings),
        *remarks.of_numbers(data, summary.coarse),
    ]
    return data, {**report, "rows_dropped": dropped, "warnings": warnings}, summary


def _read_bundled(spec: DatasetSpec, task: Task) -> typed.Read:
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{spec.source}")()
    names = [str(name) for name in bunch.feature_names]
    found = Mistakes()
    found.add(
        *(
            f"{spec.source}: drop: no column '{name}'{nearest(name, names)}; "
            f"columns: {listing(names)}"
            for name in spec.drop
            if name not in names
        )
    )
    if set(names) <= set(spec.drop):
        found.add(f"{spec.source}: no feature column is left beside the target")
    classes = () if task == "regression" else tuple(str(name) for name in bunch.target_names)
    with found.collect():
        typed.check_positive(spec, task, classes)
    found.settle()
    keep = [position for position, name in enumerate(names) if name not in spec.drop]
    X = np.ascontiguousarray(bunch.data[:, keep], dtype=float)
    y = bunch.target.astype(float if task == "regression" else np.int64)
    stay = first_of_equal(X, y) if spec.drop_duplicates else np.arange(len(y))
    lost = {"duplicates": len(y) - len(stay)} if spec.drop_duplicates else {}
    result = Table(
        spec.name,
        task,
        "target",
        tuple(Column(names[position], "numeric") for position in keep),
        classes,
        X[stay],
        y[stay],
    )
    kind = "numeric" if task == "regression" else "class labels"
    dropped = ("left out: named in `drop`",)
    profiles = [
        Profile(name, "dropped", notes=dropped)
        if name in spec.drop
        else Profile(name, "feature", "numeric", bunch.data[stay, position].astype(float))
        for position, name in enumerate(names)
    ]
    target = Profile("target", "target", kind, y[stay], classes)
    return typed.Read(result, [*profiles, target], lost)


def _report(
    spec: DatasetSpec, data: Table, profiles: Sequence[Profile], summary: Summary
) -> dict[str, Any]:
    """Say what was found: columns left out or odd, missing values, declared kinds, classes."""
    declared = {*spec.numeric, *spec.categorical, *dict(spec.ordered)}
    counts = Counter(data.y.tolist()) if data.classes else Counter()
    return {
        "source": spec.source,
        "source_digest": source_digest(spec),
        "dropped": [each.name for each in profiles if each.role == "dropped"],
        "missing": {
            row["column"]: row["missing"]
            for row in summary.rows
            if row["role"] == "feature" and row["missing"]
        },
        "declared": [column.name for column in data.columns if column.name in declared],
        "constant": summary.constant,
        "duplicates": summary.duplicates,
        "roles": roles.named(spec),
        "class_counts": {name: counts[code] for code, name in enumerate(data.classes)},
    }


def prepare(params: str, values: str, about: str) -> list[str]:
    """Read the data set that a plan's ``data_params`` describe, and write its typed table.

    Returns what to look at before anything is trained, in sentences.

    Raises
    ------
    DataError
        If the data cannot be used, or is not what the plan was made for.
    """
    content = json.loads(params)
    spec = spec_from_json(content["spec"])
    data, found, summary = _read(spec, content["task"])
    if found["source_digest"] != content["source"]:
        raise DataError(f"{spec.source}: changed after the run began; start it again")
    about_it = {**found, "report": summary.rows, "params": files.digest_text(params)}
    table.save(data, about_it, values, about)
    return [f"{spec.name}: {each}" for each in found["warnings"]]


def spec_from_json(content: Mapping[str, Any]) -> DatasetSpec:
    """Return the spec whose fields JSON has held, which knows no tuples."""
    fields: dict[str, Any] = {name: _tuples(value) for name, value in content.items()}
    return DatasetSpec(**fields)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
