"""Trees grown by scikit-learn, cut to smaller ones, and what they learned."""

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.families import (
    Features,
    Fits,
    Matrix,
    Parameters,
    Response,
    Roles,
    Task,
    Training,
    Value,
)
from hypertrial.models.decision_tree import pruning
from hypertrial.models.decision_tree.replay import classified
from hypertrial.sharing import Shared


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
    grown = Shared(partial(_grow, training, largest))
    cuts = {each: Shared(partial(_cut, grown, *each)) for each in limits}
    return [cuts[each] for each in limits]


def _grow(training: Training, values: Mapping[str, Value]) -> Any:
    estimator = build(
        training.task, values, training.seed, training.probabilities, training.features
    )
    return fit(estimator, training.X, training.y, training.roles)


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
        return classified(estimator.predict_proba(rows, check_input=not clean))
    values = estimator.predict(rows, check_input=not clean)
    return Response(labels=values, raw=values)


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


def resolved(estimator: Any) -> dict[str, Value]:
    """Return the number of features looked at for a split, when a rule gave it."""
    if isinstance(estimator.max_features, str | float):
        return {"max_features": int(estimator.max_features_)}
    return {}
