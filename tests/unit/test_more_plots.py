"""Plots of held-out predictions, of costs and of data: the right numbers, the same bytes."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sklearn import metrics
from studies import bundled, mixed
from test_plots import ODD, draw, trials_of

from hypertrial import collect, files, prediction
from hypertrial.data import data_report, table
from hypertrial.data.data_report import Profile
from hypertrial.data.table import Column
from hypertrial.families import Response, Roles
from hypertrial.models import get_family
from hypertrial.plots import (
    actual_class,
    cost,
    predictions,
    probability,
    residuals,
    split_strips,
    style,
    tree_nodes,
    tuning,
    winners,
)
from hypertrial.plots import data_report as data_plots
from hypertrial.preprocessing import preprocessing
from hypertrial.splitting import making, split_report, splits
from hypertrial.splitting.split_rules import SplitRules

SCRIPT = "<script>alert(1)</script> $x$"


@pytest.fixture
def figures(monkeypatch):
    """Keep the figures that are saved, so that what was drawn can be looked at."""
    kept = []
    save = style.save

    def keep(figure: Figure, outputs):
        kept.append(figure)
        save(figure, outputs)

    monkeypatch.setattr(style, "save", keep)
    return kept


def axes_of(figure, title):
    """Return the panel whose title begins so."""
    return next(ax for ax in figure.axes if ax.get_title().startswith(title))


def lines_of(ax):
    """Return the data of the lines that have a marker, in their order."""
    return [line.get_xydata() for line in ax.lines if line.get_marker() not in ("None", None)]


def labels_of(texts, start):
    return [text for text in texts if text.startswith(start)]


# Held-out predictions


def classified(classes, rows, seed=0, weighted=False, ranked=False, sure=True):
    """Return a table of predictions of a model that is right more often than not."""
    rng = np.random.default_rng(seed)
    code = rng.integers(0, len(classes), rows)
    margins = rng.normal(size=(rows, len(classes))) + 1.5 * np.eye(len(classes))[code]
    shares = np.exp(margins) / np.exp(margins).sum(axis=1, keepdims=True)
    names = np.array(classes, dtype=object)
    found = pd.DataFrame(
        {"row": range(rows), "actual": names[code], "predicted": names[shares.argmax(axis=1)]}
    )
    if weighted:
        found["weight"] = rng.integers(0, 4, rows).astype(float)
    if ranked:
        found["ranking"] = margins[:, 1] - margins[:, 0]
    columns = [f"probability_{name}" for name in classes]
    given = pd.DataFrame(shares, columns=columns)
    return pd.concat([found, given], axis=1) if sure else found


def written(tmp_path, found, classes, task, model="svm", dataset="wine"):
    """Write predictions and a winner's record; return their paths."""
    record = {"dataset": dataset, "model": model, "task": task, "classes": list(classes)}
    number = len(list(tmp_path.glob("*.json")))
    paths = tmp_path / f"winner{number}.json", tmp_path / f"predictions{number}.csv"
    files.write(paths[0], files.json_bytes(record))
    collect.write_table(found, paths[1])
    return tuple(map(str, paths))


def curves_of(tmp_path, models, classes, task=None, dataset="wine"):
    """Draw the curves of some models; return the picture's texts."""
    task = task or ("binary" if len(classes) == 2 else "multiclass")
    paths = [
        written(tmp_path, found, classes, task, model, dataset) for model, found in models.items()
    ]
    given = [list(part) for part in zip(*paths, strict=True)]
    return draw(tmp_path, probability.curves, *given)


