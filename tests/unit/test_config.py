"""The config: what is right is read as meant, and each mistake is said in one line."""

from pathlib import Path

import pytest

from hypertrial import plan
from hypertrial.config import load_study
from hypertrial.config_checks import schema
from hypertrial.errors import ConfigError

ROOT = Path(__file__).parents[2]
IRIS = "datasets: {iris: }\n"


@pytest.fixture
def load(tmp_path):
    """Load a study from the text of a config."""

    def read(text, overrides=None):
        path = tmp_path / "my.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_study([path], overrides)

    return read


@pytest.fixture
def mistake(load, tmp_path):
    """Return the one line that a config's one mistake gives, without the file's name."""

    def read(text, overrides=None):
        with pytest.raises(ConfigError) as caught:
            plan.make(load(text, overrides))
        message = str(caught.value)
        assert "\n" not in message
        start, _, rest = message.partition("my.yaml")
        assert start == f"{tmp_path}/"
        return rest.removeprefix(" (with --config)").removeprefix(": ")

    return read


UNKNOWN = {
    "seeds: 1": "seeds: unknown key (did you mean 'seed'?); known: study, seed, datasets",
    "zebra: 1": "zebra: unknown key; known: study, seed",
    "split: {fold: 3}": "split.fold: unknown key (did you mean 'folds'?); known: method,",
    "metrics: {binry: [f1]}": "metrics.binry: unknown key (did you mean 'binary'?)",
    "metrics: {binary: [f2_score]}": "metrics.binary: unknown metric 'f2_score'",
    "metrics: {regression: [f1]}": "metrics.regression: f1 is not for regression tasks;",
    "metrics: {binary: [roc_auk]}": "metrics.binary: unknown metric 'roc_auk' (did you mean 'ro",
    "models: {svn: }": "models.svn: unknown model (did you mean 'svm'?); known: decision_tree, ",
    "models: {svm: {gird: {}}}": "models.svm.gird: unknown key (did you mean 'grid'?)",
    "models: {svm: {grid: {gama: 1}}}": "models.svm.grid.gama: unknown hyperparameter (did you m",
}
YAML = {
    "seed: 1\nseed: 2": "line 3: found duplicate key",
    "timeout: .nan": "timeout: must be a finite number, not nan",
    "timeout: .inf": "timeout: must be a finite number, not inf",
    "models: {svm: {grid: {C: [1, .nan]}}}": "models.svm.grid.C[1]: must be a finite number",
    "study: 2020-01-01": "study: is read as a date; quote it if it is a text",
    "study: 2020-13-45": "month must be in",
    "1: 2": "top level: the key 1 is not a text; quote it",
    "split: {true: 2}": "split: the key True is not a text; quote it",
    "\tseed: 1": "line 2: found character '\\t'",
    "a: [1": "line 3: ",
    "seed: !!python/object/apply:os.getpid []": "line 2: could not determine a constructor",
    "seed: !!int x": "invalid literal",
    "__use_yte__: true": "__use_yte__: is refused, as a config must not run code",
    "a: &a [*a]": "circular reference",
    "a: *b": "line 2: found undefined alias",
    "--- \nseed: 1": "line 2: but found another document",
    "study: \x01": "unacceptable character",
}
WRONG = {
    "seed: one": "seed: must be an integer, not 'one'",
    "seed: true": "seed: must be an integer, not True",
    "seed: 1.5": "seed: must be an integer, not 1.5",
    "seed: -1": "seed: must be at least 0, not -1",
    "seed: 4294967296": "seed: must be at most 4294967295",
    "timeout: 0": "timeout: must be above 0, not 0",
    "timeout: '9'": "timeout: must be a number, not '9'",
    "max_trials: 0": "max_trials: must be at least 1, not 0",
    "split: {method: kfold}": "split.method: unknown value 'kfold'; allowed: auto, random, strat",
    "split: {repeats: 0}": "split.repeats: must be at least 1, not 0",
    "selection: simplest": "selection: unknown value 'simplest'; allowed: best, one_standard_err",
    "bootstrap: {resamples: 1}": "bootstrap.resamples: must be at least 100, not 1",
    "bootstrap: {level: 1}": "bootstrap.level: must be below 1, not 1",
    "models: {svm: {preprocessing: {scaling: log}}}": (
        "models.svm.preprocessing.scaling: must be one of 'none', 'standard'"
    ),
    "models: {svm: {preprocessing: {C: 1}}}": (
        "models.svm.preprocessing.C: is a hyperparameter of the model; put it into its grid"
    ),
    "models: {svm: {preprocessing: {scalling: none}}}": (
        "models.svm.preprocessing.scalling: unknown hyperparameter (did you mean 'scaling'?)"
    ),
    "models: {svm: {preprocessing: {fill_value: 1}}}": (
        "models.svm.preprocessing.fill_value: does not apply to imputation median"
    ),
    "models: {svm: {preprocessing: {imputation: none}}}": (
        "models.svm.preprocessing.imputation: must be one of 'median', 'mean', 'constant'"
    ),
    "models: {decision_tree: {grid: {encoding: native}}}": (
        "models.decision_tree.grid.encoding: must be one of 'one_hot', 'ordinal', not 'native'"
    ),
    "split: {folds: 1}": "split.folds: must be at least 2, not 1",
    "split: {test_size: 1}": "split.test_size: must be below 1, not 1",
    "split: 5": "split: must be a mapping, not 5",
    "study: a/b": "study: 'a/b' may hold letters",
    "study: ''": "study: '' may hold letters",
    "study: _a": "study: '_a' may hold letters",
    "metrics: {binary: []}": "metrics.binary: must not be empty",
    "metrics: {binary: [f1, f1]}": "metrics.binary: a value stands twice",
    "models: {}": "models: must not be empty",
    "models: [svm]": "models: must be a mapping, not ['svm']",
    "models: {svm: {grid: []}}": "models.svm.grid: must not be empty",
    "models: {svm: {grid: [3]}}": "models.svm.grid[0]: must be a mapping, not 3",
}
GRIDS = {
    "{C: 0}": "C: must be a number above 0 and at most 1e10, not 0",
    "{C: [1, big]}": "C: must be a number above 0 and at most 1e10, not 'big'",
    "{C: }": "C: must be a number above 0 and at most 1e10, not None",
    "{C: []}": "C: must hold at least one value",
    "{C: [1, 1.0]}": "C: the value 1.0 stands twice",
    "{C: [true]}": "C: must be a number above 0 and at most 1e10, not True",
    f"{{C: 1{'0' * 400}}}": "C: must be a number above 0 and at most 1e10, not 1000",
    "{gamma: [scal]}": "gamma: must be a number above 0 and at most 1e10, or 'scale' or 'aut",
    "{kernel: [gauss]}": "kernel: must be one of 'linear', 'rbf', 'poly', 'sigmoid', not 'gauss'",
    "{kernel: poly, degree: 2.5}": "degree: must be an integer at least 1 and at most 100, not 2.5",
    "{kernel: linear, gamma: 1}": "gamma: does not apply to kernel linear, only to rbf, poly, sigm",
    "{degree: 2}": "degree: does not apply to kernel rbf, only to poly",
    "{epsilon: 1}": "epsilon: does not apply to a multiclass task; put it under models.svm.regres",
    "{__class__: 1}": "__class__: unknown hyperparameter; known: kernel, C, gamma",
}
DATASETS = {
    "{iri: }": "datasets.iri: unknown bundled set (did you mean 'iris'?); one of iris, wine",
    "{iris: {targt: a}}": "datasets.iris.targt: unknown key (did you mean 'target'?)",
    "{iris: {target: a}}": "datasets.iris.target: is for files; iris is a bundled set",
    "{iris: {positive: true}}": "datasets.iris.positive: must be a text or a number, not True",
    "{iris: {drop: [a, a]}}": "datasets.iris.drop: a value stands twice",
    "{iris: 3}": "datasets.iris: must be a mapping or empty, not 3",
    "{a b: {source: iris}}": "datasets: 'a b' may hold letters",
    "{plots: {source: iris}}": "datasets.plots: this name is used for a folder",
    "{x: {source: x.csv}}": "datasets.x.target: the column to predict is needed",
    "{x: {source: x.csv, target: y, drop: [y]}}": "datasets.x.drop: 'y' stands in `target`",
    "{x: {source: x.csv, target: y, separator: ab}}": "datasets.x.separator: must be",
    "{x: {source: x.csv, target: y, task: cluster}}": "datasets.x.task: unknown value 'cluster'",
    "{x: {source: x.csv, target: y, task: regression, positive: a}}": "datasets.x.positive: is for",
    "{iris: {group: a}}": "datasets.iris.group: is for files; iris is a bundled set",
    "{x: {source: x.csv, target: y, weight: y}}": "datasets.x.weight: 'y' stands in `target`",
    "{x: {source: x.csv, target: y, time: t, drop: [t]}}": "datasets.x.drop: 't' stands in `time`",
    "{x: {source: x.csv, target: y, ordered: {a: [1]}}}": "datasets.x.ordered.a: must not be",
    "{x: {source: x.csv, target: y, ordered: {a: [1, 1]}}}": "datasets.x.ordered.a: a value stands",
    "{x: {source: x.csv, target: y, monotone: {a: up}}}": "datasets.x.monotone.a: unknown value",
    "{x: {source: x.csv, target: y, categorical: [a], monotone: {a: increasing}}}": (
        "datasets.x.monotone: 'a' stands in `categorical`; it must be a number"
    ),
    "{x: {source: x.parquet, target: y, separator: ';'}}": "datasets.x.separator: is for text",
    "{}": "datasets: must not be empty",
    "": "datasets: must be a mapping, not None",
}


