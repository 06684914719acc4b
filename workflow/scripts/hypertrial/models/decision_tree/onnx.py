"""A learned tree as ONNX operators: the tree in float32, the values of its leaves in double."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from hypertrial.exports.onnx_graph import Graph, Outputs
from hypertrial.exports.onnx_trees import add_trees
from hypertrial.families import Parameters, Task, Value


def add(
    graph: Graph, task: Task, learned: Parameters, needed: Mapping[str, Value], X: str
) -> Outputs:
    """Find the leaf with the tree, then look its values up, which stay double."""
    nodes = np.arange(len(learned["left"]), dtype=np.float32)
    trees = {**learned, "threshold": _below(learned["threshold"]), "leaf": nodes}
    found = add_trees(graph, X, trees, "BRANCH_LEQ", np.zeros(1, dtype=np.int64), np.zeros(1))
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
