"""What a trial's parameters say of columns and their preparation, checked before they are used."""

import numpy as np
import numpy.typing as npt

from hypertrial.expected import Expected
from hypertrial.families import Inputs, Task
from hypertrial.preprocessing.preparation import PREFIX
from hypertrial.preprocessing.target import QUANTILE, STANDARD

KINDS = ("numeric", "ordered", "categorical")


def check(arrays: Expected, task: Task) -> Inputs:
    """Check the names of a table and what was learned to prepare it.

    Returns
    -------
    What the model is given: how many features, and how many classes it tells apart.

    Raises
    ------
    ValueError
        If an array is missing, or is not what its place expects.
    """
    columns = arrays.take("columns", "text", None)
    kinds = arrays.take("kinds", "text", len(columns))
    arrays.take("monotone", "integer", len(columns), low=-1, below=2)
    if not len(columns) or len(np.unique(columns)) < len(columns):
        raise ValueError("columns: must have names of their own")
    if not np.isin(kinds, KINDS).all():
        raise ValueError(f"kinds: must be of {', '.join(KINDS)}")
    levels = arrays.take("levels", "text", None)
    arrays.take("level_columns", "integer", len(levels), low=0, below=len(columns))
    classes = arrays.take("classes", "text", None)
    if not _suits(len(np.unique(classes)), len(classes), task):
        raise ValueError(f"classes: there are {len(classes)}, which does not suit the task {task}")
    return Inputs(_features(arrays, kinds), len(classes))


def _suits(different: int, classes: int, task: Task) -> bool:
    least = {"regression": 0, "binary": 2, "multiclass": 3}[task]
    return different == classes and (classes == least or (task == "multiclass" and classes > 3))


def _features(arrays: Expected, kinds: npt.NDArray[np.str_]) -> int:
    """Check what preparation learned, and return how many features it makes."""
    numbers = int((kinds != "categorical").sum())
    categorical = len(kinds) - numbers
    width = numbers
    _target(arrays)
    if PREFIX + "fill_values" in arrays:
        arrays.take(PREFIX + "fill_values", "number", numbers)
    if PREFIX + "indicator_columns" in arrays:
        gaps = arrays.take(PREFIX + "indicator_columns", "integer", None, low=0, below=numbers)
        width += len(gaps)
    for names in (("centers", "scales"), ("factors", "offsets")):
        if PREFIX + names[0] in arrays:
            for name in names:
                arrays.take(PREFIX + name, "number", width)
    if PREFIX + "quantiles" in arrays:
        ranks = arrays.take(PREFIX + "references", "number", None)
        if not len(ranks):
            raise ValueError("references: must not be empty")
        arrays.take(PREFIX + "quantiles", "number", len(ranks), width)
    if PREFIX + "categories" in arrays:
        return width + _one_hot(arrays, len(kinds))
    if PREFIX + "code_labels" in arrays:
        labels = arrays.take(PREFIX + "code_labels", "text", None)
        arrays.take(PREFIX + "code_columns", "integer", len(labels), low=0, below=len(kinds))
        return width + categorical
    return width


def _target(arrays: Expected) -> None:
    """Check what the transformation of a target learned."""
    if any(PREFIX + name in arrays for name in STANDARD):
        for name in STANDARD:
            arrays.take(PREFIX + name, "number", 1)
    if any(PREFIX + name in arrays for name in QUANTILE):
        quantiles = arrays.take(PREFIX + QUANTILE[0], "number", None)
        scores = arrays.take(PREFIX + QUANTILE[1], "number", len(quantiles))
        if not len(quantiles) or (np.diff(quantiles) < 0).any() or (np.diff(scores) < 0).any():
            raise ValueError(f"{QUANTILE[0]}: must be numbers in ascending order, as their scores")


def _one_hot(arrays: Expected, columns: int) -> int:
    labels = arrays.take(PREFIX + "categories", "text", None)
    arrays.take(PREFIX + "category_columns", "integer", len(labels), low=0, below=columns)
    for name in ("category_missing", "category_rare"):
        arrays.take(PREFIX + name, "flag", len(labels))
    return len(labels)
