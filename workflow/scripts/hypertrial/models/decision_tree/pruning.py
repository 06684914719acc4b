"""Cutting scikit-learn's trees that were grown best first."""

from typing import Any

LEAF = -1
UNDEFINED = -2


def first_leaves(tree: Any, leaves: int) -> Any:
    """Return the tree of at most so many leaves that was on the way to a larger one.

    A tree that grows best first makes one more leaf with each split, and its nodes stand in the
    order in which they were made, two for each split. So the tree of ``leaves`` leaves is the
    first ``2 * leaves - 1`` nodes, and those whose children came later are its leaves.
    """
    state = tree.__getstate__()
    count = 2 * leaves - 1
    nodes = state["nodes"][:count].copy()
    cut = nodes["left_child"] >= count
    for name, value in (
        ("left_child", LEAF),
        ("right_child", LEAF),
        ("feature", UNDEFINED),
        ("threshold", UNDEFINED),
    ):
        nodes[name][cut] = value
    _, (features, classes, outputs), _ = tree.__reduce__()
    smaller = type(tree)(features, classes, outputs)
    depth = _depth(nodes)
    smaller.__setstate__(
        {"max_depth": depth, "node_count": count, "nodes": nodes, "values": state["values"][:count]}
    )
    return smaller


def _depth(nodes: Any) -> int:
    """Return the longest path from the root; children stand after their parents."""
    depth = [0] * len(nodes)
    for parent, (left, right) in enumerate(
        zip(nodes["left_child"], nodes["right_child"], strict=True)
    ):
        if left != LEAF:
            depth[left] = depth[right] = depth[parent] + 1
    return max(depth)
