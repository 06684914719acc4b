"""What boosted trees use, and how the leaves of a row add up to its prediction."""

import math

import numpy as np
import numpy.typing as npt
import pandas as pd

from hypertrial import collect
from hypertrial.explanation import values
from hypertrial.explanation.registry import Bar, Explanation, Panel
from hypertrial.explanation.subject import Subject
from hypertrial.explanation.units import Questions
from hypertrial.markdown import escape
from hypertrial.markdown import table as markdown_table
from hypertrial.models.xgboost.replay import LOG_LINKS
from hypertrial.wording import are, counted, some

USES = {
    "gain": "mean gain of its splits",
    "cover": "mean cover of its splits",
    "weight": "splits",
}
TOTALS = ("total_gain", "total_cover")
MOST_LISTED = 15
MOST_TREES = 5
"""Trees whose leaves the page shows one by one."""


def uses(subject: Subject) -> pd.DataFrame:
    """Return gain, cover and weight of each feature, from the booster fitted again.

    XGBoost's own numbers: ``gain`` and ``cover`` are means over a feature's splits of how much
    the loss falls and of the sum of second derivatives, ``weight`` is the number of splits.
    """
    booster = subject.fitted.estimator.whole.booster
    names = subject.features
    table = pd.DataFrame({"feature": names})
    for kind in (*USES, *TOTALS):
        told = booster.get_score(importance_type=kind)
        table[kind] = [float(told.get(f"f{i}", 0.0)) for i in range(len(names))]
    table["weight"] = table["weight"].astype(int)
    return table.sort_values("total_gain", ascending=False, kind="stable", ignore_index=True)


def write(subject: Subject, path: str) -> None:
    """Write the use of each feature, the most gain in all first."""
    collect.write_table(uses(subject), path)


def learned(subject: Subject) -> list[str]:
    """Return how many trees there are, and which features they use."""
    arrays = subject.model
    trees = len(arrays["tree_start"])
    leaves = int((arrays["left"] < 0).sum())
    found = collect.read_table(str(subject.table))
    used = found[found["weight"] > 0]
    rows = [
        (
            escape(each["feature"]),
            values.number(each["gain"], 4),
            values.number(each["cover"], 4),
            each["weight"],
        )
        for _, each in used.head(MOST_LISTED).iterrows()
    ]
    more = len(used) - len(rows)
    return [
        f"Training learned {counted(trees, 'tree')} with {counted(leaves, 'leaf', 'leaves')} "
        f"together. They split on {some(len(used), len(found), 'feature')}. Those with the most "
        f"gain in all come first{f'; {more} more {are(more)} left out here' if more else ''}:",
        markdown_table(("feature", "gain", "cover", "weight"), rows),
        "`gain` is by how much a split of the feature lowers the loss, on average; `cover` is the "
        "mean weight (sum of second derivatives) of the rows at its splits; `weight` is the number "
        "of its splits. They tell of training rows alone: a feature that helped to overfit has "
        "gain, too. `feature_use.csv` has all.",
    ]


class Walk:
    """The ways of one prepared row through all trees."""

    def __init__(self, subject: Subject, row: int) -> None:
        self.arrays = subject.model
        self.questions = Questions(subject.learned, "<")
        self.x = subject.prepared(np.array([row])).astype(np.float32)[0]

    def goes_right(self, node: int) -> bool:
        """Tell whether the row goes right at a node."""
        value = self.x[self.arrays["feature"][node]]
        if np.isnan(value):
            return not self.arrays["missing_left"][node]
        codes = self._codes(node)
        if codes is not None:
            return bool(int(value) in codes)
        return bool(value >= self.arrays["threshold"][node])

    def _codes(self, node: int) -> npt.NDArray[np.int64] | None:
        if "set_node" not in self.arrays or node not in self.arrays["set_node"]:
            return None
        codes: npt.NDArray[np.int64] = self.arrays["set_code"][self.arrays["set_node"] == node]
        return codes

    def text(self, node: int) -> str:
        """Say what holds for the row at a node."""
        feature = int(self.arrays["feature"][node])
        missing = ""
        if np.isnan(self.x[feature]):
            missing = "left" if self.arrays["missing_left"][node] else "right"
        codes = self._codes(node)
        if codes is not None:
            sides = self.questions.among(feature, codes, missing)
        else:
            sides = self.questions.sides(feature, float(self.arrays["threshold"][node]), missing)
        return sides[self.goes_right(node)]

    def tree(self, number: int) -> tuple[list[str], np.float32]:
        """Return what holds along the way through a tree, and the value of its leaf."""
        node, steps = int(self.arrays["tree_start"][number]), []
        while self.arrays["left"][node] >= 0:
            steps.append(self.text(node))
            node = int(self.arrays["right" if self.goes_right(node) else "left"][node])
        leaf: np.float32 = self.arrays["threshold"][node]
        return steps, leaf


