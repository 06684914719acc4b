"""From the columns of a file to a typed table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.data import formats, roles, sources, targets
from hypertrial.data.collectors import Collector, Times, try_to_fill
from hypertrial.data.data_report import Profile
from hypertrial.data.features import Feature, KnownLabels, Labels, check_values, is_wide
from hypertrial.data.sources import INDEX, Source
from hypertrial.data.spec import DatasetSpec
from hypertrial.data.table import Column, Kind, Table
from hypertrial.errors import DataError, Mistakes, closest, listing, nearest
from hypertrial.families import Task

LISTS = ("drop", "numeric", "categorical")
PAIRS = ("ordered", "monotone")


@dataclass(frozen=True)
class Collected:
    """The columns of a file, each with what collects it and the array that it fills.

    ``X`` is the features' only copy, as they are written into it as they are read. The others
    are the target and the roles.
    """

    X: npt.NDArray[np.float64]
    features: dict[str, Collector]
    others: dict[str, tuple[Collector, npt.NDArray[Any]]]

    @property
    def collectors(self) -> dict[str, Collector]:
        """What collects each column."""
        return {name: each for name, (each, _) in self.others.items()} | self.features


def read(spec: DatasetSpec, task: Task) -> tuple[Table, list[Profile]]:
    """Read a file into a typed table, and a profile of each of its columns, in their order.

    Raises
    ------
    DataError
        If the data cannot be used, with all that is wrong; each line names a line or a column.
    """
    source, found = formats.of(spec.source, spec.separator), Mistakes()
    collected = _collect(spec, source, task, found)
    rows = try_to_fill(source, collected.collectors, found)
    columns, special, y = _judge(spec, source, task, collected, rows, found)
    found.settle()
    filled = {name: (each, out[:rows]) for name, (each, out) in collected.others.items()}
    target = str(spec.target)
    classes = filled[target][0].labels if task != "regression" else ()
    X = collected.X[:rows]
    result = Table(spec.name, task, target, tuple(columns), classes, X, y, **special)
    return result, list(_profiles(spec, source, result, filled))


def check_others(spec: DatasetSpec) -> None:
    """Check every column of a file but the target, of which the task cannot be told.

    Raises
    ------
    DataError
        As :func:`read` does.
    """
    source, found = formats.of(spec.source, spec.separator), Mistakes()
    collected = _collect(spec, source, None, found)
    rows = try_to_fill(source, collected.collectors, found)
    _judge(spec, source, None, collected, rows, found)
    found.settle()


def check_beginning(spec: DatasetSpec, task: Task, rows: int) -> None:
    """Check the names of a file's columns, and the values of its first rows.

    Raises
    ------
    DataError
        As :func:`read` does, but for what only all rows can show.
    """
    source = sources.Beginning(formats.of(spec.source, spec.separator), rows)
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
    others = {spec.target, INDEX, *special.values(), *spec.drop, *meant}
    features = [name for name in header if name not in others]
    if not features:
        found.add(f"{spec.source}: no feature column is left beside the target")
    X = np.empty((source.most_rows, len(features)))
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
    rows: int,
    found: Mistakes,
) -> tuple[list[Column], dict[str, Any], Any]:
    """Return the features, the values of the roles and of the target, as far as they are sound."""
    columns, special, y = [], {}, None
    for position, (name, each) in enumerate(collected.features.items()):
        if not each.broken:
            with found.collect():
                values = collected.X[:rows, position]
                columns.append(_column(spec, source, name, each, values))
    role_of = {name: role for role, name in roles.named(spec).items()}
    for name, (each, out) in collected.others.items():
        if each.broken:
            continue
        with found.collect():
            if name in role_of:
                special[role_of[name]] = roles.values(role_of[name], name, source, each, out[:rows])
            elif task is not None:
                y = targets.values(spec, source, task, each, out[:rows])
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
    for name in source.header:
        if name in features:
            column, values = data.columns[features[name]], data.X[:, features[name]]
            notes = ["declared"] if name in declared else []
            present = int(np.count_nonzero(~np.isnan(values)))
            if column.kind == "categorical" and is_wide(len(column.categories), present):
                notes.append("wide")
            yield Profile(name, "feature", column.kind, values, column.categories, tuple(notes))
        elif name in filled:
            collector, out = filled[name]
            role: Any = role_of.get(name, "target")
            values = collector.values(len(out)) if isinstance(collector, Times) else out
            yield Profile(name, role, _kind(role, collector), values, collector.labels)
        else:
            reason = "the index that pandas wrote" if name == INDEX else "named in `drop`"
            yield Profile(name, "dropped", notes=(f"left out: {reason}",))


def _kind(role: str, collector: Collector) -> str:
    if isinstance(collector, Times):
        return "numeric" if collector.numbers else "timestamps"
    if isinstance(collector, Labels):
        return "class labels" if role == "target" else f"{role} labels"
    return "numeric"


def check_positive(spec: DatasetSpec, task: Task, classes: Sequence[str]) -> None:
    """Check that the positive class is one of two.

    Raises
    ------
    DataError
        If not.
    """
    if spec.positive is None:
        return
    if task != "binary":
        raise DataError(f"{spec.source}: `positive` is for two classes, the task is {task}")
    if spec.positive not in classes:
        raise DataError(
            f"{spec.source}: positive: no class '{spec.positive}'"
            f"{nearest(spec.positive, classes)}; classes: {listing(classes)}"
        )


def positive_last(spec: DatasetSpec, data: Table) -> Table:
    """Give the positive class of a binary task the code 1.

    Raises
    ------
    DataError
        As :func:`check_positive` does.
    """
    check_positive(spec, data.task, data.classes)
    if spec.positive is None or data.classes[1] == spec.positive:
        return data
    return replace(data, classes=data.classes[::-1], y=1 - data.y)
