"""Hypertrial beside its peers: the same trials, folds, metric and cores, in turn, A B A B.

python benchmarks/run.py [CASE ...] [--pairs 3] [--cores 2] [--california FILE] [--quick]
"""

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import ROOT, BenchmarkError, cluster, large, overhead, pairs, plots, tables
from benchmarks.cases import CASES, CLUSTER, LARGE, NAMES, OVERHEAD, Case
from benchmarks.pairs import Comparison, Settings
from hypertrial.errors import HypertrialError

RESULTS = ROOT / "results"


def main() -> int:
    """Measure what the command line asks for; return 1 if any of it could not be."""
    parser = _parser()
    asked = parser.parse_args()
    unknown = [name for name in asked.cases if name not in NAMES]
    if unknown:
        parser.error(f"no case {', '.join(unknown)}; there are: {', '.join(NAMES)}")
    output: Path = asked.output.resolve()
    if not output.is_relative_to(RESULTS):
        parser.error("--output: must be below this project's results/")
    if asked.california is not None and not asked.california.is_file():
        parser.error(f"--california: {asked.california} is not a file")
    if shutil.which(asked.peers_python) is None:
        parser.error(f"--peers-python: {asked.peers_python} is not a program")
    output.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        pairs=asked.pairs or (1 if asked.quick else 3),
        cores=asked.cores,
        california=asked.california,
        peers_python=asked.peers_python,
        quick=asked.quick,
    )
    failed = _comparisons([c for c in CASES if c.name in _names(asked.cases)], settings, output)
    for name in PEERLESS:
        if name in _names(asked.cases):
            failed += _without_peer(name, settings, output)
    print(f"Tables and plots are in {output}")
    return 1 if failed else 0


def _names(asked: list[str]) -> list[str]:
    return asked or list(NAMES)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    add = parser.add_argument
    add("cases", nargs="*", metavar="CASE", help=f"of {', '.join(NAMES)}; default: all")
    add("--pairs", type=_positive, help="pairs of each case (default: 3, with --quick 1)")
    add("--cores", type=_positive, default=2, help="cores of both sides (default: 2)")
    add("--california", type=Path, help="CSV of California housing (default: generated data)")
    add("--peers-python", default=sys.executable, help="Python that has Optuna and Ray")
    add("--quick", action="store_true", help="one pair each, no study of 10 000 trials")
    add("--output", type=Path, default=RESULTS / "benchmarks", help="a folder below results/")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _comparisons(chosen: list[Case], settings: Settings, output: Path) -> int:
    """Measure cases beside their peers, keep what is done after each; return how many failed."""
    done: list[Comparison] = []
    failed = 0
    for case in chosen:
        print(f"{case.name}: {case.title}", flush=True)
        lacking = pairs.missing(case, settings)
        if lacking is not None:
            print(f"  {lacking} is not installed: skipped", flush=True)
            continue
        try:
            with _folder(output) as folder:
                done.append(pairs.compare(case, settings, Path(folder)))
        except (BenchmarkError, HypertrialError) as error:
            failed += 1
            print(f"  {case.name} could not be measured: {error}", flush=True)
            continue
        tables.show_comparison(done[-1])
        tables.write_comparisons(done, output)
        plots.draw_ratios(done, output)
    return failed


def _overhead(settings: Settings, output: Path, folder: Path) -> None:
    """Measure what a trial costs beyond its fits."""
    runs = overhead.measure(settings, folder)
    figures = overhead.figures(runs, settings.cores)
    tables.show_figures(figures)
    tables.write_overhead(runs, figures, output)
    plots.draw_overhead(runs, settings.cores, output)


def _large(settings: Settings, output: Path, folder: Path) -> None:
    """Measure what large data do to a worker's memory."""
    figures = large.measure(settings, folder)
    tables.show_figures(figures)
    tables.write_figures(figures, output / tables.LARGE)


def _cluster(settings: Settings, output: Path, folder: Path) -> None:
    """Measure what a trial costs on a Slurm cluster beyond its fits."""
    if (lacking := cluster.missing()) is not None:
        print(f"  {lacking}: skipped", flush=True)
        return
    runs = cluster.measure(settings, folder)
    figures = cluster.figures(runs)
    tables.show_figures(figures)
    tables.write_cluster(runs, figures, output)


PEERLESS = {
    OVERHEAD: ("small trees, without a peer", _overhead),
    LARGE: ("trees, boosting and the forecast of machines, without a peer", _large),
    CLUSTER: ("small trees on a Slurm cluster of this machine, without a peer", _cluster),
}


def _without_peer(name: str, settings: Settings, output: Path) -> int:
    """Make one of the measurements that have no peer; return 1 if that failed."""
    title, measure = PEERLESS[name]
    print(f"{name}: {title}", flush=True)
    try:
        with _folder(output) as folder:
            measure(settings, output, Path(folder))
    except (BenchmarkError, HypertrialError) as error:
        print(f"  {name} could not be measured: {error}", flush=True)
        return 1
    return 0


def _folder(output: Path) -> "tempfile.TemporaryDirectory[str]":
    """Return a folder for studies and data that is removed afterwards."""
    return tempfile.TemporaryDirectory(dir=output, prefix="run-", ignore_cleanup_errors=True)


if __name__ == "__main__":
    # What runs has a session of its own, and ends only if this process ends in good order.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Interrupted. Cases that were done are kept.")
