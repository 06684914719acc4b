"""Whether each class has the rows that a model needs to be fitted, said in words that help.

A support vector machine makes probabilities by a calibration inside its training rows, for which
each class needs a few rows there. Rows of weight zero count for nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial import wording
from hypertrial.data import table
from hypertrial.errors import listing
from hypertrial.families import Family, Task
from hypertrial.metrics import METRICS, probabilities_needed
from hypertrial.models import get_family
from hypertrial.splitting import splits

Counts = npt.NDArray[np.int64]


def counted(y: npt.NDArray[Any], weight: npt.NDArray[Any] | None, classes: int) -> Counts:
    """Return how many rows of each class count, shape (classes,): those with any weight."""
    rows = y if weight is None else y[weight > 0]
    return np.bincount(rows, minlength=classes)


def lack(
    family: Family,
    task: Task,
    metrics: Sequence[str],
    counts: Counts,
    classes: Sequence[str],
    weighted: bool = False,
) -> str | None:
    """Say which class has too few training rows for a model, and what helps; None if none has.

    ``counts``, shape (classes,), are the rows of each class that count in a training part;
    ``weighted`` tells whether rows have weights.
    """
    if task == "regression":
        return None
    probabilities = probabilities_needed(metrics, task)
    needed, smallest = family.fewest_of_class(task, probabilities), int(np.argmin(counts))
    if counts[smallest] >= needed:
        return None
    rows = wording.counted(int(counts[smallest]), "training row")
    names = [name for name in metrics if METRICS[name].needs_probabilities(task)]
    purpose = f" for the probabilities that {listing(names)} asks for" if names else ""
    remedies = ["use metrics that need no probabilities"] * bool(names)
    return (
        f"class '{classes[smallest]}' has {rows}{' with a weight above 0' * weighted}, and "
        f"{family.name} needs {needed}{purpose}: "
        + ", ".join([*remedies, "leave out this model, or merge or drop the class"])
    )


def lines(
    dataset: str,
    task: Task,
    classes: Sequence[str],
    counts: Counts,
    metrics: Sequence[str],
    models: Iterable[str],
    weighted: bool = False,
) -> list[str]:
    """Return a line for each model that a class has too few training rows for.

    Parameters
    ----------
    counts
        The fewest rows of each class that count in a training part, shape (classes,).
    """
    families = map(get_family, models)
    found = [lack(each, task, metrics, counts, classes, weighted) for each in families]
    return [f"{dataset}: {why}" for why in found if why is not None]


def find(
    table_paths: Sequence[str], splits_path: str, metrics: Sequence[str], models: Sequence[str]
) -> list[str]:
    """Return the lines of :func:`lines` for a table and its splits."""
    data, parts = table.load(*table_paths), splits.load(splits_path)
    if data.task == "regression":
        return []
    number = len(data.classes)
    trained = [*(training for training, _ in parts.parts()), parts.training]
    counts = [
        counted(data.y[rows], None if data.weight is None else data.weight[rows], number)
        for rows in trained
    ]
    fewest = np.min(counts, axis=0)
    weighted = data.weight is not None
    return lines(data.name, data.task, data.classes, fewest, metrics, models, weighted)