def margin(
    subject: Subject, row: int, output: int
) -> tuple[list[tuple[str, np.float32]], np.float32]:
    """Return the first steps and leaves that a row's margin of an output is made of, and their sum.

    The sum is that of all trees, in their order, in float32, as XGBoost has it.
    """
    walk, arrays = Walk(subject, row), subject.model
    total = np.float32(arrays["base_margin"][output])
    told: list[tuple[str, np.float32]] = []
    for number in np.flatnonzero(arrays["tree_class"] == output).tolist():
        steps, leaf = walk.tree(number)
        total += leaf
        if len(told) < MOST_TREES:
            told.append(("; ".join(steps) or "one leaf", leaf))
    return told, total


def predicted(subject: Subject, row: int) -> list[str]:
    """Return the base margin and the leaves that a row's prediction is made of."""
    data, arrays = subject.data, subject.model
    response = subject.predict(data.rows(np.array([row])))
    outputs = len(arrays["base_margin"])
    output = int(response.labels[0]) if outputs > 1 else 0
    told, total = margin(subject, row, output)
    base = np.float32(arrays["base_margin"][output])
    trees = int((arrays["tree_class"] == output).sum())
    shown = sum((leaf for _, leaf in told), np.float32(0))
    lines = [("start", "base margin", values.number(base))]
    lines += [
        (f"tree {i}", escape(text), values.signed(leaf)) for i, (text, leaf) in enumerate(told, 1)
    ]
    if trees > len(told):
        lines.append((f"{trees - len(told)} more trees", "", values.signed(total - base - shown)))
    lines.append(("sum", "margin", values.number(total)))
    who = f" of class {escape(values.label(data, output))}" if outputs > 1 else ""
    return [
        f"Each tree sends the row to one leaf. The margin{who} is the base margin plus the values "
        f"of these leaves, of {trees} trees:",
        markdown_table(("step", "what holds for the row", "adds"), lines),
        _link(subject, row, output, float(total)),
    ]


def _link(subject: Subject, row: int, output: int, total: float) -> str:
    """Say how the margin becomes a prediction."""
    data = subject.data
    response = subject.predict(data.rows(np.array([row])))
    if data.task == "regression":
        return _value(subject, total, float(response.labels[0]))
    probabilities = np.asarray(response.probabilities, dtype=float)[0]
    answer = escape(values.label(data, int(response.labels[0])))
    if data.task == "binary":
        positive = float(probabilities[1])
        return (
            f"The probability of class {escape(values.label(data, 1))} is "
            f"1 / (1 + exp(-({values.number(total)}))) = {values.number(positive, 4)}: "
            f"the answer is {answer}."
        )
    margins = ", ".join(
        f"{escape(values.label(data, i))} {values.number(each, 4)}"
        for i, each in enumerate(response.raw[0])
    )
    share = float(probabilities[output])
    return (
        f"All classes have such a margin: {margins}. Their exponentials, divided by their sum, are "
        f"the probabilities; {answer} has the largest, {values.number(share, 4)}."
    )


def _value(subject: Subject, total: float, answer: float) -> str:
    """Say how a margin becomes the prediction of a number."""
    log, own = subject.needed.get("objective") in LOG_LINKS, subject.target
    given = values.number(total)
    told = f"exp({given}) = {values.number(math.exp(total))}" if log else given
    if not own.idle:
        return (
            f"{'It makes' if log else 'The margin is'} the prediction of the transformed target, "
            f"{told}; in the target's own units it is "
            f"{own.undoing(math.exp(total) if log else total)}."
        )
    if log:
        return f"The prediction is {told}."
    return f"The margin is the prediction: {values.number(answer)}."


def panels(subject: Subject) -> list[Panel]:
    """Return gain, cover and weight by feature."""
    found = collect.read_table(str(subject.table))
    used = found[found["weight"] > 0]
    return [
        Panel(
            kind,
            label,
            [
                Bar(str(each["feature"]), float(each[kind]))
                for _, each in used.sort_values(kind, ascending=False, kind="stable").iterrows()
            ],
        )
        for kind, label in USES.items()
    ]


EXPLANATION = Explanation(
    learned=learned,
    predicted=predicted,
    panels=panels,
    table="feature_use.csv",
    write=write,
    rounds="n_estimators",
)
