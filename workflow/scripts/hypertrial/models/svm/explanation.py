"""The support vectors of a machine, and how their similarities add up to a prediction."""

from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from hypertrial import collect
from hypertrial.explanation import values
from hypertrial.explanation.registry import Bar, Explanation, Panel
from hypertrial.explanation.subject import Subject
from hypertrial.families import Parameters
from hypertrial.markdown import escape
from hypertrial.markdown import table as markdown_table
from hypertrial.models.svm import replay
from hypertrial.preprocessing.preparation import TARGET
from hypertrial.wording import are, count

MOST_VALUED = 200
"""Support vectors, those of the largest coefficients, that the table gives with their values."""

MOST_LISTED = 10
MOST_VALUES = 6
MOST_TERMS = 5
NEAR = 1e-9
"""How near to the bound, relative to it, a coefficient is at it."""


def vectors(subject: Subject) -> pd.DataFrame:
    """Return all support vectors, those with the largest dual coefficients first.

    ``vector`` is the position in the learned arrays, ``row`` that in the table;
    ``dual_coefficient`` is the one of the largest size, and ``against`` the class that it is
    against, where there are classes; ``at_bound`` tells whether any of the vector's coefficients
    has the largest size that C, times the weights of its class and of its row, allows.
    ``feature_<column>`` are raw values, as texts, of the first :data:`MOST_VALUED` vectors.
    """
    bare = subject.fitted.estimator.bare
    data, rows = subject.data, subject.training[bare.support_]
    duals = subject.model["dual_coefficients"]
    largest = np.abs(duals).argmax(axis=0)
    strongest = duals[largest, np.arange(len(rows))]
    order = np.argsort(-np.abs(strongest), kind="stable")
    table: dict[str, Any] = {"vector": order, "row": rows[order]}
    if data.classes:
        own = data.y[rows]
        names = np.array(data.classes, dtype=object)
        table["class"] = names[own[order]]
        # A vector of class i has a coefficient for each other class, i itself left out.
        other = np.where(largest < own, largest, largest + 1)
        table["against"] = names[other[order]]
    table["dual_coefficient"] = strongest[order]
    bound = np.abs(duals).max(axis=0) >= _bounds(subject, bare, rows) * (1 - NEAR)
    table["at_bound"] = bound[order]
    for i, column in enumerate(data.columns):
        shown = [values.shown(column, v) for v in data.rows(rows[order[:MOST_VALUED]]).X[:, i]]
        table[f"feature_{column.name}"] = shown + [""] * (len(rows) - len(shown))
    return pd.DataFrame(table)


