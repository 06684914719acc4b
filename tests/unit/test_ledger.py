"""The ledger is complete and true: every array has its words, and `needed` is what is needed."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from studies import bench, bundled, mixed, read

from hypertrial import files, markdown, prediction
from hypertrial.families import Roles, Training
from hypertrial.ledger import entries, ledger, registry
from hypertrial.ledger.page import write as write_page
from hypertrial.models import built_in, family_names, get_family
from hypertrial.preprocessing import preparation, preprocessing, target

PAGE = Path(__file__).parents[2] / "docs" / "set-or-learned.md"
TASKS = ("binary", "multiclass", "regression")
PREPARATIONS = (
    *({"scaling": scaling} for scaling in ("standard", "robust", "min_max", "quantile")),
    {"imputation": "median", "missing_indicator": True},
    {"imputation": "constant", "fill_value": 5.0},
    {"encoding": "one_hot"},
    {"encoding": "ordinal"},
    {"encoding": "native"},
    {"max_categories": 2},
    {"encoding": "one_hot", "max_categories": 2},
    *({"target_transform": each} for each in ("none", "standard", "log", "quantile")),
)
KINDS = ("set", "defaulted", "resolved", "chosen_in_fitting", "learned", "control")


@dataclass(frozen=True)
class Fit:
    """A fit of a family with its Φ, and the hyperparameters that its prediction is handed."""

    family: object
    data: object
    chosen: dict
    learned: dict
    needed: dict

    def predict(self, learned, needed=None):
        given = self.needed if needed is None else needed
        return prediction.predict(self.family, self.data.task, learned, given, self.data)

    def differs(self, learned, needed=None):
        """Tell whether a prediction from another Φ fails or changes."""
        try:
            with np.errstate(all="ignore"):
                other = self.predict(learned, needed)
        except (LookupError, ValueError, TypeError):
            return True
        own = self.predict(self.learned)
        pairs = [
            (getattr(own, name), getattr(other, name))
            for name in ("labels", "raw", "probabilities", "ranking")
        ]
        return any((a is None) != (b is None) or not np.array_equal(a, b) for a, b in pairs)


def fitted(model, data, chosen, probabilities):
    family = get_family(model)
    values = family.effective(data.task, chosen)
    options = family.of_stage("preprocessing", values)
    transformer = preprocessing.fit(options, data, np.arange(len(data.y)))
    X = preprocessing.transform(transformer, data.X)
    features = preprocessing.features(options, data, X.shape[1])
    own = target.Target({})
    if data.task == "regression":
        own = target.fit(values["target_transform"], data.y)
    given = Training(data.task, 7, probabilities, features, X, own.apply(data.y), Roles())
    (fit,) = family.fits(given, [family.of_stage("model", values)])
    estimator = fit()
    prepared = {**preprocessing.parameters(transformer, data), **own.parameters()}
    arrays = family.parameters(estimator), prepared
    needed = family.needed({**values, **family.resolved(estimator)})
    return Fit(family, data, chosen, prediction.assemble(*arrays, data), needed)


def telling(task):
    """Return a table whose numbers, categories and gaps all tell much of the target."""
    data = mixed(task, 160, seed=1)
    height, colour, price, town = data.X.T
    signal = np.nan_to_num(height) + 2 * (colour == 1) + 3 * np.isnan(colour) + 2 * (town == 2)
    signal += np.nan_to_num(price, nan=-300.0) / 100
    if task == "regression":
        return replace(data, y=signal - signal.min() + 1)
    cuts = np.quantile(signal, np.linspace(0, 1, len(data.classes) + 1)[1:-1])
    return replace(data, y=np.searchsorted(cuts, signal))


def legal(family, task, chosen):
    declared = family.declared(task)
    return all(
        name in declared and (not isinstance(value, str) or value in declared[name].words)
        for name, value in chosen.items()
    )


def fits(model, task):
    """Fit a family on a mixed table in every way that changes which arrays it learns."""
    family, data = get_family(model), telling(task)
    points = [*family.examples, *({**family.examples[1], **each} for each in PREPARATIONS)]
    for chosen in points:
        if legal(family, task, chosen):
            for probabilities in (False, True):
                yield fitted(model, data, chosen, probabilities)


@pytest.fixture(
    scope="module", params=[(m, t) for m in family_names() for t in TASKS], ids="-".join
)
def family_fits(request):
    return list(fits(*request.param))


def own_name(name):
    return name.removeprefix(prediction.MODEL).removeprefix(preparation.PREFIX)


def other_values(name, learned):
    """Return other values of an array that keep a tree a tree."""
    array = learned[name]
    own = own_name(name)
    inner = learned["model.left"] >= 0 if own in ("left", "right", "feature") else None
    special = {
        "left": lambda: np.where(inner, learned["model.right"], array),
        "right": lambda: np.where(inner, learned["model.left"], array),
        "feature": lambda: np.where(inner, array[inner][0], array),
        "tree_start": lambda: np.zeros_like(array),
        "tree_class": lambda: array + 1,
        "set_node": lambda: array + 1,
        "support_per_class": lambda: array + np.eye(1, len(array), dtype=int)[0],
    }
    if own in special:
        return special[own]()
    if array.dtype.kind == "f":
        return array * 1.5 + 1
    return ~array if array.dtype == bool else np.roll(array, 1)


def without(mapping, name):
    return {key: value for key, value in mapping.items() if key != name}


def test_a_prediction_fails_or_changes_without_an_array_if_and_only_if_it_is_needed(family_fits):
    wrong = [
        (fit.chosen, name)
        for fit in family_fits
        for name in fit.learned
        if fit.differs(without(fit.learned, name)) != entries.needs(fit.family, name, fit.learned)
    ]
    assert wrong == []


def test_other_values_change_a_prediction_if_and_only_if_the_array_is_needed(family_fits):
    needed, changing = set(), set()
    for fit in family_fits:
        for name in fit.learned:
            if entries.needs(fit.family, name, fit.learned):
                needed.add(name)
            if fit.differs({**fit.learned, name: other_values(name, fit.learned)}):
                assert entries.needs(fit.family, name, fit.learned), (fit.chosen, name)
                changing.add(name)
    assert changing == needed


def test_an_empty_list_of_indicators_is_not_needed():
    data = bundled("binary", 60)
    fit = fitted("decision_tree", data, {"imputation": "mean", "missing_indicator": True}, False)
    name = "preprocessing.indicator_columns"
    assert fit.learned[name].size == 0
    assert not entries.needs(fit.family, name, fit.learned)
    assert not fit.differs(without(fit.learned, name))


def test_prediction_fails_or_changes_without_any_hyperparameter_that_is_needed(family_fits):
    for fit in family_fits:
        for name in fit.needed:
            assert fit.differs(fit.learned, without(fit.needed, name)), (fit.chosen, name)


@pytest.mark.parametrize("model", family_names())
def test_the_registry_describes_the_arrays_that_fits_yield_and_no_others(model):
    found = {}
    for task in TASKS:
        for fit in fits(model, task):
            found |= {name: array.ndim for name, array in fit.learned.items()}
    for stage in entries.STAGES:
        about = entries.described(get_family(model), stage)
        prefix = entries.PREFIXES[stage]
        own = {name.removeprefix(prefix): n for name, n in found.items() if name.startswith(prefix)}
        assert set(own) <= set(about)
        assert {name: about[name].shape.count(",") + 1 for name in own} == own
        if stage == "model":
            assert set(own) == set(about)
    rest = {name for name in found if "." not in name}
    assert rest == {each.name for each in entries.DATA_ARRAYS}
    assert rest == set(prediction.DESCRIPTIVE)


def test_every_described_array_of_preprocessing_is_yielded_by_some_fit():
    found = {
        name
        for model in family_names()
        for task in ("binary", "regression")
        for fit in fits(model, task)
        for name in fit.learned
    }
    described = {preparation.PREFIX + each.name for each in preparation.ARRAYS}
    assert {name for name in found if name.startswith(preparation.PREFIX)} == described


@pytest.mark.parametrize("model", family_names())
def test_every_control_is_described(model):
    for task in TASKS:
        control = get_family(model).control(task, 1, True)
        assert set(control) <= set(get_family(model).controls)


def winner(made, model, point, metrics=None):
    """Run a trial and make a winner of it; return its record, its Φ and the rows of its ledger."""
    folder = made.run(made.spec(model, point, metrics))
    scores, learned, _ = read(folder)
    record = {
        "dataset": made.table.name,
        "model": model,
        "task": made.table.task,
        "hyperparameters": scores["hyperparameters"],
        "learned": scores["learned"],
    }
    path = folder / "winner.json"
    files.write(path, files.json_bytes(record))
    output = folder / "winner_ledger.csv"
    ledger.write_winner(str(path), str(folder / "parameters.npz"), str(output))
    rows = pd.read_csv(output, dtype=str, keep_default_na=False)
    return str(path), str(output), scores, learned, rows


def row_of(rows, kind, name):
    found = rows[(rows["kind"] == kind) & (rows["name"] == name)]
    assert len(found) == 1
    return found.iloc[0]


def test_counts_are_those_of_the_record_and_of_its_arrays(tmp_path):
    made = bench(mixed("binary"), tmp_path)
    scores, learned, _ = made.result("svm", {"C": 2.5, "kernel": "rbf"}, ["log_loss"])
    row = ledger.counts(scores)
    assert list(row)[:3] == ["trial", "set_values", "set_bytes"]
    assert row["trial"] == scores["trial"]
    assert (row["set_values"], row["set_bytes"]) == (2, len('2.5"rbf"'))
    assert (row["resolved_values"], row["chosen_in_fitting_values"]) == (1, 0)
    assert row["resolved_bytes"] == len(repr(scores["hyperparameters"]["resolved"]["gamma"]))
    assert row["needed_values"] == 2
    assert row["defaulted_values"] == len(scores["hyperparameters"]["defaulted"])
    for stage in ("preprocessing", "model"):
        own = [array for name, array in learned.items() if name.startswith(stage)]
        assert row[f"learned_{stage}_values"] == sum(array.size for array in own) > 0
        assert row[f"learned_{stage}_bytes"] == sum(array.nbytes for array in own)


def test_a_failed_trial_knows_only_what_was_set_and_defaulted(tmp_path):
    made = bench(bundled("binary", 60), tmp_path)
    scores, *_ = made.result("svm", {"max_iter": 1})
    assert scores["status"] == "failed"
    row = ledger.counts(scores)
    assert (row.pop("set_values"), row.pop("set_bytes")) == (1, 1)
    assert row.pop("defaulted_values") == len(scores["hyperparameters"]["defaulted"])
    assert row.pop("defaulted_bytes") > 0
    assert row.pop("trial") == scores["trial"]
    assert set(row) == {
        f"{kind}_{unit}"
        for kind in (*KINDS[2:4], "learned_preprocessing", "learned_model", "control", "needed")
        for unit in ("values", "bytes")
    }
    assert set(row.values()) == {None}


def test_a_winners_ledger_has_the_kinds_in_order_and_adds_up_to_its_counts(tmp_path):
    made = bench(mixed("multiclass"), tmp_path)
    _, _, scores, learned, rows = winner(made, "svm", {"C": 2.5}, ["log_loss"])
    assert tuple(ledger.KINDS) == KINDS
    order = [kind for kind in (*KINDS, "data") if kind in set(rows["kind"])]
    assert list(dict.fromkeys(rows["kind"])) == order
    assert list(rows) == list(ledger.COLUMNS)
    counted = ledger.counts(scores)
    for kind in KINDS:
        own = rows[rows["kind"] == kind]
        parts = [kind]
        if kind == "learned":
            parts = ["learned_preprocessing", "learned_model"]
        for unit in ("values", "bytes"):
            total = sum(counted[f"{part}_{unit}"] for part in parts)
            assert own[unit].astype(int).sum() == total
    needed = rows[(rows["needed"] == "true") & (rows["kind"] != "learned")]
    assert len(needed) == counted["needed_values"]
    assert sum(map(int, needed["bytes"])) == counted["needed_bytes"]
    assert (rows["meaning"] != "").all()
    named = rows[rows["kind"] == "learned"]
    names = [f"{stage}.{name}" for stage, name in zip(named["stage"], named["name"], strict=True)]
    assert sorted(names) == sorted(name for name in learned if "." in name)


def test_a_rule_stands_once_as_set_and_once_as_what_prediction_needs(tmp_path):
    made = bench(mixed("binary"), tmp_path)
    _, _, scores, _, rows = winner(made, "svm", {"gamma": "scale", "C": 3.0})
    rule, number = row_of(rows, "set", "gamma"), row_of(rows, "resolved", "gamma")
    assert (rule["value"], rule["needed"]) == ("scale", "false")
    assert float(number["value"]) == scores["hyperparameters"]["resolved"]["gamma"]
    assert number["needed"] == "true"
    assert row_of(rows, "defaulted", "kernel")["needed"] == "true"
    assert row_of(rows, "set", "C")["needed"] == "false"
    assert row_of(rows, "defaulted", "scaling")["stage"] == "preprocessing"
    assert row_of(rows, "defaulted", "max_iter")["value"] == "None"
    assert row_of(rows, "control", "random_state")["needed"] == "false"
    _, _, _, _, rows = winner(made, "svm", {"gamma": 0.2})
    assert row_of(rows, "set", "gamma")["needed"] == "true"
    assert "resolved" not in set(rows["kind"])
    _, _, _, _, rows = winner(made, "decision_tree", {"max_features": "sqrt"})
    assert row_of(rows, "resolved", "max_features")["needed"] == "false"


def test_a_winners_ledger_has_the_shapes_and_the_ranges_of_its_arrays(tmp_path):
    made = bench(mixed("regression"), tmp_path)
    _, path, _, learned, rows = winner(made, "svm", {})
    assert row_of(rows, "learned", "support_vectors")["dtype"] == "float64"
    read_again = {each.name: each for each in entries.read(path)}
    for name, array in learned.items():
        each = read_again[own_name(name)]
        assert each.shape == " x ".join(str(n) for n in array.shape)
        assert (each.values, each.bytes) == (array.size, array.nbytes)
        if array.dtype.kind in "fi" and array.size:
            assert (each.minimum, each.maximum) == (array.min(), array.max())
        else:
            assert (each.minimum, each.maximum) == (None, None)
    texts = row_of(rows, "learned", "categories")
    assert (texts["dtype"], texts["minimum"], texts["maximum"]) == ("text", "", "")
    integers = row_of(rows, "learned", "category_columns")
    assert (integers["minimum"], integers["maximum"]) == ("1", "3")
    data = rows[rows["kind"] == "data"]
    assert set(data["name"]) == set(prediction.DESCRIPTIVE)
    assert set(data["needed"]) == {"false"}


def test_what_is_read_is_what_was_written_even_if_it_is_infinite(tmp_path):
    record = {
        "model": "decision_tree",
        "task": "regression",
        "hyperparameters": {"set": {"max_depth": 1}, "resolved": {}, "needed": {}},
    }
    arrays = {"model.threshold": np.array([0.1, -np.inf]), "model.left": np.array([-1, 2**40])}
    files.write(tmp_path / "winner.json", files.json_bytes(record))
    files.write_npz(tmp_path / "winner.npz", arrays)
    paths = [str(tmp_path / name) for name in ("winner.json", "winner.npz", "ledger.csv")]
    ledger.write_winner(*paths)
    depth, threshold, left = entries.read(paths[2])
    assert (depth.kind, depth.value) == ("set", "1")
    assert (threshold.minimum, threshold.maximum) == (-np.inf, 0.1)
    assert (left.minimum, left.maximum) == (-1, 2**40)


def page(study, winners, folder):
    output = folder / "set_or_learned.md"
    paths, ledgers = [each[0] for each in winners], [each[1] for each in winners]
    write_page(study, paths, ledgers, str(output))
    return output.read_text("utf-8")


def table_of(text, heading):
    """Return the cells of the first table below a heading."""
    lines = text[text.index(heading) :].splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("|"))
    last = next(i for i, line in enumerate([*lines[first:], ""], first) if not line.startswith("|"))
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[first:last]]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def test_the_page_tells_each_winners_own_numbers(tmp_path):
    one = bench(mixed("binary"), tmp_path / "one")
    two = bench(bundled("regression"), tmp_path / "two")
    winners = [
        winner(one, "decision_tree", {"max_depth": 2, "min_samples_leaf": 4}),
        winner(one, "svm", {}),
        winner(two, "xgboost", {"n_estimators": 3}),
    ]
    text = page("mine", winners, tmp_path)
    rows = table_of(text, "## The winners, kind by kind")
    assert [(row["data set"], row["model"]) for row in rows] == [
        ("mixed", "decision_tree"),
        ("mixed", "svm"),
        ("diabetes", "xgboost"),
    ]
    for row, (_, _, scores, *_) in zip(rows, winners, strict=True):
        counted = ledger.counts(scores)
        for title, name in (
            ("set", "set"),
            ("learned: preprocessing", "learned_preprocessing"),
            ("learned: model", "learned_model"),
            ("needed of the hyperparameters", "needed"),
        ):
            values, size = counted[f"{name}_values"], counted[f"{name}_bytes"]
            assert row[title] == (f"{values} ({size})" if values else "0")
    learned = winners[0][2]["learned"]["values"]
    assert "The search set 2 values (max_depth=2, min_samples_leaf=4)" in text
    assert f"Training learned {learned} values" in text
    assert "gamma became" in text
    assert "study mine" in text
    machine = winners[1][3]["model.support_vectors"]
    shapes = {
        row["array"]: row["shape"]
        for row in table_of(text[text.index("machine, winner by winner") :], "| data set | array")
    }
    assert shapes["model.support_vectors"] == f"{len(machine)} x {machine.shape[1]}"


def test_the_story_says_how_many_of_the_learned_values_prediction_needs(tmp_path):
    made = bench(bundled("binary", 60), tmp_path)
    won = winner(made, "svm", {})
    text = page("s", [won], tmp_path)
    total = won[2]["learned"]["values"]
    assert f"Prediction needs {total - 2} of these, and kernel=rbf, gamma=" in text
    assert "The search set nothing and left" in text


@pytest.mark.parametrize("model", family_names())
def test_a_study_of_one_regression_and_one_model_has_a_page_of_that_model(model, tmp_path):
    made = bench(bundled("regression", 60), tmp_path)
    text = page("single", [winner(made, model, {})], tmp_path)
    assert registry.markdown([model]) in text
    others = [get_family(name).title for name in family_names() if name != model]
    assert not [title for title in others if f": {title}\n" in text]
    hyperparameters = {each.name for each in get_family(model).hyperparameters}
    assert [name for name in hyperparameters if f"`{name}`" not in text] == []


def test_names_of_data_sets_and_studies_stay_texts(tmp_path):
    made = bench(bundled("binary", 60), tmp_path)
    path, rows, *_ = winner(made, "decision_tree", {})
    record = json.loads(Path(path).read_bytes()) | {"dataset": "a|b\n# <i>&`c`"}
    files.write(path, files.json_bytes(record))
    text = page("s_1 *x*", [(path, rows)], tmp_path)
    assert "a\\|b # &lt;i>&\\`c\\`" in text
    assert "the study s_1 \\*x\\*:" in text
    assert "<i>" not in text
    assert "\n# " not in text


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("breast_cancer", "breast_cancer"),
        ("__init__", "\\_\\_init\\_\\_"),
        ("a\nb\t c", "a b c"),
        ("`x`", "\\`x\\`"),
        ("<b>&amp;", "&lt;b>&amp;amp;"),
        ("<=50K & >50K", "<=50K & >50K"),
        ("[a](b) *c*", "\\[a\\](b) \\*c\\*"),
        ("a\\b", "a\\\\b"),
        (0.5, "0.5"),
    ],
)
def test_a_text_of_data_means_nothing_to_markdown(given, shown):
    assert markdown.escape(given) == shown


def test_a_pipe_stays_inside_its_cell():
    lines = markdown.table(("a", "b"), [(markdown.escape("x|y"), 1)]).splitlines()
    assert lines[2] == "| x\\|y | 1 |"


def test_the_page_of_the_documentation_is_in_step_with_the_registry():
    text = PAGE.read_text("utf-8")
    assert registry.markdown(built_in()) in text, "run `make docs`"
    assert registry.renew(text, built_in()) == text
    for kind in KINDS:
        assert f"| {kind.replace('_', ' ')} " in text
    for family in map(get_family, built_in()):
        assert family.simplest in text
        assert [each.name for each in family.arrays if f"`{each.name}`" not in text] == []


def test_renewing_keeps_what_stands_around_the_registry():
    marks = registry.BEGIN, registry.END
    renewed = registry.renew(f"before\n{marks[0]}\nstale\n{marks[1]}\nafter\n", ["svm"])
    assert renewed == f"before\n{registry.markdown(['svm'])}\nafter\n"


@pytest.mark.parametrize("model", family_names())
def test_a_family_says_why_prediction_needs_what(model):
    family = get_family(model)
    assert family.needed_because in registry.markdown([model])
    assert family.needed_because.endswith(".")
    for title, text in family.borderline.items():
        assert f"**{title}** {text}" in registry.markdown([model])


@pytest.mark.parametrize("model", family_names())
def test_the_kind_that_no_model_has_is_empty_everywhere(model, tmp_path):
    made = bench(bundled("binary", 60), tmp_path)
    _, _, scores, _, rows = winner(made, model, {})
    assert ledger.counts(scores)["chosen_in_fitting_values"] == 0
    assert "chosen_in_fitting" not in set(rows["kind"])
    assert "No model chooses in fitting today" in registry.markdown([model])
