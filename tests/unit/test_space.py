"""The search space: a trial's id is its content; grids grow without renaming anything."""

from itertools import permutations

import pytest

from hypertrial.errors import ConfigError
from hypertrial.models import family_names, get_family
from hypertrial.search import Search
from hypertrial.space import Trial, expand, mistakes, size

XGBOOST = get_family("xgboost")
SVM = get_family("svm")
GRID = {"max_depth": [2, 4], "learning_rate": [0.1, 0.3], "subsample": [0.5]}


def ids(*grids, family=XGBOOST, task="binary"):
    return [trial.id for trial in expand(family, task, grids)]


def test_an_id_is_twelve_digits_of_the_model_and_what_is_set():
    assert Trial.of("svm", {"C": 1.0}) == Trial.of("svm", {"C": 1.0})
    others = [
        Trial.of("svm", {}),
        Trial.of("svm", {"C": 1.0}),
        Trial.of("svm", {"C": 1.0000000000000002}),
        Trial.of("svm", {"gamma": 1.0}),
        Trial.of("xgboost", {"C": 1.0}),
        Trial.of("svm", {"C": None}),
        Trial.of("svm", {"C": "None"}),
        Trial.of("svm", {"C": "1.0"}),
    ]
    assert len({trial.id for trial in others}) == len(others)
    assert all(len(trial.id) == 12 and int(trial.id, 16) >= 0 for trial in others)


def test_the_ids_of_old_studies_stay_valid():
    assert Trial.of("svm", {}).id == "0204d4d69227"
    assert Trial.of("decision_tree", {}).id == "02711515d746"
    assert Trial.of("xgboost", {}).id == "68bb9a9dfde4"


@pytest.mark.parametrize("names", list(permutations(GRID)))
def test_the_order_of_keys_and_values_does_not_matter(names):
    shuffled = {name: GRID[name][::-1] for name in names}
    assert set(ids(shuffled)) == set(ids(GRID))


def test_the_order_of_grids_does_not_matter():
    other = {"n_estimators": [5, 6]}
    assert set(ids(GRID, other)) == set(ids(other, GRID))


def test_whole_numbers_and_their_floats_are_one_value():
    assert ids({"max_depth": [2.0], "subsample": [1]}) == ids(
        {"max_depth": [2], "subsample": [1.0]}
    )
    point = expand(XGBOOST, "binary", ({"max_depth": [2.0], "subsample": [1]},))[1]
    assert [repr(value) for value in point.hyperparameters.values()] == ["2", "1.0"]


def test_the_default_is_first_and_once():
    for grids in [(), ({},), ({}, {}), (GRID,), (GRID, {})]:
        trials = expand(XGBOOST, "binary", grids)
        assert trials[0].hyperparameters == {}
        assert [trial.hyperparameters for trial in trials].count({}) == 1


def test_grids_are_united_without_doubles():
    overlapping = {"max_depth": [4, 6], "learning_rate": [0.3], "subsample": [0.5]}
    found = ids(GRID, overlapping, GRID)
    assert len(found) == len(set(found)) == 1 + 4 + 1
    points = [trial.hyperparameters for trial in expand(XGBOOST, "binary", (GRID, overlapping))]
    assert {"max_depth": 6, "learning_rate": 0.3, "subsample": 0.5} in points


@pytest.mark.parametrize("task", ["binary", "regression"])
@pytest.mark.parametrize("model", family_names())
def test_the_size_is_the_number_of_trials(model, task):
    family = get_family(model)
    grids = family.default_grids(task)
    assert size(grids) == len(expand(family, task, grids))
    assert size(()) == size(({},)) == 1


def test_a_growing_grid_keeps_its_old_trials():
    old = ids(GRID)
    grown = {**GRID, "max_depth": [1, 2, 3, 4], "subsample": [0.1, 0.5]}
    assert set(old) < set(ids(grown))
    assert set(old) < set(ids({"n_estimators": [9]}, GRID))


def test_a_condition_counts_the_default_of_what_it_hangs_on():
    assert list(mistakes(SVM, "binary", "k", ({"gamma": [1.0]},))) == []
    assert list(mistakes(SVM, "binary", "k", ({"kernel": ["poly"], "degree": [2]},))) == []
    lines = list(mistakes(SVM, "binary", "k", ({"C": [1.0]}, {"coef0": [1.0]})))
    assert lines == [
        "k[1].coef0: does not apply to kernel rbf, only to poly, sigmoid; "
        "kernel rbf is the default, set kernel too"
    ]


def test_an_unknown_family_is_named():
    with pytest.raises(ConfigError, match=r"unknown model 'xgbost' \(did you mean 'xgboost'\?\)"):
        get_family("xgbost")


def search_of(count):
    trials = tuple(Trial.of("svm", {"C": float(i)}) for i in range(count))
    return Search("iris", "svm", "multiclass", trials)


def test_few_trials_are_one_bundle():
    search = search_of(640)
    assert search.bundles == {"all": [trial.id for trial in search.trials]}


@pytest.mark.parametrize("count", [641, 3000, 10_000])
def test_bundles_are_the_trials_by_the_first_digit_of_their_ids(count):
    bundles = search_of(count).bundles
    assert sorted(bundles) == list("0123456789abcdef")
    assert all(trial.startswith(bundle) for bundle, own in bundles.items() for trial in own)
    assert sum(len(own) for own in bundles.values()) == count
    assert max(len(own) for own in bundles.values()) < 2 * 640


def test_growth_moves_no_trial_between_bundles_of_the_same_number_of_digits():
    small, large = search_of(700).bundles, search_of(4000).bundles
    assert all(set(own) <= set(large[bundle]) for bundle, own in small.items())
    assert {len(bundle) for bundle in search_of(10_241).bundles} == {2}


def test_minus_zero_is_zero():
    family = get_family("svm")
    trials = [
        expand(family, "binary", [{"kernel": ["poly"], "coef0": [zero]}])[1] for zero in (0.0, -0.0)
    ]
    assert trials[0].id == trials[1].id
