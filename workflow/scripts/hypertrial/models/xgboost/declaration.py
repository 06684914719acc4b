"""Gradient boosting: XGBoost with histogram trees.

Method: Friedman, Greedy function approximation: a gradient boosting machine (2001);
Chen and Guestrin, XGBoost: a scalable tree boosting system (2016).
"""

from collections.abc import Mapping, Sequence
from functools import partial

from hypertrial.families import (
    CLASSIFICATION,
    REGRESSION,
    SEED,
    Family,
    Grids,
    Hyperparameter,
    LearnedArray,
    Task,
    Tolerance,
    Value,
)
from hypertrial.models.xgboost import boosted_trees, fitting, replay
from hypertrial.models.xgboost.replay import LOG_LINKS
from hypertrial.preprocessing import preparation

_limit = partial(Hyperparameter, low=0, zero_is_unlimited=True)

HYPERPARAMETERS = (
    Hyperparameter(
        "n_estimators",
        "integer",
        100,
        "rounds of boosting; a tree a round and class",
        1,
        100_000,
        same=(
            "num_boost_round",
            "num_rounds",
            "num_round",
            "nrounds",
            "n_rounds",
            "iterations",
            "num_iterations",
            "num_trees",
            "n_trees",
        ),
    ),
    Hyperparameter(
        "learning_rate",
        "number",
        0.3,
        "factor by which each tree's leaves are shrunk",
        low=0,
        high=1,
        open_low=True,
        same=("eta", "shrinkage"),
    ),
    _limit(
        "max_depth",
        "integer",
        6,
        "longest path of a tree; 0 for no limit",
        high=10_000,
        same=("depth", "maxdepth"),
    ),
    _limit(
        "max_leaves",
        "integer",
        0,
        "most leaves of a tree; 0 for no limit",
        high=1_000_000,
        same=("num_leaves", "max_leaf_nodes"),
    ),
    Hyperparameter(
        "grow_policy",
        "choice",
        "depthwise",
        "grow level by level, or where the loss falls most",
        words=("depthwise", "lossguide"),
    ),
    Hyperparameter(
        "min_child_weight",
        "number",
        1.0,
        "least sum of second derivatives in a child",
        low=0,
        same=("min_sum_hessian_in_leaf",),
        near=("min_child_samples", "min_data_in_leaf", "min_samples_leaf"),
    ),
    Hyperparameter(
        "min_split_loss",
        "number",
        0.0,
        "least fall of the loss that a split must bring",
        low=0,
        same=("gamma", "min_split_gain", "min_gain_to_split"),
    ),
    Hyperparameter(
        "subsample",
        "number",
        1.0,
        "share of the rows drawn for each tree",
        low=0,
        high=1,
        open_low=True,
        same=("bagging_fraction",),
    ),
    Hyperparameter(
        "colsample_bytree",
        "number",
        1.0,
        "share of the features drawn for each tree",
        low=0,
        high=1,
        open_low=True,
        same=("colsample", "feature_fraction"),
        near=("colsample_bylevel", "colsample_bynode", "max_features"),
    ),
    Hyperparameter(
        "reg_lambda",
        "number",
        1.0,
        "L2 penalty on leaf values",
        low=0,
        same=("lambda", "lambda_l2", "l2", "l2_leaf_reg"),
    ),
    Hyperparameter(
        "reg_alpha",
        "number",
        0.0,
        "L1 penalty on leaf values",
        low=0,
        same=("alpha", "lambda_l1", "l1"),
    ),
    Hyperparameter(
        "max_bin",
        "integer",
        256,
        "histogram bins a feature",
        low=2,
        high=65_536,
        same=("max_bins", "nbins", "border_count"),
    ),
    Hyperparameter(
        "objective",
        "choice",
        "reg:squarederror",
        "loss to minimise; gamma, tweedie and poisson are for skewed targets that are not "
        "negative, and predict on a logarithmic scale inside",
        words=(
            "reg:squarederror",
            "reg:absoluteerror",
            "reg:pseudohubererror",
            "reg:squaredlogerror",
            *LOG_LINKS,
        ),
        tasks=REGRESSION,
        needed=True,
        same=("loss", "criterion"),
        synonyms=(
            ("reg:linear", "reg:squarederror"),
            ("mse", "reg:squarederror"),
            ("squared_error", "reg:squarederror"),
            ("mae", "reg:absoluteerror"),
            ("absolute_error", "reg:absoluteerror"),
        ),
    ),
    Hyperparameter(
        "huber_slope",
        "number",
        1.0,
        "error beyond which the pseudo-Huber loss is linear, in units of the (transformed) target",
        low=0,
        open_low=True,
        when=("objective", ("reg:pseudohubererror",)),
        tasks=REGRESSION,
    ),
    Hyperparameter(
        "tweedie_variance_power",
        "number",
        1.5,
        "power of the mean that the variance grows with, from Poisson (1) to gamma (2)",
        low=1,
        high=1.999,
        open_low=True,
        when=("objective", ("reg:tweedie",)),
        tasks=REGRESSION,
    ),
    Hyperparameter(
        "scale_pos_weight",
        "number",
        1.0,
        "weight of the positive class's rows",
        low=0,
        open_low=True,
        tasks=("binary",),
    ),
    Hyperparameter(
        "class_weight",
        "choice",
        None,
        "weigh each class by the inverse of its share of the rows (balanced), or not",
        words=("balanced", None),
        tasks=CLASSIFICATION,
    ),
    Hyperparameter(
        "max_cat_to_onehot",
        "integer",
        4,
        "a column of fewer categories is split by one of them against the others",
        low=1,
        when=("encoding", ("native",)),
    ),
    Hyperparameter(
        "max_cat_threshold",
        "integer",
        64,
        "most categories looked at for a split of a column of more",
        low=1,
        when=("encoding", ("native",)),
    ),
    *preparation.hyperparameters(
        scaling="none",
        imputation="none",
        takes_missing=True,
        encodings=("native", "one_hot", "ordinal"),
    ),
)

