"""Boosted trees as one list of nodes: read from XGBoost's JSON, and walked with NumPy."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.expected import Expected, check_trees
from hypertrial.families import Inputs, LearnedArray, Parameters

ROWS = 4096
"""Rows that are walked at once."""

MOST_MEMBERS = 2**32
"""Most nodes times codes of splits by categories, a byte each while a tree is walked."""

MOST_KEPT = 10_000
"""Most rows whose sums are remembered."""

SIDES = ("left", "right")
Floats = npt.NDArray[np.float32]

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


def check(arrays: Expected, inputs: Inputs) -> None:
    """Check that arrays are trees, as :data:`ARRAYS` describes them.

    Raises
    ------
    ValueError
        If they are not, or their splits by categories would take more than ``MOST_MEMBERS``.
    """
    start = arrays.take("tree_start", "integer", None, low=0)
    arrays.take("tree_class", "integer", len(start), low=0, below=inputs.outputs)
    feature = arrays.take("feature", "integer", None)
    nodes = len(feature)
    left, right = (arrays.take(name, "integer", nodes) for name in SIDES)
    arrays.take("threshold", "number", nodes)
    arrays.take("missing_left", "flag", nodes)
    if not len(start) or start[0] != 0 or start[-1] >= nodes or (np.diff(start) <= 0).any():
        raise ValueError("tree_start: the trees do not follow one another")
    check_trees(left, right, feature, start, inputs.features)
    if "set_node" in arrays:
        node = arrays.take("set_node", "integer", None, low=0, below=nodes)
        code = arrays.take("set_code", "integer", len(node), low=0)
        if (np.diff(node) < 0).any():
            raise ValueError("set_node: the nodes are not in order")
        if nodes * (int(code.max(initial=0)) + 2) > MOST_MEMBERS:
            raise ValueError("set_code: a code is out of range")


def first(learned: Parameters, trees: int) -> Parameters:
    """Return the first trees of arrays that :func:`read` gave."""
    starts = learned["tree_start"]
    if trees >= len(starts):
        return {name: values for name, values in learned.items() if name != "base_margin"}
    nodes = int(starts[trees])
    cut: Parameters = {name: learned[name][:trees] for name in ("tree_start", "tree_class")}
    cut |= {
        name: learned[name][:nodes]
        for name in ("feature", "threshold", "left", "right", "missing_left")
    }
    if "set_node" in learned:
        sets = int(np.searchsorted(learned["set_node"], nodes))
        if sets:
            cut |= {name: learned[name][:sets] for name in ("set_node", "set_code")}
    return cut


def sums(
    learned: Parameters, table: npt.NDArray[np.float32], base: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return for each row and class the base and the leaves in order, added in float32.

    ``table`` has shape (rows, features), ``base`` (classes,) and the result (rows, classes).
    """
    start, result = _LAST.resume(learned, table, base)
    trees = [_Tree(learned, *ends) for ends in _ends(learned)[start:]]
    for at in range(0, len(table), ROWS):
        part, total = _Rows(table[at : at + ROWS]), result[at : at + ROWS]
        for tree, output in zip(trees, learned["tree_class"][start:], strict=True):
            total[:, output] += tree.leaves(part)
    _LAST.keep(learned, table, base, result)
    return result


class _Last:
    """The sums that were made last, so that more trees on the same rows go on from there."""

    def __init__(self) -> None:
        self._kept: tuple[Parameters, Floats, Floats, Floats] | None = None

    def resume(self, learned: Parameters, table: Floats, base: Floats) -> tuple[int, Floats]:
        """Return how many trees are summed already, and their sums; none if others came last."""
        if self._kept is not None:
            before, rows, start, result = self._kept
            trees = len(before["tree_start"])
            same = first(learned, trees) if trees <= len(learned["tree_start"]) else {}
            equal = same.keys() == before.keys() and all(
                np.array_equal(same[name], before[name], equal_nan=name == "threshold")
                for name in before
            )
            equal = equal and np.array_equal(base, start)
            if equal and np.array_equal(table, rows, equal_nan=True):
                return trees, result.copy()
        return 0, np.tile(base.astype(np.float32), (len(table), 1))

    def keep(self, learned: Parameters, table: Floats, base: Floats, result: Floats) -> None:
        """Remember sums, unless they are of very many rows; copies, as arrays can be changed."""
        self._kept = None
        if len(table) <= MOST_KEPT:
            arrays = {name: learned[name].copy() for name in learned if name != "base_margin"}
            self._kept = arrays, table.copy(), base.copy(), result.copy()


