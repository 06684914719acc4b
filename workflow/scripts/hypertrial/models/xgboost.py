"""Gradient boosting: XGBoost with histogram trees.

Method: Friedman, Greedy function approximation: a gradient boosting machine (2001);
Chen and Guestrin, XGBoost: a scalable tree boosting system (2016).
"""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.families import (
    Family,
    Grids,
    Hyperparameter,
    Matrix,
    Parameters,
    Preparation,
    Response,
    Task,
    Tolerance,
    Value,
)

CELLS = 4_000_000

HYPERPARAMETERS = (
    Hyperparameter(
        "n_estimators", "integer", 100, "rounds of boosting; a tree a round and class", low=1
    ),
    Hyperparameter(
        "learning_rate",
        "number",
        0.3,
        "factor by which each tree's leaves are shrunk",
        low=0,
        high=1,
        open_low=True,
    ),
    Hyperparameter("max_depth", "integer", 6, "longest path of a tree; 0 for no limit", low=0),
    Hyperparameter("max_leaves", "integer", 0, "most leaves of a tree; 0 for no limit", low=0),
    Hyperparameter(
        "grow_policy",
        "choice",
        "depthwise",
        "grow level by level, or where the loss falls most",
        words=("depthwise", "lossguide"),
    ),
    Hyperparameter(
        "min_child_weight", "number", 1.0, "least sum of second derivatives in a child", low=0
    ),
    Hyperparameter(
        "min_split_loss", "number", 0.0, "least fall of the loss that a split must bring", low=0
    ),
    Hyperparameter(
        "subsample",
        "number",
        1.0,
        "share of the rows drawn for each tree",
        low=0,
        high=1,
        open_low=True,
    ),
    Hyperparameter(
        "colsample_bytree",
        "number",
        1.0,
        "share of the features drawn for each tree",
        low=0,
        high=1,
        open_low=True,
    ),
    Hyperparameter("reg_lambda", "number", 1.0, "L2 penalty on leaf values", low=0),
    Hyperparameter("reg_alpha", "number", 0.0, "L1 penalty on leaf values", low=0),
    Hyperparameter("max_bin", "integer", 256, "histogram bins a feature", low=2),
)

CLASSIFICATION_GRID: Grids = (
    {
        "n_estimators": [25, 50, 100],
        "learning_rate": [0.03, 0.1, 0.3],
        "max_depth": [2, 3, 5],
        "reg_lambda": [1.0, 10.0],
    },
)
REGRESSION_GRID: Grids = CLASSIFICATION_GRID


def build(task: Task, values: Mapping[str, Value], seed: int, probabilities: bool) -> Any:
    """Return an unfitted booster of one thread; it always gives probabilities."""
    from xgboost import XGBClassifier, XGBRegressor

    kind = XGBRegressor if task == "regression" else XGBClassifier
    return kind(tree_method="hist", n_jobs=1, random_state=seed, verbosity=1, **values)


def respond(estimator: Any, X: Matrix) -> Response:
    """Return the booster's own predictions for X of shape (rows, features)."""
    margins = estimator.predict(X, output_margin=True)
    if not hasattr(estimator, "classes_"):
        return Response(labels=margins, raw=margins)
    return _classified(margins, estimator.predict_proba(X))


def _classified(
    margins: npt.NDArray[np.float32], probabilities: npt.NDArray[np.float32]
) -> Response:
    binary = probabilities.shape[1] == 2
    labels = probabilities[:, 1] > 0.5 if binary else np.argmax(probabilities, axis=1)
    ranking = probabilities[:, 1] if binary else None
    return Response(labels.astype(np.int64), margins, probabilities, ranking)


