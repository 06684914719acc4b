"""One trial: fit and score every fold, refit on all training rows, prove the parameters."""

import os
import re
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial import files, measuring, metrics, prediction, records
from hypertrial.data import table
from hypertrial.data.table import Table
from hypertrial.families import Family, Matrix, Parameters, Response, Roles, Value
from hypertrial.measuring import Cost
from hypertrial.models import get_family
from hypertrial.preprocessing import prepared, preprocessing
from hypertrial.records import TrialSpec
from hypertrial.splitting import splits
from hypertrial.splitting.splits import Splits

PREPARED = prepared.Prepared()


class TrialError(Exception):
    """The trial has no valid result; the message is the reason in its record."""


@dataclass(frozen=True)
class Setting:
    """A trial with everything it works on."""

    spec: TrialSpec
    family: Family
    table: Table
    splits: Splits
    values: Mapping[str, Value]
    probabilities: bool

    @property
    def preparation(self) -> dict[str, Value]:
        """The effective hyperparameters of preprocessing."""
        return self.family.of_stage("preprocessing", self.values)

    def fit(self, X: Matrix, rows: npt.NDArray[Any]) -> Any:
        """Return an estimator fitted on prepared rows X of the table's rows."""
        features = preprocessing.features(self.preparation, self.table, X.shape[1])
        values = self.family.of_stage("model", self.values)
        estimator = self.family.build(
            self.spec.task, values, self.spec.seed, self.probabilities, features
        )
        group = None if self.table.group is None else self.table.group[rows]
        return self.family.fit(estimator, X, self.table.y[rows], Roles(self.weight(rows), group))

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


def run(spec_json: str, table_paths: Sequence[str], splits_path: str, folder: str) -> str:
    """Run a trial and stage its four files in its folder; return its status.

    A fit that raises or does not converge, scores that are not finite, and parameters whose
    replay disagrees give the status ``failed`` and a reason. A fault of the machine (memory, a
    file that cannot be read) is raised instead, so that the trial is not judged by it.
    """
    spec = TrialSpec.from_json(spec_json)
    measuring.reset_peak_memory()
    started, started_cpu = time.perf_counter(), time.process_time()
    cost = Cost()
    scores: dict[str, Any]
    parameters: Parameters
    predictions: Parameters
    setting = _setting(spec, table_paths, splits_path)
    try:
        scores, parameters, predictions = _compute(setting, cost)
    except TrialError as failure:
        scores = records.failure(spec, records.FAILED, str(failure))
        parameters, predictions = {}, {}
    except (MemoryError, OSError):
        raise  # the machine's fault, not the trial's
    except Exception as error:
        scores = records.failure(spec, records.FAILED, _reason(error))
        parameters, predictions = {}, {}
        cost.traceback = traceback.format_exc()
    spent = {
        **asdict(cost),
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - started_cpu,
        "peak_memory_bytes": measuring.peak_memory(),
        "host": os.uname().nodename,
    }
    records.stage(spec, folder, scores, parameters, predictions, spent)
    return str(scores["status"])


def _reason(error: Exception) -> str:
    """Return an error in one line, without the time, place and stack that XGBoost adds."""
    text = re.sub(r"\[\d\d:\d\d:\d\d\] \S+: ", "", str(error).split("Stack trace:")[0])
    return f"{type(error).__name__}: {' '.join(text.split())}"


def _setting(spec: TrialSpec, table_paths: Sequence[str], splits_path: str) -> Setting:
    family = get_family(spec.model)
    return Setting(
        spec,
        family,
        _load_table(*((path, Path(path).stat().st_mtime_ns) for path in table_paths)),
        _load_splits((splits_path, Path(splits_path).stat().st_mtime_ns)),
        family.effective(spec.task, spec.hyperparameters),
        metrics.probabilities_needed(spec.metrics, spec.task),
    )


@lru_cache(maxsize=8)
def _load_table(values: tuple[str, int], about: tuple[str, int]) -> Table:
    loaded = table.load(values[0], about[0])
    table.verify(loaded, values[0], about[0])
    return loaded


@lru_cache(maxsize=8)
def _load_splits(path: tuple[str, int]) -> Splits:
    return splits.load(path[0])


def _compute(setting: Setting, cost: Cost) -> tuple[dict[str, Any], Parameters, Parameters]:
    notes: list[str] = []
    folds, responses = [], []
    for number, (training, validation) in enumerate(setting.splits.parts()):
        with _watched(f"fold {number}", notes):
            scored, response, seconds = _fold(setting, str(number), training, validation)
        folds.append(scored)
        responses.append((validation, number, response))
        cost.folds.append(seconds)
    started = time.perf_counter()
    with _watched("refit", notes):
        parameters, agreement, resolved = _refit(setting)
    cost.refit_seconds = time.perf_counter() - started
    _check_finite(folds)
    spec = setting.spec
    shapes = {name: list(array.shape) for name, array in parameters.items()}
    scores = {
        "status": records.OK,
        "reason": None,
        "task": spec.task,
        "seed": spec.seed,
        "hyperparameters": {
            **records.chosen_and_defaulted(spec),
            "resolved": resolved,
            "control": setting.family.control(spec.task, spec.seed, setting.probabilities),
            "needed": setting.family.needed({**setting.values, **resolved}),
        },
        "metrics": {
            name: {"greater_is_better": metrics.METRICS[name].greater_is_better}
            for name in spec.metrics
        },
        "folds": folds,
        "learned": {**prediction.learned_sizes(parameters), "arrays": shapes},
        "complexity": _complexity(setting, resolved, shapes),
        "replay": agreement,
        "warnings": notes,
        "missing": list(spec.data.get("missing", [])),
        "inputs": {
            "spec": files.digest_text(spec.to_json()),
            "table": setting.table.digest,
            "splits": setting.splits.digest(),
            "versions": spec.versions,
            "code": spec.code,
        },
    }
    return scores, parameters, _out_of_fold(responses)


