"""The learned parameters of each model as ONNX operators, from features to predictions.

Trees are those of ai.onnx.ml, in float32 as XGBoost's and scikit-learn's are; all else is double.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.exports.extras import NotExportableError
from hypertrial.exports.onnx_graph import TREES, Graph
from hypertrial.families import Matrix, Parameters, Task, Value
from hypertrial.models.xgboost import LOG_LINKS


@dataclass(frozen=True)
class Outputs:
    """Values of a graph: the position of the predicted class and the probabilities, or a number.

    ``kind`` is the type of probabilities and numbers.
    """

    kind: str
    position: str | None = None
    probabilities: str | None = None
    value: str | None = None


def add(
    graph: Graph, model: str, task: Task, learned: Parameters, needed: Mapping[str, Value], X: str
) -> Outputs:
    """Add a model's prediction from features X, double of shape (rows, features).

    Raises
    ------
    NotExportableError
        If the model cannot be said in ONNX operators.
    """
    if model == "decision_tree":
        return _decision_tree(graph, task, learned, X)
    if model == "svm":
        return _machine(graph, task, learned, needed, X)
    if model == "xgboost":
        return _boosted(graph, task, learned, needed, X)
    raise NotExportableError(f"there is no conversion of the model {model}")


def _decision_tree(graph: Graph, task: Task, learned: Parameters, X: str) -> Outputs:
    """Find the leaf with the tree, then look its values up, which stay double."""
    nodes = np.arange(len(learned["left"]), dtype=np.float32)
    trees = {**learned, "threshold": _below(learned["threshold"]), "leaf": nodes}
    found = _trees(graph, X, trees, "BRANCH_LEQ", np.zeros(1, dtype=np.int64), np.zeros(1))
    leaf = graph.add("Reshape", graph.cast(found, "int64"), graph.constant(np.array([-1])))
    values = graph.add("Gather", graph.constant(learned["value"]), leaf, axis=0)
    if task == "regression":
        return Outputs("double", value=values)
    return Outputs("double", graph.largest(values), values)


def _below(thresholds: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Return for each double the largest float32 that is not above it.

    A float32 is at most the one exactly where it is at most the other.
    """
    single = thresholds.astype(np.float32)
    down = np.nextafter(single, np.float32(-np.inf))
    return np.where(single.astype(np.float64) > thresholds, down, single)


def _boosted(
    graph: Graph, task: Task, learned: Parameters, needed: Mapping[str, Value], X: str
) -> Outputs:
    if "set_node" in learned:
        raise NotExportableError(
            "encoding: native splits by sets of categories, which ONNX's trees have not; "
            "one_hot and ordinal can be converted"
        )
    trees = {**learned, "leaf": learned["threshold"]}
    base = learned["base_margin"]
    margins = _trees(graph, X, trees, "BRANCH_LT", learned["tree_class"], base)
    if task == "regression":
        log = needed["objective"] in LOG_LINKS
        return Outputs("float", value=graph.add("Exp", margins) if log else margins)
    if task == "multiclass":
        shares = graph.add("Softmax", margins, axis=1)
        return Outputs("float", graph.largest(shares), shares)
    positive = graph.add("Sigmoid", margins)
    half, one = (graph.constant(np.float32(each)) for each in (0.5, 1.0))
    shares = graph.beside([graph.add("Sub", one, positive), positive])
    return Outputs("float", _flat(graph, graph.add("Greater", positive, half)), shares)


def _flat(graph: Graph, value: str) -> str:
    """Return truth values of shape (rows, 1) as positions of shape (rows,)."""
    return graph.add("Reshape", graph.cast(value, "int64"), graph.constant(np.array([-1])))


def _trees(
    graph: Graph,
    X: str,
    learned: Parameters,
    mode: str,
    targets: npt.NDArray[Any],
    base: npt.NDArray[Any],
) -> str:
    """Add trees; return the base and the sum of their ``leaf`` for each target, in float32."""
    starts = learned.get("tree_start", np.zeros(1, dtype=np.int64)).astype(np.int64)
    count = len(learned["left"])
    sizes = np.diff([*starts, count])
    tree, first = np.repeat(np.arange(len(starts)), sizes), np.repeat(starts, sizes)
    leaf = learned["left"] < 0
    left, right = (np.where(leaf, 0, learned[side] - first) for side in ("left", "right"))
    node = np.arange(count) - first
    return graph.add(
        "TreeEnsembleRegressor",
        graph.cast(X, "float"),
        domain=TREES,
        n_targets=len(base),
        base_values=base.astype(float).tolist(),
        nodes_treeids=tree.tolist(),
        nodes_nodeids=node.tolist(),
        nodes_featureids=np.where(leaf, 0, learned["feature"]).tolist(),
        nodes_values=np.where(leaf, 0, learned["threshold"]).astype(float).tolist(),
        nodes_modes=["LEAF" if each else mode for each in leaf],
        nodes_truenodeids=left.tolist(),
        nodes_falsenodeids=right.tolist(),
        nodes_missing_value_tracks_true=(~leaf & learned["missing_left"]).astype(int).tolist(),
        target_treeids=tree[leaf].tolist(),
        target_nodeids=node[leaf].tolist(),
        target_ids=targets[tree[leaf]].tolist(),
        target_weights=learned["leaf"][leaf].astype(float).tolist(),
    )


