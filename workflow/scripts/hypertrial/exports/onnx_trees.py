"""Learned trees as ONNX operators: those of ai.onnx.ml, in float32 as the libraries' are."""

from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.exports.onnx_graph import TREES, Graph
from hypertrial.families import Parameters


def add_trees(
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
