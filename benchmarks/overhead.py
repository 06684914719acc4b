"""What a trial costs beyond its fits: wall time against the number of trials, without a peer."""

import shutil
import statistics
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from benchmarks import cases, inputs, measuring
from benchmarks.figures import Figure
from benchmarks.measuring import Spent
from benchmarks.pairs import MEGABYTE, Settings
from benchmarks.study import Runnable

SIZES, DRY_RUN = (100, 1000, 10_000), 30_000
QUICK_SIZES, QUICK_DRY_RUN = (100, 1000), 3000
FRESH, RERUN, COLLECT, PLAN = "from nothing", "nothing changed", "tables removed", "dry run"

MOST_MACHINERY_MS = 12.0
MOST_RERUN_SECONDS = 20.0
MOST_DRY_RUN_SECONDS = 60.0
MOST_COLLECT_SECONDS = 20.0
MOST_MAIN_MEMORY_MB = 500.0


@dataclass(frozen=True)
class Run:
    """One run of a study of small trees; ``fit_seconds`` are CPU seconds of its trials."""

    repeat: int
    what: str
    trials: int
    wall_seconds: float
    cpu_seconds: float
    fit_seconds: float
    peak_memory_mb: float
    main_memory_mb: float
    other_processes_cores: float


def measure(settings: Settings, folder: Path) -> list[Run]:
    """Run studies of every size, again with nothing changed, with tables removed, and dry."""
    sizes, dry = (QUICK_SIZES, QUICK_DRY_RUN) if settings.quick else (SIZES, DRY_RUN)
    runs = []
    for repeat in range(1, settings.pairs + 1):
        for trials in sizes:
            runs += _sized(settings, folder, repeat, trials, last=trials == sizes[-1])
        runs += _dry(settings, folder, repeat, dry)
    return runs


def _sized(settings: Settings, folder: Path, repeat: int, trials: int, last: bool) -> list[Run]:
    """Run one study from nothing; the largest also with little or nothing left to do."""
    case = cases.overhead(trials)
    study = Runnable.of(inputs.write_config(case, folder, None))
    place = folder / f"{repeat}-{trials}"
    place.mkdir()
    log = folder / f"{repeat}-{trials}.log"
    command = study.command(place, settings.cores, study.tables())
    spent = measuring.run(command, place, log)
    made = study.outcome(place)
    runs = [_row(repeat, FRESH, made.trials, spent, made.fit_seconds)]
    if last:
        runs.append(_row(repeat, RERUN, made.trials, measuring.run(command, place, log)))
        _remove_tables(place / study.folder(case.data) / case.model)
        runs.append(_row(repeat, COLLECT, made.trials, measuring.run(command, place, log)))
    shutil.rmtree(place)
    return runs


def _remove_tables(folder: Path) -> None:
    """Remove all that was made from the files of a model's trials, and leave these."""
    for path in folder.iterdir():
        if path.is_dir() and path.name != "trials":
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()


def _dry(settings: Settings, folder: Path, repeat: int, trials: int) -> list[Run]:
    """Plan a study in an empty folder."""
    study = Runnable.of(inputs.write_config(cases.overhead(trials), folder, None))
    place = folder / f"{repeat}-{trials}-dry"
    place.mkdir()
    command = study.command(place, settings.cores, study.tables(), "--dry-run")
    spent = measuring.run(command, place, folder / f"{repeat}-{trials}-dry.log")
    shutil.rmtree(place)
    return [_row(repeat, PLAN, trials + 1, spent)]


def _row(repeat: int, what: str, trials: int, spent: Spent, fits: float = 0.0) -> Run:
    run = Run(
        repeat=repeat,
        what=what,
        trials=trials,
        wall_seconds=round(spent.wall, 3),
        cpu_seconds=round(spent.cpu, 3),
        fit_seconds=round(fits, 3),
        peak_memory_mb=round(spent.peak / MEGABYTE, 1),
        main_memory_mb=round(spent.main_peak / MEGABYTE, 1),
        other_processes_cores=round(spent.others, 2),
    )
    print(
        f"  {repeat} {what:15} {trials:6} trials  wall {run.wall_seconds:8.2f} s  "
        f"CPU {run.cpu_seconds:8.2f} s  of trials {run.fit_seconds:8.2f} s  "
        f"main process {run.main_memory_mb:4.0f} MB  "
        f"other processes {run.other_processes_cores:.2f} cores",
        flush=True,
    )
    return run


def marginal(small: Run, large: Run, cores: int) -> float:
    """Return the milliseconds of wall that one more trial costs beyond its work on the cores."""
    more = large.trials - small.trials
    work = (large.fit_seconds - small.fit_seconds) / cores
    return 1000 * (large.wall_seconds - small.wall_seconds - work) / more


def machinery(run: Run, cores: int) -> float:
    """Return the milliseconds of wall by trial beyond its work, the start of the run included."""
    return 1000 * (run.wall_seconds - run.fit_seconds / cores) / run.trials


def figures(runs: list[Run], cores: int) -> list[Figure]:
    """Return the median of every figure over the repeats."""
    numbers = sorted({run.repeat for run in runs})
    repeats = [_of_repeat([run for run in runs if run.repeat == n], cores) for n in numbers]
    return [
        replace(same[0], value=round(statistics.median(each.value for each in same), 3))
        for same in zip(*repeats, strict=True)
    ]


def _of_repeat(runs: list[Run], cores: int) -> list[Figure]:
    fresh = [run for run in runs if run.what == FRESH]
    rerun, collect, dry = (_only(runs, what) for what in (RERUN, COLLECT, PLAN))
    largest = fresh[-1]
    number = f"{largest.trials - 1} trials"
    collecting = collect.wall_seconds - rerun.wall_seconds
    found = [
        Figure(f"main process, {number}", largest.main_memory_mb, "MB", MOST_MAIN_MEMORY_MB),
        Figure(f"nothing changed, {number}", rerun.wall_seconds, "s", MOST_RERUN_SECONDS),
        Figure(f"bundles and tables, {number}", collecting, "s", MOST_COLLECT_SECONDS),
        Figure(f"dry run, {dry.trials - 1} trials", dry.wall_seconds, "s", MOST_DRY_RUN_SECONDS),
    ]
    if largest.trials <= SIZES[-1]:  # the aims are those of the whole measurement
        found = [replace(each, most=None) for each in found]
    return [*(_between(small, large, cores) for small, large in pairwise(fresh)), *found]


def _only(runs: list[Run], what: str) -> Run:
    return next(run for run in runs if run.what == what)


def _between(small: Run, large: Run, cores: int) -> Figure:
    name = f"machinery of a trial, {small.trials - 1} to {large.trials - 1} trials"
    return Figure(name, marginal(small, large, cores), "ms", MOST_MACHINERY_MS)
