"""The table of bad inputs: each mistake is a short line that names its file and key, and at once.

The cases are configs and files that people have given, or that were made to do harm. What a
config alone can show is in test_config.py and test_space.py, too; here it is what no one expects.
"""

import json
import os
import string
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from hypertrial import checking, plan
from hypertrial.config import load_study
from hypertrial.errors import HypertrialError
from hypertrial.texts import CONTROL

LONGEST = 1010
SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"


def mistakes_of(config, folder, files=None):
    """Return the lines that a run would print: of the config, else of the data."""
    for name, content in (files or {}).items():
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path = folder / "my.yaml"
    path.write_bytes(config if isinstance(config, bytes) else config.encode())
    here = Path.cwd()
    os.chdir(folder)
    try:
        made = plan.make(load_study([Path("my.yaml")]))
        checks = [
            plan.check(made.study, each, made.tasks[each.name]) for each in made.study.datasets
        ]
        return [line for each in checks for line in each.mistakes()]
    except HypertrialError as error:
        return str(error).split("\n")
    finally:
        os.chdir(here)


def check(lines, expected):
    """Check that there is one short line for each expectation, in any order, and no other."""
    assert len(lines) == len(expected), lines
    for words in expected:
        assert any(all(word in line for word in words) for line in lines), (words, lines)
    for line in lines:
        assert len(line) <= LONGEST
        assert not CONTROL.search(line)
        assert "Traceback" not in line


IRIS = "datasets: {iris: }\n"
LETTERS = string.ascii_lowercase
LIST_BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise(LETTERS)
)
MERGE_BOMB = "a: &a {k: 1}\n" + "".join(
    f"{b}: &{b} {{<<: [{', '.join([f'*{a}'] * 9)}]}}\n" for a, b in pairwise(LETTERS)
)


def model(text):
    """Return a config with a grid."""
    name, _, grid = text.partition(" ")
    return f"{IRIS}models: {{{name}: {{grid: {{{grid}}}}}}}\n"


