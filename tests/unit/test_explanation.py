"""What explains a winner is compared with the libraries' own numbers; its page stays Markdown."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from explained import constant, hostile, params, told, won
from studies import POINTS, bundled, rich

from hypertrial.explanation import learning, page, permutation, registry, subject
from hypertrial.explanation.registry import PLAIN
from hypertrial.models.decision_tree import explanation as decision_tree
from hypertrial.models.svm import explanation as svm
from hypertrial.models.xgboost import explanation as xgboost
from hypertrial.plots import explained as plots
from hypertrial.preprocessing import preprocessing

TASKS = ("binary", "multiclass", "regression")
HEADINGS = [
    "## How well it does",
    "## What it was given, and what it learned",
    "## What the training learned",
    "## Which columns its predictions need",
    "## How one prediction comes about",
    "## Where everything is",
]


def won_subject(data, model, folder, points=None):
    points = [POINTS[model]] if points is None else points
    winner = won(data, model, folder, points, method="random")
    return winner, *told(winner, folder)


def written_page(winner, own, importance, folder):
    curve, output = str(folder / "curve.csv"), str(folder / "winner.md")
    learning.write(winner, params("random"), curve)
    ledger = str(Path(winner).parent / "winner_ledger.csv")
    page.write(winner, ledger, importance, curve, own.table, output)
    return Path(output).read_text("utf-8")


def test_permutation_importance_is_scikit_learns(tmp_path):
    from sklearn.inspection import permutation_importance
    from sklearn.metrics import root_mean_squared_error

    winner = won(rich("regression"), "decision_tree", tmp_path, method="random")
    own = subject.load(winner)
    part, repeats = own.data.rows(own.held_out), 150
    base, losses = permutation.importance(own, part, "rmse", repeats, seed=3)
    fitted = own.fitted

    def negative_rmse(estimator, X, y, sample_weight=None):
        guess = estimator.predict(preprocessing.transform(fitted.transformer, X))
        return -root_mean_squared_error(y, guess, sample_weight=sample_weight)

    theirs = permutation_importance(
        fitted.estimator,
        part.X,
        part.y,
        scoring=negative_rmse,
        n_repeats=repeats,
        random_state=0,
        sample_weight=part.weight,
    )
    assert base == pytest.approx(-negative_rmse(fitted.estimator, part.X, part.y, part.weight))
    error = np.sqrt((losses.var(axis=1) + theirs.importances.var(axis=1)) / repeats)
    assert (np.abs(losses.mean(axis=1) - theirs.importances_mean) <= 4 * error + 1e-12).all()
    assert np.abs(losses).max() > 1e-3


@pytest.mark.parametrize("model", POINTS)
def test_a_column_of_one_value_has_no_importance_at_all(model, tmp_path):
    winner = won(constant(bundled("binary")), model, tmp_path, [POINTS[model]])
    permutation.write(winner, {"seed": 1, "level": 0.95}, str(tmp_path / "importance.csv"))
    found = pd.read_csv(tmp_path / "importance.csv").set_index("feature")
    same = found.loc["same"]
    assert [same[name] for name in ("mean", "std")] == [0.0] * 2
    assert np.isnan([same[name] for name in ("low", "high")]).all()  # all shuffles cost the same
    known = found[found["std"] > 0]
    assert (known["low"] < known["mean"]).all() and (known["mean"] < known["high"]).all()
    assert found["mean"].is_monotonic_decreasing


def test_very_many_held_out_rows_are_thinned_in_the_shares_of_classes(tmp_path, monkeypatch):
    winner = won(bundled("multiclass"), "decision_tree", tmp_path, test_size=0.5)
    own = subject.load(winner)
    np.testing.assert_array_equal(permutation.sample(own, 1)[0], own.held_out)
    monkeypatch.setattr(permutation, "MOST_ROWS", 15)
    monkeypatch.setattr(permutation, "LEAST_ROWS", 5)
    rows, repeats = permutation.sample(own, 1)
    assert len(rows) == 15 and repeats == 10 and set(rows) <= set(own.held_out)
    held = np.bincount(own.data.y[own.held_out], minlength=3) / len(own.held_out)
    assert np.abs(np.bincount(own.data.y[rows], minlength=3) - 15 * held).max() <= 1


@pytest.mark.parametrize("task", TASKS)
def test_tree_rules_have_each_leaf_with_its_training_rows(task, tmp_path):
    _, own, _ = won_subject(rich(task), "decision_tree", tmp_path)
    text = Path(own.table).read_text("utf-8")
    counts = [int(each) for each in re.findall(r"; (\d+) of \d+ rows? \(", text)]
    X = own.fitted.X.astype(np.float32)
    _, theirs = np.unique(own.fitted.estimator.apply(X), return_counts=True)
    assert counts == theirs.tolist()
    assert f"{len(counts)} leaves, {len(own.training)} rows of training" in text


def test_a_deep_tree_is_cut_on_the_page_and_whole_in_its_file(tmp_path):
    _, own, _ = won_subject(rich("regression"), "decision_tree", tmp_path, points=[])
    said, listed = decision_tree.learned(own)
    leaves = len(re.findall(r" of \d+ rows ", Path(own.table).read_text("utf-8")))
    assert f"has {leaves} leaves" in said and "the rest is cut" in said
    cut = sum(int(each) for each in re.findall(r"(\d+) leaves$", listed, re.MULTILINE))
    shown = len(re.findall(r" of \d+ rows ", listed))
    assert cut + shown == leaves


@pytest.mark.parametrize("task", TASKS)
def test_the_way_of_a_row_ends_in_its_prediction(task, tmp_path):
    _, own, _ = won_subject(rich(task), "decision_tree", tmp_path)
    for row in own.held_out[:5].tolist():
        answer = own.predict(own.data.rows(np.array([row]))).labels[0]
        end = decision_tree.predicted(own, row)[-1]
        name = own.data.classes[answer] if own.data.classes else f"{answer:.6g}"
        assert f"answers {name}" in end


@pytest.mark.parametrize("task", TASKS)
def test_support_vectors_are_the_rows_that_they_are_said_to_be(task, tmp_path):
    _, own, _ = won_subject(rich(task), "svm", tmp_path)
    found = pd.read_csv(own.table)
    vectors = own.model["support_vectors"]
    assert sorted(found["vector"]) == list(range(len(vectors)))
    prepared = own.prepared(found["row"].to_numpy())
    np.testing.assert_allclose(prepared, vectors[found["vector"]], rtol=1e-12, atol=1e-12)
    strongest = np.abs(own.model["dual_coefficients"]).max(axis=0)[found["vector"]]
    np.testing.assert_array_equal(np.abs(found["dual_coefficient"]), strongest)
    bound = own.setting.values["C"] * own.data.weight[found["row"]]
    assert (strongest <= bound * (1 + 1e-9)).all()
    np.testing.assert_array_equal(found["at_bound"], np.isclose(strongest, bound, rtol=1e-9))
    assert 0 < found["at_bound"].sum() < len(found)


@pytest.mark.parametrize("task", TASKS)
def test_dual_coefficients_times_kernel_and_intercept_are_the_decision(task, tmp_path):
    from itertools import combinations

    from hypertrial.models.svm import replay

    _, own, _ = won_subject(rich(task), "svm", tmp_path)
    rows = own.held_out
    similar = replay.kernel(own.prepared(rows), own.model["support_vectors"], own.needed)
    raw = own.predict(own.data.rows(rows)).raw.reshape(len(rows), -1)
    pairs = combinations(range(max(len(own.data.classes), 2)), 2)
    for number, each in enumerate(pairs):
        coefficients, intercept = svm.pair(own.model, *each)
        np.testing.assert_allclose(similar @ coefficients + intercept, raw[:, number], atol=1e-10)


@pytest.mark.parametrize("task", TASKS)
def test_base_margin_and_leaves_are_the_margin_to_the_bit(task, tmp_path):
    _, own, _ = won_subject(rich(task), "xgboost", tmp_path)
    rows = own.held_out
    raw = own.predict(own.data.rows(rows)).raw.reshape(len(rows), -1)
    for place, row in enumerate(rows.tolist()):
        for output in range(raw.shape[1]):
            assert xgboost.margin(own, row, output)[1] == raw[place, output]


def test_the_use_of_features_is_that_of_the_learned_trees(tmp_path):
    _, own, _ = won_subject(rich("binary"), "xgboost", tmp_path)
    found = pd.read_csv(own.table).set_index("feature")
    inner = own.model["left"] >= 0
    splits = np.bincount(own.model["feature"][inner], minlength=len(own.features))
    assert found["weight"][own.features].tolist() == splits.tolist()
    np.testing.assert_allclose(found["gain"] * found["weight"], found["total_gain"], rtol=1e-5)
    assert "town" in found.index and found["total_gain"].is_monotonic_decreasing


@pytest.mark.parametrize("model", POINTS)
@pytest.mark.parametrize("task", TASKS)
def test_a_page_stays_markdown_whatever_columns_and_classes_are_called(model, task, tmp_path):
    winner, own, importance = won_subject(hostile(rich(task)), model, tmp_path)
    text = written_page(winner, own, importance, tmp_path)
    lines = text.splitlines()
    assert [line for line in lines if line.startswith("## ")] == HEADINGS
    assert sum(line.startswith("# ") for line in lines) == 1
    assert "<script" not in text and "<b>" not in text and "**a**" not in text
    assert "](c)" not in text.replace("\\](c)", "")
    widths = [len(re.findall(r"(?<!\\)\|", line)) for line in lines]
    starts = [line.startswith("|") for line in lines]
    pairs = zip(starts, starts[1:], widths, widths[1:], strict=False)
    assert all(width == below for own_, next_, width, below in pairs if own_ and next_)
    assert "Over- or underfitting?" in text and "nan" not in text.split()
    outputs = [str(tmp_path / "learned.svg"), str(tmp_path / "importance.svg")]
    plots.learned(winner, own.table, outputs[:1])
    plots.permutation_importance(importance, winner, outputs[1:])
    for path in outputs:
        ElementTree.parse(path)


def test_a_family_without_an_explanation_of_its_own_has_a_page(tmp_path, monkeypatch):
    assert registry.get("nearest_neighbours") is PLAIN
    winner, own, importance = won_subject(bundled("binary"), "xgboost", tmp_path)
    monkeypatch.setattr(registry, "get", lambda name: PLAIN)
    own = subject.load(winner)
    text = written_page(winner, own, importance, tmp_path)
    assert [line for line in text.splitlines() if line.startswith("## ")] == HEADINGS
    assert f"{own.model['threshold'].size} values of `threshold`" in text
    plots.learned(winner, None, [str(tmp_path / "learned.png")])
    assert (tmp_path / "learned.png").stat().st_size > 0


def test_explanations_are_the_same_bytes_again(tmp_path):
    winner, own, importance = won_subject(rich("multiclass"), "xgboost", tmp_path)
    paths = [tmp_path / "curve.csv", tmp_path / "winner.md", Path(importance), Path(own.table)]
    written_page(winner, own, importance, tmp_path)
    before = [path.read_bytes() for path in paths]
    again, other = told(winner, tmp_path)
    written_page(winner, again, other, tmp_path)
    assert [path.read_bytes() for path in paths] == before


def test_classes_that_look_like_formulas_are_counted_and_named_as_they_are(tmp_path):
    classes = ("=1+1", "@SUM(A1)")
    data = replace(bundled("binary"), classes=classes)
    winner, own, importance = won_subject(data, "svm", tmp_path)
    found = svm.by_class(own, svm._read(own))
    assert found["class"].tolist() == list(classes)
    assert found["vectors"].sum() == own.model["dual_coefficients"].shape[1]
    assert (found["vectors"] > 0).all()
    assert "'=" not in written_page(winner, own, importance, tmp_path)
