"""Decision trees: scikit-learn's CART, with minimal cost-complexity pruning.

Method: Breiman, Friedman, Olshen and Stone, Classification and Regression Trees (1984).
"""

from collections.abc import Mapping, Sequence

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
from hypertrial.models.decision_tree import fitting, replay
from hypertrial.preprocessing import preparation

HYPERPARAMETERS = (
    Hyperparameter(
        "criterion",
        "choice",
        "gini",
        "impurity that a split reduces, for classification",
        words=("gini", "entropy", "log_loss"),
        tasks=CLASSIFICATION,
        synonyms=(("deviance", "log_loss"), ("information", "entropy")),
    ),
    Hyperparameter(
        "criterion",
        "choice",
        "squared_error",
        "impurity that a split reduces, for regression",
        words=("squared_error", "absolute_error", "poisson"),
        tasks=REGRESSION,
        synonyms=(("mse", "squared_error"), ("mae", "absolute_error")),
    ),
    Hyperparameter(
        "splitter",
        "choice",
        "best",
        "take the best split of a feature, or the best of random ones",
        words=("best", "random"),
    ),
    Hyperparameter(
        "max_depth",
        "integer",
        None,
        "longest path from the root to a leaf; null for no limit",
        low=1,
        high=10_000,
        words=(None,),
        same=("depth", "maxdepth"),
    ),
    Hyperparameter(
        "min_samples_split",
        "integer",
        2,
        "fewest training rows in a node that may be split",
        low=2,
        same=("minsplit",),
    ),
    Hyperparameter(
        "min_samples_leaf",
        "integer",
        1,
        "fewest training rows in a leaf",
        low=1,
        same=("min_data_in_leaf", "min_child_samples", "minbucket"),
    ),
    Hyperparameter(
        "max_features",
        "number",
        None,
        "share of the features looked at for a split, or their root or logarithm; null for all",
        low=0,
        high=1,
        open_low=True,
        words=("sqrt", "log2", None),
        near=("mtry", "colsample", "feature_fraction"),
    ),
    Hyperparameter(
        "max_leaf_nodes",
        "integer",
        None,
        "most leaves, grown best first; null for no limit",
        low=2,
        words=(None,),
        same=("num_leaves", "max_leaves"),
    ),
    Hyperparameter(
        "min_impurity_decrease",
        "number",
        0.0,
        "least weighted decrease of impurity that a split must bring",
        low=0,
        near=("min_impurity_split", "min_split_loss"),
    ),
    Hyperparameter(
        "ccp_alpha",
        "number",
        0.0,
        "cost of a leaf in minimal cost-complexity pruning; 0 prunes nothing",
        low=0,
        same=("alpha",),
        near=("cp",),
    ),
    Hyperparameter(
        "class_weight",
        "choice",
        None,
        "weigh each class by the inverse of its share of the rows (balanced), or not",
        words=("balanced", None),
        tasks=CLASSIFICATION,
    ),
    *preparation.hyperparameters(
        scaling="none", imputation="none", takes_missing=True, encodings=("one_hot", "ordinal")
    ),
)

ARRAYS = (
    LearnedArray("feature", "nodes", "the feature that a node splits on, -2 at a leaf"),
    LearnedArray(
        "threshold", "nodes", "a row goes left where its value is at most this, -2 at a leaf"
    ),
    LearnedArray("left", "nodes", "the node's left child, -1 at a leaf"),
    LearnedArray("right", "nodes", "the node's right child, -1 at a leaf"),
    LearnedArray("missing_left", "nodes", "whether a missing value goes left"),
    LearnedArray(
        "value",
        "nodes, classes (or 1)",
        "share of each class among a node's rows, or the mean (the median for absolute_error) of "
        "their target",
    ),
)

CLASSIFICATION_GRID: Grids = (
    {
        "max_depth": [2, 3, 4, 6, 10],
        "min_samples_leaf": [1, 3, 10, 30],
        "ccp_alpha": [0.0, 0.003, 0.01],
    },
)
REGRESSION_GRID: Grids = (
    {
        "max_depth": [2, 3, 4, 6, 10],
        "min_samples_leaf": [1, 3, 10, 30],
        "max_features": [0.3, 0.6, None],
    },
)


def control(task: Task, seed: int, probabilities: bool) -> dict[str, Value]:
    """Return what changes the run and not the class of models."""
    return {"random_state": seed}


def complexity(
    values: Mapping[str, Value], shapes: Mapping[str, Sequence[int]]
) -> tuple[float, ...]:
    """Order trees by their number of nodes."""
    return (shapes["feature"][0],)


FAMILY = Family(
    name="decision_tree",
    title="Decision tree",
    hyperparameters=HYPERPARAMETERS,
    classification_grid=CLASSIFICATION_GRID,
    regression_grid=REGRESSION_GRID,
    tolerance=Tolerance(),
    modules=("sklearn.tree",),
    arrays=ARRAYS,
    simplest="the fewest nodes",
    build=fitting.build,
    respond=fitting.respond,
    parameters=fitting.parameters,
    predict=replay.predict,
    check=replay.check,
    resolved=fitting.resolved,
    control=control,
    complexity=complexity,
    fit=fitting.fit,
    shares=fitting.shares,
    fit_together=fitting.fit_together,
    work=fitting.work,
    heeds_monotone=True,
    is_tree=True,
    needed_because="A row walks down the tree by comparing its values with learned thresholds. "
    "Every hyperparameter only decided how the tree was grown and cut.",
    borderline={
        "`max_depth` is not the depth of the tree.": "It is a bound, and set. How deep the tree "
        "became is learned: it follows from the arrays `left` and `right`, and is often less.",
        '`max_features="sqrt"` is set, and resolved.': "The number of features that are looked at "
        "follows from how many there are. Prediction does not need it.",
    },
    controls={"random_state": SEED},
    known_as=("tree", "cart", "rpart"),
    examples=(
        {"max_depth": 3, "min_samples_leaf": 4},
        {},
        {"max_features": 0.5, "ccp_alpha": 0.01},
        {"max_features": "sqrt", "splitter": "random"},
        {"max_leaf_nodes": 7, "encoding": "ordinal"},
        {"min_impurity_decrease": 0.01, "class_weight": "balanced"},
    ),
)
