"""New rows are predicted from a trial's files as its estimator predicts them, or refused."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import finished
import numpy as np
import pandas as pd
import pytest
from studies import POINTS as EXAMPLES
from studies import bench, estimator, mixed, response, rich

from hypertrial import predictor, rebuilt
from hypertrial.data import table
from hypertrial.errors import DataError
from hypertrial.families import Response
from hypertrial.models import get_family
from hypertrial.preprocessing import preprocessing

ROOT = Path(__file__).parents[2]
PREPARATIONS = {
    "decision_tree": {"encoding": "ordinal"},
    "svm": {"imputation": "mean", "missing_indicator": True},
}
POINTS = {name: {**point, **PREPARATIONS.get(name, {})} for name, point in EXAMPLES.items()}
TASKS = ("binary", "multiclass", "regression")


def frame_of(data, order=None):
    """Return a table's features as a person would have them: numbers and texts."""
    frame = {}
    for i, column in enumerate(data.columns):
        values = data.X[:, i]
        if column.categories:
            values = [None if np.isnan(v) else column.categories[int(v)] for v in values]
        frame[column.name] = values
    return pd.DataFrame(frame)


def trained(data, model, folder, point=None, metrics=None):
    """Run a trial where a study has it; return the bench, the spec and the trial's folder."""
    made = bench(data, folder / "data", method="random")
    spec = made.spec(model, POINTS[model] if point is None else point, metrics)
    return made, spec, made.run(spec, folder)


def probable(task):
    return ["rmse"] if task == "regression" else ["log_loss"]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("model", POINTS)
def test_new_rows_get_the_estimators_own_predictions(model, task, tmp_path):
    made, spec, folder = trained(rich(task), model, tmp_path, metrics=probable(task))
    fresh = replace(rich(task, rows=40, seed=9), classes=made.table.classes)
    path = tmp_path / "new.csv"
    frame_of(fresh).to_csv(path, index=False)
    source = predictor.load(folder)
    fitted, _ = estimator(made, spec)
    options = get_family(model).of_stage(
        "preprocessing", get_family(model).effective(task, POINTS[model])
    )
    transformer = preprocessing.fit(options, made.table, made.splits.training)
    own = response(made, spec, fitted, preprocessing.transform(transformer, fresh.X))
    expected = own.labels
    if task != "regression":
        expected = np.array(made.table.classes, dtype=object)[own.labels]
        shares = source.probabilities(path, unseen="ignore")
        np.testing.assert_allclose(shares, own.probabilities, atol=1e-6)
        assert list(shares) == list(made.table.classes)
        assert source.predict(path, unseen="ignore").tolist() == expected.tolist()
    else:
        np.testing.assert_allclose(source.predict(path, unseen="ignore"), expected, rtol=1e-9)
    again = source.named(rebuilt.respond(source, path, unseen="ignore"))
    np.testing.assert_array_equal(again, expected)


@pytest.mark.parametrize("model", POINTS)
def test_a_frame_and_a_file_get_the_same_predictions(model, tmp_path):
    made, _, folder = trained(mixed("binary"), model, tmp_path)
    frame = frame_of(made.table)
    source = predictor.load(folder)
    frame.to_csv(tmp_path / "new.csv", index=False)
    frame.to_parquet(tmp_path / "new.parquet", index=False)
    expected = source.predict(frame).tolist()
    assert source.predict(tmp_path / "new.csv").tolist() == expected
    assert source.predict(tmp_path / "new.parquet").tolist() == expected
    shuffled = frame[list(frame)[::-1]].assign(other=1)
    assert source.predict(shuffled).tolist() == expected


def test_a_winners_folder_stands_for_its_trial(tmp_path):
    made, spec, folder = trained(mixed("binary"), "decision_tree", tmp_path)
    model = folder.parents[1]
    (model / "winner.json").write_text(json.dumps({"trial": spec.trial}))
    assert predictor.load(model).folder == folder
    with pytest.raises(DataError, match="is neither the folder of a trial"):
        predictor.load(made.folder)


