"""Splits: what is held out, trained and validated on, the same every time, saved and loaded."""

import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from split_tables import random_table, table_of

from hypertrial import files, seeds
from hypertrial.data import table
from hypertrial.errors import DataError
from hypertrial.splitting import making, split_report, splits
from hypertrial.splitting.split_rules import SplitRules

TASKS = ("binary", "multiclass", "regression")


def make(data, seed=1, **rules):
    return making.make(data, SplitRules(**rules), seed)


@pytest.mark.parametrize("data", [table_of([60, 40]), table_of([101], "regression")])
def test_every_row_is_held_out_or_validated_once(data):
    made = make(data)
    rows = len(data.y)
    assert len(made.held_out) == int(np.ceil(0.2 * rows))
    assert sorted([*made.training, *made.held_out]) == list(range(rows))
    assert made.count == len(list(made.parts())) == 5
    validated = []
    for training, validation in made.parts():
        assert not set(training) & set(validation)
        assert sorted([*training, *validation]) == made.training.tolist()
        assert abs(len(validation) - len(made.training) / 5) < 1
        validated += validation.tolist()
    assert sorted(validated) == made.training.tolist()


def test_classes_keep_their_shares_everywhere():
    data = table_of([150, 90, 60])
    made = make(data, folds=4)
    assert np.bincount(data.y[made.held_out]).tolist() == [30, 18, 12]
    for _, validation in made.parts():
        counts = np.bincount(data.y[validation], minlength=3)
        assert np.abs(counts - [30, 18, 12]).max() <= 1


def test_splits_follow_the_seed_and_the_name_and_nothing_else():
    data = table_of([30, 30])
    other = replace(data, name="u")
    first = make(data, 1, folds=3)
    assert first.digest() == make(data, 1, folds=3).digest()
    assert first.digest() == make(replace(data, X=-data.X, weight=data.X[:, 0]), folds=3).digest()
    made = [
        first,
        make(data, 2, folds=3),
        make(data, 1, folds=3, test_size=0.3),
        make(data, 1, folds=4),
        make(data, 1, folds=3, repeats=2),
        make(other, 1, folds=3),
    ]
    assert len({each.digest() for each in made}) == len(made)
    four, twice = made[3], made[4]
    np.testing.assert_array_equal(four.held_out, first.held_out)
    np.testing.assert_array_equal(twice.held_out, first.held_out)
    np.testing.assert_array_equal(twice.part[:3], first.part)
    assert (twice.part[3:] != first.part).any()


def test_derived_seeds_differ_by_purpose_and_never_change():
    assert seeds.derive(1, "folds", "iris") == 1887055438
    found = {seeds.derive(s, *p) for s in range(50) for p in (("a",), ("b",), ("a", "b"), ("a/c",))}
    assert len(found) == 200
    assert all(0 <= seed < 2**31 for seed in found)


@given(
    st.integers(0, 10**6),
    st.sampled_from(TASKS),
    st.integers(150, 300),
    st.sampled_from(["random", "stratified", "group", "stratified_group", "time", "predefined"]),
    st.integers(2, 4),
    st.integers(1, 3),
    st.integers(0, 2),
)
def test_what_holds_for_all_splits_holds(seed, task, rows, method, folds, repeats, gap):
    assume(not (task == "regression" and method.startswith("stratified")))
    data = random_table(seed, task, rows)
    data = replace(
        data, fold=np.random.default_rng([seed, 1]).integers(-1, folds, rows).astype("i2")
    )
    rules = {
        "method": method,
        "test_size": 0.25,
        "folds": folds,
        "repeats": 1 if method in ("time", "predefined") else repeats,
        "gap": gap if method == "time" else 0,
    }
    made = make(data, seed, **rules)
    assert made.count == folds * rules["repeats"]
    assert made.part.shape == (made.count, rows)
    assert made.part.dtype == np.int8
    assert not made.part[:, made.held].any()
    assert (made.digest() == make(data, seed + 1, **rules).digest()) == (
        method in ("time", "predefined")
    )
    assert made.digest() == make(data, seed, **rules).digest()
    validated = (made.part == splits.VALIDATION).sum(axis=0)[made.training]
    if method != "time":
        assert (validated == rules["repeats"]).all()
        assert (made.part[:, ~made.held] > 0).all()
    for training, validation in [(made.training, made.held_out), *made.parts()]:
        assert set(data.y[training]) >= set(range(len(data.classes)))
        if method.endswith("group"):
            assert not set(data.group[training]) & set(data.group[validation])
        if method == "time":
            assert data.time[training].max() < data.time[validation].min()
    if method == "time":
        assert_times_are_near(data, made, gap)


