"""What jobs of a cluster ask for: which bundles of trials run together; cores, memory, time."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass

from hypertrial.forecast_report import Forecast
from hypertrial.models import get_family
from hypertrial.search import Search

Place = tuple[str, str, str]
"""A bundle: the data set and the model of its search, and its name."""

ENOUGH_SECONDS = 600.0
"""Bundles are put together until their trials take about this wall time."""
MOST_TRIALS = 400
"""How many trials of several bundles a job has at most, as their names stand in its command."""
MARGIN = 3.0
"""Times the forecast of the time: other computers are slower, and forecasts may be wrong."""
START_MINUTES = 10.0
"""Of a job of the cluster, before and after its trials."""
UNKNOWN_MINUTES = 60
"""Of a bundle that has no forecast."""
UNKNOWN_MB = 1000
"""Memory of a worker without a forecast."""
PROCESS_MB, WORKER_MB = 800, 400
"""Memory of a job's processes without its workers, and of a worker without its data."""
SMALL_MB, SMALL_MINUTES = 1500, 2
"""Of a job that neither reads rows nor fits; as in the profiles."""
FITS = 5
"""How many times as long as a set of trials the longest job takes that fits a winner again."""
PACKED = 4.0
"""By how many times a Parquet or gzip file grows when it is unpacked."""
MEGABYTES_A_MINUTE = 200.0
"""How much of a source is read in a minute, slowly."""
COPIES = 5.0
"""By how many times the size of its table a worker grows; see benchmarks/README.md."""
MEGABYTE = 2.0**20


@dataclass(frozen=True)
class Request:
    """What a job needs, or the trials of a bundle together: cores, megabytes and minutes."""

    cores: int
    memory_mb: int
    minutes: int

    def and_at_least(self, other: "Request") -> "Request":
        """Return the larger of both in each respect."""
        return Request(*map(max, astuple(self), astuple(other)))


def request(
    search: Search,
    bundle: str,
    forecast: Forecast | None,
    cores: int,
    threads: int = 1,
    bundles: int = 1,
) -> Request:
    """Return what a bundle needs, given the most cores of a job and the threads of each trial.

    The time of a job's start is divided among the bundles that share it, as Slurm is asked for
    the sum of what its bundles ask for.
    """
    used = min(cores, threads * len(search.sets_of_bundles[bundle]))
    workers = max(1, used // threads)
    if forecast is None:
        return Request(used, PROCESS_MB + workers * UNKNOWN_MB, UNKNOWN_MINUTES)
    seconds = wall_seconds(search, bundle, forecast, cores, threads)
    memory = PROCESS_MB + workers * worker_mb(search.model, forecast["rows"], forecast["features"])
    minutes = START_MINUTES / bundles + MARGIN * seconds / 60
    return Request(used, math.ceil(memory), math.ceil(minutes))


def request_of_fits(search: Search, forecast: Forecast | None) -> Request:
    """Return what a job needs that fits a search's winner again, or reads the rows for it."""
    if forecast is None:
        return Request(1, PROCESS_MB + UNKNOWN_MB, math.ceil(START_MINUTES))
    memory = PROCESS_MB + worker_mb(search.model, forecast["rows"], forecast["features"])
    seconds = _most(forecast) / forecast["trials"] * len(search.trials) / len(search.sets)
    minutes = SMALL_MINUTES + MARGIN * FITS * seconds / 60
    return Request(1, max(SMALL_MB, math.ceil(memory)), math.ceil(minutes))


def request_of_reading(size: int, is_packed: bool) -> Request:
    """Return what a job needs that reads a source of so many bytes, or the table made of it."""
    megabytes = size / MEGABYTE * (PACKED if is_packed else 1.0)
    memory = PROCESS_MB + WORKER_MB + COPIES * megabytes
    minutes = SMALL_MINUTES + MARGIN * megabytes / MEGABYTES_A_MINUTE
    return Request(1, max(SMALL_MB, math.ceil(memory)), math.ceil(minutes))


def worker_mb(model: str, rows: int, features: int) -> float:
    """Return about how many megabytes a worker takes for a table of so many rows and features."""
    table = rows * features * 8 / MEGABYTE
    fit = get_family(model).growth.fit_bytes(rows) / MEGABYTE
    return WORKER_MB + COPIES * table + fit


def wall_seconds(
    search: Search, bundle: str, forecast: Forecast, cores: int, threads: int = 1
) -> float:
    """Return about how long a bundle's trials take on as many cores as it asks for.

    A forecast of a smaller or a larger grid is scaled by the number of trials.
    """
    seconds: float = (
        _most(forecast) * len(search.trials) / forecast["trials"] * search.shares[bundle]
    )
    sets = len(search.sets_of_bundles[bundle])
    return max(seconds / min(cores // threads or 1, sets), seconds / len(search.bundles[bundle]))


def _most(forecast: Forecast) -> float:
    limits = forecast["cpu_seconds_range"]
    return float(limits[1] if limits else forecast["cpu_seconds"])


def parcels(
    searches: Iterable[Search], forecasts: Mapping[tuple[str, str], Forecast], cores: int
) -> dict[Place, int]:
    """Return for each bundle of a study the number, from 1, of the job that runs it.

    Bundles that follow one another share a job until it has enough to do; a bundle without a
    forecast has a job of its own.
    """
    found: dict[Place, int] = {}
    number, seconds, trials = 0, math.inf, 0
    for place, size, own in _bundles(searches, forecasts, cores):
        if seconds + own > ENOUGH_SECONDS or trials + size > MOST_TRIALS:
            number, seconds, trials = number + 1, 0.0, 0
        seconds, trials = seconds + own, trials + size
        found[place] = number
    return found


def _bundles(
    searches: Iterable[Search], forecasts: Mapping[tuple[str, str], Forecast], cores: int
) -> Iterator[tuple[Place, int, float]]:
    """Yield each bundle with its trials and its seconds, which are without end if unknown."""
    for search in searches:
        forecast = forecasts.get((search.dataset, search.model))
        for bundle, ids in search.bundles.items():
            place = search.dataset, search.model, bundle
            own = math.inf if forecast is None else wall_seconds(search, bundle, forecast, cores)
            yield place, len(ids), own
