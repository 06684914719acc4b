"""Boosted trees as ONNX operators, in float32."""

from collections.abc import Mapping

import numpy as np

from hypertrial.exports.extras import NotExportableError
from hypertrial.exports.onnx_graph import Graph, Outputs
from hypertrial.exports.onnx_trees import add_trees
from hypertrial.families import Parameters, Task, Value
from hypertrial.models.xgboost.replay import LOG_LINKS


def add(
    graph: Graph, task: Task, learned: Parameters, needed: Mapping[str, Value], X: str
) -> Outputs:
    """Add a booster's prediction from features X, double of shape (rows, features).

    Raises
    ------
    NotExportableError
        If it splits by sets of categories.
    """
    if "set_node" in learned:
        raise NotExportableError(
            "encoding: native splits by sets of categories, which ONNX's trees have not; "
            "one_hot and ordinal can be converted"
        )
    trees = {**learned, "leaf": learned["threshold"]}
    base = learned["base_margin"]
    margins = add_trees(graph, X, trees, "BRANCH_LT", learned["tree_class"], base)
    if task == "regression":
        log = needed["objective"] in LOG_LINKS
        return Outputs("float", value=graph.add("Exp", margins) if log else margins)
    if task == "multiclass":
        shares = graph.add("Softmax", margins, axis=1)
        return Outputs("float", graph.largest(shares), shares)
    positive = graph.add("Sigmoid", margins)
    half, one = (graph.constant(np.float32(each)) for each in (0.5, 1.0))
    shares = graph.beside([graph.add("Sub", one, positive), positive])
    return Outputs("float", graph.flat(graph.add("Greater", positive, half)), shares)
