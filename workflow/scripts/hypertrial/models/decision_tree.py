"""Decision trees: scikit-learn's CART, with minimal cost-complexity pruning.

Method: Breiman, Friedman, Olshen and Stone, Classification and Regression Trees (1984).
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.expected import Expected, check_trees
from hypertrial.families import (
    CLASSIFICATION,
    REGRESSION,
    Family,
    Features,
    Fits,
    Grids,
    Hyperparameter,
    Inputs,
    LearnedArray,
    Matrix,
    Parameters,
    Response,
    Roles,
    Task,
    Tolerance,
    Training,
    Value,
)
from hypertrial.models.replay import pruning
from hypertrial.preprocessing import preparation
from hypertrial.sharing import Shared

HYPERPARAMETERS = (
    Hyperparameter(
        "criterion",
        "choice",
        "gini",
        "impurity that a split reduces, for classification",
        words=("gini", "entropy", "log_loss"),
        tasks=CLASSIFICATION,
    ),
    Hyperparameter(
        "criterion",
        "choice",
        "squared_error",
        "impurity that a split reduces, for regression",
        words=("squared_error", "absolute_error", "poisson"),
        tasks=REGRESSION,
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
    ),
    Hyperparameter(
        "min_samples_split",
        "integer",
        2,
        "fewest training rows in a node that may be split",
        low=2,
    ),
    Hyperparameter(
        "min_samples_leaf",
        "integer",
        1,
        "fewest training rows in a leaf",
        low=1,
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
    ),
    Hyperparameter(
        "max_leaf_nodes",
        "integer",
        None,
        "most leaves, grown best first; null for no limit",
        low=2,
        words=(None,),
    ),
    Hyperparameter(
        "min_impurity_decrease",
        "number",
        0.0,
        "least weighted decrease of impurity that a split must bring",
        low=0,
    ),
    Hyperparameter(
        "ccp_alpha",
        "number",
        0.0,
        "cost of a leaf in minimal cost-complexity pruning; 0 prunes nothing",
        low=0,
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


def build(
    task: Task, values: Mapping[str, Value], seed: int, probabilities: bool, features: Features
) -> Any:
    """Return an unfitted tree; trees always give probabilities."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    kind = DecisionTreeRegressor if task == "regression" else DecisionTreeClassifier
    monotone = features.monotone if any(features.monotone) else None
    return kind(random_state=seed, monotonic_cst=monotone, **values)


def fit(estimator: Any, X: Matrix, y: npt.NDArray[Any], roles: Roles) -> Any:
    """Fit a tree; on clean numbers without scikit-learn's checks, which cost as much as a fit."""
    table = X.astype(np.float32)
    clean = estimator.criterion != "poisson" and bool(np.isfinite(table).all())
    return estimator.fit(table if clean else X, y, roles.weight, check_input=not clean)


