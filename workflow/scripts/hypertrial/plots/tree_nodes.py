"""A learned decision tree as nodes with questions, answers and counts of rows."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from hypertrial.data.table import Table
from hypertrial.explanation.units import raw_threshold, rows_through
from hypertrial.families import Parameters, Value
from hypertrial.plots import scale, style
from hypertrial.prediction import MODEL
from hypertrial.preprocessing import preparation, replaying, target
from hypertrial.wording import number

LONGEST = 32
"""Most characters of a question."""


@dataclass(frozen=True)
class Node:
    """A node of a tree.

    ``value`` holds the share of each class, or the number predicted; ``yes`` and ``no`` are the
    numbers of its children, None at a leaf. ``leaves`` and ``depth`` count what is below it: a
    leaf has one leaf and depth 0.
    """

    question: str
    yes: int | None
    no: int | None
    value: npt.NDArray[np.float64]
    rows: int
    leaves: int
    depth: int


def learned_tree(
    learned: Parameters, data: Table, needed: Mapping[str, Value] = MappingProxyType({})
) -> list[Node]:
    """Return the nodes of a learned tree, the root first, with counts of the rows of a table.

    Values are in the target's own units; ``needed`` are the hyperparameters that prediction needs.
    """
    undone = target.read(learned, needed)
    left, right = learned[f"{MODEL}left"], learned[f"{MODEL}right"]
    X = replaying.replay(learned, data).astype(np.float32)
    rows = rows_through(learned, X)
    leaves, depths = _sizes(left, right)
    gaps = np.asarray(np.isnan(X).any(axis=0))
    nodes = []
    for i, feature in enumerate(learned[f"{MODEL}feature"].tolist()):
        question, yes, no = "", None, None
        if left[i] >= 0:
            missing = bool(gaps[feature] and learned[f"{MODEL}missing_left"][i])
            threshold = float(learned[f"{MODEL}threshold"][i])
            question, swapped = ask(learned, feature, threshold, missing)
            yes, no = int(left[i]), int(right[i])
            if swapped:
                yes, no = no, yes
        value = undone.undo(learned[f"{MODEL}value"][i])
        nodes.append(Node(question, yes, no, value, int(rows[i]), leaves[i], depths[i]))
    return nodes


def ask(learned: Parameters, feature: int, threshold: float, missing: bool) -> tuple[str, bool]:
    """Return the question of a split, and whether a yes leads right.

    ``missing`` tells that a missing value goes left. The threshold is asked in the units of the
    raw column, whatever the scaling, and as a label where codes stand for labels. A one-hot
    feature and an indicator of missing values have questions of their own.
    """
    names = replaying.own_feature_names(learned)
    values = {name.removeprefix(preparation.PREFIX): each for name, each in learned.items()}
    categorical = learned["kinds"] == "categorical"
    numeric = np.flatnonzero(~categorical)
    codes = len(names) - (int(categorical.sum()) if "code_labels" in values else 0)
    raw = raw_threshold(values, feature, threshold)
    if len(numeric) <= feature < codes and 0 <= raw < 1:
        return style.shorten(names[feature], LONGEST), True
    labels: list[str] = []
    if feature >= codes:
        position = np.flatnonzero(categorical)[feature - codes]
        labels = values["code_labels"][values["code_columns"] == position].tolist()
    elif feature < len(numeric):
        labels = learned["levels"][learned["level_columns"] == numeric[feature]].tolist()
    shown = number(raw, apart=False)
    if labels and math.isfinite(raw):
        shown = style.shorten(labels[int(np.clip(raw, 0, len(labels) - 1))], LONGEST // 2)
    return _question(names[feature], raw, shown, missing), False


def _question(name: str, threshold: float, shown: str, missing: bool) -> str:
    """Return the question of a threshold; the feature's name gives way to it."""
    end = f" ≤ {shown}" + (" or missing" if missing else "")
    if math.isinf(threshold):
        end = " is known"
    return style.shorten(name, LONGEST - len(end)) + end


def _sizes(
    left: npt.NDArray[np.int32], right: npt.NDArray[np.int32]
) -> tuple[list[int], list[int]]:
    """Return the number of leaves and of levels below each node; children follow parents."""
    leaves, depths = [1] * len(left), [0] * len(left)
    for i in reversed(range(len(left))):
        if left[i] >= 0:
            leaves[i] = leaves[left[i]] + leaves[right[i]]
            depths[i] = 1 + max(depths[left[i]], depths[right[i]])
    return leaves, depths


def answer(node: Node, classes: Sequence[str]) -> str:
    """Say what a node predicts: its most frequent class and its share, or a number."""
    if not classes:
        return f"predicts {number(node.value[0])}"
    name = classes[int(np.argmax(node.value))]
    if isinstance(scale.parse(name), float):
        name = f"class {name}"
    return f"{style.shorten(name, LONGEST - 10)} ({100 * share_of(node):.0f} %)"


def share_of(node: Node) -> float:
    """Return the share of a node's most frequent class."""
    return float(node.value.max() / node.value.sum())
