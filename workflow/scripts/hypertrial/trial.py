"""Trials: fit and score every fold, refit on all training rows, prove the parameters.

Trials that share work run together; each gets the files that it would get alone.
"""

import os
import re
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial import class_needs, measuring, prediction, records, setting
from hypertrial.data import reading
from hypertrial.families import LackingClassError, Matrix, Parameters, Response, Value
from hypertrial.measuring import Cost
from hypertrial.records import TrialSpec
from hypertrial.setting import Fit, Proof, Setting
from hypertrial.sharing import Shared, Spent

Rows = npt.NDArray[Any]
Prepared = Callable[[], tuple[Any, Matrix, Matrix]]
Fits = Callable[[], Fit]


class TrialError(Exception):
    """The trial has no valid result; the message is the reason in its record."""


class Run:
    """A trial under way: what its folds and its refit gave, what it spent, how it failed."""

    def __init__(self, own: Setting) -> None:
        self.setting = own
        data, family = own.table, own.family
        monotone = any(each.monotone for each in data.columns)
        self.notes = family.unheeded(data.weight is not None, monotone)
        self.folds: list[dict[str, dict[str, float]]] = []
        self.responses: list[tuple[Rows, int, Response]] = []
        self.proof: Proof | None = None
        self.cost = Cost()
        self.spent = Spent()
        self.failure: str | None = None

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Do a part of the trial: name the place of a failure, and count what it spends."""
        started, shared = Spent.now(), Shared.spent
        try:
            with _watched(name, self.notes):
                yield
        except TrialError as error:
            self.failure = str(error)
        except LackingClassError as error:
            known = self.setting.table.classes[error.code]
            self.failure = f"{name}: class '{known}' {error.why}"
        except (MemoryError, OSError):
            raise  # the machine's fault, not the trial's
        except Exception as error:
            self.failure = _reason(error)
            self.cost.traceback = traceback.format_exc()
        finally:
            self.spent += (Spent.now() - started) - (Shared.spent - shared)

    def fold(self, number: int, parts: tuple[Rows, Rows], prepared: Prepared, fit: Fits) -> None:
        """Fit one fold; keep its scores on both parts, its validation response, its seconds."""
        with self.part(f"fold {number}"):
            training, validation = parts
            self._check(f"fold {number}", training)
            clock = _Clock()
            _, X_training, X_validation = prepared()
            seconds = {"prepare_seconds": clock.lap()}
            fitted = fit()
            seconds["fit_seconds"] = clock.lap()
            response = fitted.respond(X_validation)
            scored = {
                "train": self.setting.score(training, fitted.respond(X_training)),
                "validation": self.setting.score(validation, response),
            }
            self.cost.folds.append({**seconds, "score_seconds": clock.lap()})
            self.folds.append(scored)
            self.responses.append((validation, number, response))

    def _check(self, where: str, rows: Rows) -> None:
        """Refuse training rows that have too few of a class for the model."""
        own, data = self.setting, self.setting.table
        if data.task == "regression":
            return
        counts = class_needs.counted(data.y[rows], own.weight(rows), len(data.classes))
        given = (own.spec.metrics, counts, data.classes, data.weight is not None)
        why = class_needs.lack(own.family, data.task, *given)
        if why is not None:
            raise TrialError(f"{where}: {why}")

    def finish(self, prepared: Prepared, fit: Fits) -> None:
        """Fit all training rows and replay the result, on held-out rows too."""
        with self.part("refit"):
            self._check("refit", self.setting.splits.training)
            clock = _Clock()
            self._refit(prepared, fit)
            self.cost.refit_seconds = clock.lap()
        if self.failure is None:
            self.failure = _not_finite(self.folds)

    def _refit(self, prepared: Prepared, fit: Fits) -> None:
        transformer, _, X_proof = prepared()
        proof = setting.prove(self.setting, fit(), transformer, X_proof)
        agreement = proof.agreement
        if not agreement.agrees:
            raise TrialError(
                "the replay from the learned parameters disagrees with the estimator: "
                f"{agreement.labels_differ} of {agreement.rows} labels differ, raw values by "
                f"{agreement.raw_difference:.3g}, probabilities by "
                f"{agreement.probability_difference}"
            )
        self.proof = proof

    def bear(self, share: Spent) -> None:
        """Add a share of what several trials spent together to the fold or refit at hand."""
        self.spent += share
        if self.failure is None and self.proof is not None:
            self.cost.refit_seconds += share.wall
        elif self.failure is None:
            self.cost.folds[-1]["fit_seconds"] += share.wall

    def scores(self) -> dict[str, Any]:
        """Return the trial's record, all but its files' digests."""
        if self.failure is not None or self.proof is None:
            return records.failure(self.setting.spec, records.FAILED, str(self.failure))
        return _record(self, self.proof)

    def arrays(self) -> tuple[Parameters, Parameters]:
        """Return what was learned and the out-of-fold predictions, nothing if it failed."""
        if self.failure is not None or self.proof is None:
            return {}, {}
        return self.proof.learned, _out_of_fold(self.responses)


class _Clock:
    """Seconds between laps, without what several trials share: that is divided among them."""

    def __init__(self) -> None:
        self._at = self._own()

    @staticmethod
    def _own() -> float:
        return Spent.now().wall - Shared.spent.wall

    def lap(self) -> float:
        """Return the seconds since the last lap."""
        before, self._at = self._at, self._own()
        return self._at - before


def run(
    specs: Sequence[str],
    table_paths: Sequence[str],
    splits_path: str,
    folders: Sequence[str],
    threads: int = 1,
) -> list[str]:
    """Run trials that share work, and stage the four files of each; return their folders.

    A fit that raises or does not converge, scores that are not finite, and parameters whose
    replay disagrees give the status ``failed`` and a reason. A fault of the machine (memory, a
    file that cannot be read) is raised instead, so that the trial is not judged by it. Of
    several trials one that fails is not staged: it runs alone, so that its reason is its own.
    """
    measuring.reset_peak_memory()
    started = Spent.now()
    runs = _compute(specs, table_paths, splits_path, threads)
    together = len(runs)
    rest = (Spent.now() - started - sum((each.spent for each in runs), Spent())) / together
    staged = []
    for each, folder in zip(runs, folders, strict=True):
        if each.failure is None or together == 1:
            records.stage(folder, contents(each, each.spent + rest, together))
            staged.append(folder)
    return staged


def contents(each: Run, spent: Spent, together: int) -> dict[str, bytes]:
    """Return the contents of a trial's files, given what it spent, and with how many together."""
    cost = {
        **asdict(each.cost),
        "seconds": spent.wall,
        "cpu_seconds": spent.cpu,
        "trials_together": together,
        "threads": each.setting.threads,
        "peak_memory_bytes": measuring.peak_memory(),
        "host": os.uname().nodename,
    }
    return records.contents(each.setting.spec, each.scores(), *each.arrays(), cost)


