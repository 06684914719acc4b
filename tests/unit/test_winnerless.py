"""A model all of whose trials failed leaves the others their results, and is listed with why."""

from pathlib import Path

import pandas as pd
import pytest
from finished import RULES, search
from studies import bench, bundled

from hypertrial import collect, compare, predictor, winnerless
from hypertrial.analysis import budget, importance, ranks, significance, tuning
from hypertrial.errors import DataError, StudyError
from hypertrial.explanation import learning, page
from hypertrial.exports import searches
from hypertrial.honesty import optimism
from hypertrial.honesty import table as honesty
from hypertrial.ledger import ledger
from hypertrial.ledger import page as ledger_page
from hypertrial.plots import comparisons, overview, probability, winners
from hypertrial.plots import cost as cost_plot
from hypertrial.plots import honesty as honesty_plot
from hypertrial.plots import importance as importance_plot
from hypertrial.plots import learning as learning_plot
from hypertrial.plots import tuning as tuning_plot

WHY = "all 2 trials failed: fold 0: the solver did not converge"
OF_RULES = {"metrics": ["roc_auc", "f1", "matthews"], **RULES}


class Fates:
    """A data set with a tree that won and, unless it is left out, a machine that failed."""

    def __init__(self, root, *, won=True):
        self.made = bench(bundled("binary", 90), root / "breast_cancer" / "data")
        self.root, self.study = root / "breast_cancer", root
        if won:
            search(self.made, "decision_tree", [{"max_depth": 2}])
        search(self.made, "svm", [{"max_iter": 1}, {"max_iter": 1, "C": 3.0}], default=False)
        self.models = ["decision_tree", "svm"] if won else ["svm"]

    def of(self, name):
        return {model: str(self.root / model / name) for model in self.models}

    def each(self, name):
        return list(self.of(name).values())

    def out(self, name):
        return str(self.root / name)

    def pictures(self, name):
        return [self.out(f"{name}.svg"), self.out(f"{name}.png")]

    @property
    def data(self):
        return [*self.made.table_paths, self.made.splits_path]


@pytest.fixture(scope="module", params=[True, False], ids=["beside a winner", "alone"])
def fates(request, tmp_path_factory):
    return Fates(tmp_path_factory.mktemp("study"), won=request.param)


def test_its_record_says_why_and_its_other_files_are_empty(fates):
    record = winnerless.read(fates.root / "svm" / "winner.json")
    assert record["trial"] is None
    assert record["reason"].startswith(WHY)
    assert record["failures"][0]["trials"] == record["trials"] == 2
    assert collect.read_table(fates.root / "svm" / "held_out_predictions.csv").empty
    assert compare.read_winnerless(fates.each("winner.json")) == [record]
    assert len(compare.read_winners(fates.each("winner.json"))) == len(fates.models) - 1


def test_the_leaderboard_has_it_without_a_rank_and_costs_have_why(fates):
    board, held_out = fates.out("leaderboard.csv"), fates.out("held_out.csv")
    compare.leaderboard(fates.each("winner.json"), board, held_out)
    rows = collect.read_table(board).set_index("model")
    assert rows.loc["svm", "kind"] == "failed"
    assert pd.isna(rows.loc["svm", "rank"])
    assert rows.loc["svm", "reason"].startswith(WHY)
    if "decision_tree" in fates.models:
        assert rows["rank"].dropna().to_dict() == {"decision_tree": 1}
        assert collect.read_table(held_out)["model"].tolist() == ["decision_tree"]
    paths = {f"breast_cancer/{model}": path for model, path in fates.of("cost.csv").items()}
    compare.costs(paths, fates.each("winner.json"), fates.out("cost.csv"))
    notes = collect.read_table(fates.out("cost.csv")).set_index("model")["note"]
    assert notes["svm"].startswith(WHY)
    assert notes.drop("svm").isna().all()


def test_tables_that_answer_questions_are_made_of_the_others(fates):
    won = fates.models[:-1]
    tables = {name: fates.out(f"{name}.csv") for name in ("significance", "tuning", "losses")}
    significance.write(fates.each("winner.json"), fates.data[2], 0.9, tables["significance"])
    assert collect.read_table(tables["significance"]).empty
    tuned = [tables["tuning"], tables["losses"]]
    tuning.write(fates.of("winner.json"), fates.of("trials.csv"), fates.data, OF_RULES, tuned)
    assert collect.read_table(tuned[0])["model"].drop_duplicates().tolist() == won
    budget.write(fates.of("trials.csv"), "roc_auc", fates.out("budget.csv"))
    assert collect.read_table(fates.out("budget.csv"))["model"].unique().tolist() == won
    importance.write(fates.of("trials.csv"), "roc_auc", 1, fates.out("importance.csv"))
    ranks.write(fates.each("winner.json"), fates.out("ranks.csv"))
    assert collect.read_table(fates.out("ranks.csv")).empty
    for model in fates.models:
        folder = fates.root / model
        optimism.write(
            str(folder / "trials.csv"),
            fates.made.table_paths,
            OF_RULES,
            str(folder / "winner.json"),
            str(folder / "optimism.json"),
        )
    by_search = {
        name: {f"breast_cancer/{model}": path for model, path in fates.of(name).items()}
        for name in ("winner.json", "optimism.json")
    }
    honesty.write(*by_search.values(), {}, {}, {}, fates.out("honesty.csv"))
    assert collect.read_table(fates.out("honesty.csv"))["model"].tolist() == won


