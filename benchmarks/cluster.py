"""What a trial costs on a Slurm cluster beyond its fits: in a job of its own, and in groups."""

import shutil
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import slurm_cluster

from benchmarks import HERE, ROOT, cases, inputs, measuring
from benchmarks.figures import Figure
from benchmarks.measuring import Spent
from benchmarks.pairs import Settings
from benchmarks.study import Runnable

PLUGINS = Path(sys.prefix) / "cluster/requirements-cluster.txt"
LOCAL, OWN, PLAIN = "one machine", "groups by the forecast", "a job for each trial"
SIZES: Mapping[str, int] = {
    LOCAL: 500,
    OWN: 500,
    "groups of 100": 500,
    "groups of 25": 500,
    PLAIN: 100,
}
"""How trials are run, and how many of them."""
PER_JOB: Mapping[str, int] = {"groups of 100": 101, "groups of 25": 26, PLAIN: 1}
"""Trials of a job; one more than the name says, as the default configuration is one, too."""
MOST_MACHINERY_SECONDS = 0.2
TRIAL_MB, TRIAL_MINUTES = 1500, 5
"""What a trial asks for where groups are made by hand."""


@dataclass(frozen=True)
class Run:
    """One run of a study of small trees; ``fit_seconds`` are CPU seconds of its trials."""

    repeat: int
    how: str
    trials: int
    jobs: int
    wall_seconds: float
    cpu_seconds: float
    fit_seconds: float
    other_processes_cores: float

    @property
    def machinery(self) -> float:
        """The CPU seconds by trial that its work did not take, those of Slurm included."""
        return (self.cpu_seconds - self.fit_seconds) / self.trials


def missing() -> str | None:
    """Name what is not installed; None if there is all that a cluster needs."""
    if not PLUGINS.is_file():
        return "what `make cluster-tools` installs is missing"
    return slurm_cluster.missing()


def measure(settings: Settings, folder: Path) -> list[Run]:
    """Run studies in each way, in turn, from data and forecasts that are ready to the table."""
    ready = {trials: _prepared(settings, folder, trials) for trials in set(SIZES.values())}
    runs: list[Run] = []
    for repeat in range(1, settings.pairs + 1):
        for how, trials in SIZES.items():
            place = folder / f"{repeat}-{len(runs)}"
            shutil.copytree(ready[trials], place)
            runs.append(_run(settings, place, repeat, how, trials))
            shutil.rmtree(place)
    return runs


def _study(folder: Path, trials: int) -> Runnable:
    return Runnable.of(inputs.write_config(cases.overhead(trials), folder, None))


def _prepared(settings: Settings, folder: Path, trials: int) -> Path:
    """Prepare the data and the forecasts of a study, which is not measured."""
    study, place = _study(folder, trials), folder / f"ready-{trials}"
    place.mkdir()
    targets = [*study.splits(), "forecasts"]
    measuring.run(study.command(place, settings.cores, targets), place, place / "log")
    return place


def _run(settings: Settings, place: Path, repeat: int, how: str, trials: int) -> Run:
    study, log = _study(place.parent, trials), place.with_suffix(".log")
    command = study.command(place, settings.cores, study.tables())
    if how != LOCAL:
        command = [*_on_slurm(place), *_sent(command, how)]
    spent = measuring.run(command, place, log)
    jobs = 0 if how == LOCAL else int(log.read_text("utf-8").split()[-1])
    made = study.outcome(place)
    return _row(repeat, how, made.trials, jobs, spent, made.fit_seconds)


def _on_slurm(place: Path) -> list[str]:
    return [sys.executable, str(HERE / "on_slurm.py"), str(place / "slurm")]


def _sent(command: Sequence[str], how: str) -> list[str]:
    """Return the same command with the profile of a cluster, and with groups of so many trials."""
    profiles = (str(ROOT / "profiles/default"), str(ROOT / "profiles/slurm"))
    sent = [profiles[1] if part == profiles[0] else part for part in command]
    sent += ["--slurm-no-account"]
    if how == OWN:
        return sent
    sent += ["--groups", "train=trials", "bundle=tables", "collect=tables"]
    sent += ["--group-components", f"trials={PER_JOB[how]}", "tables=1000"]
    return [*sent, "--set-resources", f"train:mem_mb={TRIAL_MB}", f"train:runtime={TRIAL_MINUTES}"]


def _row(repeat: int, how: str, trials: int, jobs: int, spent: Spent, fits: float) -> Run:
    run = Run(
        repeat=repeat,
        how=how,
        trials=trials,
        jobs=jobs,
        wall_seconds=round(spent.wall, 3),
        cpu_seconds=round(spent.cpu, 3),
        fit_seconds=round(fits, 3),
        other_processes_cores=round(spent.others, 2),
    )
    print(
        f"  {repeat} {how:22} {trials:4} trials  {jobs:3} jobs  wall {run.wall_seconds:7.1f} s  "
        f"CPU {run.cpu_seconds:7.1f} s  of trials {run.fit_seconds:5.1f} s  "
        f"machinery {run.machinery:6.3f} s  "
        f"other processes {run.other_processes_cores:.2f} cores",
        flush=True,
    )
    return run


def figures(runs: Sequence[Run]) -> list[Figure]:
    """Return the median of every figure over the repeats."""
    found = []
    for how in SIZES:
        same = [run for run in runs if run.how == how]
        most = MOST_MACHINERY_SECONDS if how not in (LOCAL, PLAIN) else None
        machinery = statistics.median(run.machinery for run in same)
        name = f"machinery of a trial, {how}, {same[0].trials - 1} trials"
        found.append(Figure(name, machinery, "CPU s", most))
    for how in SIZES:
        same = [run for run in runs if run.how == how]
        wall = statistics.median(run.wall_seconds for run in same)
        found.append(Figure(f"wall, {how}, {same[0].trials - 1} trials", wall, "s", None))
    return [replace(each, value=round(each.value, 3)) for each in found]
