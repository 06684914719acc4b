"""A trial's estimator, built and fitted again, and held against what the trial learned."""

import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hypertrial import metrics, model_folder, setting
from hypertrial.data import table
from hypertrial.data.new_rows import Unseen
from hypertrial.errors import DataError
from hypertrial.families import Matrix, Parameters, Response
from hypertrial.models import get_family
from hypertrial.predictor import Predictor, Rows
from hypertrial.preprocessing import preprocessing
from hypertrial.records import TrialSpec
from hypertrial.setting import Fit, Setting
from hypertrial.splitting import splits


def respond(
    source: Predictor, rows: Rows, separator: str | None = None, unseen: Unseen = "error"
) -> Response:
    """Predict new rows with a trial's estimator, fitted again on the study's training rows.

    Raises
    ------
    DataError
        If the study's data are not there or have changed, the fit learns something else than
        the trial did, or the rows do not suit it.
    """
    source.read(rows, separator, unseen)  # the same errors for the same rows
    own = fitted(source.folder, source.learned)
    X, _ = replace(source, columns=own.setting.table.columns).read(rows, separator, "ignore")
    return own.fit.respond(preprocessing.transform(own.transformer, X))


@dataclass(frozen=True)
class Fitted:
    """A trial's estimator and transformer, fitted again on all training rows.

    ``X`` are these rows, prepared, of shape (training rows, features).
    """

    setting: Setting
    fit: Fit
    transformer: Any
    X: Matrix

    @property
    def estimator(self) -> Any:
        """The estimator itself, whose answers are in the units that its target was given in."""
        return self.fit.estimator


def fitted(folder: Path, learned: Parameters) -> Fitted:
    """Fit a trial again on the study's training rows, and hold it against what the trial learned.

    Raises
    ------
    DataError
        If the study's data are not there or have changed, or the fit learns something else.
    """
    own = load(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they stand in the trial's record
        transformer, X, _ = setting.prepare_refit(own)
        (fits,) = setting.fits([own], X, own.splits.training)
        fit = fits()
        again = setting.learned(own, fit, transformer)
    for name, array in learned.items():
        if not np.array_equal(again[name], array, equal_nan=array.dtype.kind == "f"):
            raise DataError(
                f"{folder}: the fit learned another '{name}' than the trial did; the "
                "library versions or the kind of CPU differ"
            )
    return Fitted(own, fit, transformer, X)


def load(folder: Path) -> Setting:
    """Return the trial of a folder with the data that it was trained on.

    Raises
    ------
    DataError
        If the study's data are not there or have changed since.
    """
    scores = model_folder.read_scores(folder)
    data = folder.parents[2] / "data"
    try:
        values = table.load(data / "table.npz", data / "table.json")
        parts = splits.load(data / "splits.npz")
    except OSError as error:
        raise DataError(
            f"{data}: {error.strerror}; the estimator is fitted again on the study's own rows"
        ) from None
    if (values.digest, parts.digest()) != (scores["inputs"]["table"], scores["inputs"]["splits"]):
        raise DataError(f"{data}: has changed since the trial ran; run the study again")
    family = get_family(scores["model"])
    names = list(scores["metrics"])
    spec = TrialSpec(
        study=scores["study"],
        dataset=scores["dataset"],
        model=scores["model"],
        trial=scores["trial"],
        task=scores["task"],
        hyperparameters=scores["hyperparameters"]["set"],
        metrics=names,
        seed=scores["seed"],
        source="",
        data={},
        splits={},
        versions=scores["inputs"]["versions"],
        code=scores["inputs"]["code"],
    )
    try:
        model_folder.check_values(family, spec.task, spec.hyperparameters)
    except ValueError as error:
        raise DataError(f"{folder}: {error}") from None
    effective = family.effective(spec.task, spec.hyperparameters)
    needs = metrics.probabilities_needed(names, spec.task)
    return Setting(spec, family, values, parts, effective, needs)
