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
    assert size(family, task, grids) == len(expand(family, task, grids))
    assert size(family, task, ()) == size(family, task, ({},)) == 1


DEFAULTS = {
    "the default alone": ("xgboost", "binary", [{"max_depth": [6]}]),
    "all of it": (
        "xgboost",
        "binary",
        [{"max_depth": [6.0], "n_estimators": [100], "scaling": ["none"]}],
    ),
    "among others": (
        "decision_tree",
        "regression",
        [{"max_depth": [2, None], "max_features": [None]}],
    ),
    "in two grids": ("svm", "binary", [{"C": [1, 2]}, {"kernel": ["rbf"], "C": [1, 3]}]),
    "beside what applies to it": ("svm", "binary", [{"kernel": ["rbf"], "gamma": ["scale", 1]}]),
}


@pytest.mark.parametrize("case", DEFAULTS)
def test_the_default_stands_for_a_point_that_sets_nothing_else(case):
    model, task, grids = DEFAULTS[case]
    family = get_family(model)
    found = expand(family, task, grids)
    effects = [family.effective(task, each.hyperparameters) for each in found]
    assert found[0] == Trial.of(model, {})
    assert effects.count(family.effective(task, {})) == 1
    assert size(family, task, grids) == len(found)


def test_points_that_are_equal_in_effect_are_trained_once_by_the_first():
    first, second = {"max_depth": [3], "n_estimators": [100, 50]}, {"max_depth": [3, 4]}
    found = [each.hyperparameters for each in expand(XGBOOST, "binary", (first, second))]
    assert found == [
        {},
        {"max_depth": 3, "n_estimators": 100},
        {"max_depth": 3, "n_estimators": 50},
        {"max_depth": 4},
    ]
    other = expand(XGBOOST, "binary", (second, first))
    assert {"max_depth": 3} in [each.hyperparameters for each in other]
    assert len(other) == len(found)


def test_a_grid_that_grows_around_the_default_keeps_its_old_trials():
    old = ids({"max_depth": [4, 5]})
    assert set(old) < set(ids({"max_depth": [4, 5, 6, 7]}))
    assert ids({"max_depth": [6]}) == old[:1]


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
    search = search_of(50)
    assert search.bundles == {"all": sorted(trial.id for trial in search.trials)}


def boosters(count):
    penalties = list(map(float, range(count // 6)))
    grid = {"n_estimators": [10, 20, 30], "max_depth": [2, 3], "reg_lambda": penalties}
    trials = expand(XGBOOST, "binary", (grid,))
    return Search("iris", "xgboost", "binary", tuple(trials))


@pytest.mark.parametrize(("count", "names"), [(60, 2), (1200, 32), (3000, 64), (10_002, 256)])
def test_bundles_hold_all_trials_and_whole_sets(count, names):
    search = boosters(count)
    bundles = search.bundles
    assert len(bundles) == names
    assert sorted(trial for own in bundles.values() for trial in own) == sorted(search.points)
    bundle_of = {trial: name for name, own in bundles.items() for trial in own}
    assert all(len({bundle_of[trial] for trial in ids}) == 1 for ids in search.sets)
    assert max(map(len, bundles.values())) < 150
    assert sum(search.shares.values()) == pytest.approx(1)


def test_a_set_of_very_many_trials_is_spread_over_bundles():
    search = search_of(1000)
    assert len(search.sets) == 1
    assert len(search.bundles) == 32
    assert max(map(len, search.bundles.values())) < 60


def test_growth_moves_no_trial_between_bundles_until_their_number_doubles():
    small, large = boosters(900).bundles, boosters(1500).bundles
    assert len(small) == len(large)
    assert all(set(own) <= set(large[bundle]) for bundle, own in small.items())


def test_minus_zero_is_zero():
    family = get_family("svm")
    trials = [
        expand(family, "binary", [{"kernel": ["poly"], "coef0": [zero]}])[1] for zero in (0.0, -0.0)
    ]
    assert trials[0].id == trials[1].id