ARRAYS = (
    *boosted_trees.ARRAYS,
    LearnedArray("base_margin", "outputs", "the margin that all trees are added to"),
)

CLASSIFICATION_GRID: Grids = (
    {
        "n_estimators": [25, 50, 100, 200, 400],
        "learning_rate": [0.03, 0.1, 0.3],
        "max_depth": [2, 3, 5],
    },
)
"""One fit of the most rounds serves all smaller numbers of them."""
REGRESSION_GRID: Grids = ({**CLASSIFICATION_GRID[0], "n_estimators": [25, 50, 100, 200, 400, 800]},)


def control(task: Task, seed: int, probabilities: bool) -> dict[str, Value]:
    """Return what changes the run and not the class of models."""
    return {"random_state": seed, "tree_method": "hist"}


def complexity(
    values: Mapping[str, Value], shapes: Mapping[str, Sequence[int]]
) -> tuple[float, ...]:
    """Order boosters by the number of nodes of all their trees."""
    return (shapes["feature"][0],)


FAMILY = Family(
    name="xgboost",
    title="Gradient boosting (XGBoost)",
    hyperparameters=HYPERPARAMETERS,
    classification_grid=CLASSIFICATION_GRID,
    regression_grid=REGRESSION_GRID,
    tolerance=Tolerance(probabilities=1e-6),
    modules=("xgboost", "sklearn.utils.class_weight"),
    arrays=ARRAYS,
    simplest="the fewest nodes in all trees together",
    build=fitting.build,
    respond=fitting.respond,
    parameters=fitting.parameters,
    predict=replay.predict,
    check=replay.check,
    resolved=fitting.resolved,
    control=control,
    complexity=complexity,
    shares=fitting.shares,
    fit_together=fitting.fit_together,
    work=fitting.work,
    threaded=True,
    libraries=("xgboost",),
    heeds_monotone=True,
    needed_because="A row falls into one leaf of each tree and the leaves' values are added. They "
    "are stored as shrunk by `learning_rate`, so not even that is needed, and the number of trees "
    "is the length of an array. In a regression, `objective` says whether the sum is the "
    "prediction or its logarithm.",
    borderline={
        "`tree_method` is a control.": "It is a hyperparameter by nature; it stands among the "
        "controls because every run here uses the same one.",
        "Early stopping would be *chosen in fitting*.": "If boosting stopped by itself when a "
        "score on rows kept aside no longer rose, the number of rounds would be a hyperparameter "
        "by nature that was picked from data in one fit. Boosting does not do that here: "
        "`n_estimators` is set.",
    },
    controls={"random_state": SEED, "tree_method": "the algorithm that looks for splits"},
    known_as=("xgb", "xgbtree"),
    examples=(
        {"n_estimators": 5, "max_depth": 2, "learning_rate": 0.1, "subsample": 0.7},
        {"n_estimators": 8},
        {"n_estimators": 8, "encoding": "one_hot"},
        {"n_estimators": 4, "objective": "reg:squarederror"},
        {"n_estimators": 6, "max_depth": 0, "grow_policy": "lossguide", "max_leaves": 6},
        {"n_estimators": 6, "reg_alpha": 1.0, "class_weight": "balanced"},
    ),
)
