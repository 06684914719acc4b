"""Leakage is counted right, and said; a report says what is in each part of a table."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from split_tables import random_table, table_of

from hypertrial.data import rows as data_rows
from hypertrial.data.table import Column, Table
from hypertrial.splitting import leakage, making, split_report
from hypertrial.splitting.split_rules import SplitRules
from hypertrial.splitting.splits import Splits

PAYLOAD = np.array([0x7FF8000000000123], dtype=np.uint64).view(float)[0]
"""A missing value with other bits than NumPy's."""


RULES = SplitRules(method="random")


def splits_of(held, *parts):
    """Return splits from strings: ``#`` a held-out row; ``.``, ``t`` and ``v`` for each split."""
    codes = {".": 0, "t": 1, "v": 2}
    part = np.array([[codes[letter] for letter in text] for text in parts], dtype=np.int8)
    return Splits(part, np.array([letter == "#" for letter in held]))


def features(rows, y):
    X = np.array(rows, dtype=float)
    columns = tuple(Column(f"x{number}", "numeric") for number in range(X.shape[1]))
    return Table("t", "binary", "y", columns, ("no", "yes"), X, np.array(y))


def test_duplicates_are_counted_across_every_boundary():
    data = features(
        [[1, 2], [3, 4], [1, 2], [5, 6], [3, 4], [9, 9], [1, 2], [9, 9]], [0, 1, 0, 1, 0, 1, 1, 1]
    )
    made = splits_of("....###.", "tvvt...t", "vttv...v")
    # Held out: rows 4 (equals 1, of the other class), 5 (equals 7, of its class) and 6 (equals
    # 0 and 2, of the other). Validated: row 2 equals 0 in the first split, 0 equals 2 in the
    # second; the others equal held-out rows only.
    remedy = "if they are copies, scores on them are no test of what was learned; set "
    remedy += "drop_duplicates: true, or make them a group"
    assert leakage.duplicates(data, made) == [
        "3 of 3 held-out rows (100.0%) equal a training row in every feature, 1 of them in the "
        f"target too: {remedy}",
        "2 of 5 validation rows (40.0%) equal a training row of their split in every feature, 2 "
        f"of them in the target too: {remedy}",
    ]


def test_rows_without_copies_across_a_boundary_are_no_leak():
    data = features([[1, 2], [1, 2], [2, 1], [4, 4], [4, 4], [5, 5]], [0, 0, 1, 1, 1, 0])
    assert leakage.duplicates(data, splits_of("...###", "ttv...")) == []
    assert leakage.duplicates(features([[1], [2], [3]], [0, 1, 0]), splits_of("..#", "tv.")) == []


def test_missing_values_equal_each_other_and_so_do_zeros():
    data = features(
        [[np.nan, 0.0], [PAYLOAD, -0.0], [-np.nan, 0.0], [0.0, np.nan], [np.nan, 1.0]],
        [0, 0, 1, 1, 0],
    )
    found = leakage.duplicates(data, splits_of(".#...", "t.vvv"))
    assert found[0].startswith("1 of 1 held-out rows (100.0%)")
    assert found[1].startswith("1 of 3 validation rows (33.3%)")
    assert "every feature, none of them in the target" in found[1]


def test_a_target_that_is_a_number_agrees_where_it_is_equal():
    data = table_of([4], "regression")
    same = Table(**{**vars(data), "X": np.ones((4, 1)), "y": np.array([0.5, 0.5, 0.25, 7.0])})
    found = leakage.duplicates(same, splits_of("..##", "tv.."))
    assert "2 of 2 held-out rows (100.0%)" in found[0]
    assert "none of them in the target too" in found[0]
    assert "1 of 1 validation rows" in found[1]
    assert "1 of them in the target too" in found[1]


