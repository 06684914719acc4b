"""Using a winner: predictions for new rows, from a trial's files and NumPy alone.

from hypertrial import predictor

winner = predictor.load("results/default/iris/svm")
winner.predict(frame)          # labels, or values for regression
winner.probabilities(frame)    # a column for each class
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from hypertrial import collect, files, model_folder, prediction, records
from hypertrial.data import new_rows, reading
from hypertrial.data.new_rows import Unseen
from hypertrial.data.reading import USUAL, Reading
from hypertrial.data.table import Column, Table
from hypertrial.errors import DataError
from hypertrial.families import Family, Matrix, Parameters, Response, Task, Value
from hypertrial.models import get_family
from hypertrial.preprocessing import replaying

Rows = pd.DataFrame | str | Path


@dataclass(frozen=True)
class Predictor:
    """A trial's learned parameters and the few hyperparameters that prediction needs.

    ``columns`` are those that training saw, with the labels that it learned something of;
    ``missing`` are the texts that stand for no value; ``reading`` says how the file was written.
    """

    folder: Path
    family: Family
    task: Task
    learned: Parameters
    needed: dict[str, Value]
    columns: tuple[Column, ...]
    classes: tuple[str, ...]
    missing: tuple[str, ...]
    reading: Reading = USUAL

    @property
    def notes(self) -> list[str]:
        """What a user should know of the trial: that its study has gone on without it."""
        return model_folder.notes(self.folder)

    def read(
        self, rows: Rows, separator: str | None = None, unseen: Unseen = "error"
    ) -> tuple[Matrix, list[str]]:
        """Return new rows as a matrix (rows, columns), and the names of columns left out.

        They are read as the rows of training were, but for another ``separator``.

        Raises
        ------
        DataError
            If a column is missing, a number is none, or a category was not seen in training. A
            column whose rare categories share a feature takes others as rare too.
        """
        pooled = replaying.pooled_columns(self.learned)
        open_columns = [self.columns[position].name for position in pooled]
        if not isinstance(rows, pd.DataFrame | str | Path):
            kind = type(rows).__name__
            raise DataError(f"rows must be a pandas DataFrame or the path of a file, not {kind}")
        if isinstance(rows, pd.DataFrame):
            return new_rows.from_frame(
                rows, self.columns, self.reading, self.missing, unseen, open_columns
            )
        own = self._written(separator)
        return new_rows.read(self.columns, rows, own, self.missing, unseen, open_columns)

    def texts(
        self, names: Sequence[str], rows: str | Path, separator: str | None = None
    ) -> pd.DataFrame:
        """Return any columns of new rows as they stand; see :meth:`read` for what is raised."""
        return new_rows.texts(names, self.columns, rows, self._written(separator))

    def _written(self, separator: str | None) -> Reading:
        return replace(self.reading, separator=separator) if separator else self.reading

    def respond(self, X: Matrix) -> Response:
        """Return the model's response to rows that :meth:`read` gave."""
        y = np.zeros(len(X))
        table = Table("new rows", self.task, "", self.columns, self.classes, X, y)
        return prediction.predict(self.family, self.task, self.learned, self.needed, table)

    def predict(self, rows: Rows, unseen: Unseen = "error") -> npt.NDArray[Any]:
        """Return the predicted label, or value, of each new row, shape (rows,)."""
        return self.named(self.respond(self.read(rows, unseen=unseen)[0]))

    def probabilities(self, rows: Rows, unseen: Unseen = "error") -> pd.DataFrame:
        """Return the probability of each class for each new row, shape (rows, classes).

        Raises
        ------
        DataError
            If the model gives none.
        """
        response = self.respond(self.read(rows, unseen=unseen)[0])
        if response.probabilities is None:
            raise DataError(
                f"{self.folder}: this model gives no probabilities; add a metric that needs "
                "them, such as log_loss, to the study and run it again"
            )
        return pd.DataFrame(response.probabilities.astype(float), columns=list(self.classes))

    def frame(self, response: Response, kept: pd.DataFrame | None = None) -> pd.DataFrame:
        """Return a table of a response: the prediction, and a probability for each class.

        ``kept`` are columns of the same rows, which stand first.
        """
        result = pd.DataFrame({"prediction": self.named(response)})
        told = collect.with_probabilities(result, response, self.classes)
        return told if kept is None else pd.concat([kept, told], axis=1)

    def contradictions(self, response: Response) -> int:
        """Return for how many rows the label is not the most probable class.

        A family whose probabilities are made beside its labels says so in ``contradicts``.
        """
        if response.probabilities is None:
            return 0
        return int((response.probabilities.argmax(axis=1) != response.labels).sum())

    def named(self, response: Response) -> npt.NDArray[Any]:
        """Return a response's labels by their names, or its values."""
        if self.task == "regression":
            return response.labels.astype(float)
        labels: npt.NDArray[Any] = np.array(self.classes, dtype=object)[response.labels]
        return labels


def load(folder: str | Path) -> Predictor:
    """Read a trial's folder, that of a model, or that of a data set, whose best model is taken.

    Raises
    ------
    DataError
        If it is none of these, its files are damaged or say what no trial's do, or the trial has
        no result.
    """
    folder = model_folder.find_trial(Path(folder))
    scores = model_folder.read_scores(folder)
    family, parameters = get_family(scores["model"]), folder / records.PARAMETERS
    learned = files.load_npz(parameters)
    try:
        prediction.check(family, scores["task"], learned)
    except ValueError as error:
        raise DataError(f"{parameters}: holds no parameters of {family.name}: {error}") from None
    return Predictor(
        folder,
        family,
        scores["task"],
        learned,
        scores["hyperparameters"]["needed"],
        _columns(learned),
        tuple(learned["classes"].tolist()),
        tuple(scores["missing"]),
        reading.of(scores.get("reading", {})),
    )


def _columns(learned: Parameters) -> tuple[Column, ...]:
    """Return the columns that training saw, as the parameters describe them."""
    labels = replaying.seen_labels(learned)
    for label, position in zip(learned["levels"], learned["level_columns"], strict=True):
        labels.setdefault(int(position), []).append(str(label))
    described = zip(learned["columns"].tolist(), learned["kinds"].tolist(), strict=True)
    return tuple(
        Column(name, kind, tuple(labels.get(position, ())))
        for position, (name, kind) in enumerate(described)
    )
