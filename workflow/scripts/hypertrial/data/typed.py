"""From the columns of a file to a typed table."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hypertrial.data import formats, kept, profiles, roles, sources, targets
from hypertrial.data.collectors import Collector, room, try_to_fill
from hypertrial.data.data_report import Profile
from hypertrial.data.features import (
    Feature,
    KnownLabels,
    OrderedByFile,
    check_values,
)
from hypertrial.data.kept import Collected
from hypertrial.data.labels import find
from hypertrial.data.sources import Source
from hypertrial.data.spec import DatasetSpec
from hypertrial.data.table import Column, Kind, Table
from hypertrial.errors import DataError, Mistakes, closest, listing, nearest
from hypertrial.families import Task

LISTS = ("drop", "numeric", "categorical")
PAIRS = ("dates", "ordered", "monotone")


class Read(NamedTuple):
    """A typed table, a profile of each column of its source, and how many rows were left out."""

    table: Table
    profiles: list[Profile]
    rows_dropped: dict[str, int]


def read(spec: DatasetSpec, task: Task) -> Read:
    """Read a file into a typed table.

    Raises
    ------
    DataError
        If the data cannot be used, with all that is wrong; each line names a line or a column.
    """
    source, found = formats.of(spec.source, spec.reading, spec.missing), Mistakes()
    every = _collect(spec, source, task, found)
    rows = try_to_fill(source, every.collectors, found)
    left = kept.keep(spec, source, every, rows, found)
    columns, special, y = _judge(spec, left.source, task, left.collected, found)
    found.settle()
    target, filled, X = str(spec.target), left.collected.others, left.collected.X
    classes = filled[target][0].labels if task != "regression" else ()
    result = Table(spec.name, task, target, tuple(columns), classes, X, y, **special)
    described = profiles.of(spec, source, result, filled, every.features, left.left_out)
    return Read(result, list(described), left.rows_dropped)


def check_others(spec: DatasetSpec) -> None:
    """Check every column of a file but the target, of which the task cannot be told.

    Raises
    ------
    DataError
        As :func:`read` does.
    """
    source, found = formats.of(spec.source, spec.reading, spec.missing), Mistakes()
    collected = _collect(spec, source, None, found)
    rows = try_to_fill(source, collected.collectors, found)
    left = kept.keep(spec, source, collected, rows, found)
    _judge(spec, left.source, None, left.collected, found)
    found.settle()


def check_beginning(spec: DatasetSpec, task: Task, rows: int) -> None:
    """Check the names of a file's columns, and the values of its first rows.

    Raises
    ------
    DataError
        As :func:`read` does, but for what only all rows can show.
    """
    source = sources.Beginning(formats.of(spec.source, spec.reading, spec.missing), rows)
    found = Mistakes()
    collected = _collect(spec, source, task, found)
    try_to_fill(source, collected.collectors, found, whole=False)
    found.settle()


def _collect(spec: DatasetSpec, source: Source, task: Task | None, found: Mistakes) -> Collected:
    """Return what collects each column; the target only if the task is known.

    A column that an unknown name probably means is left out, as it is not known what it is.

    Raises
    ------
    DataError
        If it is not known which columns are features.
    """
    header, named = source.header, _named(spec)
    with found.collect():
        check_names(spec, source)
    meant = {closest(name, header) for _, name in named if name not in header}
    if spec.target not in header and not (closest(spec.target, header) and len(header) > 1):
        found.settle()
    special = {role: name for role, name in roles.named(spec).items() if name in header}
    others = {spec.target, *special.values(), *spec.drop, *dict(spec.dates), *meant}
    others |= formats.index_columns(spec.source) - _declared(spec)
    features = [name for name in header if name not in others]
    if not features:
        found.add(f"{spec.source}: no feature column is left beside the target")
    X = room(source, len(features))
    places = {name: X[:, position] for position, name in enumerate(features)}
    collected = {name: roles.collector(spec, source, role) for role, name in special.items()}
    if task is not None and spec.target in header:
        collected = {str(spec.target): targets.collector(spec, source, task), **collected}
    return Collected(
        X, {name: _feature(spec, source, name, out) for name, out in places.items()}, collected
    )


def _judge(
    spec: DatasetSpec,
    source: Source,
    task: Task | None,
    collected: Collected,
    found: Mistakes,
) -> tuple[list[Column], dict[str, Any], Any]:
    """Return the features, the values of the roles and of the target, as far as they are sound."""
    columns, special, y = [], {}, None
    for position, (name, each) in enumerate(collected.features.items()):
        if not each.broken:
            with found.collect():
                columns.append(_column(spec, source, name, each, collected.X[:, position]))
    role_of = {name: role for role, name in roles.named(spec).items()}
    for name, (each, out) in collected.others.items():
        if each.broken:
            continue
        with found.collect():
            if name in role_of:
                special[role_of[name]] = roles.values(role_of[name], name, source, each, out)
            elif task is not None:
                y = targets.values(spec, source, task, each, out)
                check_positive(spec, task, each.labels)
    return columns, special, y


def _named(spec: DatasetSpec) -> list[tuple[str, str]]:
    """Return each name of a column in the config, after its key."""
    return [
        *((key, name) for key in LISTS for name in getattr(spec, key)),
        *((key, name) for key in PAIRS for name, _ in getattr(spec, key)),
        ("target", str(spec.target)),
        *roles.named(spec).items(),
    ]


def _declared(spec: DatasetSpec) -> set[str]:
    """Return the columns that the config names as features."""
    return {*spec.numeric, *spec.categorical, *dict(spec.ordered), *dict(spec.monotone)}


def check_names(spec: DatasetSpec, source: Source) -> None:
    """Check every name of a column in the config against the header.

    Raises
    ------
    DataError
        With a line for each name that is not there.
    """
    found = Mistakes()
    for key, name in _named(spec):
        with found.collect():
            sources.check_column(source, name, key)
    found.settle()


def _feature(spec: DatasetSpec, source: Source, name: str, out: Any) -> Collector:
    ordered = dict(spec.ordered)
    if name in ordered:
        what = "the labels that `ordered` declares"
        return KnownLabels(source, name, out, spec.missing, ordered[name], what)
    if name in source.orders and name not in (*spec.numeric, *spec.categorical):
        what = "the labels that the file has"
        return OrderedByFile(source, name, out, spec.missing, source.orders[name], what)
    numeric, categorical = name in spec.numeric, name in spec.categorical
    kept = name in dict(spec.monotone)
    return Feature(source, name, out, spec.missing, numeric, categorical, kept)


def _column(
    spec: DatasetSpec,
    source: Source,
    name: str,
    collector: Collector,
    values: npt.NDArray[np.float64],
) -> Column:
    kind: Kind = collector.kind if isinstance(collector, Feature) else "ordered"
    check_values(source, name, int(np.isfinite(values).sum()))
    monotone = dict(spec.monotone).get(name, 0)
    if monotone and kind == "categorical":
        raise DataError(
            f"{spec.source}: monotone: column '{name}' is categorical; only numeric and `ordered` "
            "columns have a direction"
        )
    return Column(name, kind, collector.labels, monotone)


def check_positive(spec: DatasetSpec, task: Task, classes: Sequence[str]) -> str | None:
    """Return the positive class as it is written, None if the config names none.

    Raises
    ------
    DataError
        If it is not one of two.
    """
    if spec.positive is None:
        return None
    if task != "binary":
        raise DataError(f"{spec.source}: `positive` is for two classes, the task is {task}")
    positive = find(spec.positive, classes)
    if positive is None:
        raise DataError(
            f"{spec.source}: positive: no class '{spec.positive}'"
            f"{nearest(spec.positive, classes)}; classes: {listing(classes)}"
        )
    return positive


def positive_last(spec: DatasetSpec, data: Table) -> Table:
    """Give the positive class of a binary task the code 1.

    Raises
    ------
    DataError
        As :func:`check_positive` does.
    """
    positive = check_positive(spec, data.task, data.classes)
    if positive is None or data.classes[1] == positive:
        return data
    return replace(data, classes=data.classes[::-1], y=1 - data.y)
