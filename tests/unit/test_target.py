"""A target is transformed inside folds, its answers are turned back, and both are replayed."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeRegressor
from studies import POINTS as EXAMPLES
from studies import bench, bundled, estimator, read, rich
from test_predictor import frame_of
from test_sharing import check
from xgboost import XGBRegressor

from hypertrial import prediction, predictor, rebuilt, setting, trial
from hypertrial.explanation import page, registry
from hypertrial.explanation.subject import Subject
from hypertrial.models import family_names, get_family
from hypertrial.plots import tree_nodes
from hypertrial.preprocessing import target

TRANSFORMS = ("none", "standard", "log", "quantile")
POINTS = EXAMPLES | {"decision_tree": {"max_depth": 5, "encoding": "ordinal"}, "svm": {"C": 3.0}}
PEERS = {
    "decision_tree": (partial(DecisionTreeRegressor, random_state=7), {"max_depth": 5}),
    "svm": (SVR, {"C": 3.0, "epsilon": 0.2}),
    "xgboost": (partial(XGBRegressor, tree_method="hist", random_state=7), {"n_estimators": 12}),
}
INVERSES = {
    "standard": {"transformer": StandardScaler()},
    "log": {"func": np.log, "inverse_func": np.exp},
}


def skewed(seed=4, rows=120):
    """Return a table with every kind of column and role, and a target above 0 of a wide range."""
    data = rich("regression", rows, seed)
    return replace(data, y=1000 * np.exp(data.y / 2))


def known(y, weight=None):
    y = np.asarray(y, dtype=float)
    return {name: target.fit(name, y, weight) for name in TRANSFORMS}


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("model", family_names())
def test_a_trial_replays_under_every_transformation(model, name, tmp_path):
    made = bench(skewed(), tmp_path, method="random")
    scores, learned, predictions = made.result(model, {**POINTS[model], "target_transform": name})
    assert (scores["status"], scores["reason"]) == ("ok", None)
    if get_family(model).tolerance.raw == 0:
        assert scores["replay"]["raw_difference"] == 0
        assert not scores["replay"]["value_difference"]
    arrays = {"standard": ("center", "scale"), "quantile": ("quantiles", "scores")}
    own = {each for each in learned if each.startswith("preprocessing.target_")}
    assert own == {f"preprocessing.target_{each}" for each in arrays.get(name, ())}
    assert scores["hyperparameters"]["set"]["target_transform"] == name
    assert ("target_transform" in scores["hyperparameters"]["needed"]) == (name == "log")
    assert 100 < np.median(predictions["labels"]) < 10_000  # the target's own units
    assert scores["folds"][0]["validation"]["rmse"] > 10


@pytest.mark.parametrize("name", INVERSES)
@pytest.mark.parametrize("model", PEERS)
def test_predictions_are_those_of_scikit_learns_transformed_target(model, name, tmp_path):
    build, point = PEERS[model]
    data = bundled("regression", 120)
    made = bench(data, tmp_path)
    _, _, predictions = made.result(model, {**point, "target_transform": name})
    found = np.full(len(data.y), np.nan)
    for training, validation in made.splits.parts():
        own = TransformedTargetRegressor(build(**point), check_inverse=False, **INVERSES[name])
        whole = make_pipeline(StandardScaler(), own) if model == "svm" else own
        found[validation] = whole.fit(data.X[training], data.y[training]).predict(
            data.X[validation]
        )
    np.testing.assert_allclose(predictions["labels"], found[predictions["rows"]], rtol=2e-5)


def test_what_is_learned_is_that_of_training_rows_and_their_weights(tmp_path):
    made = bench(skewed(), tmp_path, method="random")
    _, learned, _ = made.result("decision_tree", {"target_transform": "standard"})
    part = made.table.rows(made.splits.training)
    mean = np.average(part.y, weights=part.weight)
    deviation = np.sqrt(np.average((part.y - mean) ** 2, weights=part.weight))
    assert learned["preprocessing.target_center"] == pytest.approx([mean], rel=1e-12)
    assert learned["preprocessing.target_scale"] == pytest.approx([deviation], rel=1e-12)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_transformation_can_be_undone_and_keeps_the_order(name):
    y = np.random.default_rng(0).lognormal(size=400)
    own = known(y)[name]
    np.testing.assert_allclose(own.undo(own.apply(y)), y, rtol=1e-12)
    there = own.apply(np.sort(y))
    assert (np.diff(there) > 0).all()
    back = own.undo(np.linspace(-9, 9, 1000))
    assert (np.diff(back) >= 0).all()


def test_quantiles_are_normal_scores_of_the_ranks():
    from scipy.stats import norm

    own = known([30.0, 10.0, 20.0, 20.0])["quantile"]
    ranks = np.array([1, 4, 7]) / 8
    np.testing.assert_allclose(own.arrays["target_scores"], norm.ppf(ranks), rtol=1e-12)
    np.testing.assert_array_equal(own.arrays["target_quantiles"], [10.0, 20.0, 30.0])
    assert own.undo([-99.0, 0.0, 99.0]).tolist() == [10.0, 20.0, 30.0]


def test_weights_count_as_rows_that_stand_several_times():
    y, weight = np.array([5.0, 1.0, 2.0, 9.0]), np.array([2.0, 1.0, 3.0, 0.0])
    repeated = known(np.repeat(y, weight.astype(int)))
    for name, own in known(y, weight).items():
        for key, array in own.arrays.items():
            np.testing.assert_allclose(array, repeated[name].arrays[key], rtol=1e-12)


def test_very_many_targets_are_thinned_to_evenly_spaced_ranks():
    y = np.random.default_rng(1).lognormal(size=5000)
    own = known(y)["quantile"]
    assert own.arrays["target_quantiles"].shape == (1000,)
    assert own.undo([-99.0, 99.0]).tolist() == [y.min(), y.max()]
    assert abs(own.apply(y).mean()) < 0.01
    assert own.apply(y).std() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_targets_that_are_all_the_same_stay_what_they_are(name):
    own = known([7.0, 7.0, 7.0])[name]
    assert np.isfinite(own.apply(np.array([7.0]))).all()
    np.testing.assert_allclose(own.undo(own.apply(np.array([7.0]))), [7.0])


def test_a_logarithm_of_a_negative_target_fails_the_trial_with_its_reason(tmp_path):
    made = bench(rich("regression"), tmp_path, method="random")
    scores, _, _ = made.result("decision_tree", {"target_transform": "log"})
    assert scores["status"] == "failed"
    assert "target_transform: log needs targets above 0, not -" in scores["reason"]


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize(
    ("model", "own"),
    [
        ("decision_tree", [{"ccp_alpha": each} for each in (0.0, 0.001, 0.1)]),
        ("svm", [{"C": C, "epsilon": e} for C in (0.5, 5.0) for e in (0.1, 0.3)]),
        ("xgboost", [{"n_estimators": each} for each in (2, 5, 9)]),
    ],
)
def test_trials_that_share_work_get_the_bytes_that_each_gets_alone(model, own, name, tmp_path):
    made = bench(skewed(), tmp_path / "data", method="random")
    points = [{"target_transform": name, **each} for each in own]
    check(made, model, points, tmp_path / "set")


def test_rows_in_bins_are_not_taken_for_another_transformation(tmp_path):
    made = bench(bundled("regression", 120), tmp_path)
    points = [{"n_estimators": 4, "target_transform": name} for name in (*TRANSFORMS, "none")]
    found = [
        trial.alone(made.spec("xgboost", each).to_json(), made.table_paths, made.splits_path)
        for each in points
    ]
    assert found[0]["parameters.npz"] == found[-1]["parameters.npz"]
    own = setting.load(made.spec("xgboost", points[1]), made.table_paths, made.splits_path)
    training = replace(own.training(np.array(made.table.X), np.arange(120)), target="none")
    given = replace(training, X=training.X.copy())
    fresh = get_family("xgboost").fits(given, [own.model])[0]()
    assert fresh.whole.read[1][0] == pytest.approx(made.table.y.mean(), rel=1e-6)


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("model", family_names())
def test_new_rows_are_predicted_in_the_targets_own_units(model, name, tmp_path):
    made = bench(skewed(), tmp_path / "data", method="random")
    spec = made.spec(model, {**POINTS[model], "target_transform": name})
    own = predictor.load(made.run(spec, tmp_path))
    fitted = rebuilt.fitted(own.folder, own.learned)
    answers = own.predict(frame_of(made.table.rows(made.splits.training)))
    again = fitted.fit.respond(fitted.X)
    np.testing.assert_allclose(answers, again.labels, rtol=1e-6)
    raw, _ = estimator(made, spec)
    bare = get_family(model).respond(raw, fitted.X)
    undone = target.read(own.learned, own.needed).undo(bare.labels)
    np.testing.assert_allclose(again.labels, undone, rtol=1e-6)


def test_a_machine_does_not_care_for_the_units_of_a_standardised_target(tmp_path):
    data = bundled("regression", 100)
    made = [
        bench(each, tmp_path / str(i))
        for i, each in enumerate((data, replace(data, y=1e4 * data.y + 5e5)))
    ]
    (_, _, one), (_, _, other) = (each.result("svm") for each in made)
    np.testing.assert_allclose(other["labels"], 1e4 * one["labels"] + 5e5, rtol=1e-6)


EXPLAINED = {
    "decision_tree": "In the target's own units its value is ",
    "svm": "in the target's own units it is ",
    "xgboost": "in the target's own units it is ",
}


def subject_of(model, point, folder):
    """Run a trial, and return it as the subject of an explanation."""
    made = bench(skewed(), folder / "data", method="random")
    there = made.run(made.spec(model, point), folder)
    scores, learned, _ = read(there)
    own = Subject(scores, there, rebuilt.load(there), learned)
    table = str(folder / "told")
    registry.get(model).write(own, table)
    return replace(own, table=table)


@pytest.mark.parametrize("name", ["standard", "log", "quantile"])
@pytest.mark.parametrize("model", EXPLAINED)
def test_a_page_says_how_transformed_units_become_the_targets(model, name, tmp_path):
    own = subject_of(model, {**POINTS[model], "target_transform": name}, tmp_path)
    row = int(own.held_out[0])
    answer = own.predict(own.data.rows(np.array([row]))).labels[0]
    text = "\n".join(registry.get(model).predicted(own, row))
    assert EXPLAINED[model] in text
    assert f"{answer:.6g}" in text
    assert "This sum is the prediction:" not in text
    words = {"standard": "divided by", "log": "logarithm", "quantile": "rank"}
    assert words[name] in page._target(own)[0]


@pytest.mark.parametrize("model", EXPLAINED)
def test_a_page_says_nothing_of_a_target_as_it_is(model, tmp_path):
    own = subject_of(model, {**POINTS[model], "target_transform": "none"}, tmp_path)
    text = "\n".join(registry.get(model).predicted(own, int(own.held_out[0])))
    assert page._target(own) == []
    assert "own units" not in text


@pytest.mark.parametrize("name", ["standard", "log", "quantile"])
def test_the_picture_of_a_tree_has_values_in_the_targets_own_units(name, tmp_path):
    own = subject_of("decision_tree", {"max_depth": 2, "target_transform": name}, tmp_path)
    nodes = tree_nodes.learned_tree(own.learned, own.data, own.needed)
    leaves = sorted(float(each.value[0]) for each in nodes if not each.question)
    assert leaves == sorted(set(own.predict(own.data).labels.tolist()))


FORGED = {
    "no scale": ("standard", "scale", None, "there is no array 'preprocessing.target_scale'"),
    "two means": ("standard", "center", np.zeros(2), "has the shape"),
    "falling": ("quantile", "quantiles", np.array([3.0, 1.0]), "in ascending order"),
    "no quantiles": ("quantile", "quantiles", np.zeros(0), "has the shape|in ascending order"),
    "of texts": ("standard", "scale", np.array(["x"]), "not a number"),
}


@pytest.mark.parametrize("case", FORGED)
def test_a_transformation_from_elsewhere_is_checked_before_it_is_used(case, tmp_path):
    name, array, forged, said = FORGED[case]
    data = replace(bundled("regression", 60), y=np.arange(60.0) % 2 + 1)
    made = bench(data, tmp_path)
    _, learned, _ = made.result("decision_tree", {"target_transform": name})
    family = get_family("decision_tree")
    prediction.check(family, "regression", learned)
    learned[f"preprocessing.target_{array}"] = forged
    if forged is None:
        del learned[f"preprocessing.target_{array}"]
    with pytest.raises(ValueError, match=said):
        prediction.check(family, "regression", learned)
