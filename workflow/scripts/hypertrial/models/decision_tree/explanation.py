"""A learned decision tree as rules, and the way of one row through it."""

from collections.abc import Iterator

import numpy as np

from hypertrial import files
from hypertrial.explanation import values
from hypertrial.explanation.registry import Bar, Explanation, Panel
from hypertrial.explanation.subject import Subject
from hypertrial.explanation.units import Questions, rows_through
from hypertrial.markdown import escape

DEEPEST = 3
"""Splits below each other that the page shows; the file has all."""


class Rules:
    """The nodes of a subject's tree with what they ask, and the training rows in each."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.arrays = subject.model
        self.questions = Questions(subject.learned, "≤")
        X = subject.prepared(subject.training).astype(np.float32)
        self.rows = rows_through(subject.learned, X)
        self.gaps = np.atleast_1d(np.isnan(X).any(axis=0))

    def children(self, node: int) -> list[tuple[str, int]]:
        """Return what leads to each child of a node, and the child; nothing at a leaf."""
        left, right = int(self.arrays["left"][node]), int(self.arrays["right"][node])
        if left < 0:
            return []
        feature = int(self.arrays["feature"][node])
        missing = ""
        if self.gaps[feature]:
            missing = "left" if self.arrays["missing_left"][node] else "right"
        threshold = float(self.arrays["threshold"][node])
        sides = self.questions.sides(feature, threshold, missing)
        return list(zip(sides, (left, right), strict=True))

    def leaf(self, node: int) -> str:
        """Say what a leaf predicts, and how many training rows it has."""
        total = int(self.rows[0])
        own = f"{self.rows[node]} of {values.rows(total)} ({self.rows[node] / total:.1%})"
        return f"{self.answer(node)}; {own}"

    def answer(self, node: int) -> str:
        """Say what a node predicts: the value, or the class with the shares of all in it.

        A value in transformed units is told in the target's own, and as it is in brackets.
        """
        data, value, target = self.subject.data, self.arrays["value"][node], self.subject.target
        if not data.classes:
            own = values.number(target.undo(value[0]))
            return own if target.idle else f"{own} (transformed {values.number(value[0])})"
        shares = value / value.sum()
        best = np.argsort(-shares, kind="stable")
        known = [f"{values.label(data, i)} {shares[i]:.1%}" for i in best if shares[i] > 0]
        return f"{values.label(data, int(np.argmax(value)))} ({', '.join(known)})"

    def leaves(self) -> int:
        """Return the number of leaves."""
        return int((self.arrays["left"] < 0).sum())

    def lines(self, deepest: int | None = None) -> Iterator[tuple[int, str]]:
        """Yield the level and the text of each rule; a node below the deepest is told in short."""
        waiting = [(0, *child) for child in reversed(self.children(0))]
        if not waiting:
            yield 0, self.leaf(0)
        while waiting:
            level, text, node = waiting.pop()
            below = self.children(node)
            if not below:
                yield level, f"{text}: {self.leaf(node)}"
            elif deepest is not None and level + 1 >= deepest:
                yield level, f"{text}: … {values.rows(int(self.rows[node]))}, {self._cut(node)}"
            else:
                yield level, text
                waiting += [(level + 1, *child) for child in reversed(below)]

    def _cut(self, node: int) -> str:
        nodes, leaves = [node], 0
        while nodes:
            below = [child for _, child in self.children(nodes.pop())]
            leaves += not below
            nodes += below
        return f"{leaves} leaves"


def write(subject: Subject, path: str) -> None:
    """Write the whole tree as rules, a line each, indented by level."""
    rules = Rules(subject)
    data = subject.data
    what = "the class with the shares of the classes" if data.classes else "the value"
    head = [
        f"Decision tree of {data.name}: {rules.leaves()} leaves, "
        f"{values.rows(int(rules.rows[0]))} of training.",
        f"A leaf has {what}, then the training rows that come to it.",
        "",
    ]
    body = ["|   " * level + text for level, text in rules.lines()]
    files.write(path, "\n".join([*head, *body]) + "\n")


def learned(subject: Subject) -> list[str]:
    """Return the tree as a nested list; deep levels are cut, which is said."""
    rules = Rules(subject)
    lines = list(rules.lines(DEEPEST))
    total = rules.leaves()
    cut = len(lines) < len(list(rules.lines()))
    said = f"The tree has {total} leaves: at most so many different answers."
    if cut:
        said += (
            f" Here are its first {DEEPEST} levels; where a line ends in … the rest is cut. "
            "`tree_rules.txt` has all."
        )
    # A word before the name, as one that begins like a heading or a list would become it.
    listed = "\n".join("  " * level + f"- if {escape(text)}" for level, text in lines)
    return [said, listed]


def predicted(subject: Subject, row: int) -> list[str]:
    """Return the way of a row of the table through the tree."""
    rules = Rules(subject)
    X = subject.prepared(np.array([row])).astype(np.float32)[0]
    steps: list[str] = []
    node = 0
    while below := rules.children(node):
        feature = int(rules.arrays["feature"][node])
        value = X[feature]
        left = value <= rules.arrays["threshold"][node]
        if np.isnan(value):
            left = bool(rules.arrays["missing_left"][node])
        text, node = below[0 if left else 1]
        steps.append(f"{len(steps) + 1}. as {escape(text)}: {values.rows(int(rules.rows[node]))}")
    way = "The row starts at the root and, at each split, goes where the statement holds; "
    way += "beside it the number of training rows that went the same way:"
    end = f"The leaf answers {escape(rules.answer(node))}."
    if not subject.target.idle:
        value = float(rules.arrays["value"][node][0])
        end += f" In the target's own units its value is {subject.target.undoing(value)}."
    return [way, "\n".join(steps), end] if steps else [f"The tree is one leaf. {end}"]


def panels(subject: Subject) -> list[Panel]:
    """Return the training rows that pass through splits of each feature."""
    arrays, rules = subject.model, Rules(subject)
    inner = arrays["left"] >= 0
    size = len(subject.features)
    passed = np.bincount(arrays["feature"][inner], rules.rows[inner], size)
    splits = np.bincount(arrays["feature"][inner], minlength=size)
    order = [i for i in np.argsort(-passed, kind="stable") if splits[i]]
    return [
        Panel(
            "training rows through splits of each feature",
            "training rows, summed over its splits",
            [Bar(subject.features[i], float(passed[i])) for i in order],
        ),
        Panel(
            "splits of each feature",
            "splits",
            [Bar(subject.features[i], float(splits[i])) for i in order],
        ),
    ]


EXPLANATION = Explanation(
    learned=learned, predicted=predicted, panels=panels, table="tree_rules.txt", write=write
)
