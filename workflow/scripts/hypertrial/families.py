"""What a model family is: its hyperparameters, and how it is built, read and replayed.

A family is one folder of :mod:`hypertrial.models`. It declares its hyperparameters, builds
an estimator from them, reads the learned parameters out of the fitted estimator, and predicts
from those parameters with NumPy alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from hypertrial.expected import Expected
from hypertrial.growth import LINEARLY, Growth
from hypertrial.hyperparameters import (
    CLASSIFICATION,
    REGRESSION,
    TASKS,
    Hyperparameter,
    Task,
    Value,
)
from hypertrial.sharing import Shared

__all__ = [
    "CLASSIFICATION",
    "REGRESSION",
    "SEED",
    "TASKS",
    "Family",
    "Features",
    "Fits",
    "Grids",
    "Hyperparameter",
    "Inputs",
    "LackingClassError",
    "LearnedArray",
    "Matrix",
    "Parameters",
    "Response",
    "Roles",
    "Task",
    "Tolerance",
    "Training",
    "Value",
    "fit",
]

Grids = tuple[Mapping[str, Sequence[Value]], ...]
Parameters = dict[str, npt.NDArray[Any]]
Matrix = npt.NDArray[np.float64]


SEED = "the seed of all that is drawn at random in the fit"
"""What ``random_state`` is, of any family that has it."""


@dataclass(frozen=True)
class Features:
    """What an estimator must know of its prepared features beside their values.

    ``categorical`` tells which of them are codes of categories without an order. ``monotone``
    is 1 where a prediction may only rise with a feature, -1 where it may only fall, else 0.
    """

    categorical: tuple[bool, ...]
    monotone: tuple[int, ...]


@dataclass(frozen=True)
class Inputs:
    """How many prepared features a model is given, and how many classes it tells apart (or 0)."""

    features: int
    classes: int

    @property
    def outputs(self) -> int:
        """How many values it computes for a row: one, or one for each of several classes."""
        return self.classes if self.classes > 2 else 1


@dataclass(frozen=True)
class LearnedArray:
    """An array that a fit learns: its name, its shape in words, and what it holds.

    ``needed`` tells of an array whether prediction fails or changes without it.
    """

    name: str
    shape: str
    meaning: str
    needed: Callable[[npt.NDArray[Any]], bool] = lambda array: True


@dataclass(frozen=True)
class Response:
    """What a fitted model says of ``n`` rows.

    ``labels`` are class codes of shape (n,), or predicted values for regression. ``raw`` is
    what the model computes before labels and probabilities: decision values, margins, leaf
    values. ``probabilities`` has shape (n, classes); ``ranking`` has shape (n,) and orders the
    rows of a binary task, the positive class last.
    """

    labels: npt.NDArray[Any]
    raw: npt.NDArray[Any]
    probabilities: npt.NDArray[Any] | None = None
    ranking: npt.NDArray[Any] | None = None


@dataclass(frozen=True)
class Tolerance:
    """How closely a replay must agree: ``raw`` relative to the largest raw value, 0 for bits.

    ``probabilities`` bounds their absolute difference, and, for regression, the difference of
    predicted values that a link function made of the raw ones, relative to the largest.
    """

    raw: float = 0.0
    probabilities: float = 0.0


@dataclass(frozen=True)
class Roles:
    """What is known of training rows beside features and target, each of shape (rows,) or None."""

    weight: npt.NDArray[np.float64] | None = None
    group: npt.NDArray[np.int64] | None = None


@dataclass(frozen=True)
class Training:
    """What trials are fitted on: prepared rows X of shape (rows, features), targets y and roles.

    ``seed`` is the estimator's; ``probabilities`` tells whether a metric needs them; ``threads``
    is how many a fit may use, which changes no result. ``target`` names what y was transformed by.
    """

    task: Task
    seed: int
    probabilities: bool
    features: Features
    X: Matrix
    y: npt.NDArray[Any]
    roles: Roles
    threads: int = 1
    target: Value = "none"


class LackingClassError(Exception):
    """A class has too few training rows for a fit: its code, and what is wrong with it."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(f"a class {why}")
        self.code = code
        self.why = why


