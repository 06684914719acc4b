"""Training of support vector machines, together on a kernel matrix where it is small enough."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial import families
from hypertrial.families import (
    Features,
    Fits,
    LackingClassError,
    Matrix,
    Parameters,
    Response,
    Roles,
    Task,
    Training,
    Value,
)
from hypertrial.models.svm import kernel_matrix, replay
from hypertrial.models.svm.kernel_matrix import KernelMatrix
from hypertrial.sharing import Shared

CALIBRATION_FOLDS = 3
Folds = list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]

UNSHARED = ("C", "epsilon", "tol", "max_iter", "class_weight")
"""Hyperparameters in which machines that are trained on one kernel matrix may differ."""


@dataclass(frozen=True)
class Machine:
    """A fitted machine and the rows X, shape (rows, features), that it was trained on.

    ``fitted`` is scikit-learn's estimator, calibrated or not; ``kernel`` tells the kernel, with
    a number for ``gamma``; ``matrix`` is what it was trained on in place of the rows, if so.
    """

    task: Task
    fitted: Any
    X: Matrix
    kernel: Mapping[str, Value]
    matrix: KernelMatrix | None

    @property
    def bare(self) -> Any:
        """The machine inside a calibrated classifier, or the estimator itself."""
        calibrated = getattr(self.fitted, "calibrated_classifiers_", None)
        return calibrated[0].estimator if calibrated else self.fitted

    @property
    def calibrated(self) -> bool:
        """Whether it gives probabilities."""
        return self.bare is not self.fitted

    def call(self, function: Callable[[Matrix], npt.NDArray[Any]], X: Matrix) -> Any:
        """Call a function of the estimator with rows X, or with their kernel values."""
        from sklearn import config_context

        if self.matrix is None:
            return function(X)
        with config_context(assume_finite=True):
            return self.matrix.rowwise(function, X)


def build(
    task: Task, values: Mapping[str, Value], seed: int, probabilities: bool, features: Features
) -> Any:
    """Return an unfitted machine, calibrated inside its training rows if asked for.

    The calibration fits a sigmoid to the decision values of ``CALIBRATION_FOLDS`` stratified
    folds of the training rows; the machine itself is fitted on all of them.
    """
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.model_selection import StratifiedKFold

    from hypertrial.models.svm.libsvm import Classifier, Regressor

    settings = {**values, "max_iter": -1 if values["max_iter"] is None else values["max_iter"]}
    if task == "regression":
        return Regressor(**settings)
    machine = Classifier(random_state=seed, **settings)
    if not probabilities:
        return machine
    folds = StratifiedKFold(CALIBRATION_FOLDS)
    return CalibratedClassifierCV(machine, method="sigmoid", cv=folds, ensemble=False)


def fit(estimator: Any, X: Matrix, y: npt.NDArray[Any], roles: Roles) -> Any:
    """Fit a machine; its calibration's folds heed the roles of the rows, too.

    Rows of one group stay together. Rows of weight zero are none to libsvm: where a fold would
    leave a class nothing else, they are dealt out apart from the others of their class.

    Raises
    ------
    LackingClassError
        If a fold leaves a class without a row to learn from.
    """
    counts = None if roles.weight is None else roles.weight > 0
    unweighted = counts is None or bool(counts.all())
    if hasattr(estimator, "cv") and not (unweighted and roles.group is None):
        estimator.set_params(cv=_calibration_folds(X, y, roles.group, counts))
    return families.fit(estimator, X, y, roles)


def _calibration_folds(
    X: Matrix,
    y: npt.NDArray[Any],
    group: npt.NDArray[Any] | None,
    counts: npt.NDArray[np.bool_] | None,
) -> Folds:
    """Return training and other rows of each fold; ``counts`` tells which rows have a weight.

    They are scikit-learn's, unless these leave a class without a row that has a weight.
    """
    folds = _dealt(X, y, group)
    absent = _absent(y, folds, counts)
    if len(absent) and counts is not None:
        folds = _dealt(X, 2 * y + counts, group)
        absent = _absent(y, folds, counts)
    if len(absent):
        raise LackingClassError(
            int(absent[0]),
            "is in too few groups to calibrate probabilities, as each of the "
            f"{CALIBRATION_FOLDS} folds leaves whole groups out: use metrics that need none",
        )
    return folds


def _dealt(X: Matrix, stratum: npt.NDArray[Any], group: npt.NDArray[Any] | None) -> Folds:
    """Return folds in which each stratum has its share, as far as groups allow."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    kind = StratifiedKFold if group is None else StratifiedGroupKFold
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a stratum of few rows without a weight is no matter
        return list(kind(CALIBRATION_FOLDS).split(X, stratum, group))


def _absent(
    y: npt.NDArray[Any], folds: Folds, counts: npt.NDArray[np.bool_] | None
) -> npt.NDArray[Any]:
    """Return the classes of which a fold leaves no row with a weight to learn from."""
    learned = (rows if counts is None else rows[counts[rows]] for rows, _ in folds)
    return np.unique(np.concatenate([np.setdiff1d(y, y[rows]) for rows in learned]))