@pytest.mark.parametrize("weighted", [False, True])
def test_curves_are_those_of_scikit_learn(tmp_path, figures, weighted):
    found = classified(["no", "yes"], 400, weighted=weighted, ranked=True)
    texts = curves_of(tmp_path, {"svm": found}, ["no", "yes"])
    weight = found["weight"] if weighted else np.ones(len(found))
    given = {"y_true": found["actual"] == "yes", "y_score": found["ranking"]}
    kept = weight > 0
    given = {name: values[kept] for name, values in given.items()}
    weight = weight[kept]
    false, true, _ = metrics.roc_curve(**given, sample_weight=weight)
    assert np.allclose(lines_of(axes_of(figures[0], "ROC"))[0], np.column_stack([false, true]))
    area = metrics.roc_auc_score(**given, sample_weight=weight)
    average = metrics.average_precision_score(**given, sample_weight=weight)
    shares = found["probability_yes"][kept]
    loss = metrics.brier_score_loss(given["y_true"], shares, sample_weight=weight)
    drawn = lines_of(axes_of(figures[0], "Precision"))[0]
    precision, recall, _ = metrics.precision_recall_curve(
        **given, sample_weight=weight, drop_intermediate=True
    )
    assert np.allclose(drawn, np.column_stack([recall, precision]))
    prevalence = np.average(given["y_true"], weights=weight)
    assert {
        f"svm: area {area:.3f}",
        f"svm: average precision {average:.3f}",
        f"svm: Brier score {loss:.3f}",
        f"chance: prevalence {prevalence:.3f}",
    } <= set(texts)
    assert any("weighted" in text for text in texts) == weighted
    part = f"the {kept.sum()} with a weight above 0 of 400 held-out rows, weighted"
    assert any((part if weighted else "on 400 held-out rows") in text for text in texts)


def test_several_classes_are_pooled_one_against_the_rest(tmp_path, figures):
    classes = ["a", "b", "c"]
    found = classified(classes, 200)
    texts = curves_of(tmp_path, {"tree": found}, classes)
    actual = pd.get_dummies(found["actual"])[classes].to_numpy()
    shares = found[[f"probability_{name}" for name in classes]].to_numpy()
    area = metrics.roc_auc_score(actual, shares, average="micro")
    average = metrics.average_precision_score(actual, shares, average="micro")
    assert {f"tree: area {area:.3f}", f"tree: average precision {average:.3f}"} <= set(texts)
    assert any("micro-average" in text for text in texts)


def test_a_calibration_curve_has_weighted_means_of_bins(tmp_path, figures):
    found = classified(["no", "yes"], 300, weighted=True)
    curves_of(tmp_path, {"svm": found}, ["no", "yes"])
    found = found[found["weight"] > 0]
    shares, yes = found["probability_yes"], found["actual"] == "yes"
    drawn = lines_of(axes_of(figures[0], "Calibration"))[0]
    edges = probability.bin_edges(shares.to_numpy(), False)
    assert len(drawn) == len(edges) - 1 == probability.BINS
    for (x, y), low, high in zip(drawn, edges, edges[1:], strict=False):
        inside = (shares > low) & (shares <= high)
        assert inside.sum() >= probability.FEWEST
        weight = found["weight"][inside]
        assert np.isclose(x, np.average(shares[inside], weights=weight))
        assert np.isclose(y, np.average(yes[inside], weights=weight))


@pytest.mark.parametrize("rows", [1, 14, 15, 29, 30, 1000])
@pytest.mark.parametrize("pooled", [False, True])
def test_bins_have_rows_enough(rows, pooled):
    shares = np.random.default_rng(rows).random(rows)
    counts = np.histogram(shares, probability.bin_edges(shares, pooled))[0]
    assert 1 <= len(counts) <= probability.BINS
    assert counts.sum() == rows
    assert len(counts) == 1 or counts.min() >= probability.FEWEST


def test_equal_probabilities_are_in_one_bin():
    edges = probability.bin_edges(np.repeat([0.0, 0.25, 1.0], [60, 20, 40]), False)
    assert edges[1:-1].tolist() == [0.125, 0.625]


def test_a_model_without_probabilities_is_named_and_left_out(tmp_path):
    classes = ["no", "yes"]
    models = {
        "svm": classified(classes, 60, ranked=True, sure=False),
        "tree": classified(classes, 60),
        "words": classified(classes, 60, sure=False),
    }
    texts = curves_of(tmp_path, models, classes)
    assert texts.count("svm: no probabilities") == 1
    assert texts.count("words: no probabilities") == 1
    assert texts.count("words: neither ranking nor probabilities") == 2
    assert len(labels_of(texts, "svm: area")) == len(labels_of(texts, "tree: area")) == 1


def test_rankings_alone_leave_the_calibration_empty(tmp_path):
    found = classified(["no", "yes"], 60, ranked=True, sure=False)
    texts = curves_of(tmp_path, {"svm": found}, ["no", "yes"])
    assert "no model predicts probabilities" in texts


