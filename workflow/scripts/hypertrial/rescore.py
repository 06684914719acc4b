"""Scores for metrics that a study asks for after its trials ran, from stored predictions.

Out-of-fold predictions give the validation scores of every split. Training predictions are not
kept, so a metric added later has no training scores.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from hypertrial import files, metrics, records
from hypertrial.data import table
from hypertrial.data.table import Table
from hypertrial.families import Response

Record = dict[str, Any]


class Rescorer:
    """Adds the metrics that records of a search's trials lack; reads the table only if any does."""

    def __init__(self, names: Sequence[str], table_paths: Sequence[str]) -> None:
        self._names = sorted(names)
        self._table_paths = table_paths

    @cached_property
    def _table(self) -> Table:
        return table.load(*self._table_paths)

    def complete(self, record: Record, folder: str | Path) -> Record:
        """Return a trial's record with the validation scores of every metric of the study.

        A score that is not finite makes it the record of a failed trial, as it would have in
        the trial itself.
        """
        missing = [name for name in self._names if name not in record["metrics"]]
        if record["status"] != records.OK or not missing:
            return record
        predictions = files.load_npz(Path(folder) / records.PREDICTIONS)
        splits = [
            np.flatnonzero(predictions["fold"] == split) for split in np.unique(predictions["fold"])
        ]
        added = [
            self._score(missing, predictions["rows"][chosen], response_to(predictions, chosen))
            for chosen in splits
        ]
        reason = _not_finite(added)
        if reason is not None:
            return _failed(record, reason)
        folds = [
            {**fold, "validation": {**fold["validation"], **scores}}
            for fold, scores in zip(record["folds"], added, strict=True)
        ]
        directions = {**record["metrics"], **records.directions(missing)}
        return {**record, "folds": folds, "metrics": directions}

    def _score(self, names: Sequence[str], rows: Any, response: Response) -> dict[str, float]:
        data = self._table
        weight = None if data.weight is None else data.weight[rows]
        return metrics.score(names, data.task, len(data.classes), data.y[rows], response, weight)


def response_to(predictions: Mapping[str, Any], chosen: Any) -> Response:
    """Return the stored response to some rows of a trial's ``predictions.npz``, by position.

    Raw values are not stored, and no metric asks for them: the labels stand in their place.
    """
    labels = predictions["labels"][chosen]
    others = [
        predictions[name][chosen] if name in predictions else None
        for name in ("probabilities", "ranking")
    ]
    return Response(labels, labels, *others)


def _not_finite(scores: Sequence[Mapping[str, float]]) -> str | None:
    for split, found in enumerate(scores):
        for name, value in found.items():
            if not math.isfinite(value):
                return f"fold {split}: {name} of the validation part is {value}"
    return None


def _failed(record: Record, reason: str) -> Record:
    kept = ("study", "dataset", "model", "trial", "task", "hyperparameters", "metrics")
    return {
        **{name: record[name] for name in kept},
        "status": records.FAILED,
        "reason": reason,
    }
