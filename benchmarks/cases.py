"""The cases: what is searched, beside which peer, and the ratio that is aimed at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Peer = Literal["GridSearchCV", "script", "optuna", "ray"]
Grid = Mapping[str, list[Any]]

PEER_NAMES: Mapping[Peer, str] = {
    "GridSearchCV": "GridSearchCV",
    "script": "a Snakemake script per trial",
    "optuna": "Optuna",
    "ray": "Ray Tune",
}
EXTRAS: Mapping[Peer, str] = {"optuna": "optuna", "ray": "ray.tune"}
"""Peers of ``benchmarks/requirements.txt`` and the module that tells whether they are there."""


@dataclass(frozen=True)
class Case:
    """A search by Hypertrial and by a peer, on one data set unless it is a whole study.

    ``target`` is the wall ratio that is aimed at, ``reference`` one that is shown where there
    is no aim of its own. A case without a grid is the default study, its tables and plots included.
    """

    name: str
    title: str
    grid: Grid | None
    model: str = "decision_tree"
    data: str = "breast_cancer"
    task: str = "binary"
    metric: str = "accuracy"
    peer: Peer = "GridSearchCV"
    target: float | None = None
    reference: float | None = None


DEPTHS = list(range(1, 11))
LEAVES = list(range(1, 11))
ROUNDS: Grid = {"learning_rate": [0.05, 0.1, 0.3], "max_depth": [3, 6]}
COSTS = [0.1, 0.3, 1.0, 3.0, 10.0, 30.0]
PRUNING = [
    *[0.0, 0.0005, 0.001, 0.0015, 0.002, 0.0025, 0.003, 0.004, 0.005, 0.006],
    *[0.007, 0.008, 0.01, 0.012, 0.015, 0.02, 0.03, 0.05, 0.08, 0.12],
]
SMALL_GRID: Grid = {"max_depth": DEPTHS, "min_samples_leaf": LEAVES, "min_samples_split": [2, 3]}

CASES = (
    Case(
        "trees",
        "1000 decision trees",
        {**SMALL_GRID, "min_samples_split": list(range(2, 12))},
        target=0.85,
    ),
    Case(
        "trees_unlike",
        "1000 decision trees, features drawn",
        {
            "max_depth": DEPTHS,
            "min_samples_leaf": LEAVES,
            "max_features": [round(0.1 * tenth, 1) for tenth in range(1, 11)],
        },
        reference=0.85,
    ),
    Case(
        "pruning",
        "300 decision trees, 20 of each pruned",
        {"ccp_alpha": PRUNING, "min_samples_leaf": LEAVES[:5], "max_depth": [4, 8, None]},
    ),
    Case(
        "boosting",
        "24 boosters, 4 numbers of rounds",
        {**ROUNDS, "n_estimators": [50, 100, 200, 400]},
        model="xgboost",
        data="california",
        task="regression",
        metric="rmse",
        target=0.5,
    ),
    Case(
        "rounds",
        "60 boosters, 10 numbers of rounds",
        {**ROUNDS, "n_estimators": list(range(50, 501, 50))},
        model="xgboost",
        data="california",
        task="regression",
        metric="rmse",
        target=0.25,
    ),
    Case(
        "svm_digits",
        "18 RBF machines, digits",
        {"kernel": ["rbf"], "gamma": [0.003, 0.01, 0.03], "C": COSTS},
        model="svm",
        data="digits",
        task="multiclass",
        target=0.6,
    ),
    Case(
        "svm_8000",
        "18 RBF machines, 8000 x 100",
        {"kernel": ["rbf"], "gamma": [0.001, 0.003, 0.01], "C": COSTS},
        model="svm",
        data="generated",
        target=0.6,
    ),
    Case("default", "the default study, plots included", None, target=0.7),
    Case("script", "200 decision trees", SMALL_GRID, peer="script", target=0.05),
    Case("optuna", "200 decision trees", SMALL_GRID, peer="optuna"),
    Case("ray", "200 decision trees", SMALL_GRID, peer="ray"),
)

OVERHEAD, LARGE, CLUSTER = "overhead", "large", "cluster"
NAMES = (*(case.name for case in CASES), OVERHEAD, LARGE, CLUSTER)


def overhead(trials: int) -> Case:
    """Return the study of so many small trees, some hundreds of them, that share no work.

    Thresholds and features are drawn at random, so that no tree is a part of another. A study of
    more trials has more values of two hyperparameters and the same of the others, so that a
    trial costs about the same in each.
    """
    features = [round((many + 0.5) / 30, 3) for many in range(5, 30)]
    each: Grid = {"splitter": ["random"], "max_depth": [3, 4, 5, 6], "max_features": features}
    more = trials // (len(each["max_depth"]) * len(features))
    leaves = LEAVES if more >= len(LEAVES) else [5]
    decreases = [round(2e-4 * step, 4) for step in range(more // len(leaves))]
    grid: Grid = {**each, "min_samples_leaf": leaves, "min_impurity_decrease": decreases}
    return Case(f"{OVERHEAD}_{trials}", "", grid)