@pytest.mark.parametrize(("text", "line"), (UNKNOWN | YAML | WRONG).items())
def test_one_mistake_gives_one_line(mistake, text, line):
    assert mistake(IRIS + text + "\n").startswith(line)


@pytest.mark.parametrize(("text", "line"), GRIDS.items())
def test_a_mistake_in_a_grid_gives_one_line(mistake, text, line):
    said = mistake(f"{IRIS}models: {{svm: {{grid: {text}}}}}\n")
    assert said.startswith(f"models.svm.grid.{line}")
    assert len(said) < 600


@pytest.mark.parametrize(("text", "line"), DATASETS.items())
def test_a_mistake_in_a_data_set_gives_one_line(mistake, text, line):
    assert mistake(f"datasets: {text}\n").startswith(line)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", "must be a mapping of keys, such as 'datasets:'"),
        ("- datasets\n", "must be a mapping of keys, such as 'datasets:'"),
        ("seed: 1\n", "the key 'datasets' is missing"),
        (b"study: caf\xe9\n", "byte 11 is not UTF-8"),
    ],
)
def test_a_file_that_is_no_config_is_refused(mistake, content, line):
    assert mistake(content) == line


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(ConfigError, match=r"/no\.yaml: no such file or directory$"):
        load_study([tmp_path / "no.yaml"])


