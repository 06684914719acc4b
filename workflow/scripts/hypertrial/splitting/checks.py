"""What is refused of splits, in words that name the data set and say what helps."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.data.table import Table
from hypertrial.errors import DataError, Mistakes
from hypertrial.splitting.split_rules import Method, SplitRules
from hypertrial.splitting.splits import Rows, Splits

HELD_OUT = -1
"""The fold of a row that is held out."""


def check_size(data: Table, rules: SplitRules, stratified: bool) -> None:
    """Refuse fewer rows, of all classes or of one, than the parts need."""
    rows, test_size, folds = len(data.y), rules.test_size, rules.folds
    left = rows - math.ceil(rows * test_size)
    if rows * test_size < 1 or left < max(folds, len(data.classes)):
        raise DataError(
            f"{data.name}: {rows} rows are too few for a held-out part of {test_size:g} and "
            f"{folds} folds"
        )
    if not stratified:
        return
    check_classes(data, data.y, test_size, folds)
    if rows * test_size < len(data.classes):
        raise DataError(
            f"{data.name}: a held-out part of {test_size:g} of {rows} rows is too small for "
            f"{len(data.classes)} classes; raise test_size"
        )


def check_classes(data: Table, y: npt.NDArray[Any], test_size: float, folds: int) -> None:
    """Refuse classes with fewer rows than they need folds, and a row to hold out if any are.

    Raises
    ------
    DataError
        With a line for each such class.
    """
    counts = np.bincount(y, minlength=len(data.classes))
    least = folds + (1 if test_size else 0)
    part = "" if test_size else "training "
    found = Mistakes()
    for code in np.flatnonzero(counts < least):
        rows = f"{counts[code]} {part}row{'' if counts[code] == 1 else 's'}"
        found.add(
            f"{data.name}: class '{data.classes[code]}' has {rows}; "
            f"{folds} folds" + (" and a held-out row" if test_size else "") + f" need {least}: "
            "use fewer folds, or merge or drop the class"
        )
    found.settle()


def groups(data: Table, rows: npt.NDArray[np.bool_] | slice) -> int:
    """Return the number of groups of some rows."""
    return len(np.unique(data.arrays()["group"][rows]))


def check_groups(data: Table, rules: SplitRules, enough: bool) -> None:
    """Refuse a table whose groups are not enough for its parts."""
    if not enough:
        raise DataError(
            f"{data.name}: {groups(data, slice(None))} groups are too few for a held-out part "
            f"of {rules.test_size:g} and {rules.folds} folds; use fewer folds"
        )


def check_held_out(data: Table, made: Splits, rules: SplitRules, method: Method) -> None:
    """Refuse a held-out part on which scores are not defined."""
    part, remedy = f"a held-out part of {rules.test_size:g}", "raise test_size"
    if method == "predefined":
        part, remedy = f"the held-out part (fold {HELD_OUT})", "hold out more rows"
    y = data.y[made.held]
    if data.task == "regression":
        if len(y) < 2:
            size = "a single row" if len(y) else "empty"
            raise DataError(f"{data.name}: {part} is {size}; {remedy}")
        return
    absent = _absent(data, np.flatnonzero(made.held))
    if len(absent):
        raise DataError(
            f"{data.name}: class '{data.classes[absent[0]]}' has no row in {part}; {remedy}, "
            "or merge or drop the class"
        )


def check_parts(data: Table, made: Splits) -> None:
    """Refuse splits that have nothing to validate on, or a class to learn nothing of."""
    for number, (training, validation) in enumerate(made.parts()):
        # StratifiedGroupKFold leaves a fold empty where rounding decides between equal choices.
        if not len(validation):
            raise DataError(
                f"{data.name}: split {number} has no row to validate on; use fewer folds"
            )
        absent = _absent(data, training)
        if len(absent):
            raise DataError(
                f"{data.name}: class '{data.classes[absent[0]]}' has no training row in split "
                f"{number}; use fewer folds or another split.method, or merge or drop the class"
            )


def _absent(data: Table, rows: Rows) -> Rows:
    """Return the codes of the classes without a row of any weight; none for regression."""
    if data.task == "regression":
        return np.empty(0, dtype=np.int64)
    weight = None if data.weight is None else data.weight[rows]
    counts = np.bincount(data.y[rows], weight, minlength=len(data.classes))
    return np.flatnonzero(counts == 0)