@pytest.mark.parametrize(
    ("classes", "task", "said"),
    [
        ([], "regression", "curves of probabilities are for classes"),
        (["no", "yes"], "binary", "no model ranks the rows or predicts probabilities."),
    ],
)
def test_curves_say_why_there_are_none(tmp_path, classes, task, said):
    found = classified(["1", "2"], 20, sure=False).replace({"1": 1.0, "2": 2.0})
    if classes:
        found = classified(classes, 20, sure=False)
    texts = curves_of(tmp_path, {"svm": found}, classes, task)
    assert said in " ".join(texts)


def test_a_held_out_part_of_one_class_has_no_curves(tmp_path):
    found = classified(["no", "yes"], 40, ranked=True)
    texts = curves_of(tmp_path, {"svm": found[found["actual"] == "no"]}, ["no", "yes"])
    assert texts == ["wine: all held-out rows are of one class."]
    found["weight"] = 0.0
    curves_of(tmp_path, {"svm": found}, ["no", "yes"])


def test_eight_models_with_odd_names_have_curves(tmp_path):
    classes = [SCRIPT, ODD]
    models = {f"{SCRIPT} {i} is a long name": classified(classes, 50, i) for i in range(8)}
    texts = curves_of(tmp_path, models, classes, dataset="$data$ <1>")
    assert any(text.startswith("$data$ <1>: the winner of each model") for text in texts)
    assert any(ODD in text for text in texts)
    assert len(labels_of(texts, "<script>")) == 24


def test_a_hundred_classes_have_curves(tmp_path):
    classes = [f"class {i}" for i in range(100)]
    texts = curves_of(tmp_path, {"tree": classified(classes, 300)}, classes)
    assert any("100 classes" in text for text in texts)


def test_classes_that_look_like_numbers_or_gaps_are_read_as_texts(tmp_path):
    found = predictions.read(
        *written(tmp_path, classified(["1.0", "NA"], 10), ["1.0", "NA"], "binary")
    )
    assert set(found.actual) <= {0.0, 1.0}
    assert found.probabilities is not None


# Residuals


def regressed(rows, seed=0, weighted=False):
    rng = np.random.default_rng(seed)
    predicted = rng.uniform(0, 10, rows)
    actual = predicted + rng.gamma(1.0, 0.2 + predicted) - 1
    found = pd.DataFrame({"row": range(rows), "actual": actual, "predicted": predicted})
    if weighted:
        found["weight"] = rng.integers(0, 4, rows).astype(float)
    return found


def residuals_of(tmp_path, found, classes=(), task="regression"):
    return draw(tmp_path, residuals.panels, *written(tmp_path, found, classes, task, ODD))


def test_residuals_are_actual_minus_predicted(tmp_path, figures):
    found = regressed(400)
    texts = residuals_of(tmp_path, found)
    errors = (found["actual"] - found["predicted"]).to_numpy()
    points = np.asarray(axes_of(figures[0], "Against the prediction").collections[0].get_offsets())
    inside = np.isclose(points[:, 1], errors)
    low, high = axes_of(figures[0], "Against the prediction").get_ylim()
    assert np.array_equal(inside, (errors >= low) & (errors <= high))
    assert np.array_equal(points[:, 0], found["predicted"])
    sizes = np.quantile(np.abs(errors), [0.5, 0.9, 0.99])
    expected = zip(("50", "90", "99"), sizes, strict=True)
    assert {f"{share} % within {size:.4g}" for share, size in expected} <= set(texts)
    title = next(text for text in texts if "skewness" in text)
    assert f"{int((~inside).sum())} beyond the axes above" in title
    assert any(text.startswith(f"wine · {ODD}") for text in texts)


def test_normal_quantiles_are_those_of_sorted_residuals(tmp_path, figures):
    found = regressed(101)
    residuals_of(tmp_path, found)
    drawn = lines_of(axes_of(figures[0], "Against the normal"))[0]
    assert np.array_equal(drawn[:, 1], np.sort(found["actual"] - found["predicted"]))
    assert drawn[50, 0] == pytest.approx(0.0, abs=1e-12)


def test_the_running_median_follows_the_data():
    x = np.arange(300.0)
    middles, values = residuals.running(x, 2 * x, None)
    assert np.allclose(values[:, 1], 2 * middles)
    assert len(middles) == 20
    weighted = residuals.running(x, 2 * x, np.ones(300))
    assert np.allclose(weighted[1][:, 1], values[:, 1], atol=2)


