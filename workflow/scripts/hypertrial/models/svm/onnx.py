"""A kernel machine as ONNX operators, in double."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np

from hypertrial.exports.onnx_graph import Graph, Outputs
from hypertrial.families import Matrix, Parameters, Task, Value


def add(
    graph: Graph, task: Task, learned: Parameters, needed: Mapping[str, Value], X: str
) -> Outputs:
    """Add a machine's prediction from features X, double of shape (rows, features)."""
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
        position = graph.flat(graph.add("GreaterOrEqual", raw, zero))
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