def alone(spec: str, table_paths: Sequence[str], splits_path: str) -> dict[str, bytes]:
    """Run a trial alone and return the contents of its files, writing none of them."""
    (only,) = _compute([spec], table_paths, splits_path)
    return contents(only, only.spent, 1)


def _compute(
    specs: Sequence[str], table_paths: Sequence[str], splits_path: str, threads: int = 1
) -> list[Run]:
    parsed = map(TrialSpec.from_json, specs)
    runs = [Run(setting.load(each, table_paths, splits_path, threads)) for each in parsed]
    for number, parts in enumerate(runs[0].setting.splits.parts()):
        run_fold(runs, number, parts)
    run_refit(runs)
    return runs


def run_fold(runs: Sequence[Run], number: int, parts: tuple[Rows, Rows]) -> None:
    """Run a fold of trials that share work, of those that have not failed yet."""
    prepared = Shared(partial(runs[0].setting.prepared, str(number), *parts))
    fits = _together(runs, prepared, parts[0])
    with _divided(runs):
        for position, each in enumerate(runs):
            if each.failure is None:
                each.fold(number, parts, prepared, partial(_fit, fits, position))


def run_refit(runs: Sequence[Run]) -> None:
    """Run the refit of trials that share work, of those that have not failed yet."""
    prepared = Shared(partial(setting.prepare_refit, runs[0].setting))
    fits = _together(runs, prepared, runs[0].setting.splits.training)
    with _divided(runs):
        for position, each in enumerate(runs):
            if each.failure is None:
                each.finish(prepared, partial(_fit, fits, position))


def _together(runs: Sequence[Run], prepared: Prepared, rows: Rows) -> Shared:
    return Shared(lambda: setting.fits([each.setting for each in runs], prepared()[1], rows))


def _fit(fits: Shared, position: int) -> Any:
    return fits()[position]()


@contextmanager
def _divided(runs: Sequence[Run]) -> Iterator[None]:
    """Divide what the trials share in a fold among them."""
    before = Shared.spent
    yield
    for each in runs:
        each.bear((Shared.spent - before) / len(runs))


def _record(each: Run, proof: Proof) -> dict[str, Any]:
    own, spec = each.setting, each.setting.spec
    shapes = {name: list(array.shape) for name, array in proof.learned.items()}
    return {
        "status": records.OK,
        "reason": None,
        "task": spec.task,
        "seed": spec.seed,
        "hyperparameters": {
            **records.chosen_and_defaulted(spec),
            "resolved": proof.resolved,
            "control": own.family.control(spec.task, spec.seed, own.probabilities),
            "needed": proof.needed,
        },
        "metrics": records.directions(spec.metrics),
        "folds": each.folds,
        "learned": {**prediction.learned_sizes(proof.learned), "arrays": shapes},
        "complexity": _complexity(own, proof.resolved, shapes),
        "replay": asdict(proof.agreement),
        "warnings": each.notes,
        "missing": list(spec.data.get("missing", [])),
        "reading": reading.said(spec.data),
        "inputs": {
            "spec": spec.digest,
            "table": own.table.digest,
            "splits": own.splits.digest(),
            "versions": spec.versions,
            "code": spec.code,
        },
    }


def _complexity(
    own: Setting, resolved: Mapping[str, Value], shapes: Mapping[str, Sequence[int]]
) -> list[float]:
    """Return what orders the trials of a model from simple to complex."""
    mine = {name.removeprefix(prediction.MODEL): shape for name, shape in shapes.items()}
    return [float(each) for each in own.family.complexity({**own.values, **resolved}, mine)]


def _reason(error: Exception) -> str:
    """Return an error in one line, without the time, place and stack that XGBoost adds."""
    text = re.sub(r"\[\d\d:\d\d:\d\d\] \S+: ", "", str(error).split("Stack trace:")[0])
    return f"{type(error).__name__}: {' '.join(text.split())}"


@contextmanager
def _watched(where: str, notes: list[str]) -> Iterator[None]:
    """Name the place of a failure, keep warnings as notes, and let none of convergence pass."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        except (TrialError, OSError):  # the latter is told by its number
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


def _not_finite(folds: Sequence[Mapping[str, Mapping[str, float]]]) -> str | None:
    """Say which score is not a finite number, if any."""
    for number, fold in enumerate(folds):
        for part, scored in fold.items():
            for name, value in scored.items():
                if not np.isfinite(value):
                    return f"fold {number}: {name} of the {part} part is {value}"
    return None


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
