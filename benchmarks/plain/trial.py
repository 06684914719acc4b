"""One trial of decision trees: the mean score over its folds."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier

TRAINING, VALIDATION = 1, 2


def score(data: str, hyperparameters: dict[str, Any], seed: int, scoring: str, output: str) -> None:
    """Write the mean score of a decision tree over the folds of a file, and its CPU seconds."""
    with np.load(data) as arrays:
        X, y, part = arrays["X"], arrays["y"], arrays["part"]
    folds = [(np.flatnonzero(row == TRAINING), np.flatnonzero(row == VALIDATION)) for row in part]
    started = time.process_time()
    tree = DecisionTreeClassifier(random_state=seed, **hyperparameters)
    scores = cross_val_score(tree, X, y, cv=folds, scoring=scoring, error_score="raise")
    result = {"score": float(np.mean(scores)), "seconds": time.process_time() - started}
    Path(output).write_text(json.dumps(result), encoding="utf-8")


job: Any = snakemake  # type: ignore[name-defined]  # noqa: F821 (Snakemake defines it)
score(job.input.data, **dict(job.params.items()), output=job.output[0])