BOUNDS = {
    "list bomb": (LIST_BOMB, "my.yaml: line 5: holds more than 20000 values, those that aliases"),
    "merge bomb": (MERGE_BOMB, "my.yaml: line 5: holds more than 20000 values"),
    "deep list": (f"x: {'[' * 2000}{']' * 2000}", "my.yaml: line 1: is nested deeper than 50 lev"),
    "deep mapping": ("{a: " * 2000 + "1" + "}" * 2000, "my.yaml: line 1: is nested deeper than"),
    "many values": ("a:\n" + "- 1\n" * 21_000, "holds more than 20000 values"),
    "large file": ("# " + "x" * 2**20 + "\n" + IRIS, "my.yaml: is larger than 1 MB"),
    "own alias": ("a: &a [*a]", "my.yaml: circular reference: an alias stands inside its own"),
    "own alias in a mapping": ("a: &a {b: *a}", "my.yaml: circular reference"),
    "5000 digits": (f"{IRIS}seed: {'9' * 5000}", "my.yaml: holds an integer of very many digits"),
    "400 digits": (f"{IRIS}seed: {'9' * 400}", "my.yaml: seed: must be at most 4294967295, not 9"),
    "hexadecimal": (f"{IRIS}seed: 0x{'f' * 9000}", "my.yaml: seed: an integer of very many digi"),
    "digits as a key": (f"{IRIS}{'9' * 400}: 1", "my.yaml: top level: the key 999"),
    "binary value": (f"{IRIS}seed: !!binary aGVsbG8=", "my.yaml: seed: is binary, and must be a"),
    "binary name": (
        f"{IRIS}!!binary {'aGVsbG8A' * 30}: 1",
        "my.yaml: top level: the key b'hello\\x00hello",
    ),
    "set": (f"{IRIS}seed: !!set {{a, b}}", "my.yaml: seed: is read as a set"),
    "NUL": (
        'datasets: {x: {source: "a\\0.csv", target: y}}',
        "my.yaml: datasets.x.source: 'a\\x00",
    ),
    "NUL in a name": (
        'datasets: {"x\\0": {source: a.csv, target: y}}',
        "the key 'x\\x00' holds a N",
    ),
    "half a character": (
        'datasets: {x: {source: a.csv, target: "\\ud800"}}',
        "my.yaml: datasets.x.target: '\\ud800' holds half a character",
    ),
    "escape in a name": (
        'datasets: {"\\e[31mx": {source: iris}}',
        "my.yaml: datasets: '\\x1b[31mx'",
    ),
    "escape in a key": (f'{IRIS}"\\e]0;t\\a": 1', "my.yaml: \\x1b]0;t\\x07: unknown key"),
    "name of 256": (
        f"datasets: {{{'ab' * 128}: {{source: iris}}}}",
        "must be at most 100 characte",
    ),
    "study of 256": (f"study: {'x' * 256}\n{IRIS}", "my.yaml: study: must be at most 100 characte"),
    "20 letters": (f"datasets: {{{'a' * 20}: {{source: iris}}}}", "ends with 'a' twenty times"),
    "20 pairs": (f"study: x{'ab' * 20}\n{IRIS}", "my.yaml: study: the name ends with 'ab' twenty"),
    "long key": (f"{IRIS}? {'k' * 3000}\n: 1", "my.yaml: kkk"),
    "long value": (f"{IRIS}selection: {'v' * 100_000}", "my.yaml: selection: unknown value 'vvv"),
    "one outer fold": (f"{IRIS}honesty: {{outer_folds: 1}}", "honesty.outer_folds: must be 0, for"),
    "million splits": (
        f"{IRIS}split: {{folds: 1000, repeats: 1000}}",
        "my.yaml: split: folds times repeats must be at most 10000, not 1000000",
    ),
    "timeout": (f"{IRIS}timeout: 1e308", "my.yaml: timeout: must be at most 31536000, not 1e+308"),
    "max_trials": (f"{IRIS}max_trials: 1e18", "my.yaml: max_trials: must be at most 1000000, not"),
    "gap": (f"{IRIS}split: {{gap: 1e18}}", "my.yaml: split.gap: must be at most 1000000000, not"),
    "rounds": (model("xgboost n_estimators: 1e18"), "n_estimators: must be an integer at least 1"),
    "C": (model("svm C: 1e308"), "my.yaml: models.svm.grid.C: must be a number above 0 and at mos"),
    "gamma": (model("svm gamma: 1e-300"), "models.svm.grid.gamma: must not be so close to 0 as 1e"),
    "degree": (model("svm kernel: poly, degree: 1e9"), "degree: must be an integer at least 1 and"),
    "depth": (model("decision_tree max_depth: 1e18"), "max_depth: must be an integer at least 1"),
    "leaf": (model("decision_tree min_samples_leaf: 1e18"), "min_samples_leaf: must be an integer"),
    "penalty": (model("xgboost reg_lambda: 1e200"), "reg_lambda: must be a number at least 0 and"),
    "bins": (model("xgboost max_bin: 1e10"), "max_bin: must be an integer at least 2 and at most"),
    "fill": (
        f"{IRIS}models: {{svm: {{preprocessing: {{imputation: constant, fill_value: 1e200}}}}}}",
        "models.svm.preprocessing.fill_value: must be a number at least -1e30 and at most 1e30",
    ),
}


@pytest.mark.parametrize("case", BOUNDS)
def test_what_has_no_bound_is_refused_in_a_line(case, tmp_path):
    config, words = BOUNDS[case]
    check(mistakes_of(config, tmp_path), [[words]])


def grid_word(text, *words):
    name, _, _ = text.partition(" ")
    return model(text), f"my.yaml: models.{name}.grid.", *words


