"""The replay of preprocessing with NumPy, and what its features stand for."""

from collections.abc import Sequence

import numpy as np

from hypertrial.data.table import Table
from hypertrial.families import Matrix, Parameters
from hypertrial.preprocessing.preparation import PREFIX, kinds


def replay(learned: Parameters, table: Table) -> Matrix:
    """Prepare a raw table's features with NumPy from what :func:`parameters` returned."""
    values = {
        name.removeprefix(PREFIX): array
        for name, array in learned.items()
        if name.startswith(PREFIX) and not name.startswith(f"{PREFIX}target_")
    }
    if not values:
        return table.X
    numeric, _ = kinds(table)
    block = _replay_numbers(values, table.X[:, numeric])
    if "categories" in values:
        return np.hstack([block, _replay_one_hot(values, table)])
    return np.hstack([block, _replay_codes(values, table)]) if "code_labels" in values else block


def _replay_numbers(values: Parameters, block: Matrix) -> Matrix:
    if "fill_values" in values:
        missing = np.isnan(block)
        block = np.where(missing, values["fill_values"], block)
        if "indicator_columns" in values:
            block = np.hstack([block, missing[:, values["indicator_columns"]]])
    if "centers" in values:
        return (block - values["centers"]) / values["scales"]
    if "factors" in values:
        return block * values["factors"] + values["offsets"]
    if "quantiles" in values:
        ranks = [
            _rank(column, quantiles, values["references"])
            for column, quantiles in zip(block.T, values["quantiles"].T, strict=True)
        ]
        return np.stack(ranks, axis=1) if ranks else block
    return block


def _rank(column: Matrix, quantiles: Matrix, references: Matrix) -> Matrix:
    """Return the rank of each value between quantiles, the mean of both sides where they tie.

    Source: the interpolation of scikit-learn's QuantileTransformer.
    """
    rank = np.full(len(column), np.nan)
    known = ~np.isnan(column)
    value = column[known]
    upward = np.interp(value, quantiles, references)
    downward = np.interp(-value, -quantiles[::-1], -references[::-1])
    between = 0.5 * (upward - downward)
    rank[known] = np.where(
        value == quantiles[0], 0.0, np.where(value == quantiles[-1], 1.0, between)
    )
    return rank


def _replay_one_hot(values: Parameters, table: Table) -> Matrix:
    result = np.zeros((len(table.X), len(values["categories"])))
    described = zip(
        values["categories"],
        values["category_columns"],
        values["category_missing"],
        values["category_rare"],
        strict=True,
    )
    for feature, (label, position, missing, rare) in enumerate(described):
        column = table.X[:, position]
        known = table.columns[position].categories
        if rare:
            others = values["category_columns"] == position
            result[:, feature] = result[:, others].sum(axis=1) == 0
        elif missing:
            result[:, feature] = np.isnan(column)
        elif label in known:
            result[:, feature] = column == known.index(label)
    return result


def _replay_codes(values: Parameters, table: Table) -> Matrix:
    """Return the learned code of each category; a missing or an unseen one is NaN."""
    _, positions = kinds(table)
    result = np.full((len(table.X), len(positions)), np.nan)
    for feature, position in enumerate(positions):
        labels = values["code_labels"][values["code_columns"] == position]
        codes = {label: code for code, label in enumerate(labels.tolist())}
        known = [codes.get(label, np.nan) for label in table.columns[position].categories]
        column = table.X[:, position]
        usable = column < len(known)
        result[usable, feature] = np.array(known)[column[usable].astype(int)]
    return result


def feature_names(learned: Parameters, names: Sequence[str], kinds: Sequence[str]) -> list[str]:
    """Return a name for each feature that the estimator saw, from its columns' names and kinds."""
    values = {name.removeprefix(PREFIX): array for name, array in learned.items()}
    one_hot = values.get("category_columns", np.array([], dtype=int)).tolist()
    gaps = values.get("indicator_columns", np.array([], dtype=int)).tolist()
    by_kind = list(zip(names, kinds, strict=True))
    numeric = [name for name, kind in by_kind if kind != "categorical"]
    codes = [name for name, kind in by_kind if kind == "categorical" and "code_labels" in values]
    labelled = [
        f"{names[position]} = {'(missing)' if missing else '(rare)' if rare else label}"
        for label, position, missing, rare in zip(
            values.get("categories", ()),
            one_hot,
            values.get("category_missing", ()),
            values.get("category_rare", ()),
            strict=True,
        )
    ]
    missing_ones = [f"{numeric[i]} is missing" for i in gaps]
    return [*numeric, *missing_ones, *labelled, *codes]


def own_feature_names(learned: Parameters) -> list[str]:
    """Return a name for each feature that the estimator saw, from a trial's parameters alone."""
    return feature_names(learned, learned["columns"].tolist(), learned["kinds"].tolist())


def seen_labels(learned: Parameters) -> dict[int, list[str]]:
    """Return the labels that a feature or a code stands for, by the position of their column."""
    labels: dict[int, list[str]] = {}
    values = {name.removeprefix(PREFIX): array for name, array in learned.items()}
    if "categories" in values:
        unnamed = values["category_missing"] | values["category_rare"]
        named = values["categories"][~unnamed], values["category_columns"][~unnamed]
    else:
        named = values.get("code_labels", np.array([])), values.get("code_columns", np.array([]))
    for label, position in zip(*named, strict=True):
        labels.setdefault(int(position), []).append(str(label))
    return labels


def pooled_columns(learned: Parameters) -> list[int]:
    """Return the positions of the columns whose rare labels share a feature."""
    if f"{PREFIX}category_rare" not in learned:
        return []
    rare = learned[f"{PREFIX}category_rare"]
    positions: list[int] = learned[f"{PREFIX}category_columns"][rare].tolist()
    return positions