def test_a_weight_of_two_counts_as_the_same_row_twice():
    values, weight = np.array([3.0, 1.0, 2.0, 9.0]), np.array([1.0, 2.0, 1.0, 3.0])
    twice = np.repeat(values, weight.astype(int))
    assert residuals.skewness(values, weight) == pytest.approx(residuals.skewness(twice, None))
    assert residuals.quantiles(values, 0.5, weight) == 3.0


@pytest.mark.parametrize("rows", [1, 2, 5, 40, 5000])
@pytest.mark.parametrize("weighted", [False, True])
def test_residuals_of_any_number_of_rows(tmp_path, rows, weighted):
    found = regressed(rows, weighted=weighted)
    if weighted:
        found.loc[0, "weight"] = 1.0
    assert "residual" in residuals_of(tmp_path, found)


def test_residuals_that_are_all_equal(tmp_path):
    found = pd.DataFrame({"row": range(30), "actual": 2.0, "predicted": 2.0})
    assert "residual" in residuals_of(tmp_path, found)


def test_a_class_shows_the_probability_of_its_rows(tmp_path, figures):
    classes = ["no", "yes"]
    found = classified(classes, 300)
    texts = residuals_of(tmp_path, found, classes, "binary")
    own = found[found["actual"] == "yes"]
    wrong = own["predicted"] != "yes"
    confident = (wrong & (own["probability_yes"] < actual_class.CONFIDENT)).sum()
    assert f"{len(own)} rows, {wrong.sum()} wrong, {confident} confidently" in texts
    ax = axes_of(figures[0], "yes")
    for part, bars in zip((~wrong, wrong), ax.containers, strict=True):
        counts, edges = np.histogram(own["probability_yes"][part], actual_class.BARS, (0, 1))
        drawn = {round(bar.get_x(), 9): bar.get_height() for bar in bars}
        expected = zip(edges[:-1].round(9).tolist(), counts.tolist(), strict=True)
        assert drawn == {left: count for left, count in expected if count}


def test_rankings_show_margins(tmp_path, figures):
    found = classified(["1", "2"], 80, ranked=True, sure=False)
    texts = residuals_of(tmp_path, found, ["1", "2"], "binary")
    assert texts.count("margin") == 2
    assert {"class 1", "class 2"} <= set(texts)
    assert not any("confidently" in text for text in texts)


def test_of_many_classes_those_with_the_most_errors_are_shown(tmp_path, figures):
    classes = [f"class {i}" for i in range(100)]
    found = classified(classes, 2000)
    texts = residuals_of(tmp_path, found, classes, "multiclass")
    errors = (found["actual"] != found["predicted"]).groupby(found["actual"]).sum()
    least = errors.sort_values(ascending=False).iloc[actual_class.SHOWN_CLASSES - 1]
    shown = [text for text in texts if text in classes]
    assert len(shown) == actual_class.SHOWN_CLASSES
    assert all(errors[name] >= least for name in shown)
    assert any("88 not shown" in text for text in texts)


def test_labels_alone_have_no_residuals(tmp_path):
    found = classified(["a", "b", "c"], 30, sure=False)
    texts = residuals_of(tmp_path, found, ["a", "b", "c"], "multiclass")
    assert "it predicts labels alone" in " ".join(texts)


def test_rows_of_no_weight_have_no_residuals(tmp_path):
    found = regressed(9).assign(weight=0.0)
    assert "no held-out row has a weight above 0" in " ".join(residuals_of(tmp_path, found))


# Costs


def cost_of(tmp_path, tables, metric="accuracy", dataset="wine"):
    """Draw the costs of models; ``tables`` maps each to scores and CPU seconds."""
    trials, costs, records = {}, {}, []
    for place, (model, (scores, seconds)) in enumerate(tables.items()):
        rows = trials_of({}, np.asarray(scores, dtype=float), metric)
        rows["trial"] = [f"{place}{i:011x}" for i in range(len(rows))]
        rows.loc[rows[f"mean_test_{metric}"].isna(), "status"] = "failed"
        paths = [tmp_path / f"{name}{place}" for name in ("trials.csv", "cost.csv", "w.json")]
        collect.write_table(rows, paths[0])
        spent = pd.DataFrame({"trial": rows["trial"], "cpu_seconds": seconds})
        collect.write_table(spent[::-1], paths[1])
        record = {"dataset": dataset, "model": model, "trial": rows["trial"][0]}
        files.write(paths[2], files.json_bytes(record))
        trials[model], costs[model] = str(paths[0]), str(paths[1])
        records.append(str(paths[2]))
    return draw(tmp_path, cost.against_score, trials, costs, records, metric, dataset)


