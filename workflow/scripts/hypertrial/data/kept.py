"""What stays of the columns and rows of a file: no identifiers, and no rows to be left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hypertrial.data import targets
from hypertrial.data.collectors import Collector
from hypertrial.data.features import Feature
from hypertrial.data.rows import chosen, compact, first_of_equal
from hypertrial.data.sources import Source
from hypertrial.data.spec import DatasetSpec
from hypertrial.errors import DataError, Mistakes


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


class Kept(NamedTuple):
    """What stays of the columns of a file: no identifiers, and no rows that are to be left out.

    ``source`` tells the places of the rows that stay; ``left_out`` why columns do not.
    """

    source: Source
    collected: Collected
    left_out: dict[str, str]
    rows_dropped: dict[str, int]


def keep(
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
    if X.shape[1] != len(features):  # the target is at fault, or not read: columns are judged, too
        X = compact(X, stay, places)
    others = {}
    for name, (each, out) in collected.others.items():
        if len(stay) < rows:
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
