"""What the data report says of each column of a file."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.data import dates, remarks, roles
from hypertrial.data.collectors import Collector, Times
from hypertrial.data.data_report import Profile
from hypertrial.data.features import Labels, OrderedByFile, is_wide
from hypertrial.data.sources import Source
from hypertrial.data.spec import DatasetSpec
from hypertrial.data.table import Column, Table
from hypertrial.errors import listing


def of(
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
        elif name in dict(spec.dates):
            parts = [dates.name_of(name, part) for part in dict(spec.dates)[name]]
            yield Profile(name, "dates", notes=(f"made into {listing(parts)}",))
        else:
            reason = "named in `drop`" if name in spec.drop else "the index that pandas wrote"
            yield Profile(name, "dropped", notes=(f"left out: {reason}",))


def _feature_profile(
    spec: DatasetSpec, column: Column, collector: Collector, values: npt.NDArray[np.float64]
) -> Profile:
    name, declared = column.name, {*spec.numeric, *spec.categorical, *dict(spec.ordered)}
    notes = ["declared"] if name in declared else []
    notes += ["made of dates"] if name in dates.features(spec.reading) else []
    notes += ["ordered as the file says"] * isinstance(collector, OrderedByFile)
    present = int(np.count_nonzero(~np.isnan(values)))
    if column.kind == "categorical" and is_wide(len(column.categories), present):
        notes.append("wide")
    more, warnings = remarks.of_feature(name, collector)
    return Profile(
        name, "feature", column.kind, values, column.categories, (*notes, *more), warnings
    )


def _kind(role: str, collector: Collector) -> str:
    if isinstance(collector, Times):
        return "numeric" if collector.counted else "timestamps"
    if isinstance(collector, Labels):
        return "class labels" if role == "target" else f"{role} labels"
    return "numeric"
