"""Boosted trees as one list of nodes: read from XGBoost's JSON, and walked with NumPy."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.families import LearnedArray, Parameters

CELLS = 4_000_000
"""Most pairs of a row and a tree that are walked at once."""

ARRAYS = (
    LearnedArray("tree_start", "trees", "the node at which a tree begins"),
    LearnedArray("tree_class", "trees", "the class that a tree adds to"),
    LearnedArray("feature", "nodes", "the feature that a node splits on"),
    LearnedArray(
        "threshold", "nodes", "a row goes left where its value is below this; a leaf's value"
    ),
    LearnedArray("left", "nodes", "the node's left child, -1 at a leaf"),
    LearnedArray("right", "nodes", "the node's right child, -1 at a leaf"),
    LearnedArray("missing_left", "nodes", "whether a missing value goes left"),
    LearnedArray("set_node", "categories in splits", "the node of a split by a set of categories"),
    LearnedArray("set_code", "categories in splits", "a category that goes right there"),
)


def read(model: Mapping[str, Any]) -> Parameters:
    """Return the trees of a ``gradient_booster``'s JSON model as :data:`ARRAYS` describes them.

    Nodes stand tree after tree, roots first; children count from the start of all nodes. A node
    that stands in ``set_node`` splits by categories: those beside it in ``set_code`` go right.
    """
    trees = model["trees"]
    sizes = [len(tree["left_children"]) for tree in trees]
    starts = np.cumsum([0, *sizes[:-1]])

    def nodes(key: str) -> npt.NDArray[Any]:
        return np.concatenate([np.asarray(tree[key]) for tree in trees])

    shift = np.repeat(starts, sizes)
    left, right = nodes("left_children"), nodes("right_children")
    return {
        "tree_start": starts.astype(np.int32),
        "tree_class": np.asarray(model["tree_info"], dtype=np.int32),
        "feature": nodes("split_indices").astype(np.int32),
        "threshold": nodes("split_conditions").astype(np.float32),
        "left": np.where(left < 0, -1, left + shift).astype(np.int32),
        "right": np.where(right < 0, -1, right + shift).astype(np.int32),
        "missing_left": nodes("default_left").astype(bool),
        **_sets(trees, starts),
    }


def _sets(trees: Sequence[Mapping[str, Any]], starts: npt.NDArray[Any]) -> Parameters:
    """Return the categories that go right, for the nodes that split by them, if there are any."""
    nodes = [
        np.repeat(np.asarray(tree["categories_nodes"], dtype=np.int64), tree["categories_sizes"])
        + start
        for tree, start in zip(trees, starts, strict=True)
    ]
    codes = [code for tree in trees for code in tree["categories"]]
    if not codes:
        return {}
    return {
        "set_node": np.concatenate(nodes).astype(np.int32),
        "set_code": np.asarray(codes, dtype=np.int32),
    }


def sums(
    learned: Parameters, table: npt.NDArray[np.float32], base: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return for each row and class the base and the leaves in order, added in float32.

    ``table`` has shape (rows, features), ``base`` (classes,) and the result (rows, classes).
    """
    step = max(1, CELLS // len(learned["tree_start"]))
    parts = [table[at : at + step] for at in range(0, len(table), step)]
    return np.concatenate([_sums(learned, part, base) for part in parts])


def _sums(
    learned: Parameters, table: npt.NDArray[np.float32], base: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    leaves = _leaves(learned, table)
    result = np.empty((len(table), len(base)), dtype=np.float32)
    for output, start in enumerate(base):
        own = leaves[:, learned["tree_class"] == output]
        first = np.full((len(table), 1), start, dtype=np.float32)
        result[:, output] = np.cumsum(np.hstack([first, own]), axis=1)[:, -1]
    return result


def _leaves(learned: Parameters, table: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the leaf value of each row in each tree, shape (rows, trees)."""
    node = np.tile(learned["tree_start"].astype(np.int64), (len(table), 1)).ravel()
    row = np.repeat(np.arange(len(table)), len(learned["tree_start"]))
    left, right = learned["left"], learned["right"]
    goes_right = _set_test(learned)
    active = np.flatnonzero(left[node] >= 0)
    while active.size:
        at = node[active]
        value = table[row[active], learned["feature"][at]]
        below = value < learned["threshold"][at]
        if goes_right is not None:
            by_set, right_of_set = goes_right(at, value)
            below = np.where(by_set, ~right_of_set, below)
        goes_left = np.where(np.isnan(value), learned["missing_left"][at], below)
        node[active] = np.where(goes_left, left[at], right[at])
        active = active[left[node[active]] >= 0]
    leaves: npt.NDArray[np.float32] = learned["threshold"][node].reshape(len(table), -1)
    return leaves


def _set_test(
    learned: Parameters,
) -> Callable[[npt.NDArray[Any], npt.NDArray[Any]], tuple[Any, Any]] | None:
    """Return a function of nodes and values: is the split by a set, is the value in the set."""
    if "set_node" not in learned:
        return None
    is_set = np.zeros(len(learned["left"]), dtype=bool)
    is_set[learned["set_node"]] = True
    width = int(learned["set_code"].max()) + 2  # one more code stands for all beyond
    members = np.sort(learned["set_node"].astype(np.int64) * width + learned["set_code"])

    def test(node: npt.NDArray[Any], value: npt.NDArray[Any]) -> tuple[Any, Any]:
        code = np.nan_to_num(np.clip(value, 0, width - 1), nan=width - 1).astype(np.int64)
        return is_set[node], np.isin(node * width + code, members)

    return test
