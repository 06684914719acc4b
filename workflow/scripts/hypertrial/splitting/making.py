"""How splits are made: at random, by group, by time, or as a column says.

scikit-learn's splitters do the work, for the held-out part as for the folds; what they would
refuse or warn of is checked before them, in words that name the data set.
"""

import math
import warnings
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial import files, seeds
from hypertrial.data import table
from hypertrial.data.table import Table
from hypertrial.errors import DataError
from hypertrial.splitting import splits
from hypertrial.splitting.split_rules import BY_GROUP, STRATIFIED, Method, SplitRules, method_of
from hypertrial.splitting.splits import TRAINING, VALIDATION, Rows, Splits

HELD_OUT = -1
FINEST_SHARE = 20


def make(data: Table, rules: SplitRules, seed: int) -> Splits:
    """Split a table: a held-out part, and folds of the other rows.

    Parameters
    ----------
    data
        The table; its roles decide what ``auto`` means.
    rules
        What is asked for. By group, the share of the held-out rows is about ``test_size``, as
        far as whole groups allow. By time, the latest times are held out, and each fold validates
        on times after those it trains on; ``gap`` keeps times out between these two, but none
        between the folds and the held-out part, from whose neighbours the refit learns.
    seed
        The study's seed. Methods ``time`` and ``predefined`` do not depend on it.

    Raises
    ------
    DataError
        If the rules do not suit the table, if it has too few rows, groups or times, or if a
        class is missing where models learn or in the held-out part.
    """
    method = method_of(data, rules)
    if method == "predefined":
        made = _predefined(data)
    elif method == "time":
        made = _by_time(data, rules)
    elif method in BY_GROUP:
        made = _by_group(data, rules, method, seed)
    else:
        made = _at_random(data, rules, method, seed)
    _check_held_out(data, made, rules, method)
    _check_parts(data, made)
    return made


def _at_random(data: Table, rules: SplitRules, method: Method, seed: int) -> Splits:
    from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

    stratified = method in STRATIFIED
    _check_size(data, rules, stratified)
    training, _ = train_test_split(
        np.arange(len(data.y)),
        test_size=rules.test_size,
        random_state=seeds.derive(seed, "held-out", data.name),
        stratify=data.y if stratified else None,
    )
    held = np.ones(len(data.y), dtype=bool)
    held[training] = False
    if stratified:
        _check_classes(data, data.y[~held], 0.0, rules.folds)
    return _fold(data, rules, held, StratifiedKFold if stratified else KFold, seed)


def _by_group(data: Table, rules: SplitRules, method: Method, seed: int) -> Splits:
    """Hold out whole groups: some of the parts that a splitter by group makes of all rows."""
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    stratified = method in STRATIFIED
    _check_size(data, rules, stratified)
    share = _share(data, rules, stratified)
    kind = StratifiedGroupKFold if stratified else GroupKFold
    splitter = kind(
        share.denominator, shuffle=True, random_state=seeds.derive(seed, "held-out", data.name)
    )
    held = np.zeros(len(data.y), dtype=bool)
    with warnings.catch_warnings():
        # A class may be rarer than these parts are many: that it is held out is checked later.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        parts = [chosen for _, chosen in splitter.split(data.y, data.y, data.group)]
    for chosen in _nearest(parts, rules.test_size * len(data.y)):
        held[chosen] = True
    if stratified:
        _check_classes(data, data.y[~held], 0.0, rules.folds)
    _check_groups(data, rules, _groups(data, ~held) >= rules.folds)
    return _fold(data, rules, held, kind, seed, by_group=True)


def _nearest(parts: Sequence[Rows], wish: float) -> list[Rows]:
    """Return parts that have about so many rows together, at least one and not all of them.

    In their order each one is taken that brings the number nearer to the wish; groups differ in
    size, and so do the parts.
    """
    taken: list[Rows] = []
    rows = 0
    for part in parts:
        if abs(rows + len(part) - wish) < abs(rows - wish) and len(taken) < len(parts) - 1:
            taken.append(part)
            rows += len(part)
    return taken or [min((part for part in parts if len(part)), key=len)]


def _share(data: Table, rules: SplitRules, stratified: bool) -> Fraction:
    """Return the fraction nearest to ``test_size`` that groups can be parted by."""
    wish = rules.test_size
    # Shares such as 0.01 need more parts than others to be met at all.
    finest = max(FINEST_SHARE, math.ceil(1 / min(wish, 1 - wish)))
    if stratified:  # scikit-learn makes no more parts than the commonest class has rows
        finest = min(finest, int(np.bincount(data.y).max()))
    share = Fraction(wish).limit_denominator(min(finest, _groups(data, slice(None))))
    _check_groups(data, rules, 0 < share < 1)
    return share


def _groups(data: Table, rows: npt.NDArray[np.bool_] | slice) -> int:
    """Return the number of groups of some rows."""
    return len(np.unique(data.arrays()["group"][rows]))


