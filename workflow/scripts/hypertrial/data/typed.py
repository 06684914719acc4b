"""From the columns of a file to a typed table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hypertrial.data import formats, remarks, roles, sources, targets
from hypertrial.data.collectors import Collector, Times, try_to_fill
from hypertrial.data.data_report import Profile
from hypertrial.data.features import Feature, KnownLabels, Labels, check_values, is_wide
from hypertrial.data.labels import find
from hypertrial.data.rows import chosen, compact, first_of_equal
from hypertrial.data.sources import Source
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


class Read(NamedTuple):
    """A typed table, a profile of each column of its source, and how many rows were left out."""

    table: Table
    profiles: list[Profile]
    rows_dropped: dict[str, int]


class Kept(NamedTuple):
    """What stays of the columns of a file: no identifiers, and no rows that are to be left out.

    ``source`` tells the places of the rows that stay; ``left_out`` why columns do not.
    """

    source: Source
    collected: Collected
    left_out: dict[str, str]
    rows_dropped: dict[str, int]


def read(spec: DatasetSpec, task: Task) -> Read:
    """Read a file into a typed table.

    Raises
    ------
    DataError
        If the data cannot be used, with all that is wrong; each line names a line or a column.
    """
    source, found = formats.of(spec.source, spec.separator), Mistakes()
    every = _collect(spec, source, task, found)
    rows = try_to_fill(source, every.collectors, found)
    kept = _keep(spec, source, every, rows, found)
    columns, special, y = _judge(spec, kept.source, task, kept.collected, found)
    found.settle()
    target, filled, X = str(spec.target), kept.collected.others, kept.collected.X
    classes = filled[target][0].labels if task != "regression" else ()
    result = Table(spec.name, task, target, tuple(columns), classes, X, y, **special)
    profiles = _profiles(spec, source, result, filled, every.features, kept.left_out)
    return Read(result, list(profiles), kept.rows_dropped)


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
    kept = _keep(spec, source, collected, rows, found)
    _judge(spec, kept.source, None, kept.collected, found)
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
    others = {spec.target, *special.values(), *spec.drop, *meant}
    others |= formats.index_columns(spec.source) - _declared(spec)
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


def _keep(
    spec: DatasetSpec, source: Source, collected: Collected, rows: int, found: Mistakes
) -> Kept:
    """Leave out the columns that seem to be identifiers, and the rows that are not to stay."""
    left_out: dict[str, str] = {}
    with found.collect():
        left_out = _left_out(spec, collected.features)
    features = {name: each for name, each in collected.features.items() if name not in left_out}
    places = [place for place, name in enumerate(collected.features) if name not in left_out]
    X, stay, dropped = collected.X[:rows], np.arange(rows), dict[str, int]()
    target = collected.others.get(str(spec.target))
    if target is not None and not target[0].broken:
        with found.collect():
            X, stay, dropped = _rows_that_stay(spec, source, X, places, target[1][:rows])
    elif left_out:
        X = compact(X, stay, places)
    if X.shape[1] != len(features):  # the target is at fault: the columns are judged all the same
        X = compact(X, stay, places)
    others = {}
    for name, (each, out) in collected.others.items():
        out[: len(stay)] = out[stay]
        others[name] = each, out[: len(stay)]
    return Kept(chosen(source, stay), Collected(X, features, others), left_out, dropped)


def _left_out(spec: DatasetSpec, collectors: Mapping[str, Collector]) -> dict[str, str]:
    """Return why columns are left out that seem to be identifiers.

    Raises
    ------
    DataError
        If no other is left.
    """
    found = {
        name: each.verdict.reason
        for name, each in collectors.items()
        if isinstance(each, Feature) and each.verdict is not None and each.verdict.left_out
    }
    if found and len(found) == len(collectors):
        name = next(iter(found))
        each = collectors[name]
        texts = len(each.labels)
        what = f"has {texts} different texts such as '{each.labels[0]}', all" if texts else "has"
        raise DataError(
            f"{spec.source}: no feature column is left beside the target: column '{name}' {what} "
            "different values, as an identifier; add it to `categorical` or `numeric` if it is "
            "meant so"
        )
    return found


def _rows_that_stay(
    spec: DatasetSpec,
    source: Source,
    X: npt.NDArray[np.float64],
    columns: Sequence[int],
    target: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], dict[str, int]]:
    """Return the features without the rows that are to be left out, the others, and a count."""
    stay = targets.present_rows(spec, source, np.isnan(target))
    X, dropped = compact(X, stay, columns), {}
    if spec.drop_missing_target:
        dropped["missing_target"] = len(target) - len(stay)
    if spec.drop_duplicates:
        first = first_of_equal(X, target[stay])
        dropped["duplicates"] = len(stay) - len(first)
        X, stay = compact(X, first, range(X.shape[1])), stay[first]
    return X, stay, dropped


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


def _profiles(
    spec: DatasetSpec,
    source: Source,
    data: Table,
    filled: Mapping[str, tuple[Collector, npt.NDArray[Any]]],
    collectors: Mapping[str, Collector],
    left_out: Mapping[str, str],
) -> Iterator[Profile]:
    """Describe every column of the source, in its order; codes are as they were collected."""
    features = {column.name: position for position, column in enumerate(data.columns)}
    role_of = {name: role for role, name in roles.named(spec).items()}
    for name in source.header:
        if name in features:
            values = data.X[:, features[name]]
            yield _feature_profile(spec, data.columns[features[name]], collectors[name], values)
        elif name in filled:
            collector, out = filled[name]
            role: Any = role_of.get(name, "target")
            values = collector.values(len(out)) if isinstance(collector, Times) else out
            kind, said = _kind(role, collector), remarks.of_labels(name, collector)
            yield Profile(name, role, kind, values, collector.labels, warnings=said)
        elif name in left_out:
            warning = remarks.left_out(name, left_out[name])
            yield Profile(name, "dropped", notes=(f"left out: {left_out[name]}",), warnings=warning)
        else:
            reason = "named in `drop`" if name in spec.drop else "the index that pandas wrote"
            yield Profile(name, "dropped", notes=(f"left out: {reason}",))


def _feature_profile(
    spec: DatasetSpec, column: Column, collector: Collector, values: npt.NDArray[np.float64]
) -> Profile:
    name, declared = column.name, {*spec.numeric, *spec.categorical, *dict(spec.ordered)}
    notes = ["declared"] if name in declared else []
    present = int(np.count_nonzero(~np.isnan(values)))
    if column.kind == "categorical" and is_wide(len(column.categories), present):
        notes.append("wide")
    more, warnings = remarks.of_feature(name, collector)
    return Profile(
        name, "feature", column.kind, values, column.categories, (*notes, *more), warnings
    )


def _kind(role: str, collector: Collector) -> str:
    if isinstance(collector, Times):
        return "numeric" if collector.numbers else "timestamps"
    if isinstance(collector, Labels):
        return "class labels" if role == "target" else f"{role} labels"
    return "numeric"


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
