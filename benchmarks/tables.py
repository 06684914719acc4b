"""The tables that are kept of the measurements, and their last lines on the screen."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from benchmarks.cluster import Run as ClusterRun
from benchmarks.figures import Figure
from benchmarks.overhead import Run as OverheadRun
from benchmarks.pairs import Comparison

RUNS, MEDIANS = "runs.csv", "medians.csv"
OVERHEAD_RUNS, OVERHEAD, LARGE = "overhead_runs.csv", "overhead.csv", "large.csv"
CLUSTER_RUNS, CLUSTER = "cluster_runs.csv", "cluster.csv"


def write_comparisons(done: Sequence[Comparison], folder: Path) -> None:
    """Write a row for every run, and one with the medians of every case."""
    runs = [asdict(run) for each in done for pair in each.runs for run in pair]
    pd.DataFrame(runs).to_csv(folder / RUNS, index=False)
    pd.DataFrame([each.medians() for each in done]).to_csv(folder / MEDIANS, index=False)


def write_overhead(runs: Sequence[OverheadRun], figures: Sequence[Figure], folder: Path) -> None:
    """Write a row for every run, and one for every figure."""
    pd.DataFrame([asdict(run) for run in runs]).to_csv(folder / OVERHEAD_RUNS, index=False)
    write_figures(figures, folder / OVERHEAD)


def write_cluster(runs: Sequence[ClusterRun], figures: Sequence[Figure], folder: Path) -> None:
    """Write a row for every run on a cluster, and one for every figure."""
    rows = [{**asdict(run), "machinery_seconds": round(run.machinery, 4)} for run in runs]
    pd.DataFrame(rows).to_csv(folder / CLUSTER_RUNS, index=False)
    write_figures(figures, folder / CLUSTER)


def write_figures(figures: Sequence[Figure], path: Path) -> None:
    """Write a row for every figure."""
    rows = [{**asdict(figure), "within": figure.within} for figure in figures]
    pd.DataFrame(rows).to_csv(path, index=False)


def show_comparison(comparison: Comparison) -> None:
    """Print the medians of a case."""
    row = comparison.medians()
    aim = "" if row["target"] is None else f" (aim {row['target']:g}: {_met(row['within_target'])})"
    print(
        f"  median ratio to {row['peer']}: wall {row['wall_ratio']:.2f}{aim}, "
        f"CPU {row['cpu_ratio']:.2f}; peak memory {row['hypertrial_peak_memory_mb']:.0f} against "
        f"{row['peer_peak_memory_mb']:.0f} MB; efficiency {row['hypertrial_efficiency']:.0%} "
        f"against {row['peer_efficiency']:.0%}",
        flush=True,
    )


def show_figures(figures: Sequence[Figure]) -> None:
    """Print what was measured without a peer."""
    for figure in figures:
        aim = "" if figure.most is None else f" (at most {figure.most:g}: {_met(figure.within)})"
        print(
            f"  {figure.name}: {figure.value:.{_digits(figure.value)}f} {figure.unit}{aim}",
            flush=True,
        )


def _digits(value: float) -> int:
    return 1 if value >= 10 else 3


def _met(within: bool | None) -> str:
    return "met" if within else "missed"