def test_every_mistake_has_a_line_of_its_own(load):
    with pytest.raises(ConfigError) as caught:
        load(IRIS + "seeds: 1\nstudy: 3\nsplit: {folds: 1}\nmodels: {svm: {gird: 1}}\n")
    lines = str(caught.value).split("\n")
    assert len(lines) == 4
    assert all("my.yaml: " in line for line in lines)


def test_a_study_that_is_too_large_is_refused_before_it_is_expanded(mistake):
    values = list(range(1, 1001))
    grid = f"{{n_estimators: {values}, max_depth: {values}, max_leaves: {values}, max_bin: "
    said = mistake(f"{IRIS}models: {{xgboost: {{grid: {grid}{values[1:]}}}}}}}\n")
    assert said.startswith("models: 999000000001 trials, 999000000001 of them xgboost on iris;")
    assert said.endswith("at most max_trials (100000) are allowed")


@pytest.mark.parametrize("allowed", [3, 4])
def test_max_trials_is_the_most_that_is_allowed(load, allowed):
    study = load(f"{IRIS}max_trials: {allowed}\nmodels: {{svm: {{grid: {{C: [2, 3, 4]}}}}}}\n")
    if allowed == 4:
        assert plan.make(study).size == 4
    else:
        with pytest.raises(ConfigError, match="models: 4 trials"):
            plan.make(study)


def test_values_are_read_as_they_look(load):
    study = load(IRIS + "study: no\ntimeout: 1e-3\nseed: 010\nmax_trials: 1e5\n")
    assert (study.name, study.timeout, study.seed) == ("no", 0.001, 10)
    assert repr(study.max_trials) == "100000"


def test_a_whole_number_with_a_point_is_an_integer(load):
    study = load(IRIS + "seed: 3.0\nsplit: {folds: 4.0}\n")
    assert (repr(study.seed), repr(study.split.folds)) == ("3", "4")


def test_words_of_yaml_1_1_stay_texts(load):
    study = load("datasets: {x: {source: x.csv, target: off, positive: yes, missing: [no, n, 1]}}")
    assert study.datasets[0].target == "off"
    assert study.datasets[0].positive == "yes"
    assert study.datasets[0].missing == ("no", "n", "1")