_LAST = _Last()


def _ends(learned: Parameters) -> list[tuple[int, int]]:
    starts = learned["tree_start"].tolist()
    return list(zip(starts, [*starts[1:], len(learned["left"])], strict=True))


class _Rows:
    """A block of rows that fits into a processor's cache, as one flat array of values."""

    def __init__(self, table: npt.NDArray[np.float32]) -> None:
        self.values = np.ascontiguousarray(table).reshape(-1)
        self.first = np.arange(0, self.values.size, table.shape[1], dtype=np.int64)
        self.missing = bool(np.isnan(self.values).any())


class _Tree:
    """A tree whose leaves lead to themselves, so that all rows walk as many steps."""

    def __init__(self, learned: Parameters, start: int, end: int) -> None:
        left, right = (learned[name][start:end].astype(np.int64) - start for name in SIDES)
        leaf = learned["left"][start:end] < 0
        own = np.arange(end - start)
        left, right = np.where(leaf, own, left), np.where(leaf, own, right)
        self.children = np.column_stack([left, right]).reshape(-1)
        self.feature = np.where(leaf, 0, learned["feature"][start:end]).astype(np.int64)
        self.threshold = learned["threshold"][start:end]
        self.missing_right = ~learned["missing_left"][start:end]
        self.depth = _depth(left, right, leaf)
        self.sets = _Sets.of(learned, start, end)

    def leaves(self, rows: _Rows) -> npt.NDArray[np.float32]:
        """Return the value of the leaf that each row comes to."""
        node = np.zeros(len(rows.first), dtype=np.int64)
        for _ in range(self.depth):
            value = rows.values[rows.first + self.feature[node]]
            right = value >= self.threshold[node]
            if self.sets is not None:
                right = self.sets.right(node, value, right)
            if rows.missing:
                right = np.where(np.isnan(value), self.missing_right[node], right)
            node = self.children[2 * node + right]
        values: npt.NDArray[np.float32] = self.threshold[node]
        return values


def _depth(left: npt.NDArray[Any], right: npt.NDArray[Any], leaf: npt.NDArray[Any]) -> int:
    """Return the longest path from the root to a leaf."""
    depth, level = 0, np.zeros(1, dtype=np.int64)
    while not leaf[level].all():
        inner = level[~leaf[level]]
        level = np.concatenate([left[inner], right[inner]])
        depth += 1
    return depth


class _Sets:
    """The splits by categories of a tree: for each node and code, whether a row goes right."""

    def __init__(self, node: npt.NDArray[Any], code: npt.NDArray[Any], nodes: int) -> None:
        self.width = int(code.max()) + 2  # one more code stands for all beyond
        member = np.zeros((nodes, self.width), dtype=bool)
        member[node, code] = True
        self.member = member.reshape(-1)
        self.is_set = np.isin(np.arange(nodes), node)

    @classmethod
    def of(cls, learned: Parameters, start: int, end: int) -> "_Sets | None":
        """Return the sets of a tree, None if it has none."""
        if "set_node" not in learned:
            return None
        among = slice(*np.searchsorted(learned["set_node"], [start, end]))
        node, code = learned["set_node"][among] - start, learned["set_code"][among]
        return cls(node, code, end - start) if len(node) else None

    def right(
        self,
        node: npt.NDArray[Any],
        value: npt.NDArray[np.float32],
        otherwise: npt.NDArray[np.bool_],
    ) -> npt.NDArray[np.bool_]:
        """Return which rows go right, where their node splits by a set."""
        last = self.width - 1
        code = np.nan_to_num(np.clip(value, 0, last), nan=last).astype(np.int64)
        return np.where(self.is_set[node], self.member[node * self.width + code], otherwise)
