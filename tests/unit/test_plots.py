"""Plots: both files are written, say what they must, and are the same bytes every time."""

import itertools
import xml.etree.ElementTree as ET

import matplotlib
import numpy as np
import pandas as pd
import pytest

from hypertrial import collect, files, prediction
from hypertrial.data import table
from hypertrial.data.table import Column, Table
from hypertrial.models import get_family
from hypertrial.plots import curves, heat, overview, results, scale, style, tree_nodes, winners
from hypertrial.preprocessing import preprocessing
from hypertrial.splitting import making, splits
from hypertrial.splitting.split_rules import SplitRules

PNG = b"\x89PNG\r\n\x1a\n"
SVG = "{http://www.w3.org/2000/svg}"
ODD = "a<b> & $x_1$"


def draw(tmp_path, function, *arguments, **named):
    """Draw twice, check that both files come out alike, and return the SVG's texts."""
    outputs = [str(tmp_path / "plot.svg"), str(tmp_path / "plot.png")]
    contents = []
    for _ in range(2):
        function(*arguments, **named, outputs=outputs)
        contents.append([(tmp_path / f"plot.{kind}").read_bytes() for kind in ("svg", "png")])
    assert contents[0] == contents[1]
    svg, png = contents[0]
    assert png.startswith(PNG)
    assert not list(tmp_path.glob(f"*{files.PART}"))
    return ["".join(text.itertext()) for text in ET.fromstring(svg).iter(f"{SVG}text")]


def trials_of(cells, scores, metric="accuracy", default=0, failed=0, train=0.05):
    """Return the rows of a trials table, in the order in which they are given."""
    count = len(scores)
    rows = pd.DataFrame(
        {
            "trial": [f"a{i:011x}" for i in range(count)],
            "default": [i == default for i in range(count)],
            "status": "ok",
            "reason": None,
            **{f"param_{name}": values for name, values in cells.items()},
            f"mean_test_{metric}": scores,
            f"std_test_{metric}": 0.01,
            f"mean_train_{metric}": np.asarray(scores) + train,
            f"std_train_{metric}": 0.01,
            "learned_values": range(3, 3 + count),
        }
    )
    bad = rows.iloc[[0] * failed].assign(status="failed", default=False)
    bad[[f"mean_test_{metric}", f"mean_train_{metric}", "learned_values"]] = np.nan
    return pd.concat([rows, bad], ignore_index=True) if failed else rows


def study(tmp_path, rows, best=0, metric="accuracy", dataset="wine", model="svm"):
    """Write a trials table and its winner's record; return their paths."""
    record = {
        "dataset": dataset,
        "model": model,
        "metrics": [metric],
        "trial": str(rows["trial"][best]),
    }
    collect.write_table(rows, tmp_path / "trials.csv")
    files.write(tmp_path / "winner.json", files.json_bytes(record))
    return str(tmp_path / "trials.csv"), str(tmp_path / "winner.json")


def grid(**values):
    """Return the cells of a full grid, a column for each hyperparameter."""
    rows = list(itertools.product(*values.values()))
    return {name: [row[i] for row in rows] for i, name in enumerate(values)}


# Validation curves


def test_curves_name_what_was_searched_and_skip_what_failed(tmp_path):
    cells = {**grid(C=[0.1, 1.0, 10.0], kernel=["rbf", "linear"]), "fixed": [1] * 6}
    rows = trials_of(cells, np.linspace(0.9, 0.8, 6), failed=2)
    texts = draw(tmp_path, curves.validation_curves, *study(tmp_path, rows))
    assert {"C", "kernel", "Accuracy", "rbf", "linear", "0.1", "10"} <= set(texts)
    assert "fixed" not in texts
    assert "8 trials, 2 of them failed" in " ".join(texts)


def test_curves_of_a_single_trial_are_a_plain_sentence(tmp_path):
    texts = draw(tmp_path, curves.validation_curves, *study(tmp_path, trials_of({}, [0.9])))
    assert texts == ["wine · svm: no hyperparameter was searched."]


def test_lower_is_better_is_said(tmp_path):
    rows = trials_of({"C": [1.0, 2.0]}, [0.1, 0.2], metric="rmse")
    texts = draw(tmp_path, curves.validation_curves, *study(tmp_path, rows, metric="rmse"))
    assert "RMSE (lower is better)" in texts