ELSEWHERE = {
    "search": (f"{IRIS}search: random", "my.yaml: search: 'random' is not there yet; a search is "),
    "sampler": (f"{IRIS}sampler: tpe", "my.yaml: sampler: 'tpe' is not there yet; a search is a g"),
    "n_iter": (f"{IRIS}n_iter: 9", "my.yaml: n_iter: unknown key", "a search is a grid"),
    "cv": (f"{IRIS}cv: 5", "my.yaml: cv: unknown key", "split.folds"),
    "scoring": (f"{IRIS}scoring: f1", "my.yaml: scoring: unknown key", "`metrics`"),
    "n_jobs": (f"{IRIS}n_jobs: -1", "my.yaml: n_jobs: unknown key", "--cores 8"),
    "param_grid": (f"{IRIS}param_grid: {{C: 1}}", "param_grid: unknown key", "models.<name>.grid"),
    "eta": (f"{IRIS}eta: 1", "my.yaml: eta: is a hyperparameter", "models.<name>.grid"),
    "random_state": (f"{IRIS}random_state: 1", "my.yaml: random_state: unknown key", "`seed`"),
    "outer_folds": (f"{IRIS}outer_folds: 3", "outer_folds: unknown key", "honesty.outer_folds"),
    "cv of split": (f"{IRIS}split: {{cv: 3}}", "my.yaml: split.cv: unknown key", "split.folds"),
    "shuffle": (f"{IRIS}split: {{shuffle: true}}", "split.shuffle: unknown key", "split.method"),
    "cv of data": ("datasets: {iris: {cv: 5}}", "datasets.iris.cv: unknown key", "`split`"),
    "metric of data": ("datasets: {iris: {scoring: f1}}", "datasets.iris.scoring:", "`metrics`"),
    "n_iter of data": ("datasets: {iris: {n_iter: 1}}", "datasets.iris.n_iter:", "is a grid"),
    "jobs of data": ("datasets: {iris: {n_jobs: 1}}", "datasets.iris.n_jobs:", "of the study"),
    "eta of data": ("datasets: {iris: {eta: 1}}", "datasets.iris.eta: is a hyperparameter"),
    "path": ("datasets: {a: {path: a.csv, source: a.csv, target: y}}", "a.path:", "`source`"),
    "label": ("datasets: {a: {source: a.csv, target: y, label: z}}", "a.label:", "`target`"),
    "sep": ("datasets: {a: {source: a.csv, target: y, sep: ;}}", "a.sep:", "`separator`"),
    "search of a model": (f"{IRIS}models: {{svm: {{search: random}}}}", "svm.search:", "a grid"),
    "C of a model": (f"{IRIS}models: {{svm: {{C: 1}}}}", "models.svm.C: is a hyperparameter"),
    **{
        name: (
            f"{IRIS}models: {{{name}: }}",
            f"my.yaml: models.{name}: is not there yet; known: de",
        )
        for name in (
            "random_forest",
            "RandomForestClassifier",
            "lightgbm",
            "LGBMRegressor",
            "catboost",
            "logistic_regression",
            "k_nearest_neighbors",
            "naive_bayes",
            "mlp",
            "gradient_boosting",
            "extra_trees",
            "ridge",
            "LinearSVC",
        )
    },
    "SVC": (f"{IRIS}models: {{SVC: }}", "my.yaml: models.SVC: is called svm here"),
    "XGBClassifier": (f"{IRIS}models: {{XGBClassifier: }}", "is called xgboost here"),
    "tree": (f"{IRIS}models: {{DecisionTreeClassifier: }}", "is called decision_tree here"),
    "unknown": (f"{IRIS}models: {{zebra: }}", "my.yaml: models.zebra: unknown model; known: decis"),
    "eta of boosting": grid_word("xgboost eta: 0.1", "eta: is called learning_rate here"),
    "lambda": grid_word("xgboost lambda: 1", "lambda: is called reg_lambda here"),
    "alpha": grid_word("xgboost alpha: 1", "alpha: is called reg_alpha here"),
    "rounds": grid_word("xgboost num_boost_round: 9", "is called n_estimators here"),
    "min_child_samples": grid_word("xgboost min_child_samples: 9", "nearest is min_child_weight"),
    "leaves": grid_word("xgboost num_leaves: 9", "is called max_leaves here"),
    "colsample": grid_word("xgboost colsample: 1", "is called colsample_bytree here"),
    "gamma": grid_word("xgboost gamma: 1", "is called min_split_loss here"),
    "early stopping": grid_word("xgboost early_stopping_rounds: 9", "do not end early yet"),
    "jobs": grid_word("xgboost n_jobs: 4", "n_jobs: is none of the hyperparameters", "--cores"),
    "seed": grid_word("decision_tree random_state: 1", "is none of the hyperparameters", "`seed`"),
    "deviance": grid_word("decision_tree criterion: deviance", "'deviance' is called log_loss"),
    "cost": grid_word("svm cost: 1", "cost: is called C here"),
    "radial": grid_word("svm kernel: radial", "kernel: 'radial' is called rbf here"),
    "mse": (
        "datasets: {diabetes: }\nmodels: {decision_tree: {grid: {criterion: mse}}}",
        "my.yaml: models.decision_tree.grid.criterion: 'mse' is called squared_error here",
    ),
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_words_of_other_tools_are_told_what_there_is(case, tmp_path):
    config, *words = ELSEWHERE[case]
    check(mistakes_of(config, tmp_path), [words])


def rows(header, *columns, count=60):
    """Return a CSV file; a column is a function of the row's number, or one text."""
    lines = [
        ",".join(str(each(i) if callable(each) else each) for each in columns) for i in range(count)
    ]
    return "\n".join([header, *lines, ""])


def number(i):
    return (i * 37 % 61) / 7


def label(i):
    return "ab"[i % 2]


def but(at, value, usual=number):
    return lambda i: value if i == at else usual(i)


def data(**options):
    """Return a config of one file, with options of the data set."""
    content = {"source": "x.csv", "target": "y", **options}
    return "datasets: {x: " + json.dumps(content) + "}\nmodels: {decision_tree: {grid: {}}}\n"


XY, XWY = "x,y", "x,w,y"
DATA = {
    "infinity": (data(), rows(XY, but(7, "inf"), label), "line 9: column 'x' holds 'inf'"),
    "minus infinity": (data(), rows(XY, but(7, "-Infinity"), label), "line 9: column 'x' holds '-"),
    "NUL": (
        data(numeric=["x"]),
        rows(XY, but(3, "1\0"), label),
        "x.csv: line 5 holds the character NUL",
    ),
    "bad text": (data(numeric=["x"]), rows(XY, but(3, "abc"), label), "declared numeric but 'abc'"),
    "escape": (data(numeric=["x"]), rows(XY, but(3, "\x1b[31m"), label), "but '\\x1b[31m' is not"),
    "one text": (
        data(),
        rows(XY, but(3, "old"), label),
        "line 5: column 'x' holds 'old' among num",
    ),
    "ids": (data(), rows(XY, lambda i: f"id {i}", label, count=150), "column 'x' has 150 differen"),
    "no values": (
        data(),
        rows(XWY, number, "", label),
        "column 'w' has no values; add it to `drop`",
    ),
    "only a target": (data(), rows("y", label), "no feature column is left beside the target"),
    "all dropped": (data(drop=["x"]), rows(XY, number, label), "no feature column is left beside"),
    "unknown drop": (
        data(drop=["q"]),
        rows(XY, number, label),
        "drop: no column 'q'; columns: x, y",
    ),
    "unknown numeric": (data(numeric=["q"]), rows(XY, number, label), "numeric: no column 'q'"),
    "unknown ordered": (
        data(ordered={"q": ["a", "b"]}),
        rows(XY, number, label),
        "ordered: no column 'q'; columns: x, y",
    ),
    "unknown label": (
        data(ordered={"w": ["low", "high"]}),
        rows(XWY, number, lambda i: ["low", "hihg"][i % 2], label),
        "line 3: column 'w' holds 'hihg' (did you mean 'high'?)",
    ),
    "monotone text": (
        data(monotone={"w": "increasing"}),
        rows(XWY, number, lambda i: "pq"[i % 2], label),
        "monotone: column 'w' is categorical",
    ),
    "unknown target": (data(target="z"), rows(XY, number, label), "target: no column 'z'; columns"),
    "near target": (
        data(target="Yeild"),
        rows("x,yield", number, label),
        "(did you mean 'yield'?)",
    ),
    "separator": (data(), rows("x;y", "1;a"), "target: no column 'y' (is another `separator` need"),
    "positive": (
        data(positive="c"),
        rows(XY, number, label),
        "positive: no class 'c'; classes: a, ",
    ),
    "positive of 3": (
        data(positive="a", task="multiclass"),
        rows(XY, number, lambda i: "abc"[i % 3]),
        "my.yaml: datasets.x.positive: is for binary tasks",
    ),
    "missing target": (
        data(),
        rows(XY, number, but(4, "", label)),
        "line 6: the target 'y' is miss",
    ),
    "constant": (data(), rows(XY, number, "a"), "the target 'y' is constant: always 'a'"),
    "whole numbers": (
        data(),
        rows(XY, number, lambda i: i % 5),
        "the task is not obvious from the ",
    ),
    "infinite target": (
        data(task="regression"),
        rows(XY, number, but(4, "inf")),
        "line 6: the target 'y' must be a finite number for regression, not 'inf'",
    ),
    "text target": (
        data(task="regression"),
        rows(XY, number, label),
        "line 2: the target 'y' must",
    ),
    "3 classes": (data(task="binary"), rows(XY, number, lambda i: "abc"[i % 3]), "has 3 classes"),
    "class of one row": (
        data(),
        rows(XY, number, but(4, "c", label)),
        "class 'c' has 1 row; 5 folds",
    ),
    "class of two rows": (
        data(),
        rows(XY, number, lambda i: "c" if i < 2 else label(i)),
        "x.csv: x: class 'c' has 2 rows; 5 folds and a held-out row need 6: use fewer folds",
    ),
    "escape in a class": (
        data(),
        rows(XY, number, but(4, "\x1b]0;t\x07", label)),
        "class '\\x1b]0;t\\x07' has 1 row",
    ),
    "few rows": (
        data(),
        rows(XY, number, label, count=5),
        "x.csv: x: 5 rows are too few for a held",
    ),
    "tiny held-out part": (
        data() + "split: {test_size: 0.001}\n",
        rows(XY, number, number),
        "x.csv: x: 60 rows are too few for a held-out part of 0.001 and 5 folds",
    ),
    "large held-out part": (
        data() + "split: {test_size: 0.99}\n",
        rows(XY, number, number),
        "x.csv: x: 60 rows are too few for a held-out part of 0.99 and 5 folds",
    ),
    "negative weight": (
        data(weight="w"),
        rows(XWY, number, but(8, -1), label),
        "line 10: the weig",
    ),
    "text weight": (data(weight="w"), rows(XWY, number, but(8, "q"), label), "line 10: the weight"),
    "infinite weight": (
        data(weight="w"),
        rows(XWY, number, but(8, "inf"), label),
        "line 10: the we",
    ),
    "missing weight": (
        data(weight="w"),
        rows(XWY, number, but(8, ""), label),
        "the weight 'w' is m",
    ),
    "zero weights": (data(weight="w"), rows(XWY, number, 0, label), "the weights 'w' are all 0"),
    "weightless class": (
        data(weight="w"),
        rows(XWY, number, lambda i: i % 2, label),
        "x.csv: x: class 'a' has no row in a held-out part of 0.2",
    ),
    "one group": (data(group="w"), rows(XWY, number, "g", label), "x.csv: x: 1 group"),
    "few groups": (
        data(group="w"),
        rows(XWY, number, lambda i: i % 3, label),
        "3 groups are too f",
    ),
    "missing group": (
        data(group="w"),
        rows(XWY, number, but(8, ""), label),
        "the group 'w' is miss",
    ),
    "unknown group": (data(group="v"), rows(XWY, number, label, label), "group: no column 'v'"),
    "bad time": (
        data(time="w"),
        rows(XWY, number, "noon", number),
        "line 2: the time 'w' must be a ",
    ),
    "mixed times": (
        data(time="w"),
        rows(XWY, number, but(8, "2020-01-01"), number),
        "line 10: the time 'w' must be a finite number like those before it",
    ),
    "one time": (data(time="w"), rows(XWY, number, 3, number), "x.csv: x: 1 different time"),
    "a gap too long": (
        data(time="w") + "split: {gap: 50}\n",
        rows(XWY, number, lambda i: i, number),
        "x.csv: x: 60 different times are too few for a held-out part of 0.2, 5 folds and a gap",
    ),
    "time and group": (
        data(time="w", group="v"),
        rows("x,w,v,y", number, lambda i: i, label, number),
        "my.yaml: split.method: x has both a time and a group",
    ),
    "one fold": (
        data(fold="w"),
        rows(XWY, number, 0, number),
        "the fold 'w' has 1 different labels",
    ),
    "none held out": (
        data(fold="w"),
        rows(XWY, number, lambda i: i % 3, number),
        "no held-out row",
    ),
    "negative fold": (
        data(fold="w"),
        rows(XWY, number, lambda i: i % 4 - 2, number),
        "the fold 'w' must be a whole number of at least 0",
    ),
    "outer folds": (
        data() + "honesty: {outer_folds: 40}\n",
        rows(XY, number, label),
        "x.csv: x: class 'a' has 24 training rows; 40 folds need 40",
        "x.csv: x: class 'b' has 24 training rows; 40 folds need 40",
    ),
    "outer and inner folds": (
        data() + "honesty: {outer_folds: 2}\nsplit: {folds: 20}\n",
        rows(XY, number, label),
        "x.csv: x.outer1: class 'a' has 12 training rows; 20 folds need 20",
        "x.csv: x.outer1: class 'b' has 12 training rows; 20 folds need 20",
    ),
    "ragged": (data(), "x,y\n1,a\n2,b\n3\n", "line 4 has 1 fields, the header has 2"),
    "no rows": (data(), "x,y\n", "has a header but no rows"),
    "empty": (data(), "", "is empty; a header and rows are needed"),
    "name twice": (data(), rows("x,x,y", 1, 2, label), "line 1: column name 'x' stands twice"),
    "no name": (data(), rows("x,,y", 1, 2, label), "line 1: column 2 has no name"),
    "no file": (data(source="none.csv"), "", "none.csv: no such file or directory; a source is"),
    "a folder": (
        data(source="."),
        "",
        ".: is a directory; a source is the path of a CSV or Parquet",
    ),
    "a spreadsheet": (data(source="x.xlsx"), "", "x.xlsx: ", "no such file"),
    "a long name": (data(source="f" * 300 + ".csv"), "", "file name too long"),
    "many columns": (
        data(target="z"),
        rows(",".join(f"column {i}" for i in range(999)), "1,2"),
        "x.csv: target: no column 'z'; columns: column 0",
    ),
    "a long value": (
        data(numeric=["x"]),
        rows(XY, but(3, "q" * 100_000), label),
        "x.csv: line 5: column 'x' is declared numeric but 'qqq",
    ),
}


@pytest.mark.parametrize("case", DATA)
def test_a_mistake_in_data_is_found_before_a_run(case, tmp_path):
    config, content, *expected = DATA[case]
    expected = [expected] if case == "a spreadsheet" else [[words] for words in expected]
    check(mistakes_of(config, tmp_path, {"x.csv": content}), expected)


PEOPLE = rows(
    "id,name,ticket,cabin,age,fare,w,y",
    lambda i: i,
    lambda i: f"person {max(1, i)}",
    lambda i: f"ticket {max(1, i)}",
    lambda i: f"cabin {max(1, i)}",
    but(5, "inf"),
    but(6, "free"),
    but(9, -1),
    label,
    count=150,
)
WRONG_PEOPLE = [
    ["x.csv: column 'name' has 149 different texts"],
    ["x.csv: column 'ticket' has 149 different texts"],
    ["x.csv: column 'cabin' has 149 different texts"],
    ["x.csv: line 7: column 'age' holds 'inf'"],
    ["x.csv: line 8: column 'fare' is declared numeric but 'free' is not a finite number"],
    ["x.csv: line 11: the weight 'w' must be a finite number, at least 0, not '-1'"],
    ["x.csv: positive: no class 'c'"],
]


def test_all_mistakes_of_a_file_are_said_at_once(tmp_path):
    config = data(numeric=["fare"], weight="w", positive="c")
    check(mistakes_of(config, tmp_path, {"x.csv": PEOPLE}), WRONG_PEOPLE)


def test_mistakes_in_names_and_in_the_task_do_not_hide_those_in_values(tmp_path):
    config = data(numeric=["fare"], weight="w", drop=["nam", "tickets"])
    content = PEOPLE.replace(",a\n", ",1\n").replace(",b\n", ",2\n").replace("7,1\n", "7,3\n", 1)
    lines = mistakes_of(config, tmp_path, {"x.csv": content.replace("cabin 4", "")})
    check(
        [line for line in lines if "drop" in line and "no column" in line],
        [["x.csv: drop: no column 'nam' (did you mean 'name'?)"], ["drop: no column 'tickets'"]],
    )
    others = ("'cabin' has", "'age' holds", "'fare' is declared", "the weight 'w'")
    assert all(any(words in line for line in lines) for words in others), lines
    assert not any("'name' has" in line or "'ticket' has" in line for line in lines)


def test_mistakes_of_all_data_sets_and_of_the_grids_are_said_at_once(tmp_path):
    config = """
datasets:
  a: {source: a.csv, target: y}
  b: {source: b.csv, target: z}
  iris: {drop: [petals]}
models: {svm: {grid: {cost: 1}}}
"""
    files = {"a.csv": rows(XY, but(3, "inf"), label), "b.csv": rows(XY, number, label)}
    expected = [
        ["a.csv: line 5: column 'x' holds 'inf'"],
        ["b.csv: target: no column 'z'"],
        ["iris: drop: no column 'petals'"],
        ["my.yaml: models.svm.grid.cost: is called C here"],
    ]
    check(mistakes_of(config, tmp_path, files), expected)


def test_of_more_mistakes_than_can_be_read_the_first_are_said(tmp_path):
    names = [f"c{i}" for i in range(130)]
    content = rows(",".join([*names, "y"]), *["inf"] * 130, label, count=12)
    lines = mistakes_of(data(task="binary", drop=["q"]), tmp_path, {"x.csv": content})
    assert lines[-1] == "and 31 more"
    assert len(lines) == 101


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"drop": ["petals"]}, ["iris: drop: no column 'petals'"]),
        ({"positive": "setosa"}, ["iris: `positive` is for two classes, the task is multiclass"]),
        (
            {"drop": [f"{a} {b} (cm)" for a in ("sepal", "petal") for b in ("length", "width")]},
            ["iris: no feature column is left beside the target"],
        ),
    ],
)
def test_a_bundled_set_is_checked_too(options, words, tmp_path):
    config = f"datasets: {{iris: {json.dumps(options)}}}\n"
    check(mistakes_of(config, tmp_path), [words])


