"""What a model family is: its hyperparameters, and how it is built, read and replayed.

A family is one folder of :mod:`hypertrial.models`. It declares its hyperparameters, builds
an estimator from them, reads the learned parameters out of the fitted estimator, and predicts
from those parameters with NumPy alone.
"""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from hypertrial.errors import listing
from hypertrial.expected import Expected
from hypertrial.sharing import Shared
from hypertrial.texts import shown

Task = Literal["binary", "multiclass", "regression"]
TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")
CLASSIFICATION: tuple[Task, ...] = ("binary", "multiclass")
REGRESSION: tuple[Task, ...] = ("regression",)
Value = bool | int | float | str | None
Grids = tuple[Mapping[str, Sequence[Value]], ...]
Parameters = dict[str, npt.NDArray[Any]]
Matrix = npt.NDArray[np.float64]

LARGEST = 1e30
LARGEST_INTEGER = 1e9
"""Bounds for what has no other, as libraries compute in 32 bits."""
SMALLEST = 1e-30
"""No number is closer to 0, but 0 itself: 32 bits would take it for that."""


@dataclass(frozen=True)
class Hyperparameter:
    """One hyperparameter: its type, its legal values, its default and when it applies.

    ``low`` and ``high`` bound numbers; ``words`` are legal values that are not numbers (texts,
    ``None``). ``when`` names another hyperparameter and the values of it for which this one
    exists. ``tasks`` are the tasks for which it exists; a name may be declared once for each.
    ``needed`` tells whether prediction needs its value beside the learned parameters, ``needed_as``
    which values it needs where it does not need the others. ``stage``
    is what it belongs to: the model, or the preprocessing before it. None, where it is legal beside
    numbers, means no limit, and so does 0 with ``zero_is_unlimited``.
    """

    name: str
    kind: Literal["integer", "number", "boolean", "choice"]
    default: Value
    meaning: str
    low: float = -LARGEST
    high: float = LARGEST
    open_low: bool = False
    words: tuple[str | None, ...] = ()
    when: tuple[str, tuple[str, ...]] | None = None
    tasks: tuple[Task, ...] = TASKS
    needed: bool = False
    needed_as: tuple[Value, ...] = ()
    stage: Literal["model", "preprocessing"] = "model"
    zero_is_unlimited: bool = False

    @property
    def unlimited_from(self) -> float:
        """The least number that is a limit."""
        return 1.0 if self.zero_is_unlimited else -float("inf")

    def is_unlimited(self, value: object) -> bool:
        """Tell whether a value, None by that name too, stands for no limit, beyond all numbers."""
        if value in (None, "None"):
            return self.kind in ("integer", "number") and None in self.words
        return self.zero_is_unlimited and value == 0

    def applies(self, values: Mapping[str, Value]) -> bool:
        """Tell whether it exists beside these values of the other hyperparameters."""
        return self.when is None or values.get(self.when[0]) in self.when[1]

    def allowed(self) -> str:
        """Say in a few words which values are legal."""
        words = [repr(word) if word is not None else "null" for word in self.words]
        if self.kind == "choice":
            return "one of " + listing(words)
        if self.kind == "boolean":
            return "true or false"
        article = "an integer" if self.kind == "integer" else "a number"
        text = article + self._bounds()
        return f"{text}, or {' or '.join(words)}" if words else text

    def _bounds(self) -> str:
        above = "above" if self.open_low else "at least"
        return f" {above} {_plain(self.low)} and at most {_plain(self._highest)}"

    @property
    def _highest(self) -> float:
        return min(self.high, LARGEST_INTEGER) if self.kind == "integer" else self.high

    def coerce(self, value: object) -> Value:
        """Return a legal value in its canonical type.

        Raises
        ------
        ValueError
            If the value is not legal; the message says what is.
        """
        if value is None or isinstance(value, str):
            if value in self.words:
                return value
        elif self.kind == "boolean" and isinstance(value, bool):
            return value
        elif self.kind in ("integer", "number") and not isinstance(value, bool):
            number = self._number(value)
            if number is not None:
                return number
            if isinstance(value, float) and 0 < abs(value) < SMALLEST:
                raise ValueError(
                    f"must not be so close to 0 as {value!r}; the least is {SMALLEST:g}"
                )
        raise ValueError(f"must be {self.allowed()}, not {shown(value)}")

    def _number(self, value: object) -> int | float | None:
        if not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
            return None
        if value < self.low or value > self._highest or (self.open_low and value == self.low):
            return None
        if 0 < abs(value) < SMALLEST:
            return None
        if self.kind == "number":
            return float(value) + 0.0  # no minus zero
        return int(value) if value == int(value) else None


def _plain(bound: float) -> str:
    """Write a bound for people: ``100000``, ``0.5``, ``1e10``."""
    if float(bound).is_integer() and abs(bound) < 1e7:
        return str(int(bound))
    return re.sub(r"e\+?(-?)0*", r"e\1", f"{bound:g}")


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
    """An array that a fit learns: its name, its shape in words, and what it holds."""

    name: str
    shape: str
    meaning: str


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
    a weight above 0 each class needs.
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

    def fits(self, training: Training, trials: Sequence[Mapping[str, Value]]) -> Fits:
        """Return a function for each trial that fits it; what they can share is done once.

        ``trials`` holds the model's effective hyperparameters of each.
        """
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
