"""The trials of one model as the plots need them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from hypertrial import collect, compare, records
from hypertrial.metrics import METRICS, Metric
from hypertrial.plots import scale, style
from hypertrial.plots.scale import Cell

PARAM = "param_"


@dataclass(frozen=True)
class Results:
    """The trials of a model that succeeded, best first, and how many failed.

    ``cells`` has the values of each searched hyperparameter, one for each trial; ``best`` is
    the winner's position among the trials, ``default`` that of the default configuration, or
    None if it failed.
    """

    name: str
    metric: Metric
    table: pd.DataFrame
    cells: dict[str, list[Cell]]
    failed: int
    best: int
    default: int | None

    def column(self, part: str) -> npt.NDArray[np.float64]:
        """Return a column of the ranking metric, such as ``mean_test``, for all trials."""
        return self.table[f"{part}_{self.metric.name}"].to_numpy(dtype=float)

    def searched(self) -> list[str]:
        """Return the hyperparameters that have at least two values."""
        return [name for name, cells in self.cells.items() if len(scale.ordered(cells)) > 1]

    def trials(self) -> str:
        """Say how many trials there are, and how many of them failed."""
        total = len(self.table) + self.failed
        text = f"{total} trial" + ("s" if total != 1 else "")
        return f"{text}, {self.failed} of them failed and not shown" if self.failed else text

    def winner_values(self) -> str:
        """Say what the winner's searched hyperparameters are."""
        values = [(name, self.cells[name][self.best]) for name in self.searched()]
        return ", ".join(
            f"{style.shorten(name)} = {scale.show(value)}"
            for name, value in values
            if value is not None
        )


def read(trials: str, winner: str) -> Results:
    """Read the trials table of a model and its winner's record."""
    record: dict[str, Any] = compare.read_winners([winner])[0]
    table = collect.read_table(trials)
    succeeded = table[table["status"] == records.OK].reset_index(drop=True)
    best = succeeded["trial"].astype(str) == record["trial"]
    default = np.flatnonzero(succeeded["default"])
    cells = {
        str(name).removeprefix(PARAM): [scale.parse(field) for field in succeeded[name]]
        for name in table.columns
        if str(name).startswith(PARAM)
    }
    return Results(
        f"{style.shorten(record['dataset'], 40)} · {style.shorten(record['model'], 30)}",
        METRICS[record["metrics"][0]],
        succeeded,
        cells,
        len(table) - len(succeeded),
        int(np.flatnonzero(best)[0]),
        int(default[0]) if len(default) else None,
    )