@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(2, 60), st.integers(1, 7))
def test_duplicates_agree_with_a_comparison_of_all_pairs(seed, width, rows, chunk):
    rng = np.random.default_rng(seed)
    X = rng.choice([0.0, 1.0, np.nan], (rows, width))
    data = features(X, rng.integers(0, 2, rows))
    made = Splits(rng.integers(0, 3, (2, rows)).astype(np.int8), rng.random(rows) < 0.3)
    made.part[:, made.held] = 0
    equal = ((X[:, None] == X) | (np.isnan(X[:, None]) & np.isnan(X))).all(axis=2)
    exact = equal & (data.y[:, None] == data.y)
    boundaries = [(made.training, made.held_out), *made.parts()]
    counts = np.array(
        [
            [len(other), *(each[np.ix_(other, train)].any(axis=1).sum() for each in (equal, exact))]
            for train, other in boundaries
        ]
    )
    expected = [
        (alike, total, agreeing)
        for total, alike, agreeing in (counts[0], counts[1:].sum(axis=0))
        if alike
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data_rows, "CHUNK", chunk)
        found = leakage.duplicates(data, made)
    shape = r"(\d+) of (\d+) .*?, (\d+) of them"
    numbers = [re.match(shape, text.replace("none", "0")).groups() for text in found]
    assert [tuple(int(number) for number in each) for each in numbers] == expected


COPIED = {
    "numbers": lambda rng: rng.normal(size=(60, 4)),
    "a number beside flags": lambda rng: np.c_[rng.integers(0, 2, (60, 3)), rng.normal(size=60)],
    "many values": lambda rng: rng.integers(0, 50, (60, 8)),
}
ALIKE = {
    "few values": lambda rng: rng.integers(0, 3, (60, 3)),
    "one column": lambda rng: rng.integers(0, 5, (60, 1)),
    "flags with gaps": lambda rng: rng.choice([0, 1, np.nan], (60, 4)),
}


@pytest.mark.parametrize(
    ("case", "chance"), [*((c, False) for c in COPIED), *((c, True) for c in ALIKE)]
)
def test_equal_rows_are_an_alarm_where_chance_does_not_explain_them(case, chance):
    rng = np.random.default_rng(3)
    X = (COPIED | ALIKE)[case](rng).astype(float)
    data = features(np.vstack([X, X[:4]]), np.arange(64) % 2)
    assert leakage.by_chance(data) is chance
    made = making.make(data, SplitRules(folds=3), 1)
    assert leakage.duplicates(data, made)
    warnings = split_report.report(data, made, RULES)["warnings"]
    assert any("in every feature" in text for text in warnings) is not chance


def test_hashes_do_not_depend_on_the_chunks(monkeypatch):
    X = np.random.default_rng(0).normal(size=(50, 3))
    X[7] = X[43]
    whole = data_rows.hash_rows(X)
    monkeypatch.setattr(data_rows, "CHUNK", 10)
    np.testing.assert_array_equal(data_rows.hash_rows(X), whole)
    np.testing.assert_array_equal(data_rows.hash_rows(np.asfortranarray(X)), whole)
    assert len(set(whole)) == 49
    assert (whole != data_rows.hash_rows(X[:, ::-1])).all()
    np.testing.assert_array_equal(whole, pd.util.hash_pandas_object(pd.DataFrame(X), index=False))


def test_groups_on_both_sides_are_counted():
    made = splits_of(".....##", "ttvv...", "v.t.t..")
    # 4 is trained and held out; 8 is trained and validated in the first split only, -2 in the
    # second only; 5 is held out only.
    data = table_of([4, 3], group=[-2, 8, 8, 4, -2, 4, 5])
    remedy = "set split.method to a method by group if rows of a group are alike"
    assert leakage.groups(data, made) == [
        f"1 of 4 groups has rows both in the held-out part and in training: {remedy}",
        f"2 of 4 groups have rows both in training and in validation of a split: {remedy}",
    ]
    assert (
        leakage.groups(
            table_of([4, 3], group=[1, 1, 2, 3, 3, 7, 7]), splits_of(".....##", "ttvvv..")
        )
        == []
    )
    assert leakage.groups(table_of([4, 3]), made) == []


