"""The method of splitting follows what a data set has; what does not suit it is said."""

import pytest
from split_tables import random_table, table_of

from hypertrial.errors import DataError
from hypertrial.splitting.split_rules import METHODS, SplitRules, method_of, resolve


@pytest.mark.parametrize(
    ("task", "roles", "method"),
    [
        ("binary", (), "stratified"),
        ("multiclass", ("weight",), "stratified"),
        ("regression", ("weight",), "random"),
        ("binary", ("group",), "stratified_group"),
        ("regression", ("group", "weight"), "group"),
        ("binary", ("time",), "time"),
        ("regression", ("time",), "time"),
        ("binary", ("fold",), "predefined"),
        ("regression", ("fold", "time", "group"), "predefined"),
    ],
)
def test_auto_follows_the_task_and_the_roles(task, roles, method):
    assert resolve("d", task, roles, SplitRules()) == method
    assert resolve("d", task, set(roles), SplitRules(method=method)) == method


@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_is_asked_for_is_taken_where_all_roles_are(method):
    roles = ("weight", "group", "time", "fold")
    assert resolve("d", "binary", roles, SplitRules(method=method)) == method


def test_the_roles_of_a_table_are_those_it_has_values_for():
    assert method_of(table_of([9, 9]), SplitRules()) == "stratified"
    assert method_of(table_of([9], "regression", time=range(9)), SplitRules()) == "time"
    with pytest.raises(DataError, match="t has both a time and a group"):
        method_of(random_table(1, "binary", 30), SplitRules())


@pytest.mark.parametrize(
    ("task", "roles", "rules", "message"),
    [
        (
            "binary",
            ("time", "group"),
            {},
            "split.method: d has both a time and a group, between which 'auto' does not choose; "
            "use 'time' or 'stratified_group' or 'group'",
        ),
        (
            "regression",
            ("time", "group"),
            {},
            "split.method: d has both a time and a group, between which 'auto' does not choose; "
            "use 'time' or 'group'",
        ),
        (
            "binary",
            (),
            {"method": "stratified_group"},
            "split.method: 'stratified_group' needs a group column; set datasets.d.group",
        ),
        (
            "regression",
            ("time",),
            {"method": "group"},
            "split.method: 'group' needs a group column; set datasets.d.group",
        ),
        (
            "binary",
            ("group",),
            {"method": "time"},
            "split.method: 'time' needs a time column; set datasets.d.time",
        ),
        (
            "binary",
            ("group",),
            {"method": "predefined"},
            "split.method: 'predefined' needs a fold column; set datasets.d.fold",
        ),
        (
            "regression",
            (),
            {"method": "stratified"},
            "split.method: 'stratified' is for classes, but the task of d is regression; "
            "use 'random' or 'auto'",
        ),
        (
            "regression",
            ("group",),
            {"method": "stratified_group"},
            "split.method: 'stratified_group' is for classes, but the task of d is regression; "
            "use 'group' or 'auto'",
        ),
        (
            "binary",
            (),
            {"method": "straified"},
            "split.method: 'straified' is not one of auto, random, stratified, group, "
            "stratified_group, time, predefined (did you mean 'stratified'?)",
        ),
        (
            "binary",
            ("time",),
            {"repeats": 2},
            "split.repeats: d is split by method 'time', which has nothing to repeat; use 1",
        ),
        (
            "binary",
            ("fold",),
            {"repeats": 3},
            "split.repeats: d is split by method 'predefined', which has nothing to repeat; use 1",
        ),
        (
            "binary",
            ("time",),
            {"method": "random", "gap": 1},
            "split.gap: d is split by method 'random', a gap is for method 'time' only; use 0",
        ),
    ],
)
def test_what_does_not_suit_a_data_set_is_said_in_a_line(task, roles, rules, message):
    with pytest.raises(DataError) as caught:
        resolve("d", task, roles, SplitRules(**rules))
    assert str(caught.value) == message
