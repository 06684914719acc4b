"""The report's plain answers, against tables made by hand."""

import json

import pandas as pd
import pytest

from hypertrial import collect
from hypertrial.report import alternatives, answers
from hypertrial.report.source import Source

SEARCHES = ("a/tree", "a/svm", "b/tree", "b/svm")


def source(folder, **tables):
    """Write tables, named ``dataset__name`` or ``name``, and return the source of them."""
    paths = []
    for name, rows in tables.items():
        path = folder / f"{name.replace('__', '/')}.csv"
        collect.write_table(pd.DataFrame(rows), path)
        paths.append(str(path))
    return Source.of(folder, paths, SEARCHES)


def board(*rows):
    names = ("dataset", "model", "rank", "mean_train", "mean_test", "greater_is_better")
    return [{**dict(zip(names, row, strict=True)), "learned_values": 1500} for row in rows]


def test_a_model_that_is_first_everywhere_and_one_that_shares_a_place(tmp_path):
    rows = board(
        ("a", "svm", 1, 1.0, 0.9, True),
        ("a", "tree", 1, 1.0, 0.9, True),
        ("b", "svm", 1, 3.0, 4.0, False),
        ("b", "tree", 2, 2.5, 5.0, False),
    )
    said = " ".join(answers.which_model_wins(source(tmp_path, leaderboard=rows)))
    assert "svm on both data sets and tree on 1 of 2 data sets" in said
    assert "On a the first place is shared." in said
    assert "ranks" not in said


def test_only_leads_of_the_first_whose_interval_is_above_zero_count(tmp_path):
    rows = board(("a", "svm", 1, 1.0, 0.9, True), ("b", "tree", 1, 3.0, 4.0, False))
    pair = {"model_a": "svm", "model_b": "tree", "low": 0.1, "high": 0.3}
    other = {"model_a": "tree", "model_b": "svm", "low": -0.1, "high": 0.3}
    (said,) = answers.is_the_difference_real(
        source(tmp_path, leaderboard=rows, a__significance=[pair], b__significance=[other])
    )
    assert "in 1 of 2 comparisons" in said
    behind = {**pair, "model_a": "tree", "model_b": "gbm"}  # not a lead of the first
    (said,) = answers.is_the_difference_real(
        source(tmp_path, leaderboard=rows, a__significance=[pair, behind], b__significance=[other])
    )
    assert "in 1 of 2 comparisons" in said


def test_tuning_that_harmed_is_told_apart_from_tuning_that_helped(tmp_path):
    def row(model, part, low, high):
        gain = (low + high) / 2
        names = ("model", "part", "metric", "gain", "gain_low", "gain_high")
        return dict(zip(names, (model, part, "rmse", gain, low, high), strict=True))

    rows = [
        row("tree", "validation", 1, 3),
        row("svm", "validation", -1, 3),
        row("tree", "held_out", -3, -1),
        row("svm", "held_out", 0.5, 2.0),
    ]
    said = answers.was_tuning_worth_it(source(tmp_path, a__tuning=rows))
    assert said == [
        "On validation rows tuning helped clearly in 1 of 2 searches.",
        "On held-out rows tuning helped clearly in 1 of 2 searches and harmed in 1.",
        "The largest gains on held-out rows: svm on a (1.25 in RMSE).",
    ]


@pytest.mark.parametrize(
    ("train", "test", "greater", "gap"), [(1.0, 0.9, True, 0.1), (2.5, 5.0, False, 2.5)]
)
def test_a_gap_is_positive_where_seen_rows_score_better(train, test, greater, gap):
    row = {"mean_train": train, "mean_test": test, "greater_is_better": greater}
    assert answers.gap(row) == pytest.approx(gap)


def test_training_scores_that_were_not_kept_have_no_gap(tmp_path):
    rows = board(("a", "svm", 1, None, 0.9, True), ("b", "tree", 1, 3.0, 4.0, False))
    (said,) = answers.over_or_underfitting(source(tmp_path, leaderboard=rows))
    assert "tree on b (3 and 4)" in said
    assert "svm" not in said


def test_the_hyperparameter_that_is_most_important_most_often_is_named(tmp_path):
    def rows(depth, leaf):
        names = ("model", "hyperparameter", "evaluator", "importance")
        found = (("tree", "depth", "fanova", depth), ("tree", "leaf", "fanova", leaf))
        return [dict(zip(names, row, strict=True)) for row in found]

    told = source(tmp_path, a__importance=rows(0.7, 0.3), b__importance=rows(0.6, 0.4))
    (said,) = answers.which_hyperparameters_matter(told)
    assert said == "For tree depth matters most on both data sets (fANOVA importance 60% to 70%)."
    few = [{**row, "evaluator": "", "importance": None, "note": "5 trials"} for row in rows(0, 0)]
    (said,) = answers.which_hyperparameters_matter(source(tmp_path, a__importance=few))
    assert said == "These trials do not tell: 5 trials."