def test_a_slice_holds_all_other_hyperparameters_at_the_winners_values(tmp_path):
    rows = trials_of(grid(C=[0.1, 1.0, 10.0], gamma=[0.5, 0.7]), np.linspace(0.9, 0.8, 6))
    found = results.read(*study(tmp_path, rows, best=3))
    assert [rows["param_gamma"][i] for i in curves.in_slice(found, "C")] == [0.7, 0.7, 0.7]
    assert [rows["param_C"][i] for i in curves.in_slice(found, "C")] == [0.1, 1.0, 10.0]
    assert curves.in_slice(found, "gamma") == [2, 3]


def test_a_slice_does_not_compare_what_does_not_apply(tmp_path):
    cells = {"kernel": ["rbf", "linear", "linear"], "gamma": [0.1, None, None], "C": [1, 1, 2]}
    found = results.read(*study(tmp_path, trials_of(cells, [0.9, 0.8, 0.7])))
    assert curves.in_slice(found, "kernel") == [1, 0]
    linear = results.read(*study(tmp_path, trials_of(cells, [0.9, 0.8, 0.7]), best=1))
    assert curves.in_slice(linear, "gamma") == []


def test_curves_cope_with_what_does_not_apply_and_with_a_lone_point(tmp_path):
    cells = {
        "kernel": ["linear", "rbf", "rbf"],
        "gamma": [None, 0.1, "scale"],
        "C": [1.0, 10.0, 100.0],
    }
    texts = draw(
        tmp_path, curves.validation_curves, *study(tmp_path, trials_of(cells, [0.9, 0.8, 0.7]))
    )
    assert "does not apply to the winner" in texts
    assert "scale" in texts


def test_curves_have_room_for_twelve_hyperparameters(tmp_path):
    rng = np.random.default_rng(0)
    cells = {f"name_{i}": rng.uniform(0, 1, 30) for i in range(12)}
    rows = trials_of(cells, np.sort(rng.uniform(0.7, 0.9, 30))[::-1])
    texts = draw(tmp_path, curves.validation_curves, *study(tmp_path, rows))
    assert set(cells) <= set(texts)


def test_a_failed_default_is_not_marked(tmp_path):
    with_default = trials_of({"C": [1.0, 2.0]}, [0.9, 0.8])
    texts = draw(tmp_path, curves.validation_curves, *study(tmp_path, with_default))
    assert "default configuration" in texts
    without = trials_of({"C": [1.0, 2.0]}, [0.9, 0.8], default=None)
    texts = draw(tmp_path, curves.validation_curves, *study(tmp_path, without))
    assert "default configuration" not in texts


def test_odd_names_are_shown_as_they_are(tmp_path):
    rows = trials_of({ODD: [ODD, "None", "3"]}, [0.9, 0.8, 0.7])
    paths = study(tmp_path, rows, dataset="$data$ <1>")
    texts = draw(tmp_path, curves.validation_curves, *paths)
    assert texts.count(ODD) == 2
    assert any(text.startswith("$data$ <1> · svm") for text in texts)


def test_the_users_own_matplotlib_settings_change_nothing(tmp_path):
    paths = study(tmp_path, trials_of({"C": [1.0, 2.0]}, [0.9, 0.8]))
    draw(tmp_path, curves.validation_curves, *paths)
    before = (tmp_path / "plot.png").read_bytes()
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        draw(tmp_path, curves.validation_curves, *paths)
        assert matplotlib.rcParams["font.size"] == 30
    assert (tmp_path / "plot.png").read_bytes() == before


# Scales


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([0.01, 1.0, 100.0], "log"),
        ([25.0, 50.0, 100.0], "log"),
        ([1.0, 2.0, 3.0, 4.0], "linear"),
        ([-1.0, 10.0, 1000.0], "linear"),
        ([5.0, "None"], "places"),
        ([0.0, 0.0001, 0.01], "places"),
        ([0.0, 0.5, 1.0], "linear"),
        ([float(i) for i in range(1, 200)], "linear"),
        ([10.0 ** (i / 50) for i in range(200)], "log"),
    ],
)
def test_scale_fits_the_values(cells, kind):
    assert scale.choose(cells).kind == kind