def _complexity(
    setting: Setting, resolved: Mapping[str, Value], shapes: Mapping[str, Sequence[int]]
) -> list[float]:
    """Return what orders the trials of a model from simple to complex."""
    own = {name.removeprefix(prediction.MODEL): shape for name, shape in shapes.items()}
    return [float(each) for each in setting.family.complexity({**setting.values, **resolved}, own)]


def _fold(
    setting: Setting, name: str, training: npt.NDArray[Any], validation: npt.NDArray[Any]
) -> tuple[dict[str, dict[str, float]], Response, dict[str, float]]:
    """Fit one fold: its scores on both parts, its validation response, its seconds."""
    started = time.perf_counter()
    _, X_training, X_validation = setting.prepared(name, training, validation)
    prepared = time.perf_counter()
    estimator = setting.fit(X_training, training)
    fitted = time.perf_counter()
    response = setting.family.respond(estimator, X_validation)
    scored = {
        "train": setting.score(training, setting.family.respond(estimator, X_training)),
        "validation": setting.score(validation, response),
    }
    seconds = {
        "prepare_seconds": prepared - started,
        "fit_seconds": fitted - prepared,
        "score_seconds": time.perf_counter() - fitted,
    }
    return scored, response, seconds


def learn(setting: Setting) -> tuple[Any, Any, Parameters, Matrix]:
    """Fit all training rows.

    Returns the transformer, the estimator, what they learned, and the rows to prove it on,
    prepared.
    """
    data, training = setting.table, setting.splits.training
    transformer, X_training, X_proof = setting.prepared(
        "refit", training, prediction.proof_rows(data)
    )
    estimator = setting.fit(X_training, training)
    learned = prediction.assemble(
        setting.family.parameters(estimator), preprocessing.parameters(transformer, data), data
    )
    return transformer, estimator, learned, X_proof


def _refit(setting: Setting) -> tuple[Parameters, dict[str, Any], dict[str, Value]]:
    """Fit all training rows and replay the result, on held-out rows too."""
    spec, family, data = setting.spec, setting.family, setting.table
    _, estimator, learned, X_proof = learn(setting)
    resolved = family.resolved(estimator)
    needed = family.needed({**setting.values, **resolved})
    raw = data if len(X_proof) == len(data.y) else data.rows(prediction.proof_rows(data))
    replayed = prediction.predict(family, spec.task, learned, needed, raw)
    agreement = prediction.compare(family, spec.task, family.respond(estimator, X_proof), replayed)
    if not agreement.agrees:
        raise TrialError(
            "the replay from the learned parameters disagrees with the estimator: "
            f"{agreement.labels_differ} of {agreement.rows} labels differ, raw values by "
            f"{agreement.raw_difference:.3g}, probabilities by {agreement.probability_difference}"
        )
    return learned, asdict(agreement), resolved


@contextmanager
def _watched(where: str, notes: list[str]) -> Iterator[None]:
    """Name the place of a failure, keep warnings as notes, and let none of convergence pass."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        except TrialError:
            raise
        except Exception as error:
            error.args = (f"{where}: {error}",)
            raise
    for warning in caught:
        text = " ".join(str(warning.message).split())
        if issubclass(warning.category, ConvergenceWarning):
            raise TrialError(f"{where}: the solver did not converge: {text}")
        note = f"{warning.category.__name__}: {text}"
        if note not in notes:
            notes.append(note)


def _check_finite(folds: Sequence[Mapping[str, Mapping[str, float]]]) -> None:
    for number, fold in enumerate(folds):
        for part, scored in fold.items():
            for name, value in scored.items():
                if not np.isfinite(value):
                    raise TrialError(f"fold {number}: {name} of the {part} part is {value}")


def _out_of_fold(
    responses: Sequence[tuple[npt.NDArray[Any], int, Response]],
) -> Parameters:
    """Return the validation responses of all folds in the order of the table's rows.

    A row that several splits validate on stands there once for each, in their order.
    """
    rows = np.concatenate([part for part, _, _ in responses])
    order = np.argsort(rows, kind="stable")
    fold = np.concatenate([np.full(len(part), number) for part, number, _ in responses])
    result = {"rows": rows[order], "fold": fold[order].astype(np.int32)}
    for name in ("labels", "probabilities", "ranking"):
        arrays = [getattr(response, name) for _, _, response in responses]
        if arrays[0] is not None:
            result[name] = np.concatenate(arrays)[order]
    return result