@pytest.mark.parametrize("greater", [True, False])
def test_the_front_has_what_nothing_beats(greater):
    rng = np.random.default_rng(0)
    seconds, scores = rng.integers(1, 30, 80).astype(float), rng.integers(0, 30, 80).astype(float)
    gain = scores if greater else -scores
    beaten = [
        ((seconds <= s) & (gain >= g) & ((seconds < s) | (gain > g))).any()
        for s, g in zip(seconds, gain, strict=True)
    ]
    best = {(seconds[i], scores[i]) for i in np.flatnonzero(~np.array(beaten))}
    found = cost.front(seconds, scores, greater)
    assert {(seconds[i], scores[i]) for i in found} == best
    assert len(found) == len(best)
    assert (np.diff(seconds[found]) > 0).all()


def test_the_front_goes_through_all_models(tmp_path, figures):
    tables = {
        "svm": ([0.9, 0.8, 0.7], [50.0, 20.0, 30.0]),
        ODD: ([0.85, 0.6, np.nan], [2.0, 1.0, 3.0]),
    }
    texts = cost_of(tmp_path, tables)
    ax = figures[0].axes[0]
    assert lines_of(ax)[-1].tolist() == [[1.0, 0.6], [2.0, 0.85], [50.0, 0.9]]
    assert {"svm", ODD, "Accuracy"} <= set(texts)
    assert any("6 trials" in text for text in texts)
    assert any("1 of them failed" in text for text in texts)
    outlined = [part for part in ax.collections if part.get_linewidths()[0] > 1]
    places = sorted(part.get_offsets().tolist()[0] for part in outlined)
    assert places == [[2.0, 0.85], [50.0, 0.9]]


def test_costs_of_thousands_of_trials_of_eight_models(tmp_path):
    rng = np.random.default_rng(0)
    tables = {
        f"model {i} {SCRIPT}": (np.sort(rng.random(400))[::-1], rng.lognormal(i, 1, 400))
        for i in range(8)
    }
    texts = cost_of(tmp_path, tables, dataset=SCRIPT)
    assert len(labels_of(texts, "model")) == 8


def test_a_trial_that_took_no_time_is_drawn_and_an_unknown_cost_is_not(tmp_path, figures):
    cost_of(tmp_path, {"tree": ([0.9, 0.8], [0.0, np.nan])})
    assert figures[0].axes[0].collections[0].get_offsets().tolist() == [[cost.SHORTEST, 0.9]]


def test_unknown_costs_are_a_plain_sentence(tmp_path):
    texts = cost_of(tmp_path, {"tree": ([0.9, 0.8], [np.nan, np.nan])})
    assert texts == ["wine: no trial succeeded whose cost is known."]


# Data sets


def described(tmp_path, data, rules=None, profiles=None, dropped=(), roles=None):
    """Write a table, its splits and their reports; return the paths of all."""
    rules = rules or SplitRules(folds=3)
    made = making.make(data, rules, 1)
    paths = {name: str(tmp_path / name) for name in ("t.npz", "t.json", "r.csv", "s.npz", "s.json")}
    if profiles is None:
        kind = "class labels" if data.classes else "numeric"
        profiles = [
            *(
                Profile(each.name, "feature", each.kind, data.X[:, i].copy(), each.categories)
                for i, each in enumerate(data.columns)
            ),
            Profile(data.target, "target", kind, data.y.astype(float), data.classes),
            *(Profile(name, "dropped", notes=("left out: named in `drop`",)) for name in dropped),
        ]
    data_report.write_rows(data_report.summarise(profiles).rows, paths["r.csv"])
    about = {"dropped": list(dropped), "roles": roles or {}}
    table.save(data, about, paths["t.npz"], paths["t.json"])
    splits.save(made, paths["s.npz"])
    files.write(paths["s.json"], files.json_bytes(split_report.report(data, made, rules)))
    return made, paths


def overview_of(tmp_path, *arguments, **named):
    _, paths = described(tmp_path, *arguments, **named)
    given = [paths[name] for name in ("r.csv", "t.json", "s.json", "t.npz")]
    return draw(tmp_path, data_plots.overview, *given)


