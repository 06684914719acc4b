"""From the columns of a file to a typed table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hypertrial.data import formats, remarks, roles, sources, targets
from hypertrial.data.collectors import Collector, Times, fill
from hypertrial.data.data_report import Profile
from hypertrial.data.features import Feature, KnownLabels, Labels, check_values, is_wide
from hypertrial.data.labels import find
from hypertrial.data.rows import chosen, compact, first_of_equal
from hypertrial.data.sources import Source
from hypertrial.data.spec import DatasetSpec
from hypertrial.data.table import Column, Kind, Table
from hypertrial.errors import DataError, listing, nearest
from hypertrial.families import Task

LISTS = ("drop", "numeric", "categorical")
PAIRS = ("ordered", "monotone")


class Read(NamedTuple):
    """A typed table, a profile of each column of its source, and how many rows were left out."""

    table: Table
    profiles: list[Profile]
    rows_dropped: dict[str, int]


def read(spec: DatasetSpec, task: Task) -> Read:
    """Read a file into a typed table.

    The features are written into ``X`` as they are read, so that it is their only copy.

    Raises
    ------
    DataError
        If the data cannot be used; the message names the line or the column.
    """
    source = formats.of(spec.source, spec.separator)
    check_names(spec, source)
    target, special = str(spec.target), roles.named(spec)
    features = _features(spec, source)
    X = np.empty((source.most_rows, len(features)))
    collected = {target: targets.collector(spec, source, task)}
    collected |= {name: roles.collector(spec, source, role) for role, name in special.items()}
    collectors = {name: _feature(spec, source, name, X[:, i]) for i, name in enumerate(features)}
    rows = fill(source, {name: each for name, (each, _) in collected.items()} | collectors)
    left_out = _left_out(spec, collectors)
    positions = [place for place, name in enumerate(features) if name not in left_out]
    X, stay, dropped = _rows_that_stay(
        spec, source, X[:rows], positions, collected[target][1][:rows]
    )
    for _, out in collected.values():
        out[: len(stay)] = out[stay]
    filled = {name: (each, out[: len(stay)]) for name, (each, out) in collected.items()}
    source = chosen(source, stay)
    result = Table(
        spec.name,
        task,
        target,
        _columns(spec, source, {features[i]: collectors[features[i]] for i in positions}, X),
        filled[target][0].labels if task != "regression" else (),
        X,
        targets.values(spec, source, task, *filled[target]),
        **{role: roles.values(role, name, source, *filled[name]) for role, name in special.items()},
    )
    profiles = _profiles(spec, source, result, filled, collectors, left_out)
    return Read(result, list(profiles), dropped)


def _features(spec: DatasetSpec, source: Source) -> list[str]:
    """Return the names of the columns that may be features.

    Raises
    ------
    DataError
        If there are none.
    """
    others = {str(spec.target), *roles.named(spec).values(), *spec.drop}
    others |= formats.index_columns(spec.source) - _named(spec)
    features = [name for name in source.header if name not in others]
    if not features:
        raise DataError(f"{spec.source}: no feature column is left beside the target")
    return features


def _named(spec: DatasetSpec) -> set[str]:
    """Return the columns that the config names as features."""
    return {*spec.numeric, *spec.categorical, *dict(spec.ordered), *dict(spec.monotone)}


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
    if len(found) == len(collectors):
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
    numeric, categorical = name in spec.numeric, name in spec.categorical
    kept = name in dict(spec.monotone)
    return Feature(source, name, out, spec.missing, numeric, categorical, kept)


def _columns(
    spec: DatasetSpec,
    source: Source,
    collectors: Mapping[str, Collector],
    X: npt.NDArray[np.float64],
) -> tuple[Column, ...]:
    return tuple(
        _column(spec, source, name, each, X[:, place])
        for place, (name, each) in enumerate(collectors.items())
    )


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
    positive = find(spec.positive, data.classes)
    if positive is None:
        raise DataError(
            f"{spec.source}: positive: no class '{spec.positive}'"
            f"{nearest(spec.positive, data.classes)}; classes: {listing(data.classes)}"
        )
    if data.classes[1] == positive:
        return data
    return replace(data, classes=data.classes[::-1], y=1 - data.y)