MISSING = ["", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NULL", "null", "?"]


def test_what_is_not_given_has_its_default(load):
    study = load(IRIS + "split: {folds: 3}\nmetrics: {binary: [f1]}\n")
    assert (study.name, study.seed, study.split.test_size, study.split.folds) == ("my", 1, 0.2, 3)
    assert (study.timeout, study.max_trials) == (600.0, 100_000)
    assert study.metrics["binary"] == ("f1",)
    assert study.metrics["regression"] == ("rmse", "mae", "r2")
    assert [model.name for model in study.models] == list(
        schema()["properties"]["models"]["default"]
    )
    assert study.datasets[0].missing == tuple(MISSING)


def test_later_files_and_overrides_win_key_by_key(tmp_path):
    first, second = tmp_path / "1.yaml", tmp_path / "2.yaml"
    first.write_text(IRIS + "seed: 1\nsplit: {folds: 3, test_size: 0.3}\n")
    second.write_text("seed: 2\nsplit: {folds: 4}\n")
    study = load_study([first, second], {"split": {"test_size": "0.4"}, "timeout": "5"})
    assert (study.seed, study.split.folds, study.split.test_size, study.timeout) == (2, 4, 0.4, 5.0)
    assert "with --config" in study.origin


def test_texts_of_overrides_are_read_like_yaml(load, mistake):
    grid = {"models": {"svm": {"grid": {"C": ["1e-1", "2"], "kernel": "rbf"}}}, "study": "no"}
    study = load(IRIS, grid)
    assert study.models[0].grids["binary"][1][0] == {"C": [0.1, 2], "kernel": ["rbf"]}
    assert study.name == "no"
    assert mistake(IRIS, {"seed": "x"}) == "seed: must be an integer, not 'x'"
    assert mistake(IRIS, {"seeds": "1"}).startswith("seeds: unknown key")


def test_a_grid_of_a_task_comes_before_the_grid_of_all(load):
    study = load(IRIS + "models: {svm: {grid: {C: 1}, regression: {C: 2}}}\n")
    grids = study.models[0].grids
    assert grids["regression"] == ("models.svm.regression", ({"C": [2]},))
    assert grids["binary"] == grids["multiclass"] == ("models.svm.grid", ({"C": [1]},))


def test_the_default_study_has_about_sixty_trials_a_model():
    made = plan.make(load_study([ROOT / "config" / "config.yaml"]))
    assert len(made.searches) == len(made.tasks) * 3
    assert all(45 <= len(search.trials) <= 75 for search in made.searches.values())


def test_a_study_without_a_name_has_that_of_its_file(tmp_path):
    for file, name in {"wine.yaml": "wine", "_my study.2.yaml": "my-study-2"}.items():
        (tmp_path / file).write_text(IRIS)
        assert load_study([tmp_path / file]).name == name


def test_a_data_set_declares_roles_orders_and_directions(load):
    text = """
datasets:
  x:
    source: x.tsv
    target: y
    weight: w
    group: g
    ordered: {size: [S, M, L], grade: [1, 2]}
    monotone: {size: increasing, price: decreasing}
models: {svm: {grid: {C: 1}, preprocessing: {scaling: [robust, none]}}}
selection: one_standard_error
"""
    study = load(text)
    (spec,) = study.datasets
    assert (spec.weight, spec.group, spec.time, spec.fold) == ("w", "g", None, None)
    assert spec.ordered == (("size", ("S", "M", "L")), ("grade", ("1", "2")))
    assert spec.monotone == (("size", 1), ("price", -1))
    assert spec.separator is None
    assert study.models[0].preprocessing == {"scaling": ["robust", "none"]}
    assert study.selection == "one_standard_error"
    assert (study.resamples, study.level) == (1000, 0.95)


def test_a_hyperparameter_for_two_classes_is_advised_against_with_what_helps(tmp_path):
    text = "datasets: {iris: {}}\nmodels: {xgboost: {classification: {scale_pos_weight: [1, 5]}}}\n"
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        plan.make(load_study([tmp_path / "c.yaml"]))
    assert str(caught.value).endswith(
        "models.xgboost.classification.scale_pos_weight: is for two classes, the task is "
        "multiclass; leave it out; class_weight: balanced weighs several classes"
    )