def test_folds_that_a_bundled_set_has_no_rows_for_are_refused(tmp_path):
    lines = mistakes_of(IRIS + "split: {folds: 100}\n", tmp_path)
    check(
        lines,
        [[f"iris: class '{name}' has 50 rows"] for name in ("setosa", "versicolor", "virginica")],
    )


PARQUET = {
    "infinity": ({"x": [1.0, float("inf")] * 30}, "row 2: column 'x' holds 'inf'"),
    "list": ({"x": [[1], [2]] * 30}, "column 'x' has the type list<"),
    "bytes": ({"x": [b"a", b"b"] * 30}, "column 'x' has the type binary"),
    "nulls": ({"x": [None, None] * 30}, "column 'x' has no values"),
}


@pytest.mark.parametrize("case", PARQUET)
def test_a_mistake_in_a_parquet_file_is_found_before_a_run(case, tmp_path):
    columns, words = PARQUET[case]
    parquet.write_table(pa.table({**columns, "y": ["a", "b"] * 30}), tmp_path / "x.parquet")
    check(mistakes_of(data(source="x.parquet"), tmp_path), [["x.parquet: ", words]])


@pytest.mark.parametrize("place", ["/dev/zero", ".", "fifo"])
def test_a_config_that_is_no_file_is_refused_unread(place, tmp_path):
    path = Path(place) if place.startswith("/") else tmp_path / place
    if place == "fifo":
        os.mkfifo(path)
    with pytest.raises(HypertrialError, match=f"^{path}: is (no regular file|a directory)$"):
        load_study([path])


def test_of_a_large_file_the_beginning_is_checked(tmp_path, monkeypatch):
    monkeypatch.setattr(checking, "LARGEST_FILE", 100)
    monkeypatch.setattr(checking, "FIRST_ROWS", 20)
    zeros = data(weight="w", drop=["q"])
    for at, found in ((5, True), (50, False)):
        content = rows(XWY, but(at, "inf"), 0, label)
        lines = mistakes_of(zeros.replace('"q"', ""), tmp_path, {"x.csv": content})
        assert lines == (["x.csv: line 7: column 'x' holds 'inf'; values must be finite"] * found)


def test_the_check_in_a_process_of_its_own_says_the_same(tmp_path):
    lines = mistakes_of(data(positive="c"), tmp_path, {"x.csv": rows(XY, but(3, "inf"), label)})
    study = load_study([tmp_path / "my.yaml"])
    asked = [plan.check(study, each, "binary").to_json() for each in study.datasets]
    done = subprocess.run(
        [sys.executable, "-m", "hypertrial.checking"],
        input=json.dumps(asked),
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == lines
    assert len(lines) == 2
