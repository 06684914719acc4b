"""Trials that share work get the bytes that each gets alone."""

import itertools
import warnings
from dataclasses import replace

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from studies import bench, bundled, mixed, rich

from hypertrial import files, records, refit, trial
from hypertrial.errors import StudyError
from hypertrial.models import get_family
from hypertrial.models.decision_tree import pruning
from hypertrial.models.xgboost import boosted_trees
from hypertrial.records import COST, TRIAL_FILES
from hypertrial.search import Search
from hypertrial.sharing import Shared
from hypertrial.space import Trial

TASKS = ["binary", "multiclass", "regression"]
TREES = [
    {"min_samples_leaf": 3, "min_samples_split": split, "ccp_alpha": alpha}
    for split, alpha in itertools.product((2, 6), (0.0, 0.001, 0.02))
]
LIMITED = [
    {"max_leaf_nodes": leaves, "ccp_alpha": alpha, "max_features": 0.5}
    for leaves, alpha in itertools.product((2, 5, 11, 60), (0.0, 0.01))
]
BOOSTED = [{"n_estimators": rounds, "max_depth": 3} for rounds in (1, 4, 9, 15)]
DRAWN = [{**point, "subsample": 0.6, "colsample_bytree": 0.5} for point in BOOSTED]
SETS = {"decision_tree": [TREES, LIMITED], "xgboost": [BOOSTED, DRAWN]}


def contents_together(made, specs, root):
    """Run trials together; return the contents of their files but cost.json."""
    folders = made.stage(specs, root)
    return [
        {name: (folder / f"{name}{files.PART}").read_bytes() for name in TRIAL_FILES}
        for folder in folders
    ]


def check(made, model, points, root, metrics=None):
    specs = [made.spec(model, point, metrics) for point in points]
    family = get_family(model)
    common = [
        family.shares(family.of_stage("model", family.effective(spec.task, spec.hyperparameters)))
        for spec in specs
    ]
    assert all(each == common[0] for each in common), "these trials are no set"
    together = contents_together(made, specs, root)
    for spec, staged in zip(specs, together, strict=True):
        alone = trial.alone(spec.to_json(), made.table_paths, made.splits_path)
        for name in TRIAL_FILES:
            if name != COST:
                assert staged[name] == alone[name], (spec.hyperparameters, name)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    ("model", "points"), [(model, points) for model, sets in SETS.items() for points in sets]
)
def test_trials_together_get_the_bytes_that_each_gets_alone(model, points, task, tmp_path):
    made = bench(mixed(task, seed=3), tmp_path)
    check(made, model, points, tmp_path / "together")
    check(made, model, points[::-1], tmp_path / "other order")


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("model", SETS)
def test_with_weights_and_categories_too(model, task, tmp_path):
    made = bench(rich(task), tmp_path, method="random")
    balanced = {} if task == "regression" else {"class_weight": "balanced"}
    check(made, model, [{**point, **balanced} for point in SETS[model][0]], tmp_path / "together")


@pytest.mark.parametrize("objective", ["reg:absoluteerror", "reg:gamma", "count:poisson"])
def test_boosters_of_other_objectives_too(objective, tmp_path):
    data = bundled("regression")
    made = bench(replace(data, y=np.round(data.y)), tmp_path)
    points = [{**point, "objective": objective} for point in BOOSTED]
    check(made, "xgboost", points, tmp_path / "together")


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_no_result(threads, tmp_path):
    made = bench(bundled("binary", 300), tmp_path)
    specs = [made.spec("xgboost", point) for point in DRAWN]
    folders = [str(tmp_path / spec.trial) for spec in specs]
    texts = [spec.to_json() for spec in specs]
    trial.run(texts, made.table_paths, made.splits_path, folders, threads=threads)
    for spec in specs:
        alone = trial.alone(spec.to_json(), made.table_paths, made.splits_path)
        staged = (tmp_path / spec.trial / f"parameters.npz{files.PART}").read_bytes()
        assert staged == alone["parameters.npz"]


@pytest.mark.parametrize("kind", [DecisionTreeClassifier, DecisionTreeRegressor])
@pytest.mark.parametrize("features", [None, 0.3])
def test_a_cut_tree_is_the_smaller_tree_in_every_field(kind, features):
    data = bundled("binary" if kind is DecisionTreeClassifier else "regression", 400)
    X = data.X.copy()
    X[np.random.default_rng(0).random(X.shape) < 0.05] = np.nan
    settings = {"random_state": 3, "max_features": features}
    large = kind(max_leaf_nodes=40, **settings).fit(X, data.y).tree_
    for leaves in (2, 3, 9, 17, min(39, large.n_leaves - 1)):
        small = kind(max_leaf_nodes=leaves, **settings).fit(X, data.y).tree_.__getstate__()
        cut = pruning.first_leaves(large, leaves).__getstate__()
        assert small["max_depth"] == cut["max_depth"]
        np.testing.assert_array_equal(small["values"], cut["values"])
        for name in small["nodes"].dtype.names:
            np.testing.assert_array_equal(small["nodes"][name], cut["nodes"][name])


def test_a_depth_limit_is_never_shared():
    family = get_family("decision_tree")
    shallow, deep = (
        family.shares(family.effective("binary", {"max_depth": depth})) for depth in (3, 5)
    )
    assert shallow != deep