def assert_times_are_near(data, made, gap):
    """Check that the gap is as many times as asked for, and 0.25 of the rows held out."""
    times, wish = np.unique(data.time), 0.25 * len(data.time)
    for training, validation in made.parts():
        between = (times > data.time[training].max()) & (times < data.time[validation].min())
        assert between.sum() == gap
    possible = [abs((data.time >= time).sum() - wish) for time in times[1:]]
    assert abs(len(made.held_out) - wish) == min(possible)


def test_saved_splits_are_loaded_as_they_were(tmp_path):
    data = table_of([30, 30], group=np.arange(60) // 2, weight=np.ones(60))
    table.save(data, {}, tmp_path / "t.npz", tmp_path / "t.json")
    rules = SplitRules(test_size=0.25, folds=3, repeats=2)
    params = files.canonical_json({**asdict(rules), "seed": 5, "code": "x"})
    paths = [str(tmp_path / "t.npz"), str(tmp_path / "t.json")]
    making.prepare(params, paths, str(tmp_path / "s.npz"))
    split_report.write(params, paths, str(tmp_path / "s.npz"), str(tmp_path / "report.json"))
    made, loaded = making.make(data, rules, 5), splits.load(tmp_path / "s.npz")
    np.testing.assert_array_equal(loaded.part, made.part)
    np.testing.assert_array_equal(loaded.held, made.held)
    assert loaded.digest() == made.digest()
    assert splits.made_by(tmp_path / "s.npz") == files.digest_text(params)
    report = table.read_description(tmp_path / "report.json")
    assert report == split_report.report(data, made, rules)
    assert report["method"] == "stratified_group"


def test_the_digest_is_of_both_arrays():
    made = make(table_of([30, 30]), folds=3)
    part, held = made.part.copy(), made.held.copy()
    part[2, 7], held[0] = 0 if part[2, 7] else 1, not held[0]
    digests = {splits.Splits(p, h).digest() for p in (made.part, part) for h in (made.held, held)}
    assert len(digests) == 4


def test_saved_splits_tell_what_they_were_made_by(tmp_path):
    path = tmp_path / "s.npz"
    splits.save(make(table_of([30, 30]), folds=3), path, "a digest")
    assert splits.made_by(path) == "a digest"
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    assert splits.made_by(path) == ""
    middle = len(whole) // 3
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :])
    assert splits.made_by(path) == ""
    assert splits.made_by(tmp_path / "none.npz") == ""


def test_damaged_splits_are_not_used(tmp_path):
    path = tmp_path / "s.npz"
    splits.save(make(table_of([30, 30]), folds=3), path)
    whole = path.read_bytes()
    at = whole.index(splits.load(path).part.tobytes())
    for content in (whole[:at] + bytes([whole[at] ^ 3]) + whole[at + 1 :], whole[:40], b""):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"s\.npz: damaged; run the study again"):
            splits.load(path)


def test_neither_splits_nor_report_depend_on_the_process(tmp_path):
    data = random_table(1, "multiclass", 90)
    table.save(data, {}, tmp_path / "t.npz", tmp_path / "t.json")
    rules = SplitRules(method="stratified_group", folds=3)
    params = files.canonical_json({**asdict(rules), "seed": 5})
    code = "import sys; from hypertrial.splitting import making, split_report; a = sys.argv; "
    code += "making.prepare(a[1], a[2:4], a[4]); split_report.write(a[1], a[2:4], a[4], a[5])"
    package = str(Path(making.__file__).parents[2])
    for seed in "12":
        inputs = [params, str(tmp_path / "t.npz"), str(tmp_path / "t.json")]
        outputs = [str(tmp_path / f"{seed}.npz"), str(tmp_path / f"{seed}.json")]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": package}
        command = [sys.executable, "-c", code, *inputs, *outputs]
        subprocess.run(command, check=True, env=environment)
    for ending in ("npz", "json"):
        assert (tmp_path / f"1.{ending}").read_bytes() == (tmp_path / f"2.{ending}").read_bytes()