def matters(tmp_path, **searches):
    """Return what is said of searches, each importances by fANOVA and by PED-ANOVA."""
    tables = {}
    for dataset, (fanova, ped_anova) in searches.items():
        tables[f"{dataset}__importance"] = [
            {"model": "tree", "hyperparameter": name, "evaluator": evaluator, "importance": share}
            for evaluator, shares in (("fanova", fanova), ("ped_anova", ped_anova))
            for name, share in shares.items()
        ]
    return answers.which_hyperparameters_matter(source(tmp_path, **tables))


def test_a_hyperparameter_that_both_methods_put_first_matters_most(tmp_path):
    said = matters(tmp_path, a=({"depth": 0.9, "leaf": 0.1}, {"depth": 0.6, "leaf": 0.4}))
    assert said == ["For tree depth matters most on a (fANOVA importance 90%, PED-ANOVA 60%)."]
    tied = matters(tmp_path, a=({"depth": 0.9, "leaf": 0.1}, {"leaf": 0.5, "depth": 0.5}))
    assert tied == ["For tree depth matters most on a (fANOVA importance 90%, PED-ANOVA 50%)."]


def test_methods_that_disagree_make_no_headline(tmp_path):
    found = {"depth": 0.94, "leaf": 0.06}, {"depth": 0.0, "leaf": 1.0}
    what = "For tree the methods disagree about which hyperparameter matters most on"
    assert matters(tmp_path, a=found) == [f"{what} a (fANOVA: depth 94%, PED-ANOVA: leaf 100%)."]
    nothing = {"depth": 0.94, "leaf": 0.06}, {"depth": 0.0, "leaf": 0.0}
    assert matters(tmp_path, a=nothing) == [f"{what} a (fANOVA: depth 94%, PED-ANOVA: none)."]


def test_of_several_data_sets_those_where_methods_agree_are_told_apart(tmp_path):
    same, other = ({"depth": 0.9}, {"depth": 0.6}), ({"depth": 0.9}, {"leaf": 0.6})
    said = matters(tmp_path, a=same, b=other)
    assert said[0].startswith("For tree depth matters most on 1 of 2 data sets")
    assert said[1].endswith("matters most on b (fANOVA: depth 90%, PED-ANOVA: leaf 60%).")
    assert len(said) == 2


def test_a_picture_of_importance_has_the_numbers_of_both_methods(tmp_path):
    tables = [
        {"model": "tree", "hyperparameter": name, "evaluator": evaluator, "importance": share}
        for evaluator, name, share in (
            ("fanova", "depth", 0.9),
            ("fanova", "leaf", 0.1),
            ("ped_anova", "depth", 0.25),
            ("ped_anova", "leaf", 0.75),
        )
    ]
    told = alternatives.importance(source(tmp_path, a__importance=tables), {"dataset": "a"})
    assert told.endswith("fANOVA and PED-ANOVA: tree depth 0.90 and 0.25; tree leaf 0.10 and 0.75.")


def test_a_selected_score_is_held_against_the_intervals_that_there_are(tmp_path):
    def row(model, low, high, optimism=None):
        names = ("model", "selected", "held_out_low", "held_out_high", "optimism", "corrected")
        return {"dataset": "a"} | dict(
            zip(names, (model, 0.8, low, high, optimism, 0.7), strict=True)
        )

    inside, none = row("tree", 0.7, 0.9, 0.1), row("svm", None, None)
    said = answers.is_the_winner_honest(source(tmp_path, honesty=[inside, none]))
    assert said[1] == "The held-out score of 1 of 2 winners has no interval."
    assert said[2] == "Selection flattered most tree on a: 0.8, corrected 0.7."
    (said,) = answers.is_the_winner_honest(source(tmp_path, honesty=[none]))
    assert said == "The held-out score of the one winner has no interval."
    (said,) = answers.is_the_winner_honest(source(tmp_path, honesty=[none, none]))
    assert said == "The held-out score of both winners has no interval."


def test_questions_without_a_table_have_no_answer(tmp_path):
    told = source(tmp_path, leaderboard=board(("a", "svm", 1, 1.0, 0.9, True)))
    for answer in (
        answers.is_the_difference_real,
        answers.was_tuning_worth_it,
        answers.which_hyperparameters_matter,
        answers.is_the_winner_honest,
    ):
        assert answer(told) == []


def test_a_picture_of_splits_is_told_in_its_numbers(tmp_path):
    splits = [{"validation": {"rows": rows}} for rows in (24, 23)]
    about = {
        "method": "stratified",
        "count": 2,
        "splits": splits,
        "training": {"rows": 1047},
        "held_out": {"rows": 30},
    }
    (tmp_path / "a" / "data").mkdir(parents=True)
    path = tmp_path / "a" / "data" / "splits.json"
    path.write_text(json.dumps(about), "utf-8")
    told = alternatives.splits(Source.of(tmp_path, [str(path)], SEARCHES), {"dataset": "a"})
    assert told == (
        "1\N{NARROW NO-BREAK SPACE}047 rows for training in 2 stratified splits with 23 to 24 "
        "validation rows each; 30 rows held out."
    )


def test_a_difference_without_an_interval_is_told_without_one(tmp_path):
    row = {"model_a": "svm", "model_b": "tree", "difference": 0.0, "low": None, "high": None}
    told = alternatives.significance(source(tmp_path, a__significance=[row]), {"dataset": "a"})
    assert told.endswith("svm minus tree 0, from – to –.")