MISTAKES = {
    "a missing column": (lambda f: f.drop(columns="price"), "no column 'price'"),
    "a text among numbers": (
        lambda f: f.astype({"height": object}).replace({"height": {f["height"][0]: "tall"}}),
        "line 2: column 'height' is numeric but 'tall' is not a finite number",
    ),
    "an unseen category": (
        lambda f: f.assign(town="Aue"),
        "line 2: column 'town' holds 'Aue', which is not among the labels of the training data",
    ),
    "no rows": (lambda f: f.iloc[:0], "has a header but no rows"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_new_rows_is_one_line(name, tmp_path):
    change, said = MISTAKES[name]
    data = mixed("binary")
    data = replace(data, X=np.nan_to_num(data.X, nan=1.0))
    _, _, folder = trained(data, "xgboost", tmp_path)
    path = tmp_path / "new.csv"
    change(frame_of(data)).to_csv(path, index=False)
    with pytest.raises(DataError) as caught:
        predictor.load(folder).predict(path)
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_column_with_rare_labels_takes_any_label_as_rare(tmp_path):
    made, _, folder = trained(
        rich("binary"),
        "xgboost",
        tmp_path,
        {"encoding": "one_hot", "max_categories": 4, "n_estimators": 9},
    )
    source = predictor.load(folder)
    frame = frame_of(made.table).assign(size="small")
    rare = source.predict(frame.assign(street="street 59"))
    assert source.predict(frame.assign(street="Elsewhere")).tolist() == rare.tolist()
    with pytest.raises(DataError, match="column 'size' holds 'tiny'"):
        source.predict(frame.assign(size="tiny"))


def test_unseen_categories_can_be_ignored(tmp_path):
    made, _, folder = trained(mixed("binary"), "decision_tree", tmp_path)
    frame = frame_of(made.table)
    source = predictor.load(folder)
    unknown = source.predict(frame.assign(town="Aue"), unseen="ignore")
    assert unknown.tolist() == source.predict(frame.assign(town=None)).tolist()


def test_a_model_without_probabilities_says_how_to_get_them(tmp_path):
    made, _, folder = trained(mixed("binary"), "svm", tmp_path, metrics=["f1"])
    with pytest.raises(DataError, match="gives no probabilities; add a metric that needs them"):
        predictor.load(folder).probabilities(frame_of(made.table))


@pytest.mark.parametrize("name", ["scores.json", "parameters.npz"])
def test_a_damaged_trial_predicts_nothing(name, tmp_path):
    _, _, folder = trained(mixed("binary"), "svm", tmp_path)
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(bytes(content))
    with pytest.raises(DataError, match=r"damaged|cannot be read"):
        predictor.load(folder)


def test_a_failed_trial_says_why_it_predicts_nothing(tmp_path):
    _, _, folder = trained(mixed("binary"), "svm", tmp_path, {"max_iter": 1})
    with pytest.raises(DataError, match="this trial failed: fold 0: the solver did not converge"):
        predictor.load(folder)


def test_an_estimator_is_not_rebuilt_from_other_data(tmp_path):
    made, _, folder = trained(mixed("binary"), "svm", tmp_path)
    frame = frame_of(made.table)
    source = predictor.load(folder)
    rebuilt.respond(source, frame)
    other = replace(made.table, y=1 - made.table.y)
    table.save(other, {}, *made.table_paths)
    with pytest.raises(DataError, match="has changed since the trial ran"):
        rebuilt.respond(source, frame)
    Path(made.table_paths[0]).unlink()
    with pytest.raises(DataError, match="the estimator is fitted again on the study's own rows"):
        rebuilt.respond(source, frame)


def test_an_estimator_that_learns_something_else_is_not_used(tmp_path):
    made, _, folder = trained(mixed("binary"), "decision_tree", tmp_path)
    source = predictor.load(folder)
    source.learned["model.threshold"] = source.learned["model.threshold"] + 1e-9
    with pytest.raises(DataError, match=r"learned another 'model\.threshold' than the trial did"):
        rebuilt.respond(source, frame_of(made.table))


def command(*arguments):
    done = subprocess.run(
        [sys.executable, ROOT / "workflow/scripts/predict.py", *arguments],
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_command_writes_labels_and_probabilities(tmp_path):
    made, _, folder = trained(mixed("multiclass"), "xgboost", tmp_path)
    rows = tmp_path / "new.csv"
    frame_of(made.table).assign(note="x").to_csv(rows, index=False)
    code, printed, said = command(folder, rows)
    assert code == 0
    assert said == f"{rows}: not used: note\n"
    (tmp_path / "printed.csv").write_text(printed)
    shown = pd.read_csv(tmp_path / "printed.csv")
    assert list(shown) == ["prediction", *(f"probability_{name}" for name in ("low", "mid", "top"))]
    assert shown["prediction"].tolist() == predictor.load(folder).predict(rows).tolist()
    written = tmp_path / "out.parquet"
    assert command(folder, rows, "--estimator", "--output", written)[0] == 0
    assert pd.read_parquet(written)["prediction"].tolist() == shown["prediction"].tolist()


def test_no_label_that_the_command_prints_is_a_formula(tmp_path):
    labels = ('=HYPERLINK("http://a")', "@b")
    _, _, folder = trained(replace(mixed("binary"), classes=labels), "decision_tree", tmp_path)
    rows = tmp_path / "new.csv"
    frame_of(mixed("binary")).to_csv(rows, index=False)
    _, printed, _ = command(folder, rows)
    (tmp_path / "printed.csv").write_text(printed)
    found = set(pd.read_csv(tmp_path / "printed.csv")["prediction"])
    assert found == {f"'{label}" for label in labels}


def test_the_command_says_a_mistake_in_one_line(tmp_path):
    code, printed, said = command(tmp_path, tmp_path / "none.csv")
    assert (code, printed) == (1, "")
    assert said.count("\n") == 1
    assert "is neither the folder of a trial" in said


@pytest.mark.parametrize(("text", "said"), [("ab", "must be one character"), ("", "must be one")])
def test_a_separator_is_one_character(text, said):
    code, _, printed = command("folder", "rows.csv", "--separator", text)
    assert code == 2
    assert said in printed


def test_an_output_that_cannot_be_written_is_one_line(tmp_path):
    made, _, folder = trained(mixed("binary"), "decision_tree", tmp_path)
    rows = tmp_path / "new.tsv"
    frame_of(made.table).to_csv(rows, index=False, sep="\t")
    blocked = tmp_path / "file"
    blocked.write_text("")
    code, _, said = command(folder, rows, "--output", blocked / "out.csv", "--separator", "\\t")
    assert code == 1
    assert said.count("\n") == 1
    assert str(blocked) in said
    assert command(folder, rows, "--output", tmp_path / "out.xlsx")[0] == 2


def test_whole_numbers_match_labels_with_a_point(tmp_path):
    data = mixed("binary")
    labels = ("1.0", "2.0", "3.0")
    data = replace(
        data,
        columns=(data.columns[0], replace(data.columns[1], categories=labels), *data.columns[2:]),
    )
    _, _, folder = trained(data, "decision_tree", tmp_path)
    frame = frame_of(data)
    whole = frame.assign(colour=frame["colour"].astype(float).astype("Int64"))
    source = predictor.load(folder)
    assert source.predict(whole).tolist() == source.predict(frame).tolist()


def test_a_label_that_is_not_the_most_probable_class_is_said(tmp_path):
    _, _, folder = trained(mixed("binary"), "svm", tmp_path, metrics=["log_loss"])
    source = predictor.load(folder)
    response = Response(
        np.array([1, 0, 1]), np.zeros(3), np.array([[0.7, 0.3], [0.6, 0.4], [0, 1]])
    )
    assert source.contradictions(response) == 1
    assert source.contradictions(replace(response, probabilities=None)) == 0


def test_what_are_no_rows_is_said(tmp_path):
    _, _, folder = trained(mixed("binary"), "svm", tmp_path)
    with pytest.raises(
        DataError, match="rows must be a pandas DataFrame or the path of a file, not"
    ):
        predictor.load(folder).predict(np.zeros((2, 4)))
    with pytest.raises(DataError, match="nowhere: no such folder"):
        predictor.load(tmp_path / "nowhere")
    semicolons = tmp_path / "new.csv"
    semicolons.write_text("height;colour\n1;blue\n")
    with pytest.raises(DataError, match="has a single column; is another `--separator` needed"):
        predictor.load(folder).predict(semicolons)


@pytest.fixture
def two_models(tmp_path):
    """A study of two models on one data set, as a run leaves it."""
    folder, made = finished.study(
        tmp_path, mixed("binary"), {"decision_tree": [{"max_depth": 2}], "svm": [{"C": 3.0}]}
    )
    return folder, made


def test_a_data_sets_folder_stands_for_its_best_model(two_models):
    folder, made = two_models
    board = pd.read_csv(folder / "leaderboard.csv")
    best = board.loc[board["rank"] == 1, "model"].iloc[0]
    dataset = folder / made.table.name
    assert predictor.load(dataset).folder == predictor.load(dataset / best).folder
    assert predictor.load(dataset).family.name == best


def test_a_model_or_trial_that_the_study_left_behind_says_so(two_models):
    folder, made = two_models
    dataset = folder / made.table.name
    assert predictor.load(dataset / "svm").notes == []
    table = pd.read_csv(dataset / "svm/trials.csv", dtype=str, keep_default_na=False)
    table.iloc[:1].to_csv(dataset / "svm/trials.csv", index=False)
    (note,) = predictor.load(dataset / "svm/trials" / table["trial"][1]).notes
    assert "is no longer in the study; its winner is now" in note
    board = pd.read_csv(folder / "leaderboard.csv", dtype=str, keep_default_na=False)
    board[board["model"] != "svm"].to_csv(folder / "leaderboard.csv", index=False)
    (note,) = predictor.load(dataset / "svm").notes
    assert note.endswith("svm: is no longer in the study, whose last run compared decision_tree")
    assert predictor.load(dataset).family.name == "decision_tree"


def test_columns_can_be_kept_beside_the_predictions(tmp_path):
    made, _, folder = trained(mixed("binary"), "decision_tree", tmp_path)
    rows = tmp_path / "new.csv"
    frame = frame_of(made.table).assign(id=[f"0{i}" for i in range(len(made.table.y))], note="x")
    frame.to_csv(rows, index=False)
    code, printed, said = command(folder, rows, "--keep", "id")
    assert code == 0
    assert said == f"{rows}: not used: note\n"
    lines = printed.splitlines()
    assert lines[0].startswith("id,prediction,probability_")
    assert [line.split(",")[0] for line in lines[1:]] == frame["id"].tolist()
    code, _, said = command(folder, rows, "--keep", "idd")
    assert code == 1
    assert "--keep: no column 'idd' (did you mean 'id'?)" in said


def test_labels_that_are_numbers_are_found_by_their_value(tmp_path):
    data = mixed("binary")
    labels = ("1", "2", "3")
    columns = (data.columns[0], replace(data.columns[1], categories=labels), *data.columns[2:])
    _, _, folder = trained(replace(data, columns=columns), "decision_tree", tmp_path)
    frame = frame_of(replace(data, columns=columns))
    source = predictor.load(folder)
    expected = source.predict(frame).tolist()
    frame.assign(colour=frame["colour"] + ".0").to_csv(tmp_path / "new.csv", index=False)
    assert source.predict(tmp_path / "new.csv").tolist() == expected
