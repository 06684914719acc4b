"""The floor of a data set: what a prediction that knows no feature scores.

Classes are predicted by their shares in the training rows: the shares as probabilities, the
largest as the label. A number is predicted by the mean of the training rows, or by their median
where a metric is of absolute errors. Weights count. Nothing is searched, so it is no model: it is
scored as the winners are, on the same splits and on the held-out rows, and never ranked.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial import confidence, files, metrics
from hypertrial.data import table
from hypertrial.data.table import Table
from hypertrial.families import Response, Task
from hypertrial.metrics import METRICS
from hypertrial.scoring import values
from hypertrial.scoring.sample import Centre, Target, Vector
from hypertrial.splitting import splits

Rows = npt.NDArray[Any]


def shares(y: Target, weight: Vector | None, classes: int) -> Vector:
    """Return the weighted share of each class among the codes ``y``, shape (classes,)."""
    counts = np.bincount(y, weight, minlength=classes).astype(float)
    result: Vector = counts / counts.sum()
    return result


def mean(y: Target, weight: Vector | None) -> float:
    """Return the weighted mean of numbers."""
    return float(np.average(y, weights=weight))


def median(y: Target, weight: Vector | None) -> float:
    """Return the weighted median of numbers, as in the metric of that name."""
    order = np.argsort(y, kind="stable")
    given = np.ones(len(y)) if weight is None else weight
    return values.middle(np.asarray(y, dtype=float)[order], given[order])


CENTRES = {"mean": mean, "median": median}


def of_classes(found: Vector, rows: int) -> Response:
    """Return the response that gives each of some rows the shares of the classes.

    The label is the class with the largest share, the first of equal ones.
    """
    return Response(
        labels=np.full(rows, int(found.argmax()), dtype=np.int64),
        raw=np.tile(found, (rows, 1)),
        probabilities=np.tile(found, (rows, 1)),
        ranking=np.zeros(rows) if len(found) == 2 else None,
    )


def of_number(value: float, rows: int) -> Response:
    """Return the response that gives each of some rows the same number."""
    same = np.full(rows, value)
    return Response(labels=same, raw=same)


def respond(centre: Centre, task: Task, training: Table, rows: int) -> Response:
    """Return what training rows alone say of some other rows, whose features nobody looks at.

    ``centre`` names what is predicted in a regression.
    """
    if task != "regression":
        return of_classes(shares(training.y, training.weight, len(training.classes)), rows)
    return of_number(CENTRES[centre](training.y, training.weight), rows)


def _by_centre(names: Sequence[str], task: Task) -> dict[Centre, list[str]]:
    """Return the metrics by what is predicted for them; one group if classes are."""
    groups: dict[Centre, list[str]] = {}
    for name in names:
        centre: Centre = METRICS[name].centre if task == "regression" else "mean"
        groups.setdefault(centre, []).append(name)
    return groups


def score(names: Sequence[str], training: Table, part: Table) -> dict[str, float]:
    """Return the metrics of a part of the rows, predicted from the training rows alone."""
    found: dict[str, float] = {}
    for centre, own in _by_centre(names, part.task).items():
        response = respond(centre, part.task, training, len(part.y))
        classes = len(part.classes)
        found |= metrics.score(own, part.task, classes, part.y, response, part.weight)
    return {name: found[name] for name in names}


def intervals(training: Table, part: Table, rules: Mapping[str, Any]) -> dict[str, Any]:
    """Return the interval of each metric on held-out rows, from the draws of the winners."""
    found: dict[str, Any] = {}
    for centre, own in _by_centre(rules["metrics"], part.task).items():
        response = respond(centre, part.task, training, len(part.y))
        scored = (own, part.task, len(part.classes), part.y, response, part.weight, part.group)
        drawn = (rules["seed"], rules["resamples"], rules["level"])
        found |= confidence.intervals(*scored, *drawn)
    return {name: found[name] for name in rules["metrics"]}


def write(
    table_paths: Sequence[str], splits_path: str, rules: Mapping[str, Any], output: str
) -> None:
    """Write the baseline of a data set: its scores on each split and on the held-out rows.

    ``rules`` are those of :meth:`hypertrial.plan.Plan.winner_rules`.
    """
    data, parts, names = table.load(*table_paths), splits.load(splits_path), rules["metrics"]
    folds = [score(names, data.rows(training), data.rows(rest)) for training, rest in parts.parts()]
    training, held_out = data.rows(parts.training), data.rows(parts.held_out)
    record = {
        "dataset": data.name,
        "task": data.task,
        "metrics": list(names),
        "predicts": predicted(training, names),
        "validation": {name: _summary([fold[name] for fold in folds]) for name in names},
        "held_out": {n: _known(v) for n, v in score(names, training, held_out).items()},
        "held_out_intervals": intervals(training, held_out, rules),
        "held_out_level": rules["level"],
        "held_out_rows": len(held_out.y),
    }
    files.write(output, files.json_bytes(record))


def predicted(training: Table, names: Sequence[str]) -> dict[str, Any]:
    """Return what is predicted of every held-out row: the shares of the classes, or numbers."""
    if training.task != "regression":
        found = shares(training.y, training.weight, len(training.classes))
        return {"shares": dict(zip(training.classes, found.tolist(), strict=True))}
    needed = _by_centre(names, training.task)
    return {name: CENTRES[name](training.y, training.weight) for name in needed}


def _summary(scores: Sequence[float]) -> dict[str, Any]:
    """Return mean, standard deviation and folds, None where a score is not defined."""
    return {
        "mean": _known(float(np.mean(scores))),
        "std": _known(float(np.std(scores))),
        "folds": [_known(each) for each in scores],
    }


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