def shares(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return what machines have in common that are trained on the same kernel matrix."""
    return {name: value for name, value in values.items() if name not in UNSHARED}


def fit_together(training: Training, trials: Sequence[Mapping[str, Value]]) -> Fits:
    """Return a function for each trial that fits its machine, on one kernel matrix for all.

    Where there are more than ``kernel_matrix.MOST_ROWS`` training rows, each is fitted on X.
    """
    kernel = shares(trials[0])
    if "gamma" in kernel:
        kernel["gamma"] = gamma(kernel["gamma"], training.X)
    if len(training.X) > kernel_matrix.MOST_ROWS:
        return [partial(_fit_on_rows, training, values, kernel) for values in trials]
    matrix = Shared(partial(KernelMatrix, training.X, kernel))
    return [partial(_fit_on_matrix, training, values, matrix) for values in trials]


def gamma(value: Value, X: Matrix) -> float:
    """Return a gamma; ``scale`` and ``auto`` are computed from rows X, as scikit-learn does."""
    if value == "auto":
        return 1.0 / int(X.shape[1])
    if value == "scale":
        variance = float(np.ascontiguousarray(X).var())
        return 1.0 / (int(X.shape[1]) * variance) if variance else 1.0
    return float(value)  # type: ignore[arg-type]


def _fit_on_rows(
    training: Training, values: Mapping[str, Value], kernel: Mapping[str, Value]
) -> Machine:
    estimator = build(
        training.task, values, training.seed, training.probabilities, training.features
    )
    fit(estimator, training.X, training.y, training.roles)
    return Machine(training.task, estimator, training.X, kernel, None)


def _fit_on_matrix(training: Training, values: Mapping[str, Value], shared: Shared) -> Machine:
    from sklearn import config_context

    matrix: KernelMatrix = shared()
    by_fold = training.probabilities and values.get("gamma") in ("scale", "auto")
    kernel = _kernel_by_fold(matrix, values) if by_fold else "precomputed"
    settings: dict[str, Any] = {**values, "kernel": kernel}
    estimator = build(
        training.task, settings, training.seed, training.probabilities, training.features
    )
    X = training.X if by_fold else matrix.training
    with config_context(assume_finite=True):
        fit(estimator, X, training.y, training.roles)
    machine = Machine(training.task, estimator, training.X, matrix.kernel, matrix)
    machine.bare.kernel = "precomputed"  # to predict, all of them get kernel values
    return machine


def _kernel_by_fold(
    matrix: KernelMatrix, values: Mapping[str, Value]
) -> Callable[[Matrix, Matrix], Matrix]:
    """Return a kernel for scikit-learn whose gamma is computed from the rows of each fit.

    The machines of a calibration's folds have each their own, the machine itself the matrix.
    """

    def kernel(X: Matrix, rows: Matrix) -> Matrix:
        if X is rows and len(rows) == len(matrix.X):
            return matrix.training
        needed = {**values, "gamma": gamma(values["gamma"], rows)}
        if X is rows:
            return kernel_matrix.symmetric(rows, needed)
        return replay.kernel(X, rows, needed)

    return kernel


def respond(machine: Machine, X: Matrix) -> Response:
    """Return the machine's own predictions for X of shape (rows, features).

    Decision values are scikit-learn's, and labels are counted from them as libsvm does. Only
    for the very rows that it was trained on they are computed as in the replay, which is
    quicker, and which a trial's proof compares with scikit-learn's.
    """
    if X is machine.X:
        return _of_training_rows(machine)
    if machine.task == "regression":
        values = machine.call(machine.fitted.predict, X)
        return Response(labels=values, raw=values)
    raw = machine.call(partial(_pairwise, machine.bare), X)
    return Response(
        labels=replay.winners(raw),
        raw=raw,
        probabilities=machine.call(machine.fitted.predict_proba, X) if machine.calibrated else None,
        ranking=raw if machine.task == "binary" else None,
    )


def _pairwise(bare: Any, rows: Matrix) -> Matrix:
    """Return a decision value for each pair of classes, shape (rows,) if there is only one."""
    shape, bare.decision_function_shape = bare.decision_function_shape, "ovo"
    values: Matrix = bare.decision_function(rows)
    bare.decision_function_shape = shape
    return values


def _of_training_rows(machine: Machine) -> Response:
    """Return the response to the training rows, a product with their kernel matrix if it is there.

    Of many classes each has its support vectors, whose columns of the matrix are picked.
    """
    learned = parameters(machine)
    if machine.matrix is None:
        return replay.predict(machine.task, learned, machine.kernel, machine.X)
    values, support = machine.matrix.training, machine.bare.support_
    if len(learned["dual_coefficients"]) > 1:
        some = replay.blocks(len(values), len(support))
        columns = (values[rows].take(support, axis=1) for rows in some)
        return replay.response(machine.task, learned, columns)
    of_all = np.zeros((1, len(values)))
    of_all[:, support] = learned["dual_coefficients"]
    return replay.response(machine.task, {**learned, "dual_coefficients": of_all}, [values])


def parameters(machine: Machine) -> Parameters:
    """Return the support vectors (vectors, features), their dual coefficients and intercepts.

    A classifier of k classes has dual coefficients of shape (k - 1, vectors), sorted by class
    as ``support_per_class`` counts them, and an intercept for each pair of classes. With
    calibration there is a slope and an offset for each class (one for two classes).
    """
    bare, matrix = machine.bare, machine.matrix
    learned = {
        "support_vectors": bare.support_vectors_ if matrix is None else matrix.X[bare.support_],
        "dual_coefficients": bare.dual_coef_,
        "intercepts": bare.intercept_,
    }
    if machine.task != "regression":
        learned["support_per_class"] = bare.n_support_.astype(np.int64)
    if machine.calibrated:
        sigmoids = machine.fitted.calibrated_classifiers_[0].calibrators
        learned["calibration_slope"] = np.array([float(each.a_) for each in sigmoids])
        learned["calibration_offset"] = np.array([float(each.b_) for each in sigmoids])
    return learned


def resolved(machine: Machine) -> dict[str, Value]:
    """Return the value of ``gamma`` that ``scale`` or ``auto`` stood for."""
    word = isinstance(machine.bare.gamma, str) and "gamma" in machine.kernel
    return {"gamma": machine.kernel["gamma"]} if word else {}
