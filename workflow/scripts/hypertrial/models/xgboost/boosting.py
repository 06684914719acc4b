"""XGBoost's boosters: trained on rows that are binned once, and cut to their first rounds."""

import json
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.families import Matrix, Parameters, Task, Training
from hypertrial.models.xgboost import boosted_trees

Floats = npt.NDArray[np.float32]
KEPT = 16
"""How many sets of binned rows a worker keeps, a byte or two a cell, while their rows are kept."""

IDENTITIES = ("reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror")
"""Objectives whose predictions are the margins themselves."""


@dataclass(frozen=True)
class Whole:
    """A trained booster, of which others are the first rounds."""

    booster: Any
    rounds: int
    task: Task
    objective: str

    @cached_property
    def read(self) -> tuple[Parameters, Sequence[float]]:
        """All its trees as arrays, and the scores that the sums start from."""
        learner = json.loads(bytes(self.booster.save_raw("json")))["learner"]
        scores = np.atleast_1d(json.loads(learner["learner_model_param"]["base_score"]))
        trees = boosted_trees.read(learner["gradient_booster"]["model"])
        return trees, [float(np.float32(each)) for each in scores]

    def predict(
        self, rounds: tuple[int, int], X: Matrix, base: Floats | None
    ) -> tuple[Floats, Floats]:
        """Return margins after some rounds, added to those before them, and what they mean."""

        def ask(what: str) -> Floats:
            told: Floats = self.booster.inplace_predict(
                X, iteration_range=rounds, predict_type=what, base_margin=base
            )
            return told

        margins = ask("margin")
        return margins, margins if self.objective in IDENTITIES else ask("value")


class Lengths:
    """What the first rounds of a booster say of rows, for several numbers of rounds.

    XGBoost adds the leaves to a row's margin in the order of the rounds, in float32, so a sum is
    taken up where that of fewer rounds ended.
    """

    def __init__(self, train: Callable[[], Whole]) -> None:
        self._train = train
        self._told: dict[int, tuple[Matrix, dict[int, tuple[Floats, Floats]]]] = {}

    def first(self, rounds: int) -> "Boosted":
        """Return the booster of the first rounds."""
        return Boosted(self._train(), rounds, self)

    def predict(self, whole: Whole, rounds: int, X: Matrix) -> tuple[Floats, Floats]:
        """Return margins and predictions of the first rounds for X."""
        _, told = self._told.setdefault(id(X), (X, {}))
        if rounds not in told:
            start = max((each for each in told if each < rounds), default=0)
            base = told[start][0] if start else None
            told[rounds] = whole.predict((start, rounds), X, base)
        return told[rounds]


@dataclass(frozen=True)
class Boosted:
    """A fitted booster: the first rounds of a whole one."""

    whole: Whole
    rounds: int
    lengths: Lengths

    def predict(self, X: Matrix) -> tuple[Floats, Floats]:
        """Return margins of shape (rows,) or (rows, classes), and values or probabilities."""
        return self.lengths.predict(self.whole, self.rounds, X)

    def trees(self) -> tuple[Parameters, Sequence[float]]:
        """Return the trees of these rounds, and the scores that the sums start from."""
        trees, scores = self.whole.read
        each = len(trees["tree_start"]) // self.whole.rounds
        return boosted_trees.first(trees, self.rounds * each), scores


def train(estimator: Any, training: Training, balanced: bool) -> Whole:
    """Train a booster with the settings of an unfitted scikit-learn estimator of XGBoost's.

    Balanced classes become weights of the rows, as XGBoost has no other way. Fits with weights
    use one thread, as sums of unequal weights depend on their order.

    Raises
    ------
    ValueError
        If a class is not among the rows.
    """
    import xgboost

    settings = {name: v for name, v in estimator.get_xgb_params().items() if v is not None}
    if training.task != "regression":
        settings |= _objective(training)
    weight = _weight(training, balanced)
    settings["nthread"] = training.threads if weight is None else 1
    rows = _binned(estimator, training, weight, balanced)
    rounds = estimator.n_estimators
    booster = xgboost.train(settings, rows, rounds, verbose_eval=False)
    return Whole(booster, rounds, training.task, str(settings["objective"]))


def _objective(training: Training) -> dict[str, Any]:
    classes = np.unique(training.y)
    if not np.array_equal(classes, np.arange(len(classes))) or len(classes) < 2:
        found = ", ".join(str(each) for each in classes)
        raise ValueError(f"a class has no training rows; there are only those of codes {found}")
    if training.task == "binary":
        return {"objective": "binary:logistic"}
    return {"objective": "multi:softprob", "num_class": len(classes)}


def _weight(training: Training, balanced: bool) -> npt.NDArray[np.float64] | None:
    from sklearn.utils.class_weight import compute_sample_weight

    weight = training.roles.weight
    if not balanced:
        return weight
    balance: npt.NDArray[np.float64] = compute_sample_weight("balanced", training.y)
    return balance if weight is None else weight * balance


_BINNED: OrderedDict[tuple[Any, ...], tuple["weakref.ref[Matrix]", Any]] = OrderedDict()


def _binned(
    estimator: Any, training: Training, weight: npt.NDArray[np.float64] | None, balanced: bool
) -> Any:
    """Return training rows in bins; the same for fits to the same targets in as many bins."""
    from xgboost import QuantileDMatrix

    bins = estimator.max_bin
    key = (id(training.X), training.task, training.target, balanced, bins)
    kept = _BINNED.get(key)
    if kept is not None and kept[0]() is training.X:
        _BINNED.move_to_end(key)
        return kept[1]
    rows = QuantileDMatrix(
        training.X,
        label=training.y,
        weight=weight,
        max_bin=bins,
        nthread=1,
        feature_types=estimator.feature_types,
        enable_categorical=bool(estimator.enable_categorical),
    )
    _BINNED[key] = weakref.ref(training.X, lambda _: _BINNED.pop(key, None)), rows
    while len(_BINNED) > KEPT:
        _BINNED.popitem(last=False)
    return rows
