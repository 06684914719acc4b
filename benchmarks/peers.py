"""The peers: other ways to score every point of a grid by cross-validation.

python benchmarks/peers.py KIND SPEC.json OUTCOME.json

Each runs in a process of its own, on the arrays, folds and settings that Hypertrial has made;
nothing of Hypertrial is imported. Libraries are imported where they are used, as their time
counts.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Search = dict[str, Any]
Outcome = tuple[list[float], float, int]
"""The mean score of each point (greater is better), seconds of fits and scores, trials run."""

TRAINING, VALIDATION = 1, 2
CALIBRATION_FOLDS = 3


def load(path: str) -> tuple[Any, Any, list[tuple[Any, Any]]]:
    """Return features (a frame if there are categories), target, and the rows of each fold."""
    with np.load(path) as arrays:
        X, y, part, sizes = (arrays[name] for name in ("X", "y", "part", "categories"))
    folds = [(np.flatnonzero(row == TRAINING), np.flatnonzero(row == VALIDATION)) for row in part]
    return (_frame(X, sizes) if any(sizes) else X), y, folds


def _frame(X: Any, sizes: Any) -> Any:
    import pandas as pd

    frame = pd.DataFrame(X)
    for column, size in enumerate(sizes):
        if size:
            codes = np.nan_to_num(X[:, column], nan=-1).astype(int)
            frame[column] = pd.Categorical.from_codes(codes, categories=pd.RangeIndex(size))
    return frame


def build(search: Search) -> tuple[Any, str]:
    """Return an estimator with its defaults, and the prefix of its hyperparameters' names."""
    regression, seed = search["task"] == "regression", search["seed"]
    if search["model"] == "decision_tree":
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

        tree = DecisionTreeRegressor if regression else DecisionTreeClassifier
        return tree(random_state=seed), ""
    if search["model"] == "xgboost":
        from xgboost import XGBClassifier, XGBRegressor

        booster = XGBRegressor if regression else XGBClassifier
        settings = {"tree_method": "hist", "n_jobs": 1, "enable_categorical": True}
        return booster(random_state=seed, **settings), ""
    return _machine(search)


def _machine(search: Search) -> tuple[Any, str]:
    """Return a support vector machine behind the steps that Hypertrial puts before it."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC, SVR

    regression, prefix, machine = search["task"] == "regression", "machine__", SVR()
    if not regression:
        machine = SVC(random_state=search["seed"])
        if search["probabilities"]:
            from sklearn.calibration import CalibratedClassifierCV

            prefix += "estimator__"
            machine = CalibratedClassifierCV(
                machine, method="sigmoid", cv=CALIBRATION_FOLDS, ensemble=False
            )
    steps = [("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())]
    pipeline = Pipeline([*steps, ("machine", machine)])
    if not regression:
        return pipeline, prefix
    from sklearn.compose import TransformedTargetRegressor

    scaled = TransformedTargetRegressor(pipeline, transformer=StandardScaler())
    return scaled, f"regressor__{prefix}"


def grid_search(search: Search, cores: int) -> Outcome:
    """Run scikit-learn's GridSearchCV."""
    from sklearn.model_selection import GridSearchCV

    X, y, folds = load(search["data"])
    estimator, prefix = build(search)
    scoring = search["scoring"]
    found = GridSearchCV(
        estimator,
        [{prefix + name: values for name, values in grid.items()} for grid in search["grids"]],
        scoring=scoring if len(scoring) > 1 else scoring[0],
        cv=folds,
        n_jobs=cores,
        refit=False,
        return_train_score=False,
        error_score="raise",
    )
    results = found.fit(X, y).cv_results_
    means = results[f"mean_test_{scoring[0] if len(scoring) > 1 else 'score'}"]
    seconds = (results["mean_fit_time"] + results["mean_score_time"]).sum() * len(folds)
    return [float(mean) for mean in means], float(seconds), len(means)


def evaluate(search: Search, data: Any, values: dict[str, Any]) -> tuple[float, float]:
    """Return the mean score of one point over the folds, and the CPU seconds of this thread."""
    from sklearn.model_selection import cross_val_score

    X, y, folds = data
    started = time.thread_time()
    estimator, prefix = build(search)
    estimator.set_params(**{prefix + name: value for name, value in values.items()})
    scores = cross_val_score(
        estimator, X, y, cv=folds, scoring=search["scoring"][0], error_score="raise"
    )
    return float(np.mean(scores)), time.thread_time() - started


def optuna_search(search: Search, cores: int) -> Outcome:
    """Run Optuna's sampler of grids in threads, with its trials in memory."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    data, (grid,) = load(search["data"]), search["grids"]

    def objective(trial: Any) -> float:
        values = {name: trial.suggest_categorical(name, grid[name]) for name in grid}
        score, seconds = evaluate(search, data, values)
        trial.set_user_attr("seconds", seconds)
        return score

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.GridSampler(grid))
    study.optimize(objective, n_jobs=cores)
    done = study.trials
    # Threads may take the same point twice; it is one point of the grid all the same.
    points = {json.dumps(trial.params, sort_keys=True): trial.value or 0.0 for trial in done}
    seconds = sum(trial.user_attrs["seconds"] for trial in done)
    return list(points.values()), seconds, len(done)


def ray_search(search: Search, cores: int) -> Outcome:
    """Run Ray Tune over a grid, an actor a core; actors go on to the next trial."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray
    from ray import tune

    grid = {name: tune.grid_search(values) for name, values in search["grids"][0].items()}

    def trainable(values: dict[str, Any], data: Any) -> dict[str, float]:
        score, seconds = evaluate(search, data, values)
        return {"score": score, "cpu_seconds": seconds}

    # Its sockets need a short path; what it writes there goes with the folder.
    with tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as folder:
        ray.init(num_cpus=cores, include_dashboard=False, log_to_driver=False, _temp_dir=folder)
        found = tune.Tuner(
            tune.with_parameters(trainable, data=load(search["data"])),
            param_space=grid,
            tune_config=tune.TuneConfig(metric="score", mode="max", reuse_actors=True),
            run_config=tune.RunConfig(storage_path=folder, verbose=0),
        ).fit()
        if found.num_errors:
            raise RuntimeError(str(found.errors[0]))
        done = [result.metrics for result in found]
        ray.shutdown()
    return [each["score"] for each in done], sum(each["cpu_seconds"] for each in done), len(done)


PEERS: dict[str, Callable[[Search, int], Outcome]] = {
    "GridSearchCV": grid_search,
    "optuna": optuna_search,
    "ray": ray_search,
}


def main(kind: str, spec_path: str, outcome_path: str) -> None:
    """Run every search of a spec, and write what came out of them."""
    spec = json.loads(Path(spec_path).read_text(encoding="utf-8"))
    found = {each["key"]: PEERS[kind](each, spec["cores"]) for each in spec["searches"]}
    outcome = {
        "trials": sum(trials for _, _, trials in found.values()),
        "fit_seconds": sum(seconds for _, seconds, _ in found.values()),
        "scores": {key: scores for key, (scores, _, _) in found.items()},
    }
    Path(outcome_path).write_text(json.dumps(outcome), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
