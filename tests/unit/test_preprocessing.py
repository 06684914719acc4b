"""Every option of preprocessing equals scikit-learn's own pipeline and replays with NumPy."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from studies import bench, peer, rich

from hypertrial.families import Features
from hypertrial.models import get_family
from hypertrial.preprocessing import preprocessing, replaying

SCALERS = {
    "none": "passthrough",
    "standard": StandardScaler(),
    "robust": RobustScaler(),
    "min_max": MinMaxScaler(),
    "quantile": QuantileTransformer(n_quantiles=90, subsample=None),
}
OPTIONS = [
    {"scaling": scaling, "imputation": imputation, **more}
    for scaling in SCALERS
    for imputation, more in (
        ("none", {}),
        ("median", {"missing_indicator": False}),
        ("mean", {"missing_indicator": True}),
        ("constant", {"fill_value": -3.5, "missing_indicator": True}),
    )
]
ENCODINGS = [
    {"encoding": "one_hot", "max_categories": 4},
    {"encoding": "one_hot", "max_categories": None},
    {"encoding": "ordinal"},
    {"encoding": "native"},
    {"max_categories": 50},
]
ROWS = np.arange(90)
NUMERIC, CATEGORICAL = [0, 1, 3], [2, 4, 5]


def by_hand(options):
    """Return scikit-learn's transformer for the options, written without the package."""
    steps = []
    if options["imputation"] != "none":
        imputer = SimpleImputer(
            strategy=options["imputation"],
            fill_value=options.get("fill_value"),
            add_indicator=options["missing_indicator"],
        )
        steps.append(imputer)
    steps.append(SCALERS[options["scaling"]])
    if options.get("encoding", "one_hot") == "one_hot":
        encoder = OneHotEncoder(
            handle_unknown="infrequent_if_exist",
            max_categories=options["max_categories"],
            sparse_output=False,
        )
    else:
        encoder = OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan
        )
    return ColumnTransformer(
        [("numbers", make_pipeline(*steps), NUMERIC), ("texts", encoder, CATEGORICAL)]
    )


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("options", OPTIONS)
def test_an_option_equals_scikit_learns_and_replays_to_the_bit(options, encoding):
    data, options = rich("binary"), options | encoding
    transformer = preprocessing.fit(options, data, ROWS)
    expected = by_hand(options).fit(data.X[ROWS]).transform(data.X)
    own = preprocessing.transform(transformer, data.X)
    np.testing.assert_array_equal(own, expected)
    replayed = replaying.replay(preprocessing.parameters(transformer, data), data)
    np.testing.assert_array_equal(replayed, own)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_unseen_and_missing_categories_replay_as_scikit_learn_takes_them(encoding):
    data = rich("binary")
    options = {"scaling": "none", "imputation": "none"} | encoding
    X = data.X.copy()
    X[:90, 4][X[:90, 4] == 2] = 0.0  # a label that is seen only later
    X[:90, 2][np.isnan(X[:90, 2])] = 1.0  # a gap that is seen only later
    data = replace(data, X=X)
    transformer = preprocessing.fit(options, data, ROWS)
    own = preprocessing.transform(transformer, X)
    replayed = replaying.replay(preprocessing.parameters(transformer, data), data)
    np.testing.assert_array_equal(replayed, own)
    beyond = replace(data, X=np.where(np.isin(np.arange(6), CATEGORICAL), 60.0, X))
    unseen = replaying.replay(preprocessing.parameters(transformer, data), beyond)
    np.testing.assert_array_equal(unseen, preprocessing.transform(transformer, beyond.X))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_feature_has_a_name_of_its_own(encoding):
    data = rich("binary")
    options = {"scaling": "robust", "imputation": "mean", "missing_indicator": True} | encoding
    transformer = preprocessing.fit(options, data, ROWS)
    learned = preprocessing.parameters(transformer, data)
    described = [(column.name, column.kind) for column in data.columns]
    names = replaying.feature_names(learned, *zip(*described, strict=True))
    assert len(names) == len(set(names)) == replaying.replay(learned, data).shape[1]
    assert names[:4] == ["height", "size", "price", "height is missing"]
    pooled = ["colour = (rare)", "town = (rare)", "street = (rare)"]
    rare = [name for name in names if name.endswith("(rare)")]
    assert rare == (pooled if encoding.get("max_categories") == 4 else [])


def test_features_say_which_are_codes_and_which_are_monotone():
    data = rich("binary")
    columns = (replace(data.columns[0], monotone=-1), replace(data.columns[1], monotone=1))
    data = replace(data, columns=(*columns, *data.columns[2:]))
    native = preprocessing.features({"encoding": "native"}, data, 6)
    assert native == Features((False,) * 3 + (True,) * 3, (-1, 1, 0, 0, 0, 0))
    one_hot = preprocessing.features({"encoding": "one_hot"}, data, 9)
    assert one_hot == Features((False,) * 9, (-1, 1) + (0,) * 7)


