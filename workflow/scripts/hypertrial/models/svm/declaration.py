"""Support vector machines: scikit-learn's SVC and SVR, which wrap libsvm.

Method: Cortes and Vapnik, Support-vector networks (1995); Chang and Lin, LIBSVM (2011);
probabilities by Platt's sigmoid calibration (1999).
"""

import math
from collections.abc import Mapping, Sequence

from hypertrial.families import (
    CLASSIFICATION,
    REGRESSION,
    SEED,
    Family,
    Grids,
    Hyperparameter,
    LearnedArray,
    Task,
    Tolerance,
    Value,
)
from hypertrial.growth import Growth
from hypertrial.models.svm import fitting, kernel_matrix, replay
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
        synonyms=(("gaussian", "rbf"), ("radial", "rbf"), ("polynomial", "poly")),
    ),
    Hyperparameter(
        "C",
        "number",
        1.0,
        "cost of a row on the wrong side of the margin",
        low=0,
        high=1e10,
        open_low=True,
        same=("c", "cost"),
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
        near=("sigma",),
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
    LearnedArray(
        "support_per_class",
        "classes",
        "how many of the vectors are of each class",
        needed=lambda array: len(array) > 2,
    ),
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


def fit_bytes(rows: int) -> float:
    """Return the bytes of the kernel matrix of some rows, and of its copy."""
    return 16.0 * math.pow(min(rows, kernel_matrix.MOST_ROWS), 2)


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
    growth=Growth(
        fit=(1.5, 3.0),
        far=(2.0, 3.0),
        most_shared=kernel_matrix.MOST_ROWS,
        uneven=True,
        as_with_many_rows=kernel_matrix.as_with_many_rows,
        fit_bytes=fit_bytes,
    ),
    contradicts="a support vector machine decides before its probabilities are calibrated",
    needed_because="A row is compared with every support vector by the kernel, so what stands in "
    "the kernel's formula must be known again: `gamma` of an RBF kernel, yes. `C`, `epsilon` and "
    "`class_weight` only decided which rows became support vectors, and with which coefficients: "
    "`C` is never needed. Its trace remains: without weights no coefficient is larger than `C`.",
    borderline={
        "`gamma=scale` is set, and resolved.": "The word is a hyperparameter and says which rule "
        "to use. The number, 1 / (features × variance of the prepared training rows), depends on "
        "data like a parameter, but nothing was fitted: no other value was weighed against it. So "
        "it has a kind of its own. Every fold resolves its own number from its own training rows. "
        "Prediction needs the number and never the word.",
        "Calibration is a control, its sigmoid is learned.": "A support vector machine has no "
        "probabilities of its own. If a metric of the study asks for them, a sigmoid is fitted to "
        "decision values of inner folds. The metrics decide *whether*, so no search tries it. "
        "Slope and offset are parameters. Labels do not depend on them, probabilities do.",
        "`support_per_class` is learned, and not always needed.": "For two classes a support "
        "vector machine does not look at it; for more it must, to find each pair's coefficients.",
    },
    controls={
        "random_state": SEED,
        "calibration": "how decision values become probabilities, if a metric asks for them",
    },
    known_as=("svc", "svr", "supportvectormachine"),
    examples=(
        {"kernel": "rbf", "C": 10.0, "gamma": 0.03},
        {},
        {"kernel": "linear", "C": 0.3},
        {"kernel": "poly", "degree": 2, "coef0": 1.0},
        {"kernel": "sigmoid", "gamma": 0.05, "coef0": 0.3},
        {"gamma": "auto", "imputation": "mean", "missing_indicator": True},
    ),
)
