"""The outer folds of nested cross-validation: each is held out of a search of its own.

They part the rows that are not held out of the study, by the method that makes its folds.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial import files, seeds
from hypertrial.data import table
from hypertrial.data.table import Table
from hypertrial.errors import DataError
from hypertrial.splitting import checks, making, splits
from hypertrial.splitting.split_rules import BY_GROUP, STRATIFIED, SplitRules, method_of
from hypertrial.splitting.splits import Rows, Splits

Place = tuple[int, int]
"""An outer fold, counted from 1, and how many there are."""


def part(
    parent: Table, made: Splits, rules: SplitRules, seed: int, place: Place
) -> tuple[Rows, npt.NDArray[np.bool_]]:
    """Return an outer fold's rows of its parent, ascending, and which of them it holds out.

    ``made`` are the parent's splits, whose held-out rows no outer fold has. Of a time series an
    outer fold has no rows later than those it holds out.

    Raises
    ------
    DataError
        If there are too few rows, groups or times, or too few of a class.
    """
    fold, folds = place
    training = made.training
    fit, held = list(_parts(parent.rows(training), rules, seed, folds))[fold - 1]
    chosen = np.sort(np.concatenate([fit, held]))
    return training[chosen], np.isin(chosen, held)


def _parts(data: Table, rules: SplitRules, seed: int, folds: int) -> Any:
    """Yield positions to train on and to hold out, for each outer fold of some rows."""
    from sklearn.model_selection import TimeSeriesSplit

    method = method_of(data, rules)
    if method == "predefined":
        raise DataError(
            f"{data.name}: nested cross-validation has no outer folds where a column gives the "
            "folds; set honesty.outer_folds to 0"
        )
    if method == "time":
        times, position = np.unique(data.arrays()["time"], return_inverse=True)
        if len(times) <= folds:
            raise DataError(f"{data.name}: {len(times)} times are too few for {folds} outer folds")
        for fit, held in TimeSeriesSplit(folds).split(times):
            yield _within(position, fit), _within(position, held)
        return
    by_group, stratified = method in BY_GROUP, method in STRATIFIED
    if stratified:
        checks.check_classes(data, data.y, 0.0, folds)
    if by_group and checks.groups(data, slice(None)) < folds:
        raise DataError(f"{data.name}: there are fewer groups than {folds} outer folds")
    random_state = seeds.derive(seed, "outer folds", data.name)
    kind = making.kind(stratified, by_group)
    splitter = kind(folds, shuffle=True, random_state=random_state)
    yield from splitter.split(data.y, data.y, data.group if by_group else None)


def _within(position: Rows, chosen: Rows) -> Rows:
    return np.flatnonzero(np.isin(position, chosen))


def prepare(
    params: str,
    parent_paths: Sequence[str],
    parent_splits: str,
    table_paths: Sequence[str],
    output: str,
) -> None:
    """Split the table of an outer fold: its part is held out, the others make inner folds.

    ``params`` is a plan's ``split_params`` of the outer fold.
    """
    rules, seed = SplitRules.from_json(params)
    fold, folds = json.loads(params)["outer"]
    parent = table.load(*parent_paths)
    _, held = part(parent, splits.load(parent_splits), rules, seed, (fold, folds))
    made = making.fold_others(table.load(*table_paths), held, rules, seed)
    splits.save(made, output, files.digest_text(params))