Fits = list[Callable[[], Any]]
"""For each trial a function that returns its fitted estimator."""


def fit(estimator: Any, X: Matrix, y: npt.NDArray[Any], roles: Roles) -> Any:
    """Fit a scikit-learn estimator, with a weight for each row if there are any."""
    weight = roles.weight
    return estimator.fit(X, y) if weight is None else estimator.fit(X, y, sample_weight=weight)


@dataclass(frozen=True)
class Family:
    """A model family, the whole of what the workflow knows of a kind of model.

    ``build(task, hyperparameters, seed, probabilities, features)`` gives an unfitted
    scikit-learn estimator; ``fit(estimator, X, y, roles)`` fits it; ``respond(estimator, X)``
    gives its predictions; ``parameters(estimator)`` the learned arrays, which ``arrays``
    describes; ``predict(task, parameters, needed, X)`` the same predictions from these arrays
    with NumPy alone; ``resolved(estimator)`` the hyperparameters that were computed from the data.
    ``check(arrays, inputs)`` raises ValueError unless ``predict`` can follow these arrays, which
    may come from elsewhere, to a prediction.

    ``complexity(hyperparameters, shapes)`` orders trials from simple to complex, given the
    effective hyperparameters and the shapes of the learned arrays; ``simplest`` says how.

    ``shares(hyperparameters)`` gives what trials must have in common to share work: all their
    effective hyperparameters but those in which one fit serves several. ``fit_together(training,
    trials)`` fits such trials, given the effective hyperparameters of each; every trial gets to
    the bit what it would get alone. ``work(hyperparameters)`` says about how long a fit takes,
    in any unit, beside other fits of the model on the same rows; ``threaded``, whether a fit can
    use several threads. ``fewest_of_class(task, probabilities)`` says how many training rows with
    a weight above 0 each class needs. ``growth`` tells how time and memory grow with the rows.

    ``modules`` are loaded before a fit; ``libraries`` are the packages whose versions it depends
    on, beside those of :data:`hypertrial.plan.LIBRARIES`. ``heeds_weights`` and
    ``heeds_monotone`` tell whether fits heed the rows' weights, and the columns in which
    predictions may move one way only. ``is_tree`` tells that what it learns is one tree, which can
    be drawn. ``contradicts`` says why labels may not be the most probable classes; empty, if they
    always are.

    For readers, ``needed_because`` says why prediction needs which hyperparameters, ``borderline``
    what is neither plainly set nor plainly learned, by its title, ``controls`` what each control
    means. ``known_as`` are names that other tools have for the family, in small letters without
    other characters. ``examples`` are points of its hyperparameters, some for some tasks only,
    that differ in all that matters; tests fit each.
    """

    name: str
    title: str
    hyperparameters: tuple[Hyperparameter, ...]
    classification_grid: Grids
    regression_grid: Grids
    tolerance: Tolerance
    modules: tuple[str, ...]
    arrays: tuple[LearnedArray, ...]
    simplest: str
    build: Callable[[Task, Mapping[str, Value], int, bool, Features], Any]
    respond: Callable[[Any, Matrix], Response]
    parameters: Callable[[Any], Parameters]
    predict: Callable[[Task, Parameters, Mapping[str, Value], Matrix], Response]
    check: Callable[[Expected, Inputs], None]
    resolved: Callable[[Any], dict[str, Value]]
    control: Callable[[Task, int, bool], dict[str, Value]]
    complexity: Callable[[Mapping[str, Value], Mapping[str, Sequence[int]]], tuple[float, ...]]
    fit: Callable[[Any, Matrix, npt.NDArray[Any], Roles], Any] = fit
    shares: Callable[[Mapping[str, Value]], Mapping[str, Value]] = dict
    fit_together: Callable[[Training, Sequence[Mapping[str, Value]]], Fits] | None = None
    work: Callable[[Mapping[str, Value]], float] = lambda values: 1.0
    threaded: bool = False
    fewest_of_class: Callable[[Task, bool], int] = lambda task, probabilities: 1
    growth: Growth = LINEARLY
    libraries: tuple[str, ...] = ()
    heeds_weights: bool = True
    heeds_monotone: bool = False
    is_tree: bool = False
    contradicts: str = ""
    needed_because: str = ""
    borderline: Mapping[str, str] = field(default_factory=dict)
    controls: Mapping[str, str] = field(default_factory=dict)
    known_as: tuple[str, ...] = ()
    examples: tuple[Mapping[str, Value], ...] = ({},)

    @property
    def heeds_class_weights(self) -> bool:
        """Whether fits can weigh the classes."""
        return any(each.name == "class_weight" for each in self.hyperparameters)

    def points(self, task: Task) -> list[Mapping[str, Value]]:
        """Return the examples whose values exist for a task."""
        declared = self.declared(task)
        return [
            point
            for point in self.examples
            if all(name in declared and _is_legal(declared[name], v) for name, v in point.items())
        ]

    def unheeded(self, weights: bool, monotone: bool) -> list[str]:
        """Say what fits do not heed of what a table has: weights, monotone columns."""
        found = []
        if weights and not self.heeds_weights:
            found.append(f"{self.name} does not heed the rows' weights in its fits")
        if monotone and not self.heeds_monotone:
            found.append(f"{self.name} does not obey monotone columns")
        return found

    def fits(self, training: Training, trials: Sequence[Mapping[str, Value]]) -> Fits:
        """Return a function for each trial that fits it; what they can share is done once.

        ``trials`` holds the model's effective hyperparameters of each.
        """
        if not self.heeds_weights:
            training = replace(training, roles=replace(training.roles, weight=None))
        if self.fit_together is not None:
            return self.fit_together(training, trials)
        shared: dict[tuple[tuple[str, Value], ...], Shared] = {}
        for values in trials:
            key = tuple(sorted(values.items()))
            if key not in shared:
                shared[key] = Shared(partial(self.fit_alone, training, values))
        return [shared[tuple(sorted(values.items()))] for values in trials]

    def fit_alone(self, training: Training, values: Mapping[str, Value]) -> Any:
        """Build an estimator and fit it, sharing nothing."""
        estimator = self.build(
            training.task, values, training.seed, training.probabilities, training.features
        )
        return self.fit(estimator, training.X, training.y, training.roles)

    def declared(self, task: Task) -> dict[str, Hyperparameter]:
        """Return the hyperparameters that exist for a task, by name."""
        return {each.name: each for each in self.hyperparameters if task in each.tasks}

    def default_grids(self, task: Task) -> Grids:
        """Return the family's own search space, for configs that give none."""
        return self.regression_grid if task == "regression" else self.classification_grid

    def effective(self, task: Task, chosen: Mapping[str, Value]) -> dict[str, Value]:
        """Return the value of every hyperparameter that applies: chosen, or else the default."""
        declared = self.declared(task)
        values = {name: chosen.get(name, each.default) for name, each in declared.items()}
        return {name: values[name] for name, each in declared.items() if each.applies(values)}

    def of_stage(
        self, stage: Literal["model", "preprocessing"], values: Mapping[str, Value]
    ) -> dict[str, Value]:
        """Return the values of the model's hyperparameters, or of the preprocessing's."""
        names = {each.name for each in self.hyperparameters if each.stage == stage}
        return {name: value for name, value in values.items() if name in names}

    def needed(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """Return the few hyperparameters that prediction needs beside the parameters."""
        return {
            each.name: values[each.name]
            for each in self.hyperparameters
            if each.name in values and (each.needed or values[each.name] in each.needed_as)
        }


def _is_legal(declared: Hyperparameter, value: Value) -> bool:
    try:
        declared.coerce(value)
    except ValueError:
        return False
    return True
