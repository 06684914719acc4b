"""From the columns of a file to a typed table."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.data import dates, formats, roles, sources, targets
from hypertrial.data.collectors import Collector, Times, fill, room
from hypertrial.data.data_report import Profile
from hypertrial.data.features import (
    Feature,
    KnownLabels,
    Labels,
    OrderedByFile,
    check_values,
    is_wide,
)
from hypertrial.data.sources import INDEX, Source
from hypertrial.data.spec import DatasetSpec
from hypertrial.data.table import Column, Kind, Table
from hypertrial.errors import DataError, listing, nearest
from hypertrial.families import Task

LISTS = ("drop", "numeric", "categorical")
PAIRS = ("dates", "ordered", "monotone")


def read(spec: DatasetSpec, task: Task) -> tuple[Table, list[Profile]]:
    """Read a file into a typed table, and a profile of each of its columns, in their order.

    The features are written into ``X`` as they are read, so that it is their only copy.

    Raises
    ------
    DataError
        If the data cannot be used; the message names the line or the column.
    """
    source = formats.of(spec.source, spec.reading, spec.missing)
    check_names(spec, source)
    target, special = str(spec.target), roles.named(spec)
    others = {target, INDEX, *special.values(), *spec.drop, *dict(spec.dates)}
    features = [name for name in source.header if name not in others]
    if not features:
        raise DataError(f"{spec.source}: no feature column is left beside the target")
    X = room(source, len(features))
    collected = {
        target: targets.collector(spec, source, task),
        **{name: roles.collector(spec, source, role) for role, name in special.items()},
    }
    collectors = {
        name: _feature(spec, source, name, X[:, position]) for position, name in enumerate(features)
    }
    rows = fill(source, {name: each for name, (each, _) in collected.items()} | collectors)
    filled = {name: (each, out[:rows]) for name, (each, out) in collected.items()}
    result = Table(
        spec.name,
        task,
        target,
        tuple(
            _column(spec, source, name, each, X[:rows, position])
            for position, (name, each) in enumerate(collectors.items())
        ),
        filled[target][0].labels if task != "regression" else (),
        X[:rows],
        targets.values(spec, source, task, *filled[target]),
        **{role: roles.values(role, name, source, *filled[name]) for role, name in special.items()},
    )
    return result, list(_profiles(spec, source, result, filled))


def check_names(spec: DatasetSpec, source: Source) -> None:
    """Check every name of a column in the config against the header."""
    named = [(key, name) for key in LISTS for name in getattr(spec, key)]
    named += [(key, name) for key in PAIRS for name, _ in getattr(spec, key)]
    named += [("target", str(spec.target)), *roles.named(spec).items()]
    for key, name in named:
        sources.check_column(source, name, key)


def _feature(spec: DatasetSpec, source: Source, name: str, out: Any) -> Collector:
    ordered = dict(spec.ordered)
    if name in ordered:
        what = "the labels that `ordered` declares"
        return KnownLabels(source, name, out, spec.missing, ordered[name], what)
    if name in source.orders and name not in (*spec.numeric, *spec.categorical):
        what = "the labels that the file has"
        return OrderedByFile(source, name, out, spec.missing, source.orders[name], what)
    return Feature(source, name, out, spec.missing, name in spec.numeric, name in spec.categorical)


def _column(
    spec: DatasetSpec,
    source: Source,
    name: str,
    collector: Collector,
    values: npt.NDArray[np.float64],
) -> Column:
    kind: Kind = collector.kind if isinstance(collector, Feature) else "ordered"
    if kind == "ordered":
        check_values(source, name, int(np.isfinite(values).sum()))
    monotone = dict(spec.monotone).get(name, 0)
    if monotone and kind == "categorical":
        raise DataError(
            f"{spec.source}: monotone: column '{name}' is categorical; only numeric and `ordered` "
            "columns have a direction"
        )
    return Column(name, kind, collector.labels, monotone)


def _profiles(
    spec: DatasetSpec,
    source: Source,
    data: Table,
    filled: Mapping[str, tuple[Collector, npt.NDArray[Any]]],
) -> Iterator[Profile]:
    """Describe every column of the source, in its order; codes are as they were collected."""
    features = {column.name: position for position, column in enumerate(data.columns)}
    role_of = {name: role for role, name in roles.named(spec).items()}
    declared = {*spec.numeric, *spec.categorical, *dict(spec.ordered)}
    made = dates.features(spec.reading)
    for name in source.header:
        if name in features:
            column, values = data.columns[features[name]], data.X[:, features[name]]
            notes = ["declared"] if name in declared else []
            notes += ["made of dates"] if name in made else []
            notes += ["ordered as the file says"] if _by_file(spec, source, name, column) else []
            present = int(np.count_nonzero(~np.isnan(values)))
            if column.kind == "categorical" and is_wide(len(column.categories), present):
                notes.append("wide")
            yield Profile(name, "feature", column.kind, values, column.categories, tuple(notes))
        elif name in filled:
            collector, out = filled[name]
            role: Any = role_of.get(name, "target")
            values = collector.values(len(out)) if isinstance(collector, Times) else out
            yield Profile(name, role, _kind(role, collector), values, collector.labels)
        elif name in dict(spec.dates):
            parts = [dates.name_of(name, part) for part in dict(spec.dates)[name]]
            yield Profile(name, "dates", notes=(f"made into {listing(parts)}",))
        else:
            reason = "the index that pandas wrote" if name == INDEX else "named in `drop`"
            yield Profile(name, "dropped", notes=(f"left out: {reason}",))


def _by_file(spec: DatasetSpec, source: Source, name: str, column: Column) -> bool:
    return column.kind == "ordered" and name in source.orders and name not in dict(spec.ordered)


def _kind(role: str, collector: Collector) -> str:
    if isinstance(collector, Times):
        return "numeric" if collector.counted else "timestamps"
    if isinstance(collector, Labels):
        return "class labels" if role == "target" else f"{role} labels"
    return "numeric"


def positive_last(spec: DatasetSpec, data: Table) -> Table:
    """Give the positive class of a binary task the code 1.

    Raises
    ------
    DataError
        If there is no such class, or the task is not binary.
    """
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
    return replace(data, classes=data.classes[::-1], y=1 - data.y)
