"""Support vector machines: scikit-learn's SVC and SVR, which wrap libsvm.

Method: Cortes and Vapnik, Support-vector networks (1995); Chang and Lin, LIBSVM (2011);
probabilities by Platt's sigmoid calibration (1999).
"""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.families import (
    REGRESSION,
    Family,
    Grids,
    Hyperparameter,
    Matrix,
    Parameters,
    Preparation,
    Response,
    Task,
    Tolerance,
    Value,
)

CALIBRATION_FOLDS = 3

HYPERPARAMETERS = (
    Hyperparameter(
        "kernel",
        "choice",
        "rbf",
        "similarity of two rows",
        words=("linear", "rbf", "poly", "sigmoid"),
        needed=True,
    ),
    Hyperparameter(
        "C",
        "number",
        1.0,
        "cost of a row on the wrong side of the margin",
        low=0,
        open_low=True,
    ),
    Hyperparameter(
        "gamma",
        "number",
        "scale",
        "how fast similarity falls with distance; `scale` and `auto` are computed from the data",
        low=0,
        open_low=True,
        words=("scale", "auto"),
        when=("kernel", ("rbf", "poly", "sigmoid")),
        needed=True,
    ),
    Hyperparameter(
        "degree",
        "integer",
        3,
        "degree of the polynomial",
        low=1,
        when=("kernel", ("poly",)),
        needed=True,
    ),
    Hyperparameter(
        "coef0",
        "number",
        0.0,
        "constant term of the kernel",
        when=("kernel", ("poly", "sigmoid")),
        needed=True,
    ),
    Hyperparameter(
        "epsilon",
        "number",
        0.1,
        "half-width of the tube within which an error costs nothing, in units of the target",
        low=0,
        tasks=REGRESSION,
    ),
    Hyperparameter(
        "tol",
        "number",
        1e-3,
        "tolerance at which the solver stops",
        low=0,
        open_low=True,
    ),
    Hyperparameter(
        "max_iter",
        "integer",
        None,
        "most iterations of the solver, which fail the trial if reached; null for no limit",
        low=1,
        words=(None,),
    ),
)

CLASSIFICATION_GRID: Grids = (
    {"kernel": ["linear"], "C": [0.01, 0.03, 0.1, 0.3, 1.0, 3.0]},
    {
        "kernel": ["rbf"],
        "C": [0.1, 0.3, 1.0, 3.0, 10.0, 100.0],
        "gamma": ["scale", 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1],
    },
    {"kernel": ["poly"], "C": [0.1, 1.0, 10.0], "degree": [2, 3], "coef0": [0.0, 1.0]},
)
REGRESSION_GRID: Grids = (
    {"kernel": ["linear"], "C": [0.01, 0.1, 1.0, 10.0], "epsilon": [0.1, 1.0, 10.0]},
    {
        "kernel": ["rbf"],
        "C": [1.0, 10.0, 100.0, 1000.0],
        "gamma": ["scale", 0.001, 0.01],
        "epsilon": [0.1, 1.0, 10.0],
    },
    {"kernel": ["poly"], "C": [1.0, 10.0, 100.0], "degree": [2, 3], "coef0": [0.0, 1.0]},
)


def build(task: Task, values: Mapping[str, Value], seed: int, probabilities: bool) -> Any:
    """Return an unfitted machine, calibrated inside its training rows if asked for.

    The calibration fits a sigmoid to the decision values of ``CALIBRATION_FOLDS`` stratified
    folds of the training rows; the machine itself is fitted on all of them.
    """
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.model_selection import StratifiedKFold
    from sklearn.svm import SVC, SVR

    settings = {**values, "max_iter": -1 if values["max_iter"] is None else values["max_iter"]}
    if task == "regression":
        return SVR(**settings)
    machine = SVC(random_state=seed, **settings)
    if not probabilities:
        return machine
    folds = StratifiedKFold(CALIBRATION_FOLDS)
    return CalibratedClassifierCV(machine, method="sigmoid", cv=folds, ensemble=False)


def _machine(estimator: Any) -> Any:
    """Return the machine inside a calibrated classifier, or the estimator itself."""
    calibrated = getattr(estimator, "calibrated_classifiers_", None)
    return calibrated[0].estimator if calibrated else estimator


def respond(estimator: Any, X: Matrix) -> Response:
    """Return the machine's own predictions for X of shape (rows, features)."""
    machine = _machine(estimator)
    if not hasattr(machine, "classes_"):
        values = machine.predict(X)
        return Response(labels=values, raw=values)
    pairwise = machine.set_params(decision_function_shape="ovo").decision_function(X)
    machine.set_params(decision_function_shape="ovr")
    binary = len(machine.classes_) == 2
    return Response(
        labels=machine.predict(X),
        raw=pairwise,
        probabilities=estimator.predict_proba(X) if estimator is not machine else None,
        ranking=pairwise if binary else None,
    )


def parameters(estimator: Any) -> Parameters:
    """Return the support vectors (vectors, features), their dual coefficients and intercepts.

    A classifier of k classes has dual coefficients of shape (k - 1, vectors), sorted by class
    as ``support_per_class`` counts them, and an intercept for each pair of classes. With
    calibration there is a slope and an offset for each class (one for two classes).
    """
    machine = _machine(estimator)
    learned = {
        "support_vectors": machine.support_vectors_,
        "dual_coefficients": machine.dual_coef_,
        "intercepts": machine.intercept_,
    }
    if hasattr(machine, "classes_"):
        learned["support_per_class"] = machine.n_support_.astype(np.int64)
    if estimator is not machine:
        sigmoids = estimator.calibrated_classifiers_[0].calibrators
        learned["calibration_slope"] = np.array([float(each.a_) for each in sigmoids])
        learned["calibration_offset"] = np.array([float(each.b_) for each in sigmoids])
    return learned