def test_later_training_rows_are_counted():
    data = table_of([6], "regression", time=[5.0, 1.0, 2.0, 3.0, 9.0, 4.0])
    remedy = "set split.method to 'time' if the future is to be predicted"
    assert leakage.times(data, splits_of("....##", "vttv..", "tvvt..")) == [
        f"1 of 4 training rows are later than the first held-out row: {remedy}",
        f"In 1 of 2 splits some training rows are later than the first validation row: {remedy}",
    ]
    tied = table_of([4], "regression", time=[1, 2, 2, 2])
    assert leakage.times(tied, splits_of("...#", "ttv.")) == []
    assert leakage.times(table_of([6], "regression"), splits_of("....##", "vttv..")) == []


@pytest.mark.parametrize("method", ["group", "stratified_group", "time"])
def test_a_method_leaks_nothing_of_what_it_is_for(method):
    data = random_table(4, "binary", 300)
    made = making.make(data, SplitRules(method=method, folds=3), 1)
    assert (leakage.times if method == "time" else leakage.groups)(data, made) == []
    assert (leakage.groups if method == "time" else leakage.times)(data, made) != []


def test_a_report_describes_every_part():
    day = 24 * 3600 * 10**9
    data = table_of([4, 3], time=np.arange(7) * day, weight=[1, 2, 3, 4, 5, 6, 7.5])
    made = splits_of(".....##", "tvt.v..")
    report = split_report.report(data, made, SplitRules(method="random"))
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    warnings = report.pop("warnings")
    assert report == {
        "method": "random",
        "rows": 7,
        "held_out": {
            "share": 2 / 7,
            "rows": 2,
            "weight": 13.5,
            "time": ["1970-01-06", "1970-01-07"],
            "class_counts": {"class 0": 0, "class 1": 2},
        },
        "training": {
            "rows": 5,
            "weight": 15.0,
            "time": ["1970-01-01", "1970-01-05"],
            "class_counts": {"class 0": 4, "class 1": 1},
        },
        "count": 1,
        "splits": [
            {
                "training": {"rows": 2, "weight": 4.0, "time": ["1970-01-01", "1970-01-03"]},
                "validation": {"rows": 2, "weight": 7.0, "time": ["1970-01-02", "1970-01-05"]},
            }
        ],
    }
    assert [text.split(":")[0] for text in warnings] == [
        "The held-out part has only 2 rows",
        "In 1 of 1 splits some training rows are later than the first validation row",
    ]


def test_numbers_are_reported_as_numbers():
    data = table_of([40], "regression", time=np.arange(40) / 2)
    report = split_report.report(data, splits_of("." * 10 + "#" * 30, "tv" * 5 + "." * 30), RULES)
    assert report["held_out"]["mean_target"] == 24.5
    assert report["held_out"]["time"] == [5.0, 19.5]
    assert report["training"] == {"rows": 10, "time": [0.0, 4.5], "mean_target": 4.5}


@pytest.mark.parametrize(("rows", "said"), [(29, 1), (30, 0)])
def test_a_small_held_out_part_is_said(rows, said):
    data = table_of([rows + 2], "regression")
    made = splits_of(".." + "#" * rows, "tv" + "." * rows)
    warnings = split_report.report(data, made, RULES)["warnings"]
    assert warnings == [f"The held-out part has only {rows} rows: scores on it say little"] * said


def test_classes_that_a_validation_part_lacks_are_named():
    held = "." * 6 + "#" * 30
    data = table_of([2, 2, 32])
    parts = [text + "." * 30 for text in ("vtvtvt", "ttvvtt", "tvtvtt")]
    warnings = split_report.report(data, splits_of(held, *parts), RULES)["warnings"]
    end = "scores such as ROC AUC are not defined there"
    assert warnings == [
        f"No row of class 'class 0' is validated in split 1: {end}",
        f"No row of class 'class 2' is validated in split 1, 2: {end}",
    ]
