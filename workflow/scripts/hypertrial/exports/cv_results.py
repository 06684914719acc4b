"""The trials of a search as the ``cv_results_`` of scikit-learn's GridSearchCV.

from hypertrial.exports import cv_results

cv_results.read("results/default/iris/svm")["mean_test_accuracy"]
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy import ma

from hypertrial import files
from hypertrial.errors import HypertrialError
from hypertrial.exports import searches
from hypertrial.exports.searches import Record, Search
from hypertrial.metrics import Metric

Results = dict[str, Any]


def read(folder: str | Path) -> Results:
    """Return the trials of a model's folder in the form of ``GridSearchCV.cv_results_``.

    The form is that of several metrics and ``return_train_score=True``: float64 arrays of shape
    (trials,), int32 ranks, a masked array ``param_*`` for each hyperparameter that any trial sets,
    masked where a trial does not set it, and ``params``, a list of dictionaries. Trials stand
    best first. A metric of which less is better has the prefix ``neg_`` and the opposite sign, as
    scikit-learn's scorers do. Scores of a failed trial are NaN, and it shares the last rank.

    Raises
    ------
    HypertrialError
        If the folder is not that of a model with a finished search.
    """
    found = searches.find(Path(folder))
    if len(found) != 1:
        raise HypertrialError(f"{folder}: holds {len(found)} searches; give one model's folder")
    return of(found[0])


def of(search: Search) -> Results:
    """Return the trials of a search, as :func:`read` does."""
    scores = [score for score, _ in search.trials]
    costs = [cost for _, cost in search.trials]
    params = [dict(score["hyperparameters"]["set"]) for score in scores]
    results: Results = {}
    for name in ("fit", "score"):
        _add(results, f"{name}_time", _seconds(costs, f"{name}_seconds"))
    results |= _masked(params)
    results["params"] = params
    for metric in search.metrics:
        _add_scores(results, search, scores, metric)
    return results


def _add(results: Results, name: str, values: npt.NDArray[np.float64]) -> None:
    """Add the mean and the standard deviation of values of shape (trials, splits)."""
    results[f"mean_{name}"] = values.mean(axis=1)
    results[f"std_{name}"] = values.std(axis=1)


def _add_scores(results: Results, search: Search, scores: Sequence[Record], metric: Metric) -> None:
    name = metric.name if metric.greater_is_better else f"neg_{metric.name}"
    sign = 1.0 if metric.greater_is_better else -1.0
    for part, label in (("validation", "test"), ("train", "train")):
        rows = [searches.split_scores(score, part, metric.name) for score in scores]
        values = sign * _rectangle(rows, len(search.winner["validation"][metric.name]["folds"]))
        for split, column in enumerate(values.T):
            results[f"split{split}_{label}_{name}"] = column.copy()
        _add(results, f"{label}_{name}", values)
        if label == "test":
            ranks = search.table[f"rank_test_{metric.name}"].to_numpy(np.int32)
            results[f"rank_test_{name}"] = ranks


def _seconds(costs: Sequence[Record], name: str) -> npt.NDArray[np.float64]:
    rows = [[fold[name] for fold in cost.get("folds", [])] for cost in costs]
    return _rectangle(rows, max(len(row) for row in rows))


def _rectangle(rows: Sequence[Sequence[float]], width: int) -> npt.NDArray[np.float64]:
    """Return lists as one array; one that is shorter, such as of a failed trial, is NaN."""
    return np.array([row if len(row) == width else [np.nan] * width for row in rows], dtype=float)


def _masked(params: Sequence[Mapping[str, Any]]) -> Results:
    """Return a masked array for each hyperparameter, of objects where any value is a text."""
    results: Results = {}
    for name in dict.fromkeys(name for point in params for name in point):
        inferred = np.array([point[name] for point in params if name in point])
        kind = object if inferred.dtype.kind == "U" else inferred.dtype
        column = ma.MaskedArray(np.empty(len(params), dtype=kind), mask=True)
        for position, point in enumerate(params):
            if name in point:
                column[position] = point[name]
        results[f"param_{name}"] = column
    return results


def write(found: Sequence[Search], path: Path) -> None:
    """Write a search's results as JSON: lists, with null for what is masked or not a number."""
    (search,) = found
    results = {name: _plain(values) for name, values in of(search).items()}
    trials = search.table["trial"].tolist()
    content = {"search": search.title, "trials": trials, "cv_results": results}
    files.write(path, files.json_bytes(content))


def _plain(values: Any) -> list[Any]:
    listed = values if isinstance(values, list) else values.tolist()
    return [None if isinstance(each, float) and np.isnan(each) else each for each in listed]
