"""Large data: what trees and boosting add to a worker's memory, and what is said of machines."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from benchmarks import BenchmarkError, inputs, measuring
from benchmarks.cases import Grid
from benchmarks.figures import Figure
from benchmarks.pairs import MEGABYTE, Settings
from benchmarks.study import Runnable

ROWS, FEATURES = 200_000, 30
QUICK_ROWS = 20_000
VALUE_BYTES = 8
MOST_TIMES_DATA = 3.0
MACHINES: Grid = {"kernel": ["rbf"], "C": [1.0, 10.0]}
GRIDS: Mapping[str, Grid] = {
    "decision_tree": {"max_depth": [6, 12], "ccp_alpha": [0.0, 0.0001]},
    "xgboost": {"max_depth": [4, 8], "n_estimators": [50, 100]},
}


def measure(settings: Settings, folder: Path) -> list[Figure]:
    """Search trees and boosting on a large table, and have machines forecast on it.

    What a worker needs before it has read any data is the least that a trial on iris needs.
    """
    rows = QUICK_ROWS if settings.quick else ROWS
    source = folder / "large.csv"
    inputs.write_classes(source, rows, FEATURES)
    large = {"source": str(source), "target": "label"}
    study = _study(folder, "large", {"iris": None, "large": large}, GRIDS)
    made = folder / "large"
    made.mkdir()
    measuring.run(study.command(made, settings.cores, study.tables()), made, folder / "large.log")
    data = rows * FEATURES * VALUE_BYTES / MEGABYTE
    size = f"{rows} x {FEATURES}, {data:.0f} MB"
    figures = []
    for model in GRIDS:
        base, peak = (_peaks(made, study, name, model) for name in ("iris", "large"))
        grown = (max(peak) - min(base)) / MEGABYTE
        name = f"memory of a worker that {model} adds, by that of the data ({size})"
        figures.append(Figure(name, round(grown / data, 2), "times", MOST_TIMES_DATA))
    return [*figures, _announced(settings, folder, large)]


def _study(folder: Path, name: str, datasets: object, grids: Mapping[str, Grid]) -> Runnable:
    study = {
        "study": f"bench_{name}",
        "datasets": datasets,
        "models": {model: {"grid": grid} for model, grid in grids.items()},
    }
    path = folder / f"{name}.json"
    path.write_text(json.dumps(study), encoding="utf-8")
    return Runnable.of(path)


def _peaks(made: Path, study: Runnable, dataset: str, model: str) -> list[int]:
    table = pd.read_csv(made / study.folder(dataset) / model / "cost.csv")
    return [int(peak) for peak in table["peak_memory_bytes"]]


def _announced(settings: Settings, folder: Path, large: object) -> Figure:
    """Return the hours that support vector machines are said to take, before any is trained."""
    study = _study(folder, "machines", {"large": large}, {"svm": MACHINES})
    made, log = folder / "machines", folder / "machines.log"
    made.mkdir()
    target = f"{study.folder('large')}/svm/forecast.json"
    measuring.run(study.command(made, settings.cores, [target]), made, log)
    if "large/svm: about" not in log.read_text(encoding="utf-8"):
        raise BenchmarkError("nothing was said of the time that machines will take")
    forecast = json.loads((made / target).read_bytes())
    hours = round(forecast["cpu_seconds"] / 3600, 1)
    return Figure(f"{forecast['trials']} machines there, announced", hours, "CPU hours", None)
