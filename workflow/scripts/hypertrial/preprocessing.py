"""Preprocessing that is learned inside every fold, and its replay with NumPy.

Numeric columns come first: imputed by their median and standardised where a family needs it.
Categorical columns follow, one-hot; a missing category is a category of its own, and one that
training did not see is all zeros. All that is learned is a parameter.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.families import Matrix, Parameters, Preparation
from hypertrial.table import Table

PREFIX = "preprocessing."
CACHE_BYTES = 256 * 2**20


def kinds(table: Table) -> tuple[list[int], list[int]]:
    """Return the positions of the numeric and of the categorical columns."""
    numeric = [i for i, each in enumerate(table.columns) if each.kind == "numeric"]
    categorical = [i for i, each in enumerate(table.columns) if each.kind == "categorical"]
    return numeric, categorical


def build(preparation: Preparation, table: Table) -> Any:
    """Return an unfitted scikit-learn transformer, or ``"passthrough"`` if nothing is to do."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numeric, categorical = kinds(table)
    steps: list[tuple[str, Any]] = []
    if preparation.impute:
        steps.append(("impute", SimpleImputer(strategy="median", keep_empty_features=True)))
    if preparation.scale:
        steps.append(("scale", StandardScaler()))
    if not steps and not categorical:
        return "passthrough"
    parts: list[tuple[str, Any, list[int]]] = []
    if numeric:
        parts.append(("numeric", Pipeline(steps) if steps else "passthrough", numeric))
    if categorical:
        encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        parts.append(("categorical", encoder, categorical))
    return ColumnTransformer(parts)


def fit(preparation: Preparation, table: Table, rows: npt.NDArray[Any]) -> Any:
    """Return the transformer fitted on some rows of a table."""
    transformer = build(preparation, table)
    return transformer if transformer == "passthrough" else transformer.fit(table.X[rows])


def transform(transformer: Any, X: Matrix) -> Matrix:
    """Apply a fitted transformer to X of shape (rows, columns)."""
    if isinstance(transformer, str):
        return X
    return np.ascontiguousarray(transformer.transform(X), dtype=float)


def parameters(transformer: Any, table: Table) -> Parameters:
    """Return what the transformer learned.

    ``medians``, ``means`` and ``scales`` have a value for each numeric column; ``categories``
    has the label behind each one-hot feature, ``category_columns`` its column's position, and
    ``category_missing`` whether it stands for a missing value.
    """
    if isinstance(transformer, str):
        return {}
    learned: Parameters = {}
    fitted = transformer.named_transformers_
    steps = getattr(fitted.get("numeric"), "named_steps", {})
    if "impute" in steps:
        learned["medians"] = steps["impute"].statistics_
    if "scale" in steps:
        learned["means"] = steps["scale"].mean_
        learned["scales"] = steps["scale"].scale_
    if "categorical" in fitted:
        learned.update(_categories(fitted["categorical"].categories_, table))
    return {PREFIX + name: values for name, values in learned.items()}


def _categories(codes: list[npt.NDArray[Any]], table: Table) -> Parameters:
    _, positions = kinds(table)
    labels, columns, missing = [], [], []
    for position, seen in zip(positions, codes, strict=True):
        for code in seen:
            gap = bool(np.isnan(code))
            labels.append("" if gap else table.columns[position].categories[int(code)])
            columns.append(position)
            missing.append(gap)
    return {
        "categories": np.array(labels, dtype=str),
        "category_columns": np.array(columns, dtype=np.int32),
        "category_missing": np.array(missing, dtype=bool),
    }


def replay(learned: Parameters, table: Table) -> Matrix:
    """Prepare a raw table with NumPy from what :func:`parameters` returned."""
    values = {
        name.removeprefix(PREFIX): array
        for name, array in learned.items()
        if name.startswith(PREFIX)
    }
    if not values:
        return table.X
    numeric, _ = kinds(table)
    block = table.X[:, numeric]
    if "medians" in values:
        block = np.where(np.isnan(block), values["medians"], block)
    if "means" in values:
        block = (block - values["means"]) / values["scales"]
    if "categories" not in values:
        return block
    return np.hstack([block, _one_hot(values, table)])


def _one_hot(values: Parameters, table: Table) -> Matrix:
    features = np.zeros((len(table.X), len(values["categories"])))
    described = zip(
        values["categories"], values["category_columns"], values["category_missing"], strict=True
    )
    for feature, (label, position, missing) in enumerate(described):
        column = table.X[:, position]
        known = table.columns[position].categories
        if missing:
            features[:, feature] = np.isnan(column)
        elif label in known:
            features[:, feature] = column == known.index(label)
    return features


def feature_names(learned: Parameters, names: list[str]) -> list[str]:
    """Return a name for each feature that the estimator saw, given all the columns' names."""
    if f"{PREFIX}categories" not in learned:
        return names
    columns = learned[f"{PREFIX}category_columns"].tolist()
    one_hot = [
        f"{names[position]} = {'(missing)' if missing else label}"
        for label, position, missing in zip(
            learned[f"{PREFIX}categories"],
            columns,
            learned[f"{PREFIX}category_missing"],
            strict=True,
        )
    ]
    return [name for i, name in enumerate(names) if i not in set(columns)] + one_hot


class Prepared:
    """A bounded store of prepared rows, so that trials of one worker share a fold's work."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._kept: OrderedDict[tuple[Any, ...], tuple[Any, Matrix, Matrix]] = OrderedDict()

    def get(
        self, key: tuple[Any, ...], make: Callable[[], tuple[Any, Matrix, Matrix]]
    ) -> tuple[Any, Matrix, Matrix]:
        """Return the transformer and two matrices of a key, making them if they are not kept."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        made = make()
        self._kept[key] = made
        while len(self._kept) > 1 and self._size() > self._limit:
            self._kept.popitem(last=False)
        return made

    def _size(self) -> int:
        return sum(first.nbytes + second.nbytes for _, first, second in self._kept.values())