def _fold(
    data: Table,
    rules: SplitRules,
    held: npt.NDArray[np.bool_],
    kind: Any,
    seed: int,
    by_group: bool = False,
) -> Splits:
    """Assign the rows that are not held out to folds, each repeat by a seed of its own."""
    training = np.flatnonzero(~held)
    groups = data.arrays()["group"][training] if by_group else None
    part = np.zeros((rules.folds * rules.repeats, len(held)), dtype=np.int8)
    for repeat in range(rules.repeats):
        # The first repeat is what it is without repeats, so that asking for more adds to it.
        purpose = ["folds", data.name, *([str(repeat)] if repeat else [])]
        splitter = kind(rules.folds, shuffle=True, random_state=seeds.derive(seed, *purpose))
        for number, (fit, validate) in enumerate(
            splitter.split(training, data.y[training], groups), repeat * rules.folds
        ):
            part[number, training[fit]] = TRAINING
            part[number, training[validate]] = VALIDATION
    return Splits(part, held)


def _by_time(data: Table, rules: SplitRules) -> Splits:
    """Hold the latest times out; split the others as a time series of distinct times."""
    from sklearn.model_selection import TimeSeriesSplit

    times, position, counts = np.unique(
        data.arrays()["time"], return_inverse=True, return_counts=True
    )
    # The rows of the last time, of the last two, and so on; one time at least is left.
    latest = np.cumsum(counts[:0:-1])
    left = len(times)
    if left > 1:
        left -= 1 + int(np.abs(latest - rules.test_size * len(position)).argmin())
    longest = left - left // (rules.folds + 1) * rules.folds
    if len(times) == 1 or left <= rules.folds or longest <= rules.gap:
        gap = f" and a gap of {rules.gap}" if rules.gap else ""
        raise DataError(
            f"{data.name}: {len(times)} different times are too few for a held-out part of "
            f"{rules.test_size:g}, {rules.folds} folds{gap}; use fewer folds"
            + (" or a smaller gap" if gap else "")
        )
    part = np.zeros((rules.folds, len(position)), dtype=np.int8)
    splitter = TimeSeriesSplit(rules.folds, gap=rules.gap)
    for number, (fit, validate) in enumerate(splitter.split(times[:left])):
        part_of_time = np.zeros(len(times), dtype=np.int8)
        part_of_time[fit] = TRAINING
        part_of_time[validate] = VALIDATION
        part[number] = part_of_time[position]
    return Splits(part, position >= left)


def _predefined(data: Table) -> Splits:
    """Validate each fold of the table's own by the others."""
    fold = data.arrays()["fold"]
    held = np.asarray(fold == HELD_OUT)
    numbers = np.unique(fold[~held])
    if len(numbers) < 2:
        raise DataError(
            f"{data.name}: datasets.{data.name}.fold names {len(numbers)} folds beside the "
            "held-out part; at least 2 are needed"
        )
    part = np.where(fold == numbers[:, None], np.int8(VALIDATION), np.int8(TRAINING))
    part[:, held] = splits.NOT_USED
    return Splits(part, held)


def _check_size(data: Table, rules: SplitRules, stratified: bool) -> None:
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
    _check_classes(data, data.y, test_size, folds)
    if rows * test_size < len(data.classes):
        raise DataError(
            f"{data.name}: a held-out part of {test_size:g} of {rows} rows is too small for "
            f"{len(data.classes)} classes; raise test_size"
        )


def _check_classes(data: Table, y: npt.NDArray[Any], test_size: float, folds: int) -> None:
    counts = np.bincount(y, minlength=len(data.classes))
    smallest = int(counts.argmin())
    least = folds + (1 if test_size else 0)
    if counts[smallest] < least:
        part = "" if test_size else "training "
        raise DataError(
            f"{data.name}: class '{data.classes[smallest]}' has {counts[smallest]} {part}rows; "
            f"{folds} folds" + (" and a held-out row" if test_size else "") + f" need {least}: "
            "use fewer folds, or merge or drop the class"
        )


def _check_groups(data: Table, rules: SplitRules, enough: bool) -> None:
    if not enough:
        raise DataError(
            f"{data.name}: {_groups(data, slice(None))} groups are too few for a held-out part "
            f"of {rules.test_size:g} and {rules.folds} folds; use fewer folds"
        )


def _check_held_out(data: Table, made: Splits, rules: SplitRules, method: Method) -> None:
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


def _check_parts(data: Table, made: Splits) -> None:
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


def prepare(params: str, table_paths: Sequence[str], output: str) -> None:
    """Split a table as a plan's ``split_params`` say, and write the splits.

    ``params`` is the JSON of an object with every field of :class:`SplitRules`, and ``seed``.
    """
    rules, seed = SplitRules.from_json(params)
    made = make(table.load(*table_paths), rules, seed)
    splits.save(made, output, files.digest_text(params))