def shares(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return what trees have in common that are cut from one.

    Cost-complexity pruning and a limit of the leaves cut a tree that has grown without; a limit
    of its depth does not, as it changes which features are drawn later. A node of fewer rows
    than two leaves need is not split, whatever ``min_samples_split`` is.
    """
    common = {name: value for name, value in values.items() if name != "ccp_alpha"}
    common["max_leaf_nodes"] = values["max_leaf_nodes"] is not None
    split, leaf = values["min_samples_split"], values["min_samples_leaf"]
    common["min_samples_split"] = max(int(split or 0), 2 * int(leaf or 0))
    return common


def fit_together(training: Training, trials: Sequence[Mapping[str, Value]]) -> Fits:
    """Grow one tree for trials that share it, and cut it for each."""
    limits = [_limits(values) for values in trials]
    most = max((leaves or 0 for leaves, _ in limits), default=0) or None
    pruned = limits[0][1] if len(trials) == 1 else 0.0
    largest = {**trials[0], "max_leaf_nodes": most, "ccp_alpha": pruned}
    grown = Shared(partial(FAMILY.fit_alone, training, largest))
    cuts = {each: Shared(partial(_cut, grown, *each)) for each in limits}
    return [cuts[each] for each in limits]


def _limits(values: Mapping[str, Any]) -> tuple[int | None, float]:
    return values["max_leaf_nodes"], values["ccp_alpha"]


def _cut(grown: Callable[[], Any], leaves: int | None, ccp_alpha: float) -> Any:
    """Return a tree as it would be with these limits: a part of the one that has grown."""
    tree = copy.copy(grown())
    if leaves is not None and tree.tree_.n_leaves > leaves:
        tree.tree_ = pruning.first_leaves(tree.tree_, leaves)
    if ccp_alpha > tree.ccp_alpha:
        tree.ccp_alpha = ccp_alpha
        tree._prune_tree()
    return tree


def work(values: Mapping[str, Value]) -> float:
    """Return about how long a tree takes: the deeper and the more features, the longer."""
    depth, share = values["max_depth"], values["max_features"]
    looked_at = 1.0 if share is None else share if isinstance(share, float) else 0.3
    return min(float(depth or 20), 20.0) * looked_at


def respond(estimator: Any, X: Matrix) -> Response:
    """Return the tree's own predictions for X of shape (rows, features)."""
    table = X.astype(np.float32)
    clean = bool(np.isfinite(table).all())
    rows = table if clean else X
    if hasattr(estimator, "classes_"):
        return _classified(estimator.predict_proba(rows, check_input=not clean))
    values = estimator.predict(rows, check_input=not clean)
    return Response(labels=values, raw=values)


def _classified(shares: Matrix) -> Response:
    ranking = shares[:, 1] if shares.shape[1] == 2 else None
    return Response(np.argmax(shares, axis=1), shares, shares, ranking)


def parameters(estimator: Any) -> Parameters:
    """Return the learned tree: an entry for each node, the root first, children -1 at a leaf.

    ``value`` has shape (nodes, classes), the share of each class among the node's rows, or
    (nodes, 1), their mean target.
    """
    tree = estimator.tree_
    return {
        "feature": tree.feature.astype(np.int32),
        "threshold": tree.threshold,
        "left": tree.children_left.astype(np.int32),
        "right": tree.children_right.astype(np.int32),
        "missing_left": tree.missing_go_to_left.astype(bool),
        "value": tree.value[:, 0, :],
    }


def predict(task: Task, learned: Parameters, needed: Mapping[str, Value], X: Matrix) -> Response:
    """Walk the tree with NumPy; features are compared as float32, as in training."""
    table = X.astype(np.float32)
    rows = np.arange(len(table))
    node = np.zeros(len(table), dtype=np.int64)
    left, right, feature = learned["left"], learned["right"], learned["feature"]
    while True:
        inner = left[node] >= 0
        if not inner.any():
            break
        at, row = node[inner], rows[inner]
        value = table[row, feature[at]]
        goes_left = np.where(
            np.isnan(value), learned["missing_left"][at], value <= learned["threshold"][at]
        )
        node[inner] = np.where(goes_left, left[at], right[at])
    values = learned["value"][node]
    if task == "regression":
        return Response(labels=values[:, 0], raw=values[:, 0])
    return _classified(values)


def check(arrays: Expected, inputs: Inputs) -> None:
    """Check that the arrays are one tree.

    Raises
    ------
    ValueError
        If they are not.
    """
    feature = arrays.take("feature", "integer", None)
    nodes = len(feature)
    if not nodes:
        raise ValueError("there are no nodes")
    left, right = (arrays.take(name, "integer", nodes) for name in ("left", "right"))
    arrays.take("threshold", "number", nodes)
    arrays.take("missing_left", "flag", nodes)
    arrays.take("value", "number", nodes, inputs.classes or 1)
    check_trees(left, right, feature, np.zeros(1, dtype=np.int64), inputs.features)


def resolved(estimator: Any) -> dict[str, Value]:
    """Return the number of features looked at for a split, when a rule gave it."""
    if isinstance(estimator.max_features, str | float):
        return {"max_features": int(estimator.max_features_)}
    return {}


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
    build=build,
    respond=respond,
    parameters=parameters,
    predict=predict,
    check=check,
    resolved=resolved,
    control=control,
    complexity=complexity,
    fit=fit,
    shares=shares,
    fit_together=fit_together,
    work=work,
)