def strips_of(tmp_path, *arguments, **named):
    _, paths = described(tmp_path, *arguments, **named)
    tables = [paths["t.npz"], paths["t.json"]]
    return draw(tmp_path, data_plots.splits, paths["s.npz"], tables, paths["s.json"])


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_data_set_shows_its_target_and_its_columns(tmp_path, figures, task):
    data = mixed(task)
    texts = overview_of(tmp_path, data, dropped=["an index"], roles={"weight": "w"})
    assert {"categorical", "numeric", "left out", "height", "colour", "price", "town"} <= set(texts)
    assert any(text.startswith("mixed: 80 rows, 4 features, target 'y'") for text in texts)
    assert "weight: w; left out: an index" in texts
    bars = axes_of(figures[0], "Missing").patches
    shares = np.sort(np.isnan(data.X).mean(axis=0))[::-1]
    assert np.allclose([bar.get_width() for bar in bars], shares)


def test_classes_have_their_shares_of_both_parts(tmp_path, figures):
    data = bundled("multiclass")
    made, paths = described(tmp_path, data)
    given = [paths[name] for name in ("r.csv", "t.json", "s.json", "t.npz")]
    texts = draw(tmp_path, data_plots.overview, *given)
    widths = [bar.get_width() for bar in axes_of(figures[0], "Classes").patches]
    parts = (made.training, made.held_out)
    expected = [np.bincount(data.y[rows], minlength=3) / len(rows) for rows in parts]
    assert np.allclose(widths, np.concatenate(expected))
    assert "No value is missing, no column is odd." in texts


def test_odd_columns_are_marked_among_many_with_gaps(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 40))
    X[rng.random(X.shape) < np.linspace(0.1, 0.7, 40)] = np.nan
    X[:, 3], X[:, 5] = 1.0, X[:, 30]
    columns = tuple(Column(f"{SCRIPT} {i}", "numeric") for i in range(40))
    data = table.Table("$data$", "regression", ODD, columns, (), X, rng.normal(size=120))
    texts = overview_of(tmp_path, data)
    assert "constant" in texts
    assert len(labels_of(texts, "duplicate of")) == 1
    assert any("15 more not shown" in text for text in texts)
    assert any(text.endswith(" 39") for text in texts)


def test_of_a_hundred_classes_the_largest_are_shown(tmp_path):
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(100), np.arange(100) + 8)
    X = rng.normal(size=(len(y), 2))
    classes = tuple(f"class {i}" for i in range(100))
    columns = (Column("x", "numeric"), Column("z", "numeric"))
    data = table.Table("many", "multiclass", "y", columns, classes, X, y)
    texts = overview_of(tmp_path, data)
    assert {"class 99", "class 84"} <= set(texts)
    assert not {"class 83", "class 0"} & set(texts)
    assert any("the smallest: class 0, 8 rows" in text for text in texts)


def test_shares_of_a_strip_are_those_of_its_rows():
    role = np.repeat(np.array([1, 2, 3, 0], dtype=np.int8), [500, 200, 200, 100])
    found = split_strips.shares(role)
    assert found.shape == (4, split_strips.MOST_COLUMNS)
    assert np.allclose(found.sum(axis=0), 1)
    assert np.allclose(split_strips.shares(role[::100]), (role[::100] == [[1], [2], [3], [0]]))


def test_strips_say_the_sizes_and_the_refit(tmp_path, figures):
    data = bundled("multiclass")
    texts = strips_of(tmp_path, data)
    assert {"split 0", "split 2", "refit", "48 + 24", "72", "row of the table"} <= set(texts)
    assert "not used" not in texts
    assert any("by method stratified, 18 rows held out" in text for text in texts)


def test_strips_of_a_series_follow_time(tmp_path, figures):
    rng = np.random.default_rng(0)
    time = rng.permutation(60).astype(float)
    columns = (Column("x", "numeric"),)
    X = rng.normal(size=(60, 1))
    data = table.Table("series", "regression", "y", columns, (), X, X[:, 0], time=time)
    texts = strips_of(tmp_path, data, SplitRules(folds=3))
    assert {"row in the order of time, 0.0 to 59.0", "not used"} <= set(texts)
    refit = figures[0].axes[0].images[-1].get_array()[0]
    assert len(np.unique(refit[:48], axis=0)) == len(np.unique(refit[48:], axis=0)) == 1