def test_values_are_ordered_numbers_then_words_then_none():
    assert scale.ordered(["None", "b", 10.0, "a", 2.0, None]) == [2.0, 10.0, "a", "b", "None"]


def test_fields_become_numbers_or_words_or_nothing():
    fields = [3, "0.5", "scale", "None", np.True_, np.nan, "nan"]
    assert [scale.parse(each) for each in fields] == [
        3.0,
        0.5,
        "scale",
        "None",
        "True",
        None,
        "nan",
    ]


# Heat maps


@pytest.mark.parametrize(("metric", "best"), [("accuracy", 0.9), ("rmse", 0.2)])
def test_a_cell_is_the_best_over_the_other_hyperparameters(tmp_path, metric, best):
    cells = grid(a=[1, 2], b=[1, 2], c=[1, 2])
    rows = trials_of(cells, [0.9, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6, 0.5], metric=metric)
    paths = study(tmp_path, rows, best=list(rows[f"mean_test_{metric}"]).index(best), metric=metric)
    found = results.read(*paths)
    expected = {"accuracy": [[0.9, 0.8], [0.7, 0.6]], "rmse": [[0.2, 0.3], [0.4, 0.5]]}[metric]
    pair = next(pair for pair in heat.pairs(found) if {pair.x, pair.y} == {"a", "b"})
    scores = pair.scores if pair.y == "a" else pair.scores.T
    assert scores.tolist() == expected
    texts = draw(tmp_path, curves.heat_maps, *paths)
    assert texts.count(f"{best:.3f}") == 3


def test_two_hyperparameters_that_never_vary_jointly_give_a_plain_sentence(tmp_path):
    cells = {"a": [1, 2, 3, 1, 1], "b": [1, 1, 1, 2, 3]}
    rows = trials_of(cells, [0.9, 0.8, 0.7, 0.6, 0.5])
    texts = draw(tmp_path, curves.heat_maps, *study(tmp_path, rows))
    assert texts == ["wine · svm: no two hyperparameters were varied jointly."]


def test_pairs_beyond_six_are_counted(tmp_path):
    cells = grid(**{name: [1, 2] for name in "abcde"})
    rows = trials_of(cells, np.linspace(0.9, 0.5, 32))
    texts = draw(tmp_path, curves.heat_maps, *study(tmp_path, rows))
    assert any("4 pairs not shown" in text for text in texts)


# Held-out predictions


def held_out(tmp_path, task, actual, predicted, classes, scores):
    record = {
        "dataset": "wine",
        "model": "svm",
        "task": task,
        "held_out": scores,
        "held_out_rows": len(actual),
        "classes": classes,
    }
    rows = pd.DataFrame({"row": range(len(actual)), "actual": actual, "predicted": predicted})
    collect.write_table(rows, tmp_path / "predictions.csv")
    files.write(tmp_path / "winner.json", files.json_bytes(record))
    paths = str(tmp_path / "winner.json"), str(tmp_path / "predictions.csv")
    return draw(tmp_path, winners.held_out, *paths)


def test_confusion_counts_have_actual_classes_as_rows():
    labels = pd.DataFrame({"actual": ["a", "a", "b"], "predicted": ["a", "b", "b"]})
    counts = winners.confusion_counts(labels, ["a", "b", "c"])
    assert counts.tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]


def test_confusion_matrix_shows_counts_and_odd_classes(tmp_path):
    actual, predicted = ["1.0"] * 23 + [ODD] * 17, ["1.0"] * 40
    classes = ["1.0", ODD, "NA"]
    texts = held_out(tmp_path, "multiclass", actual, predicted, classes, {"accuracy": 0.575})
    assert {"23", "17", "predicted class", "actual class"} <= set(texts)
    assert texts.count(ODD) == 2
    assert any("Accuracy 0.575" in text for text in texts)


def test_confusion_matrix_of_many_classes_names_them_all(tmp_path):
    classes = [f"class {i}" for i in range(25)]
    texts = held_out(tmp_path, "multiclass", classes, classes, classes, {"accuracy": 1.0})
    assert all(texts.count(name) == 2 for name in classes)


