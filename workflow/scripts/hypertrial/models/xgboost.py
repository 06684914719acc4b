"""Gradient boosting: XGBoost with histogram trees.

Method: Friedman, Greedy function approximation: a gradient boosting machine (2001);
Chen and Guestrin, XGBoost: a scalable tree boosting system (2016).
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.expected import Expected
from hypertrial.families import (
    CLASSIFICATION,
    REGRESSION,
    Family,
    Features,
    Fits,
    Grids,
    Hyperparameter,
    Inputs,
    LearnedArray,
    Matrix,
    Parameters,
    Response,
    Task,
    Tolerance,
    Training,
    Value,
)
from hypertrial.models.replay import boosted_trees, boosting
from hypertrial.models.replay.boosting import Boosted, Lengths
from hypertrial.preprocessing import preparation
from hypertrial.sharing import Shared

LOG_LINKS = ("reg:gamma", "reg:tweedie", "count:poisson")
"""Objectives whose predictions are the exponentials of the margins."""

_limit = partial(Hyperparameter, low=0, zero_is_unlimited=True)

HYPERPARAMETERS = (
    Hyperparameter(
        "n_estimators", "integer", 100, "rounds of boosting; a tree a round and class", 1, 100_000
    ),
    Hyperparameter(
        "learning_rate",
        "number",
        0.3,
        "factor by which each tree's leaves are shrunk",
        low=0,
        high=1,
        open_low=True,
    ),
    _limit("max_depth", "integer", 6, "longest path of a tree; 0 for no limit", high=10_000),
    _limit("max_leaves", "integer", 0, "most leaves of a tree; 0 for no limit", high=1_000_000),
    Hyperparameter(
        "grow_policy",
        "choice",
        "depthwise",
        "grow level by level, or where the loss falls most",
        words=("depthwise", "lossguide"),
    ),
    Hyperparameter(
        "min_child_weight", "number", 1.0, "least sum of second derivatives in a child", low=0
    ),
    Hyperparameter(
        "min_split_loss", "number", 0.0, "least fall of the loss that a split must bring", low=0
    ),
    Hyperparameter(
        "subsample",
        "number",
        1.0,
        "share of the rows drawn for each tree",
        low=0,
        high=1,
        open_low=True,
    ),
    Hyperparameter(
        "colsample_bytree",
        "number",
        1.0,
        "share of the features drawn for each tree",
        low=0,
        high=1,
        open_low=True,
    ),
    Hyperparameter("reg_lambda", "number", 1.0, "L2 penalty on leaf values", low=0),
    Hyperparameter("reg_alpha", "number", 0.0, "L1 penalty on leaf values", low=0),
    Hyperparameter("max_bin", "integer", 256, "histogram bins a feature", low=2, high=65_536),
    Hyperparameter(
        "objective",
        "choice",
        "reg:squarederror",
        "loss to minimise; gamma, tweedie and poisson are for skewed targets that are not "
        "negative, and predict on a logarithmic scale inside",
        words=(
            "reg:squarederror",
            "reg:absoluteerror",
            "reg:pseudohubererror",
            "reg:squaredlogerror",
            *LOG_LINKS,
        ),
        tasks=REGRESSION,
        needed=True,
    ),
    Hyperparameter(
        "huber_slope",
        "number",
        1.0,
        "error beyond which the pseudo-Huber loss is linear, in units of the (transformed) target",
        low=0,
        open_low=True,
        when=("objective", ("reg:pseudohubererror",)),
        tasks=REGRESSION,
    ),
    Hyperparameter(
        "tweedie_variance_power",
        "number",
        1.5,
        "power of the mean that the variance grows with, from Poisson (1) to gamma (2)",
        low=1,
        high=1.999,
        open_low=True,
        when=("objective", ("reg:tweedie",)),
        tasks=REGRESSION,
    ),
    Hyperparameter(
        "scale_pos_weight",
        "number",
        1.0,
        "weight of the positive class's rows",
        low=0,
        open_low=True,
        tasks=("binary",),
    ),
    Hyperparameter(
        "class_weight",
        "choice",
        None,
        "weigh each class by the inverse of its share of the rows (balanced), or not",
        words=("balanced", None),
        tasks=CLASSIFICATION,
    ),
    Hyperparameter(
        "max_cat_to_onehot",
        "integer",
        4,
        "a column of fewer categories is split by one of them against the others",
        low=1,
        when=("encoding", ("native",)),
    ),
    Hyperparameter(
        "max_cat_threshold",
        "integer",
        64,
        "most categories looked at for a split of a column of more",
        low=1,
        when=("encoding", ("native",)),
    ),
    *preparation.hyperparameters(
        scaling="none",
        imputation="none",
        takes_missing=True,
        encodings=("native", "one_hot", "ordinal"),
    ),
)

ARRAYS = (
    *boosted_trees.ARRAYS,
    LearnedArray("base_margin", "outputs", "the margin that all trees are added to"),
)

CLASSIFICATION_GRID: Grids = (
    {
        "n_estimators": [25, 50, 100, 200, 400],
        "learning_rate": [0.03, 0.1, 0.3],
        "max_depth": [2, 3, 5],
    },
)
"""One fit of the most rounds serves all smaller numbers of them."""
REGRESSION_GRID: Grids = ({**CLASSIFICATION_GRID[0], "n_estimators": [25, 50, 100, 200, 400, 800]},)


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
    return _classified(margins, told)


def _classified(
    margins: npt.NDArray[np.float32], probabilities: npt.NDArray[np.float32]
) -> Response:
    binary = probabilities.shape[1] == 2
    labels = probabilities[:, 1] > 0.5 if binary else np.argmax(probabilities, axis=1)
    ranking = probabilities[:, 1] if binary else None
    return Response(labels.astype(np.int64), margins, probabilities, ranking)


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


def predict(task: Task, learned: Parameters, needed: Mapping[str, Value], X: Matrix) -> Response:
    """Walk all trees with NumPy and add their leaves in order, in float32."""
    margins = boosted_trees.sums(learned, X.astype(np.float32), learned["base_margin"])
    if task == "regression":
        raw = margins[:, 0]
        return Response(labels=np.exp(raw) if needed["objective"] in LOG_LINKS else raw, raw=raw)
    if task == "binary":
        with np.errstate(over="ignore"):
            positive = np.float32(1) / (np.float32(1) + np.exp(-margins[:, 0]))
        return _classified(margins[:, 0], np.column_stack([np.float32(1) - positive, positive]))
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))
    return _classified(margins, powers / powers.sum(axis=1, keepdims=True))


def check(arrays: Expected, inputs: Inputs) -> None:
    """Check that the arrays are trees, and the margin they start from.

    Raises
    ------
    ValueError
        If they are not.
    """
    boosted_trees.check(arrays, inputs)
    arrays.take("base_margin", "number", inputs.outputs)


def resolved(estimator: Any) -> dict[str, Value]:
    """Return nothing: every hyperparameter declared here is used as it is."""
    return {}


def control(task: Task, seed: int, probabilities: bool) -> dict[str, Value]:
    """Return what changes the run and not the class of models."""
    return {"random_state": seed, "tree_method": "hist"}


def complexity(
    values: Mapping[str, Value], shapes: Mapping[str, Sequence[int]]
) -> tuple[float, ...]:
    """Order boosters by the number of nodes of all their trees."""
    return (shapes["feature"][0],)


FAMILY = Family(
    name="xgboost",
    title="Gradient boosting (XGBoost)",
    hyperparameters=HYPERPARAMETERS,
    classification_grid=CLASSIFICATION_GRID,
    regression_grid=REGRESSION_GRID,
    tolerance=Tolerance(probabilities=1e-6),
    modules=("xgboost", "sklearn.utils.class_weight"),
    arrays=ARRAYS,
    simplest="the fewest nodes in all trees together",
    build=build,
    respond=respond,
    parameters=parameters,
    predict=predict,
    check=check,
    resolved=resolved,
    control=control,
    complexity=complexity,
    shares=shares,
    fit_together=fit_together,
    work=work,
    threaded=True,
)