def _machine(
    graph: Graph, task: Task, learned: Parameters, needed: Mapping[str, Value], X: str
) -> Outputs:
    vectors, weights = learned["support_vectors"], _pair_weights(learned)
    if not len(vectors):
        vectors, weights = np.zeros((1, vectors.shape[1])), np.zeros((1, weights.shape[1]))
    similar = _kernel(graph, X, vectors, needed)
    sums = graph.add("MatMul", similar, graph.constant(weights))
    raw = graph.add("Add", sums, graph.constant(learned["intercepts"]))
    if task == "regression":
        return Outputs("double", value=raw)
    zero = graph.constant(0.0)
    if task == "binary":
        position = _flat(graph, graph.add("GreaterOrEqual", raw, zero))
        return Outputs("double", position, _calibrated(graph, raw, learned))
    ahead, behind = _sides(len(learned["support_per_class"]))
    votes = _votes(graph, graph.add("Greater", raw, zero), ahead, behind)
    given = _one_versus_rest(graph, raw, ahead, behind)
    return Outputs("double", graph.largest(votes), _calibrated(graph, given, learned))


def _pair_weights(learned: Parameters) -> Matrix:
    """Return the weight of each support vector in each pair's decision, shape (vectors, pairs)."""
    duals = learned["dual_coefficients"]
    if len(duals) == 1:
        return duals.T
    owner = np.repeat(np.arange(len(duals) + 1), learned["support_per_class"])
    pairs = combinations(range(len(duals) + 1), 2)
    return np.stack(
        [np.where(owner == i, duals[j - 1], np.where(owner == j, duals[i], 0.0)) for i, j in pairs],
        axis=1,
    )


def _kernel(graph: Graph, X: str, vectors: Matrix, needed: Mapping[str, Value]) -> str:
    """Return the kernel values of rows and support vectors, shape (rows, vectors)."""
    name = needed["kernel"]
    if name == "rbf":
        return _rbf(graph, X, vectors, float(needed["gamma"]))  # type: ignore[arg-type]
    products = graph.add("MatMul", X, graph.constant(vectors.T))
    if name == "linear":
        return products
    gamma, coef0 = (graph.constant(float(needed[key])) for key in ("gamma", "coef0"))  # type: ignore[arg-type]
    inner = graph.add("Add", graph.add("Mul", products, gamma), coef0)
    if name == "sigmoid":
        return graph.add("Tanh", inner)
    return graph.add("Pow", inner, graph.constant(float(needed["degree"])))  # type: ignore[arg-type]


def _rbf(graph: Graph, X: str, vectors: Matrix, gamma: float) -> str:
    """Return exp(-gamma * squared distance), of norms and products around the vectors' mean."""
    centre = vectors.mean(axis=0)
    others = vectors - centre
    rows = graph.add("Sub", X, graph.constant(centre))
    norms = graph.row_sums(graph.add("Mul", rows, rows))
    products = graph.add("MatMul", rows, graph.constant(-2.0 * others.T))
    other_norms = graph.constant((others**2).sum(axis=1))
    distances = graph.add("Add", graph.add("Add", products, norms), other_norms)
    positive = graph.add("Max", distances, graph.constant(0.0))
    return graph.add("Exp", graph.add("Mul", positive, graph.constant(-gamma)))


def _sides(classes: int) -> tuple[Matrix, Matrix]:
    """Return which class each pair's value speaks for if positive, and which if not."""
    pairs = list(combinations(range(classes), 2))
    ahead, behind = np.zeros((2, len(pairs), classes))
    for place, (i, j) in enumerate(pairs):
        ahead[place, i], behind[place, j] = 1.0, 1.0
    return ahead, behind


def _votes(graph: Graph, won: str, ahead: Matrix, behind: Matrix) -> str:
    """Return how many pairs each class wins, given which its first class wins."""
    first = graph.cast(won, "double")
    gained = graph.add("MatMul", first, graph.constant(ahead - behind))
    return graph.add("Add", gained, graph.constant(behind.sum(axis=0)))


def _one_versus_rest(graph: Graph, raw: str, ahead: Matrix, behind: Matrix) -> str:
    """Return a value for each class: its votes, and its confidence within a vote."""
    confidence = graph.add("MatMul", raw, graph.constant(ahead - behind))
    size = graph.add("Add", graph.add("Abs", confidence), graph.constant(1.0))
    within = graph.add("Div", confidence, graph.add("Mul", size, graph.constant(3.0)))
    won = graph.add("GreaterOrEqual", raw, graph.constant(0.0))
    return graph.add("Add", _votes(graph, won, ahead, behind), within)


def _calibrated(graph: Graph, values: str, learned: Parameters) -> str | None:
    """Return probabilities from the sigmoids; None if there are none."""
    if "calibration_slope" not in learned:
        return None
    slope, offset = (graph.constant(learned[f"calibration_{x}"]) for x in ("slope", "offset"))
    exponent = graph.add("Add", graph.add("Mul", values, slope), offset)
    one = graph.constant(1.0)
    sigmoid = graph.add("Div", one, graph.add("Add", graph.add("Exp", exponent), one))
    classes = len(learned["calibration_slope"])
    if classes == 1:
        return graph.beside([graph.add("Sub", one, sigmoid), sigmoid])
    total = graph.row_sums(sigmoid)
    none = graph.add("Equal", total, graph.constant(0.0))
    uniform = graph.constant(np.full((1, classes), 1.0 / classes))
    return graph.add("Where", none, uniform, graph.add("Div", sigmoid, total))