def test_regression_shows_its_held_out_scores(tmp_path):
    scores = {"rmse": 60.125, "r2": 0.25}
    texts = held_out(tmp_path, "regression", [1.0, 2.0, 3.0], [1.5, 1.5, 1.5], [], scores)
    assert {"actual", "predicted", "identity"} <= set(texts)
    assert any("RMSE 60.12" in text and "R² 0.25" in text for text in texts)


# Trees


def learned(tmp_path, task, columns, classes, X, y, **values):
    """Fit a tree as a trial refits it, write its files, and return the texts of its picture."""
    data = Table("wine", task, "y", columns, classes, X, y)
    parts = making.make(data, SplitRules(folds=3), 1)
    table.save(data, {}, tmp_path / "table.npz", tmp_path / "table.json")
    splits.save(parts, tmp_path / "splits.npz")
    family = get_family("decision_tree")
    effective = family.effective(task, values)
    options = family.of_stage("preprocessing", effective)
    transformer = preprocessing.fit(options, data, parts.training)
    width = len(preprocessing.transform(transformer, X[:1])[0])
    features = preprocessing.features(options, data, width)
    tree = family.build(task, family.of_stage("model", effective), 0, False, features)
    tree.fit(preprocessing.transform(transformer, X[parts.training]), y[parts.training])
    prepared = preprocessing.parameters(transformer, data)
    arrays = prediction.assemble(family.parameters(tree), prepared, data)
    files.write(tmp_path / "parameters.npz", files.npz_bytes(arrays))
    needed: dict[str, object] = {}
    record = {
        "dataset": "wine",
        "model": "decision_tree",
        "hyperparameters": {"needed": needed},
    }
    files.write(tmp_path / "winner.json", files.json_bytes(record))
    nodes = tree_nodes.learned_tree(arrays, data.rows(parts.training))
    assert [node.rows for node in nodes] == tree.tree_.n_node_samples.tolist()
    assert (nodes[0].leaves, nodes[0].depth) == (tree.get_n_leaves(), tree.get_depth())
    return draw(
        tmp_path,
        winners.tree,
        winner=str(tmp_path / "winner.json"),
        table_paths=[str(tmp_path / "table.npz"), str(tmp_path / "table.json")],
        splits=str(tmp_path / "splits.npz"),
        parameters=str(tmp_path / "parameters.npz"),
    )


def rows_of(count, width, seed=0):
    return np.random.default_rng(seed).random((count, width))


def test_tree_asks_questions_and_gives_answers(tmp_path):
    X = rows_of(100, 2)
    y = (X[:, 0] > 0.5).astype(np.int64)
    columns = (Column(ODD, "numeric"), Column("other", "numeric"))
    texts = learned(tmp_path, "binary", columns, ("no <", "yes $"), X, y)
    assert any(text.startswith(f"{ODD} ≤ 0.") for text in texts)
    assert {"no < (100 %)", "yes $ (100 %)", "yes", "no"} <= set(texts)
    assert any("1 level, 2 leaves" in text for text in texts)


def test_tree_shows_four_levels_and_says_so(tmp_path):
    X = rows_of(300, 3)
    y = np.random.default_rng(1).integers(0, 2, 300)
    columns = tuple(Column(f"x{i}", "numeric") for i in range(3))
    texts = learned(tmp_path, "binary", columns, ("a", "b"), X, y)
    assert any("first 4 of " in text for text in texts)
    assert any("leaves below" in text for text in texts)


def test_tree_of_a_single_leaf(tmp_path):
    X = rows_of(50, 1)
    texts = learned(
        tmp_path, "regression", (Column("x", "numeric"),), (), X, X[:, 0], min_samples_leaf=40
    )
    assert "40 rows" in texts
    assert any("a single leaf" in text for text in texts)