def test_splits_beyond_twenty_are_counted_and_warnings_are_shown(tmp_path):
    data = bundled("binary")
    texts = strips_of(tmp_path, data, SplitRules(folds=5, repeats=5))
    assert any("5 splits not shown" in text for text in texts)
    assert any("has only 18 rows" in text for text in texts)


# Trees whose features are not columns


def asked(data, **values):
    """Fit a tree as a trial refits it; return the questions of its nodes, root first."""
    family = get_family("decision_tree")
    effective = family.effective(data.task, values)
    options = family.of_stage("preprocessing", effective)
    rows = np.arange(len(data.y))
    transformer = preprocessing.fit(options, data, rows)
    X = preprocessing.transform(transformer, data.X)
    features = preprocessing.features(options, data, X.shape[1])
    tree = family.build(data.task, family.of_stage("model", effective), 0, False, features)
    family.fit(tree, X, data.y, Roles())
    prepared = preprocessing.parameters(transformer, data)
    learned = prediction.assemble(family.parameters(tree), prepared, data)
    nodes = tree_nodes.learned_tree(learned, data)
    assert [node.rows for node in nodes] == tree.tree_.n_node_samples.tolist()
    return nodes


def one_column(column, X, y):
    return table.Table("d", "binary", "y", (column,), ("a", "b"), X[:, None], y.astype(np.int64))


@pytest.mark.parametrize("scaling", ["none", "standard", "robust", "min_max", "quantile"])
def test_thresholds_are_asked_in_raw_units(scaling):
    X = np.arange(100.0)
    data = one_column(Column("x", "numeric"), X, X >= 40)
    question = asked(data, scaling=scaling, imputation="median")[0].question
    assert question.startswith("x ≤ ")
    assert 39 <= float(question.removeprefix("x ≤ ")) <= 40


@pytest.mark.parametrize("scaling", ["none", "standard", "min_max", "quantile"])
def test_an_indicator_asks_whether_a_value_is_missing(scaling):
    X = np.arange(100.0) % 7
    X[60:] = np.nan
    data = one_column(Column("x", "numeric"), X, np.isnan(X))
    values = {"imputation": "mean", "missing_indicator": True, "scaling": scaling}
    nodes = asked(data, **values)
    assert nodes[0].question == "x is missing"
    assert nodes[nodes[0].yes].rows == 40


def test_ordered_columns_and_codes_ask_by_label():
    labels = ("small", "medium", "large")
    X = np.tile([0.0, 1.0, 2.0], 20)
    ordered = one_column(Column("size", "ordered", labels), X, X > 1)
    assert asked(ordered)[0].question == "size ≤ medium"
    categorical = one_column(Column("size", "categorical", tuple(sorted(labels))), X, X > 0)
    assert asked(categorical, encoding="ordinal")[0].question == "size ≤ large"


def test_weights_and_rankings_change_no_confusion_matrix(tmp_path):
    found = classified(["no", "yes"], 30, weighted=True, ranked=True)
    plain = found[["actual", "predicted"]]
    counts = winners.confusion_counts(found.astype(str), ["no", "yes"])
    assert counts.tolist() == winners.confusion_counts(plain, ["no", "yes"]).tolist()


def test_scores_of_two_classes_are_a_ranking_both_ways(tmp_path):
    response = Response(np.array([0]), np.array([0.0]))
    assert response.ranking is None
    found = predictions.read(
        *written(tmp_path, classified(["a", "b"], 9, ranked=True), ["a", "b"], "binary")
    )
    assert np.array_equal(found.scores()[:, 0], -found.scores()[:, 1])


@pytest.mark.parametrize(("most", "expected"), [(1, "1"), (4, "1 2"), (300, "1 10 100")])
def test_counts_of_trials_are_plain_numbers(most, expected, figures, tmp_path):
    """A scale of less than a decade would have labels in powers of ten between its ticks."""
    scores = {"low": 0.8, "high": 0.9, "expected_best": 0.85}
    rows = [
        {"model": "svm", "metric": "roc_auc", "trials": number, **scores}
        for number in range(1, most + 1)
    ]
    path = tmp_path / "budget.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    tuning.budget(str(path), "iris", [str(tmp_path / "budget.svg")])
    (ax,) = figures[0].axes
    low, high = ax.get_xlim()
    ticks = ax.get_xticklabels(which="both")
    shown = [tick.get_text() for tick in ticks if low <= tick.get_position()[0] <= high]
    assert [label for label in shown if label] == expected.split()
