"""Pairs of runs: Hypertrial and a peer in turn, A B A B, on the same trials, folds and cores."""

import json
import shutil
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import HERE, BenchmarkError, inputs, measuring
from benchmarks.cases import EXTRAS, PEER_NAMES, Case
from benchmarks.measuring import Spent
from benchmarks.study import Outcome, Runnable

MEGABYTE = 2**20
OURS = "Hypertrial"
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Settings:
    """What the command line asks for."""

    pairs: int
    cores: int
    california: Path | None
    peers_python: str
    quick: bool


@dataclass(frozen=True)
class Run:
    """One run of one side; memory in MB."""

    case: str
    pair: int
    side: str
    trials: int
    wall_seconds: float
    cpu_seconds: float
    peak_memory_mb: float
    fit_seconds: float
    efficiency: float
    other_processes_cores: float

    @classmethod
    def of(
        cls, case: str, pair: int, side: str, spent: Spent, outcome: Outcome, cores: int
    ) -> "Run":
        """Return the row of a run."""
        return cls(
            case=case,
            pair=pair,
            side=side,
            trials=outcome.trials,
            wall_seconds=round(spent.wall, 3),
            cpu_seconds=round(spent.cpu, 3),
            peak_memory_mb=round(spent.peak / MEGABYTE, 1),
            fit_seconds=round(outcome.fit_seconds, 3),
            efficiency=round(outcome.fit_seconds / (spent.wall * cores), 3),
            other_processes_cores=round(spent.others, 2),
        )


@dataclass(frozen=True)
class Comparison:
    """All runs of a case, in pairs, and how far the best mean scores of both sides differ."""

    case: Case
    runs: tuple[tuple[Run, Run], ...]
    difference: float

    def ratios(self, column: str) -> list[float]:
        """Return Hypertrial's value by the peer's, for every pair."""
        return [getattr(ours, column) / getattr(peer, column) for ours, peer in self.runs]

    def medians(self) -> dict[str, Any]:
        """Return the case's row of the table of medians."""
        wall, target = statistics.median(self.ratios("wall_seconds")), self.case.target
        row: dict[str, Any] = {
            "case": self.case.name,
            "title": self.case.title,
            "peer": PEER_NAMES[self.case.peer],
            "pairs": len(self.runs),
            "wall_ratio": round(wall, 3),
            "wall_ratio_low": round(min(self.ratios("wall_seconds")), 3),
            "wall_ratio_high": round(max(self.ratios("wall_seconds")), 3),
            "target": target,
            "within_target": None if target is None else wall <= target,
            "cpu_ratio": round(statistics.median(self.ratios("cpu_seconds")), 3),
        }
        for place, side in enumerate(("hypertrial", "peer")):
            rows = [asdict(pair[place]) for pair in self.runs]
            for column in ("trials", "wall_seconds", "cpu_seconds", "peak_memory_mb", "efficiency"):
                row[f"{side}_{column}"] = round(statistics.median(r[column] for r in rows), 3)
        return {**row, "best_score_difference": self.difference}


def missing(case: Case, settings: Settings) -> str | None:
    """Return the name of a peer's library that is not installed, None if all is there."""
    module = EXTRAS.get(case.peer)
    if module is None:
        return None
    tried = subprocess.run(
        [settings.peers_python, "-c", f"import {module}, sklearn"],
        check=False,
        capture_output=True,
    )
    return case.peer if tried.returncode else None


def compare(case: Case, settings: Settings, folder: Path) -> Comparison:
    """Run both sides in turn, say what each took, and check that they did the same work."""
    config = inputs.write_config(case, folder, settings.california)
    study = Runnable.of(config)
    spec = _prepare(case, study, settings, folder)
    runs: list[tuple[Run, Run]] = []
    difference = float("nan")
    for pair in range(1, settings.pairs + 1):
        ours, found = _ours(case, study, settings, folder, pair)
        peer, peer_found = _peer(case, spec, settings, folder, pair)
        if pair == 1:
            difference = _check(found, peer_found)
        runs.append((ours, peer))
        print(_line(ours), _line(peer), sep="\n", flush=True)
    return Comparison(case, tuple(runs), difference)


