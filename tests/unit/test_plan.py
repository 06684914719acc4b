"""The plan: what each result depends on is in its params, and nothing that it does not."""

import json

import pytest

from hypertrial import code, plan
from hypertrial.config import load_study
from hypertrial.errors import ConfigError, DataError

CONFIG = """
datasets:
  people: {source: people.csv, target: y, drop: [id]}
  wine:
models: {svm: {grid: {C: [2]}}, decision_tree: {grid: {max_depth: [3]}}}
"""
ROWS = "id,height,town,y\n" + "".join(
    f"{i},{i % 9},{'AB'[i % 2]},{'no' if i % 3 else 'yes'}\n" for i in range(40)
)


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Plan a study from a config's text and the rows of its CSV file."""
    monkeypatch.chdir(tmp_path)

    def make(text=CONFIG, rows=ROWS, overrides=None):
        (tmp_path / "people.csv").write_text(rows)
        (tmp_path / "my.yaml").write_text(text)
        return plan.make(load_study([tmp_path / "my.yaml"], overrides))

    return make


def trial(planned, dataset="people", model="svm", position=1):
    chosen = planned.searches[dataset, model].trials[position]
    return planned.trial(dataset, model, chosen.id)


def test_a_plan_has_the_trials_of_every_model_on_every_data_set(made):
    planned = made()
    assert planned.tasks == {"people": "binary", "wine": "multiclass"}
    assert list(planned.searches) == [
        (dataset, model) for dataset in planned.tasks for model in ("svm", "decision_tree")
    ]
    assert planned.size == 8
    assert planned.lines() == [
        "Study 'my': 8 trials; trials of a set share a fit or a kernel matrix",
        "  people: svm 2 (1 set), decision_tree 2 (binary)",
        "  wine: svm 2 (1 set), decision_tree 2 (multiclass)",
    ]
    assert planned.metrics("people")[0] == "roc_auc"


def test_models_that_are_not_named_are_searched_by_their_own_grids(made):
    planned = made("datasets: {wine: }\n")
    assert [model for _, model in planned.searches] == ["decision_tree", "svm", "xgboost"]
    assert all(len(search.trials) > 20 for search in planned.searches.values())


def test_a_spec_holds_what_the_trial_sets_and_all_that_it_is_made_of(made):
    planned = made()
    spec = trial(planned)
    assert spec.hyperparameters == {"C": 2.0}
    assert spec.identity().items() >= {"study": "my", "dataset": "people"}.items()
    assert spec.splits == {
        "method": "auto",
        "test_size": 0.2,
        "folds": 5,
        "repeats": 1,
        "gap": 0,
        "seed": 1,
    }
    assert spec.code == code.digest("trial", "models.svm")
    assert trial(planned, model="decision_tree").code == code.digest(
        "trial", "models.decision_tree"
    )
    assert set(spec.versions) == {"numpy", "scipy", "pandas", "pyarrow", "scikit-learn"}
    boosted = made(overrides={"models": {"xgboost": None}})
    assert set(trial(boosted, model="xgboost").versions) == {*spec.versions, "xgboost"}
    assert spec.source == planned.sources["people"]


