"""Support vector machines: scikit-learn's SVC and SVR, which wrap libsvm.

Method: Cortes and Vapnik, Support-vector networks (1995); Chang and Lin, LIBSVM (2011);
probabilities by Platt's sigmoid calibration (1999).
"""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial import families
from hypertrial.families import (
    CLASSIFICATION,
    REGRESSION,
    Family,
    Features,
    Grids,
    Hyperparameter,
    LearnedArray,
    Matrix,
    Parameters,
    Response,
    Roles,
    Task,
    Tolerance,
    Value,
)
from hypertrial.models.replay import kernel_machine
from hypertrial.preprocessing import preparation

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
    Hyperparameter(
        "class_weight",
        "choice",
        None,
        "multiply C for each class by the inverse of its share of the rows (balanced), or not",
        words=("balanced", None),
        tasks=CLASSIFICATION,
    ),
    *preparation.hyperparameters(
        scaling="standard", imputation="median", takes_missing=False, encodings=("one_hot",)
    ),
)

KERNELS = ("linear", "poly", "rbf", "sigmoid")
"""From simple to complex."""

ARRAYS = (
    LearnedArray("support_vectors", "vectors, features", "the training rows that matter"),
    LearnedArray(
        "dual_coefficients", "classes - 1 (or 1), vectors", "the weight of each of these rows"
    ),
    LearnedArray("intercepts", "pairs of classes (or 1)", "added to each decision value"),
    LearnedArray("support_per_class", "classes", "how many of the vectors are of each class"),
    LearnedArray(
        "calibration_slope", "classes (1 if two)", "of the sigmoid that makes probabilities"
    ),
    LearnedArray("calibration_offset", "classes (1 if two)", "of the same sigmoid"),
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


def build(
    task: Task, values: Mapping[str, Value], seed: int, probabilities: bool, features: Features
) -> Any:
    """Return an unfitted machine, calibrated inside its training rows if asked for.

    The calibration fits a sigmoid to the decision values of ``CALIBRATION_FOLDS`` stratified
    folds of the training rows; the machine itself is fitted on all of them.
    """
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.model_selection import StratifiedKFold
    from sklearn.svm import SVC, SVR

    if any(features.monotone):
        warnings.warn("a support vector machine does not obey monotone columns", stacklevel=2)
    settings = {**values, "max_iter": -1 if values["max_iter"] is None else values["max_iter"]}
    if task == "regression":
        return SVR(**settings)
    machine = SVC(random_state=seed, **settings)
    if not probabilities:
        return machine
    folds = StratifiedKFold(CALIBRATION_FOLDS)
    return CalibratedClassifierCV(machine, method="sigmoid", cv=folds, ensemble=False)


def fit(estimator: Any, X: Matrix, y: npt.NDArray[Any], roles: Roles) -> Any:
    """Fit a machine; rows of one group stay together in its calibration's folds, too."""
    from sklearn.model_selection import StratifiedGroupKFold

    if roles.group is not None and hasattr(estimator, "cv"):
        folds = StratifiedGroupKFold(CALIBRATION_FOLDS).split(X, y, roles.group)
        estimator.set_params(cv=list(folds))
    return families.fit(estimator, X, y, roles)


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


def predict(task: Task, learned: Parameters, needed: Mapping[str, Value], X: Matrix) -> Response:
    """Evaluate the decision function from the support vectors with NumPy, as libsvm votes."""
    similar = kernel_machine.kernel(X, learned["support_vectors"], needed)
    if task == "regression":
        values = similar @ learned["dual_coefficients"][0] + learned["intercepts"][0]
        return Response(labels=values, raw=values)
    if task == "binary":
        raw = similar @ learned["dual_coefficients"][0] + learned["intercepts"][0]
        labels = (raw >= 0).astype(np.int64)
        decisions = raw[:, None]
    else:
        raw = kernel_machine.pairwise_decisions(similar, learned)
        labels = kernel_machine.votes(raw, len(learned["support_per_class"])).argmax(axis=1)
        decisions = kernel_machine.one_versus_rest(raw, len(learned["support_per_class"]))
    return Response(
        labels=labels,
        raw=raw,
        probabilities=kernel_machine.calibrated(decisions, learned),
        ranking=raw if task == "binary" else None,
    )


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


def complexity(
    values: Mapping[str, Value], shapes: Mapping[str, Sequence[int]]
) -> tuple[float, ...]:
    """Order machines by kernel, degree, C, gamma and epsilon, the smoothest first."""
    number = {name: values.get(name, 0.0) for name in ("degree", "C", "gamma", "epsilon")}
    return (
        KERNELS.index(str(values["kernel"])),
        float(number["degree"]),  # type: ignore[arg-type]
        float(number["C"]),  # type: ignore[arg-type]
        float(number["gamma"]),  # type: ignore[arg-type]
        -float(number["epsilon"]),  # type: ignore[arg-type]
    )


FAMILY = Family(
    name="svm",
    title="Support vector machine",
    hyperparameters=HYPERPARAMETERS,
    classification_grid=CLASSIFICATION_GRID,
    regression_grid=REGRESSION_GRID,
    tolerance=Tolerance(raw=1e-10, probabilities=1e-10),
    modules=("sklearn.svm", "sklearn.calibration"),
    arrays=ARRAYS,
    simplest="a linear kernel before poly, rbf and sigmoid; then the smallest degree, C and gamma, "
    "and the largest epsilon",
    build=build,
    respond=respond,
    parameters=parameters,
    predict=predict,
    resolved=resolved,
    control=control,
    complexity=complexity,
    fit=fit,
)
