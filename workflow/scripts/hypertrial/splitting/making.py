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
from hypertrial.splitting import checks, splits
from hypertrial.splitting.split_rules import BY_GROUP, STRATIFIED, Method, SplitRules, method_of
from hypertrial.splitting.splits import TRAINING, VALIDATION, Rows, Splits

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
    checks.check_held_out(data, made, rules, method)
    checks.check_parts(data, made)
    return made


def fold_others(data: Table, held: npt.NDArray[np.bool_], rules: SplitRules, seed: int) -> Splits:
    """Make the folds of a table whose held-out rows, bool of shape (rows,), are given.

    Raises
    ------
    DataError
        As :func:`make` does.
    """
    method = method_of(data, rules)
    stratified, by_group = method in STRATIFIED, method in BY_GROUP
    if method == "time":
        made = _fold_by_time(data, rules, held)
    else:
        if stratified:
            checks.check_classes(data, data.y[~held], 0.0, rules.folds)
        if by_group:
            checks.check_groups(data, rules, checks.groups(data, ~held) >= rules.folds)
        made = _fold(data, rules, held, kind(stratified, by_group), seed, by_group)
    checks.check_held_out(data, made, rules, method)
    checks.check_parts(data, made)
    return made


def kind(stratified: bool, by_group: bool) -> Any:
    """Return scikit-learn's splitter of a method that shuffles."""
    from sklearn import model_selection as kinds

    if by_group:
        return kinds.StratifiedGroupKFold if stratified else kinds.GroupKFold
    return kinds.StratifiedKFold if stratified else kinds.KFold


def _at_random(data: Table, rules: SplitRules, method: Method, seed: int) -> Splits:
    from sklearn.model_selection import train_test_split

    stratified = method in STRATIFIED
    checks.check_size(data, rules, stratified)
    training, _ = train_test_split(
        np.arange(len(data.y)),
        test_size=rules.test_size,
        random_state=seeds.derive(seed, "held-out", data.name),
        stratify=data.y if stratified else None,
    )
    held = np.ones(len(data.y), dtype=bool)
    held[training] = False
    if stratified:
        checks.check_classes(data, data.y[~held], 0.0, rules.folds)
    return _fold(data, rules, held, kind(stratified, by_group=False), seed)


def _by_group(data: Table, rules: SplitRules, method: Method, seed: int) -> Splits:
    """Hold out whole groups: some of the parts that a splitter by group makes of all rows."""
    stratified = method in STRATIFIED
    checks.check_size(data, rules, stratified)
    share = _share(data, rules, stratified)
    splitter_kind = kind(stratified, by_group=True)
    splitter = splitter_kind(
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
        checks.check_classes(data, data.y[~held], 0.0, rules.folds)
    checks.check_groups(data, rules, checks.groups(data, ~held) >= rules.folds)
    return _fold(data, rules, held, splitter_kind, seed, by_group=True)


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
    share = Fraction(wish).limit_denominator(min(finest, checks.groups(data, slice(None))))
    checks.check_groups(data, rules, 0 < share < 1)
    return share


def _fold(
    data: Table,
    rules: SplitRules,
    held: npt.NDArray[np.bool_],
    splitter_kind: Any,
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
        splitter = splitter_kind(
            rules.folds, shuffle=True, random_state=seeds.derive(seed, *purpose)
        )
        for number, (fit, validate) in enumerate(
            splitter.split(training, data.y[training], groups), repeat * rules.folds
        ):
            part[number, training[fit]] = TRAINING
            part[number, training[validate]] = VALIDATION
    return Splits(part, held)


def _by_time(data: Table, rules: SplitRules) -> Splits:
    """Hold the latest times out; split the others as a time series of distinct times."""
    times, position, counts = np.unique(
        data.arrays()["time"], return_inverse=True, return_counts=True
    )
    # The rows of the last time, of the last two, and so on; one time at least is left.
    latest = np.cumsum(counts[:0:-1])
    left = len(times)
    if left > 1:
        left -= 1 + int(np.abs(latest - rules.test_size * len(position)).argmin())
    return _fold_by_time(data, rules, position >= left)


def _fold_by_time(data: Table, rules: SplitRules, held: npt.NDArray[np.bool_]) -> Splits:
    """Split the rows before the held-out ones, which are the latest."""
    from sklearn.model_selection import TimeSeriesSplit

    times, position = np.unique(data.arrays()["time"], return_inverse=True)
    left = len(np.unique(position[~held]))
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
    return Splits(part, held)


def _predefined(data: Table) -> Splits:
    """Validate each fold of the table's own by the others."""
    fold = data.arrays()["fold"]
    held = np.asarray(fold == checks.HELD_OUT)
    numbers = np.unique(fold[~held])
    if len(numbers) < 2:
        raise DataError(
            f"{data.name}: datasets.{data.name}.fold names {len(numbers)} folds beside the "
            "held-out part; at least 2 are needed"
        )
    part = np.where(fold == numbers[:, None], np.int8(VALIDATION), np.int8(TRAINING))
    part[:, held] = splits.NOT_USED
    return Splits(part, held)


def prepare(params: str, table_paths: Sequence[str], output: str) -> None:
    """Split a table as a plan's ``split_params`` say, and write the splits.

    ``params`` is the JSON of an object with every field of :class:`SplitRules`, and ``seed``.
    """
    rules, seed = SplitRules.from_json(params)
    made = make(table.load(*table_paths), rules, seed)
    splits.save(made, output, files.digest_text(params))
