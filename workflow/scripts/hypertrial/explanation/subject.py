"""A winner, with all that an explanation of it needs."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial import compare, files, model_folder, prediction, rebuilt, records
from hypertrial.data.table import Table
from hypertrial.families import Matrix, Parameters, Response
from hypertrial.preprocessing import replaying, target
from hypertrial.preprocessing.target import Target
from hypertrial.rebuilt import Fitted
from hypertrial.setting import Setting


@dataclass(frozen=True)
class Subject:
    """A winner: its record, the folder of its trial, its setting, and what it learned.

    ``table`` is the file that its family's explanation wrote, if that is there.
    """

    record: dict[str, Any]
    folder: Path
    setting: Setting
    learned: Parameters
    table: str | None = None

    @property
    def data(self) -> Table:
        """The whole table."""
        return self.setting.table

    @property
    def needed(self) -> dict[str, Any]:
        """The hyperparameters that prediction needs."""
        needed: dict[str, Any] = self.record["hyperparameters"]["needed"]
        return needed

    @property
    def training(self) -> npt.NDArray[np.int64]:
        """The rows that the winner learned from."""
        return self.setting.splits.training

    @property
    def held_out(self) -> npt.NDArray[np.int64]:
        """The rows that no trial saw."""
        return self.setting.splits.held_out

    @cached_property
    def model(self) -> Parameters:
        """The arrays of the model itself, by their own names."""
        start = prediction.MODEL
        return {
            name.removeprefix(start): array
            for name, array in self.learned.items()
            if name.startswith(start)
        }

    @cached_property
    def target(self) -> Target:
        """The transformation of the target that the winner was trained under."""
        return target.read(self.learned, self.needed)

    @cached_property
    def features(self) -> list[str]:
        """The names of the prepared features."""
        return replaying.own_feature_names(self.learned)

    @cached_property
    def fitted(self) -> Fitted:
        """The estimator, fitted again and verified."""
        return rebuilt.fitted(self.folder, self.learned)

    def prepared(self, rows: npt.NDArray[Any]) -> Matrix:
        """Return rows of the table as the model sees them, shape (rows, features)."""
        return replaying.replay(self.learned, self.data.rows(rows))

    def predict(self, table: Table) -> Response:
        """Predict the rows of a raw table from the learned parameters alone."""
        own = self.setting
        return prediction.predict(own.family, own.spec.task, self.learned, self.needed, table)


def load(winner: str, table: str | None = None) -> Subject:
    """Read the winner of a model from its record (``winner.json``).

    Raises
    ------
    DataError
        If a file is damaged, or the study's data have changed since the trial ran.
    """
    folder = model_folder.find_trial(Path(winner).parent)
    return Subject(
        compare.read_winners([winner])[0],
        folder,
        rebuilt.load(folder),
        files.load_npz(folder / records.PARAMETERS),
        table,
    )