def _bounds(subject: Subject, bare: Any, rows: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return the largest size of a coefficient of each row."""
    bound = np.full(len(rows), float(subject.setting.values["C"]))  # type: ignore[arg-type]
    if subject.data.classes:
        bound *= bare.class_weight_[subject.data.y[rows]]
    weight = subject.setting.weight(rows)
    return bound if weight is None else bound * weight


def write(subject: Subject, path: str) -> None:
    """Write all support vectors, the largest dual coefficient first."""
    table = vectors(subject)
    table["at_bound"] = table["at_bound"].map({True: "true", False: "false"})
    collect.write_table(table, path)


def _read(subject: Subject) -> pd.DataFrame:
    found = collect.read_texts(str(subject.table))
    found["dual_coefficient"] = found["dual_coefficient"].astype(float)
    found["at_bound"] = found["at_bound"] == "true"
    return found


def by_class(subject: Subject, found: pd.DataFrame) -> pd.DataFrame:
    """Return training rows, support vectors and those at the bound of each class, or of all."""
    data, training = subject.data, subject.training
    if not data.classes:
        counts = [("all", len(training), len(found), int(found["at_bound"].sum()))]
    else:
        sizes = np.bincount(data.y[training], minlength=len(data.classes))
        own = [found[found["class"] == name] for name in data.classes]
        counts = [
            (values.label(data, i), int(sizes[i]), len(part), int(part["at_bound"].sum()))
            for i, part in enumerate(own)
        ]
    return pd.DataFrame(counts, columns=["class", "training_rows", "vectors", "at_bound"])


def learned(subject: Subject) -> list[str]:
    """Return how many support vectors there are, and the weightiest ones."""
    found = _read(subject)
    counts = by_class(subject, found)
    rows = [
        (
            escape(each["class"]),
            each["training_rows"],
            f"{each['vectors']} ({each['vectors'] / max(each['training_rows'], 1):.1%})",
            each["at_bound"],
        )
        for _, each in counts.iterrows()
    ]
    share = len(found) / len(subject.training)
    inside, beyond = "outside the tube of half-width epsilon, or on its edge", "outside the tube"
    if subject.data.classes:
        inside = "on the edge of the margin, inside it, or on the wrong side"
        beyond = "inside the margin or on its wrong side"
    others = (
        "Without any of the other rows, and with the same preprocessing and kernel, the machine "
        "would be the same."
    )
    return [
        f"Of {values.rows(len(subject.training))} for training {count(len(found))} ({share:.1%}) "
        f"{are(len(found))} support vectors: "
        f"those {inside}. {others if share < 1 else ''}".strip(),
        markdown_table(("class", "training rows", "support vectors", "at the bound"), rows),
        f"A vector at the bound is {beyond}: its dual coefficient is as large as C "
        f"({subject.setting.values['C']:g}) allows. Those with the largest coefficients:",
        _weightiest(subject, found),
        f"`support_vectors.csv` has all of them, and the values of the first {MOST_VALUED}.",
    ]


def _weightiest(subject: Subject, found: pd.DataFrame) -> str:
    columns = [f"feature_{column.name}" for column in subject.data.columns[:MOST_VALUES]]
    described = ["class", "against"] if subject.data.classes else []
    rows = [
        (
            each["row"],
            *(escape(each[name]) for name in described),
            values.number(each["dual_coefficient"], 4),
            *(escape(each[name]) for name in columns),
        )
        for _, each in found.head(MOST_LISTED).iterrows()
    ]
    names = [escape(name.removeprefix("feature_")) for name in columns]
    return markdown_table(("row", *described, "dual coefficient", *names), rows)


def pair(learned: Parameters, first: int, second: int) -> tuple[npt.NDArray[np.float64], float]:
    """Return the coefficient of each vector, and the intercept, of one decision value.

    The decision is that of class ``first`` against ``second``; 0 and 1, in this order, stand for
    the only one of two classes and of a regression.
    """
    duals = learned["dual_coefficients"]
    if len(duals) == 1:
        return duals[0], float(learned["intercepts"][0])
    counts = learned["support_per_class"]
    ends = np.cumsum(counts)
    coefficients = np.zeros(duals.shape[1])
    for own, other in ((first, second), (second, first)):
        part = slice(int(ends[own] - counts[own]), int(ends[own]))
        coefficients[part] = duals[other - 1 if other > own else other, part]
    number = list(combinations(range(len(counts)), 2)).index((first, second))
    return coefficients, float(learned["intercepts"][number])


def predicted(subject: Subject, row: int) -> list[str]:
    """Return the largest terms of the decision value of a row, and what follows from it."""
    data, model = subject.data, subject.model
    response = subject.predict(data.rows(np.array([row])))
    first, second, many = _pair_of(response.raw, response.labels)
    coefficients, intercept = pair(model, first, second)
    similar = replay.kernel(
        subject.prepared(np.array([row])), model["support_vectors"], subject.needed
    )[0]
    terms = coefficients * similar
    used = np.flatnonzero(coefficients)
    order = used[np.argsort(-np.abs(terms[used]), kind="stable")[:MOST_TERMS]]
    names = _names(subject, _read(subject))
    lines = [
        (
            names[i],
            values.number(coefficients[i], 5),
            values.number(similar[i], 5),
            values.signed(terms[i]),
        )
        for i in order
    ]
    rest = len(used) - len(order)
    total = float(terms.sum()) + intercept
    if rest:
        lines.append((f"{rest} more", "", "", values.signed(terms.sum() - terms[order].sum())))
    lines += [
        ("intercept", "", "", values.signed(intercept)),
        ("sum", "", "", values.number(total, 5)),
    ]
    return [
        f"The row is compared with each support vector by the kernel ({_kernel(subject)}), once "
        "preprocessing has made it comparable. Each similarity counts as much as the vector's dual "
        "coefficient says; the sum of all, and the intercept, is the decision value"
        + (f" of {_name(subject, first)} against {_name(subject, second)}:" if many else ":"),
        markdown_table(("term", "dual coefficient", "kernel", "product"), lines),
        _answer(subject, response, total, (first, second)),
    ]


def _names(subject: Subject, found: pd.DataFrame) -> dict[int, str]:
    """Return the row of the table that each vector is, with its class."""
    kinds = [f" ({escape(name)})" for name in found["class"]] if subject.data.classes else [""]
    return {
        int(vector): f"row {row}{kind}"
        for vector, row, kind in zip(
            found["vector"],
            found["row"],
            kinds * (1 if subject.data.classes else len(found)),
            strict=True,
        )
    }


def _pair_of(raw: npt.NDArray[Any], labels: npt.NDArray[Any]) -> tuple[int, int, bool]:
    """Return the two classes of a decision, and whether there are others.

    Of many classes they are the answer, and the other of the most votes.
    """
    if raw.ndim == 1:
        return 0, 1, False
    votes = replay.votes(raw)[0]
    votes[int(labels[0])] = -1
    first, second = sorted((int(labels[0]), int(votes.argmax())))
    return first, second, True


def _kernel(subject: Subject) -> str:
    told = ", ".join(
        f"{name} {values.number(value)}" if isinstance(value, float) else f"{name} {value}"
        for name, value in subject.needed.items()
        if name not in ("kernel", TARGET)
    )
    return escape(f"{subject.needed['kernel']}" + (f": {told}" if told else ""))


def _name(subject: Subject, code: int) -> str:
    return escape(values.label(subject.data, code))


def _answer(subject: Subject, response: Any, total: float, pair_: tuple[int, int]) -> str:
    """Say how decision values become the answer."""
    task = subject.data.task
    if task == "regression":
        if subject.target.idle:
            return f"This sum is the prediction: {values.number(float(response.labels[0]))}."
        return (
            "This sum is the prediction of the transformed target; in the target's own units it "
            f"is {subject.target.undoing(total)}."
        )
    answer = _name(subject, int(response.labels[0]))
    if task == "binary":
        side = "not below" if response.labels[0] == 1 else "below"
        text = f"It is {side} 0, so the answer is {answer}"
    else:
        votes = replay.votes(response.raw)[0]
        counts = ", ".join(f"{_name(subject, i)} {n}" for i, n in enumerate(votes.tolist()))
        winner = pair_[0] if total > 0 else pair_[1]
        text = (
            f"This pair is won by {_name(subject, winner)}. There is such a value for each pair of "
            f"classes, and each gives its winner a vote: {counts}. The answer is {answer}"
        )
    if response.probabilities is None:
        return f"{text}."
    share = float(response.probabilities[0, int(response.labels[0])])
    told = values.number(share, 4)
    return f"{text}; sigmoids that were fitted beside the machine give it the probability {told}."


def panels(subject: Subject) -> list[Panel]:
    """Return the support vectors by class, and the largest dual coefficients."""
    found = _read(subject)
    counts = by_class(subject, found)
    bars = [
        Bar(str(each["class"]), float(each["vectors"]), float(each["at_bound"]))
        for _, each in counts.iterrows()
    ]
    largest = [
        Bar(
            f"row {each['row']}" + (f" ({each['class']})" if subject.data.classes else ""),
            float(each["dual_coefficient"]),
        )
        for _, each in found.iterrows()
    ]
    what = "support vectors by class" if subject.data.classes else "support vectors"
    return [
        Panel(what, "support vectors", bars, "at the bound C"),
        Panel("largest dual coefficients", "dual coefficient", largest),
    ]


EXPLANATION = Explanation(
    learned=learned, predicted=predicted, panels=panels, table="support_vectors.csv", write=write
)