def parameters(estimator: Any) -> Parameters:
    """Return the boosted trees as one list of nodes, tree after tree, roots first.

    ``tree_start`` has an entry for each tree, ``tree_class`` the class it adds to. Children
    count from the start of all nodes and are -1 at a leaf. ``threshold`` holds the split
    value of an inner node (a smaller value goes left) and the value of a leaf, both float32.
    """
    learner = json.loads(bytes(estimator.get_booster().save_raw("json")))["learner"]
    model = learner["gradient_booster"]["model"]
    trees = model["trees"]
    sizes = [len(tree["left_children"]) for tree in trees]
    starts = np.cumsum([0, *sizes[:-1]])

    def nodes(key: str) -> npt.NDArray[Any]:
        return np.concatenate([np.asarray(tree[key]) for tree in trees])

    shift = np.repeat(starts, sizes)
    left, right = nodes("left_children"), nodes("right_children")
    base = np.array(json.loads(learner["learner_model_param"]["base_score"]), dtype=np.float32)
    return {
        "tree_start": starts.astype(np.int32),
        "tree_class": np.asarray(model["tree_info"], dtype=np.int32),
        "feature": nodes("split_indices").astype(np.int32),
        "threshold": nodes("split_conditions").astype(np.float32),
        "left": np.where(left < 0, -1, left + shift).astype(np.int32),
        "right": np.where(right < 0, -1, right + shift).astype(np.int32),
        "missing_left": nodes("default_left").astype(bool),
        "base_score": np.atleast_1d(base),
    }


def predict(task: Task, learned: Parameters, needed: Mapping[str, Value], X: Matrix) -> Response:
    """Walk all trees with NumPy and add their leaves in order, in float32."""
    table = X.astype(np.float32)
    step = max(1, CELLS // len(learned["tree_start"]))
    margins = np.concatenate(
        [_margins(task, learned, table[at : at + step]) for at in range(0, len(table), step)]
    )
    if task == "regression":
        return Response(labels=margins[:, 0], raw=margins[:, 0])
    if task == "binary":
        with np.errstate(over="ignore"):
            positive = np.float32(1) / (np.float32(1) + np.exp(-margins[:, 0]))
        return _classified(margins[:, 0], np.column_stack([np.float32(1) - positive, positive]))
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))
    return _classified(margins, powers / powers.sum(axis=1, keepdims=True))


def _margins(
    task: Task, learned: Parameters, table: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return the sums of leaves before any link function, shape (rows, outputs)."""
    leaves = _leaves(learned, table)
    base = learned["base_score"]
    outputs = len(base)
    if task == "binary":
        share = float(np.float32(1) / base[0] - np.float32(1))
        base = np.array([-math.log(share)], dtype=np.float32)
    sums = np.empty((len(table), outputs), dtype=np.float32)
    for output in range(outputs):
        own = learned["tree_class"] == output
        first = np.full((len(table), 1), base[output], dtype=np.float32)
        sums[:, output] = np.cumsum(np.hstack([first, leaves[:, own]]), axis=1)[:, -1]
    return sums


def _leaves(learned: Parameters, table: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the leaf value of each row in each tree, shape (rows, trees)."""
    node = np.tile(learned["tree_start"].astype(np.int64), (len(table), 1)).ravel()
    row = np.repeat(np.arange(len(table)), len(learned["tree_start"]))
    left, right = learned["left"], learned["right"]
    active = np.flatnonzero(left[node] >= 0)
    while active.size:
        at = node[active]
        value = table[row[active], learned["feature"][at]]
        goes_left = np.where(
            np.isnan(value), learned["missing_left"][at], value < learned["threshold"][at]
        )
        node[active] = np.where(goes_left, left[at], right[at])
        active = active[left[node[active]] >= 0]
    leaves: npt.NDArray[np.float32] = learned["threshold"][node].reshape(len(table), -1)
    return leaves


def resolved(estimator: Any) -> dict[str, Value]:
    """Return nothing: every hyperparameter declared here is used as it is."""
    return {}


def control(task: Task, seed: int, probabilities: bool) -> dict[str, Value]:
    """Return what changes the run and not the class of models."""
    return {"random_state": seed, "n_jobs": 1, "tree_method": "hist"}


FAMILY = Family(
    name="xgboost",
    title="Gradient boosting (XGBoost)",
    hyperparameters=HYPERPARAMETERS,
    classification_grid=CLASSIFICATION_GRID,
    regression_grid=REGRESSION_GRID,
    preparation=Preparation(),
    tolerance=Tolerance(probabilities=1e-6),
    modules=("xgboost", "sklearn.base"),
    build=build,
    respond=respond,
    parameters=parameters,
    predict=predict,
    resolved=resolved,
    control=control,
)
