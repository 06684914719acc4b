"""Boosters that XGBoost trains, and what they learned."""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np

from hypertrial.families import Features, Fits, Matrix, Parameters, Response, Task, Training, Value
from hypertrial.models.xgboost import boosting
from hypertrial.models.xgboost.boosting import Boosted, Lengths
from hypertrial.models.xgboost.replay import LOG_LINKS, classified
from hypertrial.sharing import Shared


def build(
    task: Task, values: Mapping[str, Value], seed: int, probabilities: bool, features: Features
) -> Any:
    """Return an unfitted booster; it always gives probabilities.

    Raises
    ------
    ValueError
        If a column is monotone, and there are more than two classes or the objective is
        ``reg:absoluteerror``, which sets leaves anew without regard to the direction.
    """
    from xgboost import XGBClassifier, XGBRegressor

    kind = XGBRegressor if task == "regression" else XGBClassifier
    settings: dict[str, Any] = {name: v for name, v in values.items() if name != "class_weight"}
    if any(features.monotone):
        if task == "multiclass":
            raise ValueError("monotone columns are for regression and for two classes")
        if values.get("objective") == "reg:absoluteerror":
            raise ValueError("objective reg:absoluteerror does not obey monotone columns")
        settings["monotone_constraints"] = features.monotone
    if any(features.categorical):
        kinds = ["c" if each else "q" for each in features.categorical]
        settings |= {"feature_types": kinds, "enable_categorical": True}
    return kind(tree_method="hist", n_jobs=1, random_state=seed, verbosity=1, **settings)


def shares(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return what boosters have in common that are the first rounds of one."""
    return {name: value for name, value in values.items() if name != "n_estimators"}


def fit_together(training: Training, trials: Sequence[Mapping[str, Value]]) -> Fits:
    """Boost once for the most rounds of any trial; the others are its first ones."""
    rounds = [int(values["n_estimators"] or 0) for values in trials]
    lengths = Lengths(Shared(partial(_train, training, {**trials[0], "n_estimators": max(rounds)})))
    return [partial(lengths.first, number) for number in rounds]


def _train(training: Training, values: Mapping[str, Value]) -> boosting.Whole:
    estimator = build(
        training.task, values, training.seed, training.probabilities, training.features
    )
    return boosting.train(estimator, training, values.get("class_weight") == "balanced")


def work(values: Mapping[str, Value]) -> float:
    """Return about how long a booster takes: a tree's rows by its levels, and its rounds."""
    depth, rounds = int(values["max_depth"] or 10), float(values["n_estimators"] or 0)
    return rounds * (1 + min(depth, 10))


def respond(estimator: Boosted, X: Matrix) -> Response:
    """Return the booster's own predictions for X of shape (rows, features)."""
    margins, told = estimator.predict(X)
    task = estimator.whole.task
    if task == "regression":
        return Response(labels=told, raw=margins)
    if task == "binary":
        told = np.column_stack([np.float32(1) - told, told])
    return classified(margins, told)


def parameters(estimator: Boosted) -> Parameters:
    """Return the trees, as :func:`boosted_trees.read` does, and the margin they start from."""
    trees, scores = estimator.trees()
    margins = [_base_margin(estimator.whole.objective, each) for each in scores]
    return {**trees, "base_margin": np.array(margins, dtype=np.float32)}


@lru_cache(maxsize=1024)
def _base_margin(objective: str, score: float) -> float:
    """Return the margin that a base score stands for, from a booster without trees.

    XGBoost takes its logit or logarithm with the C library's float function, whose last bit no
    other computation gives reliably.
    """
    import xgboost

    if objective != "binary:logistic" and objective not in LOG_LINKS:
        return score
    row = xgboost.DMatrix(np.zeros((1, 1)), label=[1.0])
    settings = {"objective": objective, "base_score": score, "nthread": 1, "verbosity": 0}
    margin = xgboost.train(settings, row, 0).predict(row, output_margin=True)
    return float(margin[0])


def resolved(estimator: Any) -> dict[str, Value]:
    """Return nothing: every hyperparameter declared here is used as it is."""
    return {}
