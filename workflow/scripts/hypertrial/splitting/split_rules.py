"""How rows are to be split: what a person may ask for, and what it needs of a data set."""

import json
from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Literal, get_args

from hypertrial.data.table import ROLES, Table
from hypertrial.errors import DataError, listing, nearest
from hypertrial.families import Task

Method = Literal["random", "stratified", "group", "stratified_group", "time", "predefined"]
METHODS: tuple[Method, ...] = get_args(Method)
STRATIFIED: tuple[Method, ...] = ("stratified", "stratified_group")
BY_GROUP: tuple[Method, ...] = ("group", "stratified_group")
NEEDS: dict[Method, str] = {
    "group": "group",
    "stratified_group": "group",
    "time": "time",
    "predefined": "fold",
}
"""The role that a method needs a column for."""


@dataclass(frozen=True)
class SplitRules:
    """What the config says under ``split``.

    About ``test_size`` of the rows are held out of all trials. The others are split ``folds``
    times, ``repeats`` times over; ``gap`` is how many distinct times are left out between the
    training and the validation rows of a time series. Method ``predefined`` takes the held-out
    rows and the folds from a column, so that ``test_size`` and ``folds`` have no say.
    """

    method: Literal["auto"] | Method = "auto"
    test_size: float = 0.2
    folds: int = 5
    repeats: int = 1
    gap: int = 0

    @classmethod
    def from_json(cls, params: str) -> tuple["SplitRules", int]:
        """Return the rules and the seed of a plan's ``split_params``."""
        given = json.loads(params)
        return cls(**{field.name: given[field.name] for field in fields(cls)}), given["seed"]


def resolve(dataset_name: str, task: Task, roles: Collection[str], rules: SplitRules) -> Method:
    """Return the method by which a data set is split.

    Parameters
    ----------
    dataset_name, task
        The data set's name in the config, and its task.
    roles
        The roles that columns of it have, of ``weight``, ``group``, ``time`` and ``fold``.
    rules
        What is asked for; ``auto`` is ``predefined`` where there is a fold, else ``time``
        where there is a time, else by group where there is a group, and stratified in any
        case but for regression.

    Raises
    ------
    DataError
        If the method does not suit the data set, or the other rules do not suit the method.
    """
    if rules.method == "auto":
        method = _choose(dataset_name, task, roles)
    elif rules.method in METHODS:
        method = rules.method
    else:
        hint = nearest(rules.method, ["auto", *METHODS])
        allowed = listing(["auto", *METHODS])
        raise DataError(f"split.method: '{rules.method}' is not one of {allowed}{hint}")
    role = NEEDS.get(method)
    if role is not None and role not in roles:
        raise DataError(
            f"split.method: '{method}' needs a {role} column; set datasets.{dataset_name}.{role}"
        )
    if method in STRATIFIED and task == "regression":
        other = "group" if method == "stratified_group" else "random"
        raise DataError(
            f"split.method: '{method}' is for classes, but the task of {dataset_name} is "
            f"regression; use '{other}' or 'auto'"
        )
    whose = f"{dataset_name} is split by method '{method}'"
    if rules.repeats > 1 and method in ("time", "predefined"):
        raise DataError(f"split.repeats: {whose}, which has nothing to repeat; use 1")
    if rules.gap and method != "time":
        raise DataError(f"split.gap: {whose}, a gap is for method 'time' only; use 0")
    return method


def method_of(data: Table, rules: SplitRules) -> Method:
    """Return the method by which a table is split; see :func:`resolve`."""
    roles = [role for role in ROLES if getattr(data, role) is not None]
    return resolve(data.name, data.task, roles, rules)


def _choose(dataset_name: str, task: Task, roles: Collection[str]) -> Method:
    stratified = task != "regression"
    if "fold" in roles:
        return "predefined"
    if "time" in roles and "group" in roles:
        by_group = "'stratified_group' or 'group'" if stratified else "'group'"
        raise DataError(
            f"split.method: {dataset_name} has both a time and a group, between which 'auto' "
            f"does not choose; use 'time' or {by_group}"
        )
    if "time" in roles:
        return "time"
    if "group" in roles:
        return "stratified_group" if stratified else "group"
    return "stratified" if stratified else "random"