def kernel(X: Matrix, vectors: Matrix, needed: Mapping[str, Value]) -> Matrix:
    """Return the kernel matrix of shape (rows, vectors)."""
    name = needed["kernel"]
    products: Matrix = X @ vectors.T
    if name == "linear":
        return products
    gamma = float(needed["gamma"])  # type: ignore[arg-type]
    if name == "rbf":
        squares = (X**2).sum(axis=1)[:, None] + (vectors**2).sum(axis=1) - 2 * products
        similar: Matrix = np.exp(-gamma * np.maximum(squares, 0.0))
        return similar
    inner: Matrix = gamma * products + float(needed["coef0"])  # type: ignore[arg-type]
    if name == "sigmoid":
        return np.tanh(inner)
    return np.power(inner, int(needed["degree"]))  # type: ignore[arg-type]


def predict(task: Task, learned: Parameters, needed: Mapping[str, Value], X: Matrix) -> Response:
    """Evaluate the decision function from the support vectors with NumPy, as libsvm votes."""
    similar = kernel(X, learned["support_vectors"], needed)
    if task == "regression":
        values = similar @ learned["dual_coefficients"][0] + learned["intercepts"][0]
        return Response(labels=values, raw=values)
    if task == "binary":
        raw = similar @ learned["dual_coefficients"][0] + learned["intercepts"][0]
        labels = (raw >= 0).astype(np.int64)
        decisions = raw[:, None]
    else:
        raw = _pairwise_decisions(similar, learned)
        labels = _votes(raw, len(learned["support_per_class"])).argmax(axis=1)
        decisions = _one_versus_rest(raw, len(learned["support_per_class"]))
    return Response(
        labels=labels,
        raw=raw,
        probabilities=_calibrated(decisions, learned),
        ranking=raw if task == "binary" else None,
    )


def _pairwise_decisions(similar: Matrix, learned: Parameters) -> Matrix:
    """Return a decision value for each pair of classes, shape (rows, pairs)."""
    counts = learned["support_per_class"]
    ends = np.cumsum(counts)
    parts = [slice(end - size, end) for end, size in zip(ends, counts, strict=True)]
    duals = learned["dual_coefficients"]
    columns = [
        similar[:, parts[i]] @ duals[j - 1, parts[i]] + similar[:, parts[j]] @ duals[i, parts[j]]
        for i, j in combinations(range(len(parts)), 2)
    ]
    return np.column_stack(columns) + learned["intercepts"]


def _votes(raw: Matrix, classes: int) -> npt.NDArray[np.int64]:
    """Count the pairs that each class wins, shape (rows, classes), as libsvm does."""
    votes = np.zeros((len(raw), classes), dtype=np.int64)
    for pair, (i, j) in enumerate(combinations(range(classes), 2)):
        votes[:, i] += raw[:, pair] > 0
        votes[:, j] += raw[:, pair] <= 0
    return votes


def _one_versus_rest(raw: Matrix, classes: int) -> Matrix:
    """Turn pairwise decisions into one value a class: votes, and confidence within a vote.

    Source: the transformation that scikit-learn's calibration sees, where a pair's value of
    exactly zero counts for its first class.
    """
    votes = np.zeros((len(raw), classes))
    confidence = np.zeros((len(raw), classes))
    for pair, (i, j) in enumerate(combinations(range(classes), 2)):
        confidence[:, i] += raw[:, pair]
        confidence[:, j] -= raw[:, pair]
        votes[:, i] += raw[:, pair] >= 0
        votes[:, j] += raw[:, pair] < 0
    values: Matrix = votes + confidence / (3 * (np.abs(confidence) + 1))
    return values


def _calibrated(decisions: Matrix, learned: Parameters) -> Matrix | None:
    """Return class probabilities from Platt's sigmoids, normalised over the classes."""
    if "calibration_slope" not in learned:
        return None
    exponent = learned["calibration_slope"] * decisions + learned["calibration_offset"]
    with np.errstate(over="ignore"):
        sigmoid = 1.0 / (1.0 + np.exp(exponent))
    if sigmoid.shape[1] == 1:
        return np.column_stack([1.0 - sigmoid[:, 0], sigmoid[:, 0]])
    total = sigmoid.sum(axis=1, keepdims=True)
    uniform = np.full_like(sigmoid, 1.0 / sigmoid.shape[1])
    probabilities: Matrix = np.divide(sigmoid, total, out=uniform, where=total != 0)
    return probabilities


def resolved(estimator: Any) -> dict[str, Value]:
    """Return the value of ``gamma`` that ``scale`` or ``auto`` stood for."""
    machine = _machine(estimator)
    if machine.kernel != "linear" and isinstance(machine.gamma, str):
        return {"gamma": float(machine._gamma)}
    return {}


def control(task: Task, seed: int, probabilities: bool) -> dict[str, Value]:
    """Return what changes the run and not the class of models."""
    if task == "regression":
        return {}
    calibration = f"sigmoid, {CALIBRATION_FOLDS} folds" if probabilities else "none"
    return {"random_state": seed, "calibration": calibration}


FAMILY = Family(
    name="svm",
    title="Support vector machine",
    hyperparameters=HYPERPARAMETERS,
    classification_grid=CLASSIFICATION_GRID,
    regression_grid=REGRESSION_GRID,
    preparation=Preparation(impute=True, scale=True),
    tolerance=Tolerance(raw=1e-10, probabilities=1e-10),
    modules=("sklearn.svm", "sklearn.calibration"),
    build=build,
    respond=respond,
    parameters=parameters,
    predict=predict,
    resolved=resolved,
    control=control,
)
