"""One trial: fit and score every fold, refit on all training rows, prove the parameters."""

import os
import re
import resource
import sys
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial import files, metrics, prediction, preprocessing, records, splits, table
from hypertrial.families import Family, Matrix, Parameters, Response, Value
from hypertrial.models import get_family
from hypertrial.records import TrialSpec
from hypertrial.splits import Splits
from hypertrial.table import Table

PREPARED = preprocessing.Prepared()


class TrialError(Exception):
    """The trial has no valid result; the message is the reason in its record."""


@dataclass
class Cost:
    """What a trial spent; this differs from run to run."""

    folds: list[dict[str, float]] = field(default_factory=list)
    refit_seconds: float = 0.0
    traceback: str | None = None


@dataclass(frozen=True)
class Setting:
    """A trial with everything it works on."""

    spec: TrialSpec
    family: Family
    table: Table
    splits: Splits
    values: Mapping[str, Value]
    probabilities: bool

    def build(self) -> Any:
        """Return an unfitted estimator."""
        return self.family.build(self.spec.task, self.values, self.spec.seed, self.probabilities)

    def prepared(
        self, name: str, fit_rows: npt.NDArray[Any], other: npt.NDArray[Any] | slice
    ) -> tuple[Any, Matrix, Matrix]:
        """Return a fitted transformer, the prepared rows it was fitted on, and other rows."""

        def make() -> tuple[Any, Any, Any]:
            X = self.table.X
            # What is shared between trials may not put its warnings into the first one's record.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                transformer = preprocessing.fit(self.family.preparation, self.table, fit_rows)
                return (
                    transformer,
                    preprocessing.transform(transformer, X[fit_rows]),
                    preprocessing.transform(transformer, X[other]),
                )

        key = (self.table.digest, self.splits.digest(), self.family.preparation, name)
        return PREPARED.get(key, make)

    def score(self, y: npt.NDArray[Any], response: Response) -> dict[str, float]:
        """Return every metric of the trial for one response."""
        spec = self.spec
        return metrics.score(spec.metrics, spec.task, len(self.table.classes), y, response)


def run(spec_json: str, table_paths: Sequence[str], splits_path: str, folder: str) -> str:
    """Run a trial and stage its four files in its folder; return its status.

    A fit that raises or does not converge, scores that are not finite, and parameters whose
    replay disagrees give the status ``failed`` and a reason. A fault of the machine (memory, a
    file that cannot be read) is raised instead, so that the trial is not judged by it.
    """
    spec = TrialSpec.from_json(spec_json)
    _reset_peak_memory()
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
        "peak_memory_bytes": _peak_memory(),
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
    return table.load(values[0], about[0])


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
    values, size = prediction.learned_sizes(parameters)
    scores = {
        "status": records.OK,
        "reason": None,
        "task": spec.task,
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
        "learned": {
            "values": values,
            "bytes": size,
            "arrays": {name: list(array.shape) for name, array in parameters.items()},
        },
        "replay": agreement,
        "warnings": notes,
        "inputs": {
            "spec": files.digest_text(spec.to_json()),
            "table": setting.table.digest,
            "splits": setting.splits.digest(),
            "versions": spec.versions,
            "code": spec.code,
        },
    }
    return scores, parameters, _out_of_fold(responses)


def _fold(
    setting: Setting, name: str, training: npt.NDArray[Any], validation: npt.NDArray[Any]
) -> tuple[dict[str, dict[str, float]], Response, dict[str, float]]:
    """Fit one fold: its scores on both parts, its validation response, its seconds."""
    started = time.perf_counter()
    _, X_training, X_validation = setting.prepared(name, training, validation)
    prepared = time.perf_counter()
    y = setting.table.y
    estimator = setting.build().fit(X_training, y[training])
    fitted = time.perf_counter()
    response = setting.family.respond(estimator, X_validation)
    scored = {
        "train": setting.score(y[training], setting.family.respond(estimator, X_training)),
        "validation": setting.score(y[validation], response),
    }
    seconds = {
        "prepare_seconds": prepared - started,
        "fit_seconds": fitted - prepared,
        "score_seconds": time.perf_counter() - fitted,
    }
    return scored, response, seconds


def _refit(setting: Setting) -> tuple[Parameters, dict[str, Any], dict[str, Value]]:
    """Fit all training rows and replay the result on every row, held-out ones included."""
    spec, family, data = setting.spec, setting.family, setting.table
    training = setting.splits.training
    transformer, X_training, X_all = setting.prepared("refit", training, slice(None))
    estimator = setting.build().fit(X_training, data.y[training])
    learned = prediction.assemble(
        family.parameters(estimator), preprocessing.parameters(transformer, data), data
    )
    resolved = family.resolved(estimator)
    needed = family.needed({**setting.values, **resolved})
    replayed = prediction.predict(family, spec.task, learned, needed, data)
    agreement = prediction.compare(family, spec.task, family.respond(estimator, X_all), replayed)
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
    """Return the validation responses of all folds in the order of the table's rows."""
    rows = np.concatenate([part for part, _, _ in responses])
    order = np.argsort(rows)
    fold = np.concatenate([np.full(len(part), number) for part, number, _ in responses])
    result = {"rows": rows[order], "fold": fold[order].astype(np.int16)}
    for name in ("labels", "probabilities", "ranking"):
        arrays = [getattr(response, name) for _, _, response in responses]
        if arrays[0] is not None:
            result[name] = np.concatenate(arrays)[order]
    return result


def _reset_peak_memory() -> None:
    """Let the kernel count the peak anew, so that it is the trial's and not the worker's."""
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as stream:
            stream.write("5")
    except OSError:
        pass


def _peak_memory() -> int:
    """Return the peak resident memory of this process in bytes."""
    try:
        with open("/proc/self/status", encoding="ascii") as stream:
            line = next(line for line in stream if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