CHANGES = {
    "seed": {"overrides": {"seed": 2}},
    "folds": {"overrides": {"split": {"folds": 4}}},
    "test size": {"overrides": {"split": {"test_size": 0.3}}},
    "metrics": {"overrides": {"metrics": {"binary": ["f1"]}}},
    "drop": {"overrides": {"datasets": {"people": {"drop": []}}}},
    "positive": {"overrides": {"datasets": {"people": {"positive": "no"}}}},
    "a value": {"rows": ROWS.replace("39,3,B", "39,4,B")},
    "study": {"overrides": {"study": "other"}},
}
KEPT = {
    "timeout": {"overrides": {"timeout": 1}},
    "another model": {"overrides": {"models": {"xgboost": None}}},
    "another data set": {"overrides": {"datasets": {"iris": None}}},
    "a growing grid": {"overrides": {"models": {"svm": {"grid": {"C": [1, 2, 3]}}}}},
    "metrics of another task": {"overrides": {"metrics": {"regression": ["mae"]}}},
    "the largest study": {"overrides": {"max_trials": 50}},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_trial_is_made_again_when_what_it_depends_on_changes(made, change):
    before, after = trial(made()), made(**CHANGES[change])
    assert after.trial("people", "svm", before.trial).to_json() != before.to_json()


@pytest.mark.parametrize("change", KEPT)
def test_a_trial_is_kept_when_anything_else_changes(made, change):
    before, after = trial(made()), made(**KEPT[change])
    assert after.trial("people", "svm", before.trial).to_json() == before.to_json()


def test_a_file_that_moved_with_its_content_is_the_same_source(made, tmp_path):
    before = trial(made())
    (tmp_path / "moved.csv").write_text(ROWS)
    after = made(CONFIG.replace("people.csv", "moved.csv"))
    assert after.trial("people", "svm", before.trial).to_json() == before.to_json()


def test_params_of_data_and_splits_follow_their_own_keys(made):
    first, other = made(), made(overrides={"split": {"folds": 4}})
    assert first.data_params("people") == other.data_params("people")
    assert first.split_params("people") != other.split_params("people")
    changed = made(rows=ROWS + "40,1,A,no\n")
    assert changed.data_params("people") != first.data_params("people")
    assert changed.data_params("wine") == first.data_params("wine")
    assert json.loads(first.data_params("people"))["task"] == "binary"


def test_a_missing_source_is_said(made):
    with pytest.raises(DataError, match=r"^gone\.csv: no such file or directory; a source is the"):
        made(CONFIG.replace("people.csv", "gone.csv"))


PREPARED = """
datasets: {wine: }
models:
  svm: {grid: [{C: [1, 2]}, {kernel: linear}], preprocessing: {scaling: [robust, none]}}
  decision_tree: {grid: {}, preprocessing: {imputation: mean}}
"""


def test_what_is_set_of_preprocessing_goes_into_every_grid(made):
    planned = made(PREPARED)
    own = [trial.hyperparameters for trial in planned.searches["wine", "svm"].trials]
    assert own[0] == {}
    assert len(own) == 7
    assert {frozenset(point.items()) for point in own[1:]} == {
        frozenset({"scaling": scaling, **point}.items())
        for point in ({"C": 1.0}, {"C": 2.0}, {"kernel": "linear"})
        for scaling in ("robust", "none")
    }
    trees = planned.searches["wine", "decision_tree"].trials
    assert [trial.hyperparameters for trial in trees] == [{}, {"imputation": "mean"}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("split: {method: group}", "my.yaml: split.method: 'group' needs a group column; set data"),
        (
            "split: {method: time}",
            "my.yaml: split.method: 'time' needs a time column; set datasets",
        ),
        ("split: {gap: 2}", "my.yaml: split.gap: wine is split by method 'stratified', a gap is"),
    ],
)
def test_a_split_that_does_not_suit_the_data_is_said_before_the_run(made, text, said):
    with pytest.raises(ConfigError) as caught:
        made(CONFIG + text + "\n")
    assert str(caught.value).split("/")[-1].startswith(said)


def test_monotone_columns_are_for_an_ordered_outcome(made):
    rows = ROWS.replace(",yes", ",maybe", 5)
    with pytest.raises(ConfigError, match=r"datasets\.people\.monotone: is for regression and for"):
        made(CONFIG.replace("drop: [id]", "drop: [id], monotone: {height: increasing}"), rows)


def test_the_order_of_metrics_is_no_matter_of_a_trial(made):
    first = made(CONFIG + "metrics: {binary: [f1, accuracy]}\n")
    other = made(CONFIG + "metrics: {binary: [accuracy, f1]}\n")
    assert trial(first).to_json() == trial(other).to_json()
    assert first.metrics("people") == ["f1", "accuracy"]


def test_a_column_that_is_not_there_is_said_before_the_run(made):
    with pytest.raises(DataError, match=r"group: no column 'twn' \(did you mean 'town'"):
        made(CONFIG.replace("drop: [id]", "drop: [id], group: twn"))


LOGARITHM = """
datasets: {people: {source: people.csv, target: height, drop: [id], task: regression}}
models: {svm: {grid: {target_transform: [none, log]}}, decision_tree: {grid: {}}}
"""


def test_a_logarithm_of_targets_that_are_not_above_0_is_refused_before_the_run(made):
    with pytest.raises(ConfigError) as caught:
        made(LOGARITHM)
    assert str(caught.value).split("/")[-1] == (
        "my.yaml: models.svm.grid.target_transform: log needs targets above 0, the lowest of "
        "people is 0; use standard or quantile, or add a constant to the target"
    )
    assert made(LOGARITHM.replace("log", "quantile")).size == 4
    assert made(LOGARITHM, ROWS.replace(",0,", ",9,")).size == 4
    with pytest.raises(ConfigError, match=r"does not apply to a multiclass task"):
        made("datasets: {wine: }\nmodels: {svm: {grid: {target_transform: log}}}\n")