def test_what_would_tell_of_its_winner_says_why_there_is_none(fates):
    folder = fates.root / "svm"
    winner = str(folder / "winner.json")
    ledger.write_winner(winner, str(folder / "winner.npz"), str(folder / "winner_ledger.csv"))
    learning.write(winner, "", str(folder / "learning_curve.csv"))
    for name in ("winner_ledger.csv", "learning_curve.csv"):
        (note,) = collect.read_table(folder / name)["note"]
        assert note.startswith(f"breast_cancer/svm: {WHY}")
    page.write(winner, "", "", "", None, str(folder / "winner.md"))
    assert (folder / "winner.md").read_text().startswith("# svm on breast_cancer: no winner\n")
    pictures = [str(folder / "held_out.svg")]
    winners.held_out(winner, str(folder / "held_out_predictions.csv"), pictures)
    assert (folder / "held_out.svg").stat().st_size > 0
    with pytest.raises(DataError, match=rf"svm: has no winner: {WHY}"):
        predictor.load(folder)
    for model in fates.models[:-1]:
        own = fates.root / model
        paths = [str(own / name) for name in ("winner.json", "winner.npz", "winner_ledger.csv")]
        ledger.write_winner(*paths)
    told = fates.out("set_or_learned.md")
    ledger_page.write("x", fates.each("winner.json"), fates.each("winner_ledger.csv"), told)
    said = "No model has a winner" in Path(told).read_text()
    assert said == (fates.models == ["svm"])


def test_pictures_of_all_models_are_drawn_of_the_others(fates):
    test_tables_that_answer_questions_are_made_of_the_others(fates)
    won, every = fates.each("winner.json"), fates.of("trials.csv")
    named = {f"breast_cancer/{model}": path for model, path in every.items()}
    overview.comparison(won, fates.pictures("comparison"))
    metrics = {"breast_cancer": "roc_auc"}
    overview.learned_values(named, won, metrics, fates.pictures("learned_values"))
    predictions = fates.each("held_out_predictions.csv")
    probability.curves(won, predictions, fates.pictures("probabilities"))
    arguments = (every, fates.of("cost.csv"), won, "roc_auc", "d")
    cost_plot.against_score(*arguments, fates.pictures("cost"))
    comparisons.significance(fates.out("significance.csv"), "d", fates.pictures("significance"))
    comparisons.critical_difference(fates.out("ranks.csv"), fates.pictures("ranks"))
    honesty_plot.panels(fates.out("honesty.csv"), fates.pictures("honesty"))
    tables = [fates.out("tuning.csv"), fates.out("losses.csv")]
    tuning_plot.panels(*tables, "d", fates.pictures("tuning"))
    tuning_plot.budget(fates.out("budget.csv"), "d", fates.pictures("budget"))
    table = fates.out("importance.csv")
    importance_plot.panels(table, every, "roc_auc", "d", fates.pictures("importance"))
    if fates.models == ["svm"]:
        curves = fates.of("learning_curve.csv")
        learning_plot.learning_curves(curves, won, fates.pictures("curves"))
    drawn = sorted(path.stem for path in fates.root.glob("*.svg"))
    assert len(drawn) >= 10
    if fates.models == ["svm"]:
        text = (fates.root / "tuning.svg").read_text()
        assert "<svg" in text


def test_other_tools_get_the_others(fates):
    compare.leaderboard(
        fates.each("winner.json"),
        str(fates.study / "leaderboard.csv"),
        str(fates.study / "held_out.csv"),
    )
    if fates.models == ["svm"]:
        with pytest.raises(StudyError, match=f"has no winner: {WHY}"):
            searches.find(fates.study)
    else:
        assert [each.model for each in searches.find(fates.study)] == ["decision_tree"]


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([1], "its only trial failed: a"),
        ([2], "all 2 trials failed: a"),
        ([2, 1], "all 3 trials failed, 2 of them: a"),
    ],
)
def test_why_is_said_of_one_and_of_many(counts, said):
    failures = [{"reason": "ab"[i], "trials": n} for i, n in enumerate(counts)]
    assert winnerless.reason(failures, "binary") == said


def test_a_score_that_is_not_defined_is_no_matter_of_classes_in_a_regression():
    failures = [{"reason": "fold 0: mape of the train part is nan", "trials": 1}]
    assert "class" not in winnerless.reason(failures, "regression")
    assert "class" in winnerless.reason(failures, "multiclass")


def test_models_without_a_winner_somewhere_are_not_ranked_and_named(tmp_path):
    paths = []
    for dataset in ("a", "b"):
        for model, mean in (("svm", 0.5), ("tree", 0.7), ("gbm", 0.6)):
            record = {"dataset": dataset, "model": model, "metrics": ["f1"], "trial": "x"}
            record["validation"] = {"f1": {"mean": mean}}
            if (dataset, model) == ("b", "svm"):
                record |= {"trial": None, "reason": "r"}
            paths.append(tmp_path / f"{dataset}-{model}.json")
            paths[-1].write_text(pd.Series(record).to_json())
    ranks.write([str(path) for path in paths], str(tmp_path / "ranks.csv"))
    table = collect.read_table(tmp_path / "ranks.csv")
    assert table["model"].tolist() == ["tree", "gbm"]
    assert table["note"].str.contains("not ranked, as without a winner on some data set: svm").all()
