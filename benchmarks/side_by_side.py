"""Hypertrial beside GridSearchCV: the same trials, folds, metric and cores, A B A B.

python benchmarks/side_by_side.py [--trials 1000] [--pairs 3] [--cores 2] [--overhead]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
DEPTHS, LEAVES = 10, 10


def grid(trials: int) -> dict[str, list[int]]:
    """Return a grid of about so many trees."""
    return {
        "max_depth": list(range(1, DEPTHS + 1)),
        "min_samples_leaf": list(range(1, LEAVES + 1)),
        "min_samples_split": list(range(2, 2 + max(1, trials // (DEPTHS * LEAVES)))),
    }


def hypertrial(trials: int, cores: int) -> tuple[float, float]:
    """Run a study from nothing to its table; return its wall seconds and those of its trials."""
    with tempfile.TemporaryDirectory() as folder:
        return _run_in(Path(folder), trials, cores)


def _run_in(folder: Path, trials: int, cores: int) -> tuple[float, float]:
    config = folder / "study.json"
    study = {
        "study": f"bench{trials}",
        "datasets": {"breast_cancer": None},
        "metrics": {"binary": ["accuracy"]},
        "models": {"decision_tree": {"grid": grid(trials)}},
    }
    config.write_text(json.dumps(study), encoding="utf-8")
    table = f"results/bench{trials}/breast_cancer/decision_tree/trials.csv"
    command = [sys.executable, "-m", "snakemake", table, "--snakefile", str(ROOT / "Snakefile")]
    command += ["--directory", str(folder), "--cores", str(cores), "--quiet", "all"]
    command += ["--workflow-profile", str(ROOT / "profiles/default"), "--configfile", str(config)]
    started = time.perf_counter()
    subprocess.run(command, check=True, cwd=folder, stderr=subprocess.DEVNULL)
    wall = time.perf_counter() - started
    costs = (folder / table).with_name("cost.csv").read_text(encoding="utf-8").splitlines()
    column = costs[0].split(",").index("seconds")
    return wall, sum(float(line.split(",")[column]) for line in costs[1:])


def peer(trials: int, cores: int) -> float:
    """Run GridSearchCV in a process of its own on the same grid; return wall seconds."""
    code = (
        "from sklearn.datasets import load_breast_cancer as load\n"
        "from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split\n"
        "from sklearn.tree import DecisionTreeClassifier\n"
        "X, y = load(return_X_y=True)\n"
        "X, _, y, _ = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)\n"
        "folds = StratifiedKFold(5, shuffle=True, random_state=0)\n"
        f"GridSearchCV(DecisionTreeClassifier(random_state=0), {grid(trials)!r},\n"
        f"    scoring='accuracy', cv=folds, n_jobs={cores}, refit=False,\n"
        "    return_train_score=True).fit(X, y)\n"
    )
    limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, **limits})
    return time.perf_counter() - started


def pairs(trials: int, repeats: int, cores: int) -> None:
    """Print the wall times of both in turn and the median of their ratios."""
    ratios = []
    for number in range(1, repeats + 1):
        ours, fits = hypertrial(trials, cores)
        theirs = peer(trials, cores)
        ratios.append(ours / theirs)
        busy = fits / (ours * cores)
        print(
            f"pair {number}: Hypertrial {ours:.1f} s (workers busy {busy:.0%}), "
            f"GridSearchCV {theirs:.1f} s, ratio {ratios[-1]:.2f}",
            flush=True,
        )
    median = statistics.median(ratios)
    print(f"median wall ratio over {repeats} pairs, {trials} trees: {median:.2f}")


def overhead(repeats: int, cores: int, small: int = 100, large: int = 1000) -> None:
    """Print what a trial costs beyond its fits, between a small and a large study."""
    found = []
    for number in range(1, repeats + 1):
        first, first_fits = hypertrial(small, cores)
        second, second_fits = hypertrial(large, cores)
        marginal = 1000 * (second - first) / (large - small)
        fits = 1000 * (second_fits - first_fits) / (large - small) / cores
        found.append(marginal - fits)
        print(
            f"{number}: {marginal:.1f} ms of wall a trial, of which {fits:.1f} ms are its work "
            f"on {cores} cores; machinery {found[-1]:.1f} ms",
            flush=True,
        )
    median = statistics.median(found)
    print(f"median marginal machinery, {small} to {large} trials: {median:.1f} ms")


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--overhead", action="store_true")
    asked = parser.parse_args()
    if asked.overhead:
        overhead(asked.pairs, asked.cores)
    else:
        pairs(asked.trials, asked.pairs, asked.cores)


if __name__ == "__main__":
    main()
