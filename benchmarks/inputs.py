"""What is made before anything is timed: data sets, configs, and what the peers are given."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import ROOT, BenchmarkError
from benchmarks.cases import Case
from hypertrial import metrics, plan, seeds
from hypertrial.config import ModelSpec, load_study
from hypertrial.data import table
from hypertrial.families import Task
from hypertrial.models import get_family
from hypertrial.splitting import splits

CALIFORNIA_ROWS, CALIFORNIA_TARGET = 20640, "median_house_value"
SCORERS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced_accuracy",
    "f1": "f1",
    "log_loss": "neg_log_loss",
    "roc_auc": "roc_auc",
    "rmse": "neg_root_mean_squared_error",
    "mae": "neg_mean_absolute_error",
    "r2": "r2",
}
OF_MANY_CLASSES = {"f1": "f1_macro", "roc_auc": "roc_auc_ovr"}
"""scikit-learn's names of the means over the classes."""


def write_config(case: Case, folder: Path, california: Path | None) -> Path:
    """Return the config of a case's study, written into a folder with the data it needs."""
    if case.grid is None:
        return ROOT / "config/config.yaml"
    study = {
        "study": f"bench_{case.name}",
        "datasets": {case.data: _dataset(case.data, folder, california)},
        "metrics": {case.task: [case.metric]},
        "models": {case.model: {"grid": case.grid}},
    }
    path = folder / f"{case.name}.json"
    path.write_text(json.dumps(study), encoding="utf-8")
    return path


def _dataset(name: str, folder: Path, california: Path | None) -> dict[str, str] | None:
    path = folder / f"{name}.csv"
    if name == "california":
        if california is None:
            _like_california(path)
        source = str((california or path).resolve())
        return {"source": source, "target": CALIFORNIA_TARGET}
    if name == "generated":
        write_classes(path)
        return {"source": str(path), "target": "label"}
    return None


def _like_california(path: Path) -> None:
    """Write a table of the shape of the California housing data: 8 numbers and a category."""
    rng, rows = np.random.default_rng(0), CALIFORNIA_ROWS
    X = rng.gamma(2.0, 1.0, (rows, 8)).round(2)
    place = rng.choice(5, rows, p=[0.44, 0.32, 0.13, 0.1, 0.01])
    worth = 1e5 * X[:, 0] + 4e4 * np.sin(3 * X[:, 1]) + 3e4 * X[:, 2] * (X[:, 3] < 1.5)
    worth = worth + 2e4 * X[:, 4] / (1 + X[:, 5]) + 3e4 * np.array([0, 2, 1, 3, 5])[place]
    frame = pd.DataFrame({f"number_{i}": X[:, i] for i in range(8)})
    frame.loc[rng.random(rows) < 0.01, "number_4"] = np.nan
    frame["place"] = np.array(["inland", "ocean", "near", "bay", "island"])[place]
    frame[CALIFORNIA_TARGET] = (worth + rng.normal(scale=3e4, size=rows)).round(-2)
    frame.to_csv(path, index=False)


def write_classes(path: Path, rows: int = 8000, features: int = 100) -> None:
    """Write a table of two classes."""
    from sklearn.datasets import make_classification

    fifth = features // 5
    X, y = make_classification(
        rows, features, n_informative=fifth, n_redundant=fifth, flip_y=0.05, random_state=0
    )
    frame = pd.DataFrame(X.round(5), columns=[f"x{i}" for i in range(features)])
    frame["label"] = np.where(y == 1, "yes", "no")
    frame.to_csv(path, index=False)


def searches(config: Path, made: Path, folder: Path) -> list[dict[str, Any]]:
    """Return what a peer must know of every search of a study, without the default trials.

    ``made`` is where the study's tables and splits are; the rows that are not held out and
    their folds are written into ``folder`` for the peer.
    """
    planned = plan.make(load_study([config]))
    study = planned.study
    found: list[dict[str, Any]] = []
    for name, task in planned.tasks.items():
        data = folder / f"{name}.npz"
        _write_data(made / "results" / study.name / name / "data", data)
        wanted = planned.metrics(name)
        found += [
            {
                "key": f"{name}/{model.name}",
                "data": str(data),
                "model": model.name,
                "task": task,
                "grids": _grids(model, task),
                "scoring": [_scorer(metric, task) for metric in wanted],
                "seed": seeds.derive(study.seed, "estimator"),
                "probabilities": metrics.probabilities_needed(wanted, task),
            }
            for model in study.models
        ]
    return found


def _write_data(made: Path, path: Path) -> None:
    """Write the rows that trials learn from, and what each is to each fold."""
    data = table.load(made / "table.npz", made / "table.json")
    parts = splits.load(made / "splits.npz")
    rows = parts.training
    sizes = [len(c.categories) if c.kind == "categorical" else 0 for c in data.columns]
    categories = np.array(sizes)
    np.savez(path, X=data.X[rows], y=data.y[rows], part=parts.part[:, rows], categories=categories)


def _grids(model: ModelSpec, task: Task) -> list[dict[str, list[Any]]]:
    """Return the grids that a study searches a model over."""
    if model.preprocessing:
        raise BenchmarkError(f"models.{model.name}.preprocessing: no peer has it")
    given = model.grids[task]
    grids = get_family(model.name).default_grids(task) if given is None else given[1]
    return [{name: list(values) for name, values in grid.items()} for grid in grids]


def _scorer(metric: str, task: Task) -> str:
    return {**SCORERS, **(OF_MANY_CLASSES if task == "multiclass" else {})}[metric]
