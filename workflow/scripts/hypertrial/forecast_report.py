"""What forecasts say: of a search that takes long, of a study before it runs, and afterwards."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypertrial import files
from hypertrial.errors import DataError
from hypertrial.markdown import escape, table

if TYPE_CHECKING:
    import pandas as pd

Forecast = dict[str, Any]
Range = tuple[float, float]

LONG_SECONDS = 3600.0
"""A search that takes more CPU time than this is warned of."""
MACHINERY_SECONDS = 0.005
"""Wall time of a trial that more cores do not shorten: its job."""
START_SECONDS = 5.0
"""Wall time before the first trial starts."""
MINUTE, HOUR, DAY, YEAR = 60.0, 3600.0, 86400.0, 365.25 * 86400.0


def duration(seconds: float) -> str:
    """Return a time in words, in about two digits."""
    if seconds < 99.5:
        return f"{float(f'{seconds:.2g}'):g} s"
    if seconds < 10 * MINUTE:
        return _two_units(seconds, "min", "s")
    if seconds < 99.5 * MINUTE:
        return f"{seconds / MINUTE:.0f} min"
    if seconds < 10 * HOUR:
        return _two_units(seconds / MINUTE, "h", "min")
    if seconds < 2 * DAY:
        return f"{seconds / HOUR:.0f} h"
    unit, name = (DAY, "days") if seconds < 2 * YEAR else (YEAR, "years")
    return f"{float(f'{seconds / unit:.2g}'):g} {name}"


def _two_units(number: float, large: str, small: str) -> str:
    """Return a number of small units, 60 to a large one, rounded to tens of them."""
    whole, rest = divmod(round(number / 10) * 10, 60)
    return f"{whole} {large} {rest} {small}" if rest else f"{whole} {large}"


def span(seconds: Range) -> str:
    """Return one time in words, or two where these differ."""
    low, high = map(duration, seconds)
    return low if low == high else f"{low} to {high}"


def warning(forecast: Forecast) -> str | None:
    """Return one line that warns of a search that takes long, None if it does not."""
    if forecast["cpu_seconds"] <= LONG_SECONDS:
        return None
    limits = forecast["cpu_seconds_range"]
    between = ""
    if limits is not None:
        between = f" ({span(limits)}, as it is not known how fast time grows with the rows)"
    return (
        f"{forecast['dataset']}/{forecast['model']}: about {duration(forecast['cpu_seconds'])} of "
        f"CPU for {forecast['trials']} trials on {forecast['rows']} rows{between}; "
        "use fewer trials or fewer rows, or another model"
    )


def _limits(forecast: Forecast) -> Range:
    low, high = forecast["cpu_seconds_range"] or [forecast["cpu_seconds"]] * 2
    return low, high


def wall_seconds(
    forecasts: Sequence[Forecast],
    cores: int,
    machinery_seconds_per_trial: float = MACHINERY_SECONDS,
) -> Range:
    """Return the least and the most wall time of the trials of a study on some cores.

    Cores share the sets of trials that share work, so no study is faster than its longest set.
    """
    started = START_SECONDS + machinery_seconds_per_trial * sum(f["trials"] for f in forecasts)
    longest = [f["longest_set_cpu_seconds"] / (f["cpu_seconds"] or 1.0) for f in forecasts]
    low, high = (
        max(
            sum(limits[end] for limits in map(_limits, forecasts)) / cores,
            *(share * _limits(f)[end] for share, f in zip(longest, forecasts, strict=True)),
        )
        for end in (0, 1)
    )
    return started + low, started + high


def summarise(
    forecasts: Sequence[Forecast],
    cores: int,
    machinery_seconds_per_trial: float = MACHINERY_SECONDS,
) -> list[str]:
    """Return lines that say what a study will take: a table, and the wall time on some cores."""
    if not forecasts:
        return []
    header = ("data set", "model", "trials", "sets", "CPU time")
    rows: list[tuple[str, ...]] = [
        (f["dataset"], f["model"], str(f["trials"]), str(f["sets"]), span(_limits(f)))
        for f in forecasts
    ]
    sums = [str(sum(f[name] for f in forecasts)) for name in ("trials", "sets")]
    low, high = (sum(_limits(f)[end] for f in forecasts) for end in (0, 1))
    rows.append(("all", "", *sums, span((low, high))))
    wall = span(wall_seconds(forecasts, cores, machinery_seconds_per_trial))
    return [
        *_aligned([header, *rows]),
        f"On {cores} {'core' if cores == 1 else 'cores'} the trials take about {wall}; "
        "tables and plots come on top. (A set is trials that share work.)",
        *_failures(forecasts),
    ]


def _failures(forecasts: Sequence[Forecast]) -> list[str]:
    """Say which forecasts are from probes that failed."""
    reasons = {
        f"{f['dataset']}/{f['model']}": [each["failure"] for each in f["probes"] if each["failure"]]
        for f in forecasts
    }
    return [
        f"{name}: {len(failed)} of its probes failed, so its forecast may be far off: {failed[0]}"
        for name, failed in reasons.items()
        if failed
    ]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a line for each row, numbers to the right under their headings."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    numbers = (2, 3)
    return [
        "  ".join(
            cell.rjust(width) if place in numbers else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def read(path: str) -> Forecast:
    """Read a forecast.

    Raises
    ------
    DataError
        If it is damaged.
    """
    return files.read_json(path)


def print_plan(paths: Sequence[str], cores: int) -> None:
    """Print what the searches of ``results/{study}/{dataset}/{model}/forecast.json`` will take."""
    found, missing = [], []
    for path in paths:
        try:
            found.append(read(path))
        except (OSError, DataError):
            missing.append("/".join(Path(path).parts[-3:-1]))
    for line in summarise(found, cores):
        print(line)
    if missing:
        print(f"No forecast of: {', '.join(missing)}")


def report(
    forecast_paths: Mapping[str, str],
    cost_paths: Mapping[str, str],
    output: str,
    winners: Sequence[str] = (),
) -> None:
    """Write a Markdown page with the forecast and the true cost of every search.

    Both map ``dataset/model`` to a file: its forecast, and its table of costs. ``winners`` are
    the records of winners, of which those are told that are none.
    """
    from hypertrial import collect, winnerless

    forecasts = {name: read(path) for name, path in forecast_paths.items()}
    costs = {name: collect.read_table(path) for name, path in cost_paths.items()}
    header = (
        "data set",
        "model",
        "trials",
        "sets",
        "forecast",
        "CPU time",
        "truth / forecast",
        "CPU per trial",
        "peak memory",
    )
    rows = [(*name.split("/"), *_row(forecasts[name], costs[name])) for name in forecasts]
    spent = sum(float(each["cpu_seconds"].sum()) for each in costs.values())
    expected = sum(each["cpu_seconds"] for each in forecasts.values())
    probes = sum(each["probes_cpu_seconds"] for each in forecasts.values())
    parts = [
        "# What the searches cost, and what was forecast",
        "CPU time of all trials: their folds, their refits, their proofs and their files. Sets are "
        "trials that share work. The forecast is made before the trials, from some of them on "
        f"samples of the rows, which took {duration(probes)} in all.",
        table(header, rows),
        f"In all: forecast {duration(expected)}, truth {duration(spent)}.",
        *map(escape, _failures(list(forecasts.values()))),
        *(f"Spent without a winner: {escape(each)}." for each in winnerless.lines(winners)),
    ]
    files.write(output, "\n\n".join(parts) + "\n")


def _row(forecast: Forecast, cost: "pd.DataFrame") -> tuple[str, ...]:
    known = cost["cpu_seconds"].dropna()
    spent, trials = float(known.sum()), len(cost)
    same = trials == forecast["trials"]
    told = str(trials) if same else f"{trials} (forecast for {forecast['trials']})"
    if len(known) < trials:
        told += f", {trials - len(known)} without a cost"
    return (
        told,
        str(forecast["sets"]),
        _expected(forecast),
        duration(spent),
        f"{spent / forecast['cpu_seconds']:.2f}" if same and forecast["cpu_seconds"] else "–",
        duration(spent / len(known)) if len(known) else "–",
        _megabytes(float(cost["peak_memory_bytes"].max())),
    )


def _expected(forecast: Forecast) -> str:
    expected, limits = duration(forecast["cpu_seconds"]), forecast["cpu_seconds_range"]
    return expected if limits is None else f"{expected} ({span(limits)})"


def _megabytes(size: float) -> str:
    return "–" if math.isnan(size) else f"{size / 1e6:.0f} MB"