def test_yes_to_a_category_leads_to_the_rows_that_have_it(tmp_path):
    X = np.tile([0.0, 1.0, 2.0, np.nan], 25)[:, None]
    y = (X[:, 0] == 1).astype(np.int64)
    columns = (Column("colour", "categorical", ("blue", "red", "tan")),)
    texts = learned(tmp_path, "binary", columns, ("cold", "warm"), X, y)
    assert "colour = red" in texts
    arrays = files.load_npz(tmp_path / "parameters.npz")
    nodes = tree_nodes.learned_tree(
        arrays, table.load(tmp_path / "table.npz", tmp_path / "table.json")
    )
    assert nodes[0].yes is not None
    assert tree_nodes.answer(nodes[nodes[0].yes], ("cold", "warm")) == "warm (100 %)"
    assert nodes[nodes[0].yes].rows == 25


def test_missing_values_are_part_of_the_question(tmp_path):
    X = rows_of(100, 1)
    X[::4] = np.nan
    y = (np.nan_to_num(X[:, 0]) > 0.5).astype(np.int64)
    texts = learned(tmp_path, "binary", (Column("x", "numeric"),), ("a", "b"), X, y)
    assert any(text.endswith(" or missing") for text in texts)


# Overviews


def compared(tmp_path, datasets, models, default=True):
    paths = []
    for i, (dataset, model) in enumerate(itertools.product(datasets, models)):
        folds = [0.8, 0.85, 0.9]
        record = {
            "dataset": dataset,
            "model": model,
            "metrics": ["accuracy"],
            "validation": {"accuracy": {"mean": 0.85, "std": 0.04, "folds": folds}},
            "default": {"accuracy": {"mean": 0.7}} if default else None,
            "held_out": {"accuracy": 0.83},
        }
        paths.append(str(tmp_path / f"winner{i}.json"))
        files.write(paths[-1], files.json_bytes(record))
    return paths


@pytest.mark.parametrize(("datasets", "models"), [(1, 1), (3, 2), (12, 8)])
def test_comparison_has_a_panel_for_each_data_set(tmp_path, datasets, models):
    names = [f"data {i} $" for i in range(datasets)], [f"model {i} <" for i in range(models)]
    texts = draw(tmp_path, overview.comparison, compared(tmp_path, *names))
    assert all(texts.count(name) == 1 for name in names[0])
    assert set(names[1]) <= set(texts)
    assert texts.count("held-out score") == texts.count("default configuration, mean") == 1


def test_comparison_without_any_default(tmp_path):
    texts = draw(tmp_path, overview.comparison, compared(tmp_path, ["a"], ["b"], default=False))
    assert "default configuration, mean" not in texts


def test_learned_values_of_thousands_of_trials(tmp_path):
    rng = np.random.default_rng(0)
    paths = {}
    for name in ("wine/svm", "wine/tree", "$odd$ <set>/tree"):
        rows = trials_of({}, np.sort(rng.uniform(0.5, 0.9, 1500))[::-1], failed=3)
        paths[name] = str(tmp_path / f"{len(paths)}.csv")
        collect.write_table(rows, paths[name])
    winners = []
    for name, path in paths.items():
        dataset, _, model = name.partition("/")
        best = collect.read_table(path)["trial"].iloc[0]
        winners.append(str(tmp_path / f"{len(winners)}.json"))
        record = {"dataset": dataset, "model": model, "trial": best}
        files.write(winners[-1], files.json_bytes(record))
    metrics = {"wine": "accuracy", "$odd$ <set>": "accuracy"}
    texts = draw(tmp_path, overview.learned_values, paths, winners, metrics)
    assert {"wine", "$odd$ <set>", "svm", "tree", "Accuracy", "learned values"} <= set(texts)
    assert texts.count("tree") == 1


# Style


def test_models_have_looks_of_their_own_whatever_their_order():
    names = [f"model {i:02}" for i in range(56)]
    assert style.looks(names) == style.looks(names[::-1])
    assert len(set(style.looks(names).values())) == 56


def test_long_and_unprintable_texts_become_one_short_line():
    assert style.shorten("a\tb\x00c\n d", 10) == "a b c d"
    assert style.shorten("abcdef", 4) == "abc…"


def test_far_outliers_do_not_set_the_axis_but_needed_values_do():
    others = np.concatenate([np.linspace(0.8, 0.9, 50), [0.1]])
    assert style.limits(np.array([0.85]), others)[0] > 0.7
    assert style.limits(np.array([0.05]), others)[0] < 0.05
