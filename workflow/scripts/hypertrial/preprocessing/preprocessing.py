"""Preprocessing that is learned inside every fold.

Numeric and ordered columns come first: imputed, with indicators of what was missing, and scaled,
as the hyperparameters of :mod:`hypertrial.preprocessing.preparation` say. Categorical columns
follow, one-hot or as codes. All that is learned is a parameter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial import files
from hypertrial.data.table import Table
from hypertrial.families import Features, Matrix, Parameters, Value
from hypertrial.preprocessing.preparation import MOST_QUANTILES, PREFIX, kinds

BLOCK = 2**16
"""Rows that are transformed at once, so that a large table is not held several times."""


@dataclass(frozen=True)
class Transformer:
    """What prepares a table: scikit-learn's steps for its numbers, and for its categories.

    A step is None where there is nothing to do, or nothing to do it to. (scikit-learn's
    ColumnTransformer transforms everything when it is fitted, and holds it three times over.)
    """

    numeric: list[int]
    categorical: list[int]
    scaler: Any
    encoder: Any

    @property
    def idle(self) -> bool:
        """Whether it leaves rows as they are."""
        return self.scaler is None and self.encoder is None

    def fit(self, X: Matrix, rows: npt.NDArray[Any]) -> "Transformer":
        """Fit the steps on some rows of X."""
        if self.scaler is not None:
            self.scaler.fit(_part(X, rows, self.numeric))
        if self.encoder is not None:
            self.encoder.fit(_part(X, rows, self.categorical))
        return self

    def transform(self, X: Matrix) -> Matrix:
        """Return prepared rows of X, numbers first, shape (rows, features)."""
        numbers = X[:, self.numeric]
        if self.scaler is not None:
            numbers = self.scaler.transform(numbers)
        if self.encoder is None:
            return numbers
        return np.hstack([numbers, self.encoder.transform(X[:, self.categorical])])


def _part(X: Matrix, rows: npt.NDArray[Any], columns: Sequence[int]) -> Matrix:
    """Return some rows and columns of X, in the order in memory that scikit-learn gives them."""
    part: Matrix = X.T[np.ix_(np.asarray(columns), rows)].T
    return part


def build(values: Mapping[str, Value], table: Table, rows: int) -> Transformer:
    """Return an unfitted transformer.

    ``values`` are the effective hyperparameters of preprocessing; ``rows`` is how many rows it
    will be fitted on.
    """
    from sklearn.pipeline import Pipeline

    numeric, categorical = kinds(table)
    steps = [*_imputer(values), *_scaler(values, rows)]
    return Transformer(
        numeric,
        categorical,
        Pipeline(steps) if steps and numeric else None,
        _encoder(values) if categorical else None,
    )


def _imputer(values: Mapping[str, Value]) -> list[tuple[str, Any]]:
    from sklearn.impute import SimpleImputer

    if values["imputation"] == "none":
        return []
    imputer = SimpleImputer(
        strategy=values["imputation"],
        fill_value=values.get("fill_value"),
        add_indicator=values["missing_indicator"],
        keep_empty_features=True,
    )
    return [("impute", imputer)]


def _scaler(values: Mapping[str, Value], rows: int) -> list[tuple[str, Any]]:
    from sklearn import preprocessing

    scaling = values["scaling"]
    if scaling == "none":
        return []
    if scaling == "quantile":
        quantiles = min(MOST_QUANTILES, rows)
        return [("scale", preprocessing.QuantileTransformer(n_quantiles=quantiles, subsample=None))]
    kind = {"standard": "StandardScaler", "robust": "RobustScaler", "min_max": "MinMaxScaler"}
    return [("scale", getattr(preprocessing, kind[str(scaling)])())]


def _encoder(values: Mapping[str, Value]) -> Any:
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

    if values.get("encoding", "one_hot") == "one_hot":
        return OneHotEncoder(
            handle_unknown="infrequent_if_exist",
            max_categories=values["max_categories"],
            sparse_output=False,
        )
    return OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan
    )


def fit(values: Mapping[str, Value], table: Table, rows: npt.NDArray[Any]) -> Transformer:
    """Return the transformer fitted on some rows of a table."""
    return build(values, table, len(rows)).fit(table.X, rows)


def transform(transformer: Transformer, X: Matrix, rows: npt.NDArray[Any] | None = None) -> Matrix:
    """Apply a fitted transformer to X of shape (rows, columns), or to some rows of it."""
    if transformer.idle:
        return X if rows is None else files.take(X, rows)
    index = np.arange(len(X)) if rows is None else rows
    first = transformer.transform(X[index[:BLOCK]])
    result = np.empty((len(index), first.shape[1]))
    result[: len(first)] = first
    for at in range(BLOCK, len(index), BLOCK):
        result[at : at + BLOCK] = transformer.transform(X[index[at : at + BLOCK]])
        files.release(X)
    return result


def features(values: Mapping[str, Value], table: Table, width: int) -> Features:
    """Return what the estimator must know of ``width`` prepared features."""
    numeric, categorical = kinds(table)
    codes = len(categorical) if values.get("encoding") == "native" else 0
    monotone = [table.columns[i].monotone for i in numeric]
    return Features(
        categorical=(False,) * (width - codes) + (True,) * codes,
        monotone=(*monotone, *(0,) * (width - len(monotone))),
    )


def parameters(transformer: Transformer, table: Table) -> Parameters:
    """Return what the transformer learned, as :data:`ARRAYS` describes it."""
    learned: Parameters = {}
    if transformer.scaler is not None:
        learned |= _numeric_parameters(transformer.scaler.named_steps)
    if transformer.encoder is not None:
        one_hot = type(transformer.encoder).__name__ == "OneHotEncoder"
        of_encoder = _one_hot_parameters if one_hot else _code_parameters
        learned |= of_encoder(transformer.encoder, table)
    return {PREFIX + name: values for name, values in learned.items()}


def _numeric_parameters(steps: Mapping[str, Any]) -> Parameters:
    learned: Parameters = {}
    if "impute" in steps:
        learned["fill_values"] = np.asarray(steps["impute"].statistics_, dtype=float)
        if steps["impute"].indicator_ is not None:
            learned["indicator_columns"] = steps["impute"].indicator_.features_.astype(np.int32)
    scaler = steps.get("scale")
    names = {
        "StandardScaler": {"mean_": "centers", "scale_": "scales"},
        "RobustScaler": {"center_": "centers", "scale_": "scales"},
        "MinMaxScaler": {"scale_": "factors", "min_": "offsets"},
        "QuantileTransformer": {"quantiles_": "quantiles", "references_": "references"},
    }
    own = names[type(scaler).__name__] if scaler is not None else {}
    return learned | {name: getattr(scaler, attribute) for attribute, name in own.items()}


def _one_hot_parameters(encoder: Any, table: Table) -> Parameters:
    """Return the label behind each one-hot feature; rare ones of a column share its last."""
    _, positions = kinds(table)
    labels, columns, missing, rare = [], [], [], []
    pooled = getattr(encoder, "infrequent_categories_", [None] * len(positions))
    for position, seen, few in zip(positions, encoder.categories_, pooled, strict=True):
        hidden = set() if few is None else {_key(code) for code in few}
        shown = [code for code in seen if _key(code) not in hidden]
        for code in shown:
            gap = bool(np.isnan(code))
            labels.append("" if gap else table.columns[position].categories[int(code)])
            missing.append(gap)
        labels += [""] * bool(hidden)
        missing += [False] * bool(hidden)
        rare += [False] * len(shown) + [True] * bool(hidden)
        columns += [position] * (len(shown) + bool(hidden))
    return {
        "categories": np.array(labels, dtype=str),
        "category_columns": np.array(columns, dtype=np.int32),
        "category_missing": np.array(missing, dtype=bool),
        "category_rare": np.array(rare, dtype=bool),
    }


def _key(code: float) -> float | None:
    """Return a code that equals itself."""
    return None if np.isnan(code) else code


def _code_parameters(encoder: Any, table: Table) -> Parameters:
    _, positions = kinds(table)
    labels, columns = [], []
    for position, seen in zip(positions, encoder.categories_, strict=True):
        present = seen[~np.isnan(seen)].astype(int)
        labels += [table.columns[position].categories[code] for code in present]
        columns += [position] * len(present)
    return {
        "code_labels": np.array(labels, dtype=str),
        "code_columns": np.array(columns, dtype=np.int32),
    }