def _line(run: Run) -> str:
    return (
        f"  {run.pair} {run.side:13} {run.trials:5} trials  wall {run.wall_seconds:8.2f} s  "
        f"CPU {run.cpu_seconds:8.2f} s  efficiency {run.efficiency:4.0%}  "
        f"memory {run.peak_memory_mb:6.0f} MB  "
        f"other processes {run.other_processes_cores:.2f} cores"
    )


def _prepare(case: Case, study: Runnable, settings: Settings, folder: Path) -> Path:
    """Make the tables and splits, which also warms the disk cache; return the peer's spec."""
    made = folder / "prepared"
    made.mkdir()
    measuring.run(study.command(made, settings.cores, study.splits()), made, made / "log")
    found = inputs.searches(study.config, made, folder)
    spec: dict[str, Any] = {"cores": settings.cores, "searches": found}
    if case.peer == "script":
        (search,) = found
        spec = {name: search[name] for name in ("key", "data", "seed")}
        spec |= {"scoring": search["scoring"][0], "trials": _points(search["grids"])}
    path = folder / "spec.json"
    path.write_text(json.dumps(spec), encoding="utf-8")
    return path


def _points(grids: list[dict[str, list[Any]]]) -> list[dict[str, Any]]:
    from sklearn.model_selection import ParameterGrid

    return [dict(point) for point in ParameterGrid(grids)]


def _ours(
    case: Case, study: Runnable, settings: Settings, folder: Path, pair: int
) -> tuple[Run, Outcome]:
    """Run a study from nothing in a folder of its own, which is removed afterwards."""
    place = folder / f"{pair}-hypertrial"
    place.mkdir()
    targets = [] if case.grid is None else study.tables()
    command = study.command(place, settings.cores, targets)
    spent = measuring.run(command, place, folder / f"{pair}-hypertrial.log")
    outcome = study.outcome(place)
    shutil.rmtree(place)
    return Run.of(case.name, pair, OURS, spent, outcome, settings.cores), outcome


def _peer(
    case: Case, spec: Path, settings: Settings, folder: Path, pair: int
) -> tuple[Run, Outcome]:
    place = folder / f"{pair}-peer"
    place.mkdir()
    command = _peer_command(case, spec, settings, place)
    spent = measuring.run(command, place, folder / f"{pair}-peer.log")
    outcome = Outcome.read(place / "outcome.json")
    shutil.rmtree(place)
    return Run.of(case.name, pair, case.peer, spent, outcome, settings.cores), outcome


def _peer_command(case: Case, spec: Path, settings: Settings, place: Path) -> list[str]:
    if case.peer == "script":
        command = [sys.executable, "-m", "snakemake", "--cores", str(settings.cores)]
        command += ["--snakefile", str(HERE / "plain/Snakefile"), "--directory", str(place)]
        return [*command, "--workflow-profile", "none", "--quiet", "all", "--configfile", str(spec)]
    python = settings.peers_python if case.peer in EXTRAS else sys.executable
    return [python, str(HERE / "peers.py"), case.peer, str(spec), str(place / "outcome.json")]


def _check(ours: Outcome, peer: Outcome) -> float:
    """Return the largest relative difference of the best mean scores; refuse too large a one."""
    largest, all_points = 0.0, 0.0
    for key, theirs in peer.scores.items():
        pair = [outcome.of_grid(key, len(theirs)) for outcome in (ours, peer)]
        if len(pair[0]) != len(pair[1]):
            raise BenchmarkError(f"{key}: {len(pair[0])} points of the grid against {len(pair[1])}")
        largest = max(largest, _relative(pair[0][-1], pair[1][-1]))
        all_points = max(all_points, *map(_relative, *pair))
    print(
        f"  best mean scores differ by {largest:.1e} (relative), those of all points of the grid, "
        f"in order, by at most {all_points:.1e}"
    )
    if largest > TOLERANCE:
        raise BenchmarkError(f"best mean scores differ by {largest:.1e}: not the same work")
    return largest


def _relative(a: float, b: float) -> float:
    return abs(a - b) / max(abs(a), abs(b), 1e-12)