POINTS = {
    "decision_tree": [
        {"encoding": "ordinal"},
        {"max_categories": 3, "scaling": "quantile", "class_weight": "balanced"},
        {"imputation": "mean", "missing_indicator": True, "scaling": "min_max"},
        {"imputation": "constant", "fill_value": 1e6, "scaling": "robust", "encoding": "ordinal"},
    ],
    "svm": [
        {"scaling": "robust", "imputation": "mean"},
        {"scaling": "min_max", "missing_indicator": True, "class_weight": "balanced"},
        {"scaling": "quantile", "imputation": "constant", "max_categories": None},
        {"scaling": "none", "gamma": 0.001},
    ],
    "xgboost": [
        {"encoding": "native", "n_estimators": 9},
        {"encoding": "native", "max_cat_to_onehot": 100, "n_estimators": 5},
        {"encoding": "native", "max_cat_to_onehot": 1, "max_cat_threshold": 2, "n_estimators": 5},
        {"encoding": "ordinal", "n_estimators": 5, "class_weight": "balanced"},
        {"imputation": "median", "missing_indicator": True, "scaling": "quantile"},
        {"max_categories": 3, "n_estimators": 5},
    ],
}


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize(
    ("model", "point"), [(model, point) for model, points in POINTS.items() for point in points]
)
def test_a_trial_with_options_weights_and_every_kind_of_column_replays(
    model, point, task, tmp_path
):
    if task == "regression":
        point = {name: value for name, value in point.items() if name != "class_weight"}
    made = bench(rich(task, seed=4), tmp_path, method="random")
    scores, _, _ = made.result(model, point)
    assert (scores["status"], scores["reason"]) == ("ok", None)
    assert scores["replay"]["agrees"]
    family = get_family(model)
    if family.tolerance.raw == 0:
        assert scores["replay"]["raw_difference"] == 0


OBJECTIVES = [
    {"objective": "reg:absoluteerror"},
    {"objective": "reg:pseudohubererror", "huber_slope": 5.0},
    {"objective": "reg:squaredlogerror"},
    {"objective": "reg:gamma"},
    {"objective": "reg:tweedie", "tweedie_variance_power": 1.2},
    {"objective": "count:poisson"},
]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("point", OBJECTIVES)
def test_an_objective_of_boosting_replays_with_its_link(point, seed, tmp_path):
    data = rich("regression", seed=seed)
    skewed = np.exp(np.random.default_rng(seed).normal(3, 2, len(data.y)) + data.y / 3)
    made = bench(replace(data, y=skewed), tmp_path, method="random")
    scores, _, _ = made.result("xgboost", {"n_estimators": 20, "encoding": "native", **point})
    assert (scores["status"], scores["reason"]) == ("ok", None)
    assert scores["replay"]["raw_difference"] == 0
    assert scores["hyperparameters"]["needed"] == {"objective": point["objective"]}


@pytest.mark.parametrize("model", ["decision_tree", "xgboost"])
@pytest.mark.parametrize("way", [1, -1])
def test_a_monotone_column_moves_predictions_one_way(model, way, tmp_path):
    rng = np.random.default_rng(0)
    data = rich("regression", rows=200)
    columns = (replace(data.columns[0], monotone=way), *data.columns[1:])
    X = np.column_stack([rng.normal(size=200), *np.nan_to_num(data.X[:, 1:]).T])
    data = replace(data, columns=columns, X=X, y=np.sin(3 * X[:, 0]) + rng.normal(size=200))
    made = bench(data, tmp_path, method="random")
    spec = made.spec(model)
    made.run(spec)
    fitted, prepared = peer(made, spec)
    probe = np.repeat(prepared[:50], 41, axis=0)
    probe[:, 0] = np.tile(np.linspace(-3, 3, 41), 50)
    steps = way * np.diff(fitted.predict(probe).reshape(50, 41), axis=1)
    assert steps.min() >= 0
    assert steps.max() > 0


def test_a_machine_says_that_it_obeys_no_monotone_column(tmp_path):
    data = rich("binary")
    data = replace(data, columns=(replace(data.columns[0], monotone=1), *data.columns[1:]))
    scores, _, _ = bench(data, tmp_path, method="random").result("svm")
    assert any("does not obey monotone columns" in note for note in scores["warnings"])


def test_absolute_errors_do_not_obey_a_monotone_column_and_say_so(tmp_path):
    data = rich("regression")
    data = replace(data, columns=(replace(data.columns[0], monotone=1), *data.columns[1:]))
    scores, _, _ = bench(data, tmp_path, method="random").result(
        "xgboost", {"objective": "reg:absoluteerror"}
    )
    assert scores["status"] == "failed"
    assert "objective reg:absoluteerror does not obey monotone columns" in scores["reason"]
