"""A trial with everything it works on: its data, its preprocessing, its fits."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial import memory, metrics, prediction
from hypertrial.data import table
from hypertrial.data.table import Table
from hypertrial.families import Family, Matrix, Parameters, Response, Roles, Training, Value
from hypertrial.models import get_family
from hypertrial.prediction import Agreement
from hypertrial.preprocessing import preparation, prepared, preprocessing, target
from hypertrial.preprocessing.target import Target
from hypertrial.records import TrialSpec
from hypertrial.splitting import splits
from hypertrial.splitting.splits import Splits

PREPARED = prepared.Prepared()


@dataclass(frozen=True)
class Setting:
    """A trial with everything it works on.

    ``threads`` is how many a fit may use; it changes no result.
    """

    spec: TrialSpec
    family: Family
    table: Table
    splits: Splits
    values: Mapping[str, Value]
    probabilities: bool
    threads: int = 1

    @property
    def preparation(self) -> dict[str, Value]:
        """The effective hyperparameters of preprocessing that prepare features."""
        return preparation.of_features(self.family.of_stage("preprocessing", self.values))

    @property
    def model(self) -> dict[str, Value]:
        """The effective hyperparameters of the model itself."""
        return self.family.of_stage("model", self.values)

    def training(self, X: Matrix, rows: npt.NDArray[Any]) -> Training:
        """Return what a fit needs to know, given prepared rows X of the table's rows."""
        group = None if self.table.group is None else self.table.group[rows]
        return Training(
            task=self.spec.task,
            seed=self.spec.seed,
            probabilities=self.probabilities,
            features=preprocessing.features(self.preparation, self.table, X.shape[1]),
            X=X,
            y=self.table.y[rows],
            roles=Roles(self.weight(rows), group),
            threads=self.threads,
            target=self.values.get(preparation.TARGET, "none"),
        )

    def weight(self, rows: npt.NDArray[Any]) -> npt.NDArray[np.float64] | None:
        """Return the weights of some rows, None if the table has none."""
        return None if self.table.weight is None else self.table.weight[rows]

    def prepared(
        self, name: str, fit_rows: npt.NDArray[Any], other: npt.NDArray[Any]
    ) -> tuple[Any, Matrix, Matrix]:
        """Return a fitted transformer, the prepared rows it was fitted on, and other rows."""

        def make() -> tuple[Any, Any, Any]:
            X = self.table.X
            # What is shared between trials may not put its warnings into the first one's record.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                transformer = preprocessing.fit(self.preparation, self.table, fit_rows)
                return (
                    transformer,
                    preprocessing.transform(transformer, X, fit_rows),
                    preprocessing.transform(transformer, X, other),
                )

        prepared_by = tuple(sorted(self.preparation.items()))
        key = (self.table.digest, self.splits.digest(), prepared_by, name)
        return PREPARED.get(key, make)

    def score(self, rows: npt.NDArray[Any], response: Response) -> dict[str, float]:
        """Return every metric of the trial for the response to some rows."""
        spec, classes = self.spec, len(self.table.classes)
        y = self.table.y[rows]
        return metrics.score(spec.metrics, spec.task, classes, y, response, self.weight(rows))


@dataclass(frozen=True)
class Fit:
    """A fitted estimator, and the transformation of the target that it was fitted under."""

    family: Family
    estimator: Any
    target: Target

    def respond(self, X: Matrix) -> Response:
        """Return the estimator's response to prepared rows, answers in the target's own units."""
        return self.target.answer(self.family.respond(self.estimator, X))


def fits(settings: Sequence[Setting], X: Matrix, rows: npt.NDArray[Any]) -> list[Callable[[], Fit]]:
    """Return a function for each of some trials that share work, which fits it on prepared rows.

    Their transformation of the target is learned from these rows.
    """
    first = settings[0]
    training, learned = first.training(X, rows), Target({})
    if training.task == "regression":
        learned = target.fit(training.target, training.y, training.roles.weight)
        training = replace(training, y=learned.apply(training.y))
    found = first.family.fits(training, [setting.model for setting in settings])
    return [partial(_fit, first.family, fit, learned) for fit in found]


def _fit(family: Family, fit: Callable[[], Any], learned: Target) -> Fit:
    return Fit(family, fit(), learned)


def load(
    spec: TrialSpec, table_paths: Sequence[str], splits_path: str, threads: int = 1
) -> Setting:
    """Return a trial with its table and splits, which a worker keeps for the next."""
    family = get_family(spec.model)
    return Setting(
        spec,
        family,
        _load_table(*((path, Path(path).stat().st_mtime_ns) for path in table_paths)),
        _load_splits((splits_path, Path(splits_path).stat().st_mtime_ns)),
        family.effective(spec.task, spec.hyperparameters),
        metrics.probabilities_needed(spec.metrics, spec.task),
        threads,
    )


@lru_cache(maxsize=8)
def _load_table(values: tuple[str, int], about: tuple[str, int]) -> Table:
    loaded = table.load(values[0], about[0])
    if loaded.X.nbytes >= memory.LARGE_TABLE:
        memory.give_back()
    table.verify(loaded, values[0], about[0])
    return loaded


@lru_cache(maxsize=8)
def _load_splits(path: tuple[str, int]) -> Splits:
    return splits.load(path[0])


def prepare_refit(setting: Setting) -> tuple[Any, Matrix, Matrix]:
    """Return the transformer of all training rows, these prepared, and the rows of the proof."""
    training, proof = setting.splits.training, prediction.proof_rows(setting.table)
    return setting.prepared("refit", training, proof)


@dataclass(frozen=True)
class Proof:
    """What a fit on all training rows learned, and how its replay agrees with the estimator."""

    learned: Parameters
    resolved: dict[str, Value]
    needed: dict[str, Value]
    agreement: Agreement


def prove(setting: Setting, fit: Fit, transformer: Any, X: Matrix) -> Proof:
    """Replay a fit from what it learned, on the rows of the proof; X are these, prepared."""
    family, data, task = setting.family, setting.table, setting.spec.task
    arrays = learned(setting, fit, transformer)
    resolved = family.resolved(fit.estimator)
    needed = family.needed({**setting.values, **resolved})
    raw = data if len(X) == len(data.y) else data.rows(prediction.proof_rows(data))
    replayed = prediction.predict(family, task, arrays, needed, raw)
    agreement = prediction.compare(family, task, fit.respond(X), replayed)
    return Proof(arrays, resolved, needed, agreement)


def learned(setting: Setting, fit: Fit, transformer: Any) -> Parameters:
    """Return what a fit on all training rows learned, preprocessing included."""
    data = setting.table
    prepared_by = {**preprocessing.parameters(transformer, data), **fit.target.parameters()}
    return prediction.assemble(setting.family.parameters(fit.estimator), prepared_by, data)
