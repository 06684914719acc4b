"""Support vector machines: scikit-learn's SVC and SVR, which wrap libsvm.

Method: Cortes and Vapnik, Support-vector networks (1995); Chang and Lin, LIBSVM (2011);
probabilities by Platt's sigmoid calibration (1999).
"""

import math
from collections.abc import Mapping, Sequence

from hypertrial.families import (
    CLASSIFICATION,
    REGRESSION,
    Family,
    Grids,
    Hyperparameter,
    LearnedArray,
    Task,
    Tolerance,
    Value,
)
from hypertrial.models.svm import fitting, replay
from hypertrial.models.svm.fitting import CALIBRATION_FOLDS
from hypertrial.preprocessing import preparation

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
        high=1e10,
        open_low=True,
    ),
    Hyperparameter(
        "gamma",
        "number",
        "scale",
        "how fast similarity falls with distance; `scale` and `auto` are computed from the data",
        low=0,
        high=1e10,
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
        high=100,
        when=("kernel", ("poly",)),
        needed=True,
    ),
    Hyperparameter(
        "coef0",
        "number",
        0.0,
        "constant term of the kernel",
        low=-1e10,
        high=1e10,
        when=("kernel", ("poly", "sigmoid")),
        needed=True,
    ),
    Hyperparameter(
        "epsilon",
        "number",
        0.1,
        "half-width of the tube within which an error costs nothing, in units of the (transformed) "
        "target",
        low=0,
        tasks=REGRESSION,
    ),
    Hyperparameter(
        "tol",
        "number",
        1e-3,
        "tolerance at which the solver stops",
        low=0,
        high=1,
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
        scaling="standard",
        imputation="median",
        takes_missing=False,
        encodings=("one_hot",),
        target="standard",
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
    {"kernel": ["linear"], "C": [0.01, 0.1, 1.0, 10.0], "epsilon": [0.03, 0.1, 0.3]},
    {
        "kernel": ["rbf"],
        "C": [0.1, 1.0, 10.0, 100.0],
        "gamma": ["scale", 0.003, 0.03],
        "epsilon": [0.03, 0.1, 0.3],
    },
    {"kernel": ["poly"], "C": [0.1, 1.0, 10.0], "degree": [2, 3], "coef0": [0.0, 1.0]},
)
"""Of a target at mean 0 and deviation 1, which is the default."""


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


def work(values: Mapping[str, Value]) -> float:
    """Guess how long a fit takes: the longer the dearer a row on the wrong side is."""
    dear = math.log10(1.0 + float(values["C"]))  # type: ignore[arg-type]
    return (1.0 if values["kernel"] == "linear" else 1.5) + dear


def fewest_of_class(task: Task, probabilities: bool) -> int:
    """Return how many training rows a class needs: one in each of the calibration's folds."""
    return CALIBRATION_FOLDS if probabilities and task != "regression" else 1


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
    build=fitting.build,
    respond=fitting.respond,
    parameters=fitting.parameters,
    predict=replay.predict,
    check=replay.check,
    resolved=fitting.resolved,
    control=control,
    complexity=complexity,
    fit=fitting.fit,
    shares=fitting.shares,
    fit_together=fitting.fit_together,
    work=work,
    fewest_of_class=fewest_of_class,
)