def test_a_trial_that_fails_beside_others_is_left_to_run_alone(tmp_path, monkeypatch):
    made = bench(bundled("binary"), tmp_path)
    specs = [made.spec("xgboost", point) for point in BOOSTED]
    from hypertrial.models.xgboost.boosting import Boosted

    usual = Boosted.predict

    def fails(self, X):
        if self.rounds == 4:
            raise ValueError("four rounds are bad luck")
        return usual(self, X)

    monkeypatch.setattr(Boosted, "predict", fails)
    folders = [tmp_path / spec.trial for spec in specs]
    texts = [spec.to_json() for spec in specs]
    staged = trial.run(texts, made.table_paths, made.splits_path, [str(f) for f in folders])
    assert staged == [str(folder) for folder in folders if folder != folders[1]]
    scores, _, _ = made.result("xgboost", BOOSTED[1])
    assert scores["reason"] == "ValueError: fold 0: four rounds are bad luck"


def test_costs_of_trials_together_add_up(tmp_path):
    made = bench(bundled("binary"), tmp_path)
    for folder in made.stage([made.spec("xgboost", point) for point in BOOSTED], tmp_path):
        records.publish(folder)
    costs = [records.read(folder)[1] for folder in tmp_path.glob("xgboost/trials/*")]
    assert [cost["trials_together"] for cost in costs] == [len(BOOSTED)] * len(BOOSTED)
    for cost in costs:
        fits = sum(fold["fit_seconds"] for fold in cost["folds"])
        assert 0 < fits + cost["refit_seconds"] <= cost["seconds"]


def test_a_trial_that_differs_alone_fails_the_refit(tmp_path):
    made = bench(bundled("binary"), tmp_path)
    spec = made.spec("decision_tree", {"max_depth": 3})
    folder = made.run(spec)
    arguments = (spec.to_json(), made.table_paths, made.splits_path, str(folder))
    refit.compare(*arguments, str(tmp_path / "refit.json"))
    assert files.digest_file(tmp_path / "refit.json")
    other = made.result("decision_tree", {"max_depth": 2})[0]
    assert other["status"] == "ok"
    wrong = tmp_path / "decision_tree" / "trials" / other["trial"] / "parameters.npz"
    (folder / "parameters.npz").write_bytes(wrong.read_bytes())
    with pytest.raises(StudyError, match="another parameters"):
        refit.compare(*arguments, str(tmp_path / "refit.json"))


def test_what_is_shared_is_made_once_and_warns_everyone():
    made = []

    def make():
        made.append(1)
        warnings.warn("careful", stacklevel=1)
        return 7

    shared = Shared(make)
    for _ in range(3):
        with pytest.warns(UserWarning, match="careful"):
            assert shared() == 7
    assert made == [1]


def test_what_cannot_be_shared_fails_for_everyone_alike():
    def make():
        raise ValueError("no")

    shared = Shared(make)
    for _ in range(2):
        with pytest.raises(ValueError, match=r"^no$") as caught:
            shared()
        caught.value.args = ("fold 0: no",)


def test_sums_of_more_trees_go_on_from_those_of_fewer(tmp_path):
    made = bench(mixed("multiclass"), tmp_path)
    _, learned, _ = made.result("xgboost", {"n_estimators": 6})
    arrays = {name.removeprefix("model."): v for name, v in learned.items()}
    base = arrays.pop("base_margin")
    trees = {name: arrays[name] for name in arrays if "." not in name and name in TREE_ARRAYS}
    width = int(trees["feature"].max()) + 1
    table = np.random.default_rng(0).normal(size=(50, width)).astype(np.float32)
    whole = boosted_trees.sums(trees, table, base)
    for count in (3, 9, 18):
        boosted_trees.sums(boosted_trees.first(trees, count), table, base)
    np.testing.assert_array_equal(boosted_trees.sums(trees, table, base), whole)
    changed = {**trees, "threshold": trees["threshold"] + np.float32(0.5)}
    assert not np.array_equal(boosted_trees.sums(changed, table, base), whole)


TREE_ARRAYS = {array.name for array in boosted_trees.ARRAYS}


def search(model, *points, task="binary"):
    return Search("iris", model, task, tuple(Trial.of(model, point) for point in points))


def test_sets_hold_the_trials_that_share_and_long_ones_come_first():
    found = search(
        "xgboost",
        {},
        *({"n_estimators": n, "max_depth": d} for d in (2, 8) for n in (100, 10)),
    )
    rounds = [
        [found.points[trial].hyperparameters.get("n_estimators") for trial in ids]
        for ids in found.sets
    ]
    assert rounds == [[10, 100], [None], [10, 100]]
    assert found.points[found.sets[0][0]].hyperparameters["max_depth"] == 8
    first, last = found.sets[0][0], found.sets[-1][0]
    assert found.priority(first) == 100 > found.priority(last) >= 1
    assert len(found.shared_trials()) == 4
    assert found.describe() == "5 (3 sets)"


def test_a_split_of_fewer_rows_than_two_leaves_need_is_the_same_tree():
    points = [{"min_samples_leaf": 5, "min_samples_split": split} for split in (2, 9, 10, 11)]
    assert sorted(len(ids) for ids in search("decision_tree", *points).sets) == [1, 3]
