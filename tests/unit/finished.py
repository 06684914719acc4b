"""Small finished studies on disk, as the workflow leaves them, and the exporting command."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from studies import bench

from hypertrial import collect, compare

ROOT = Path(__file__).parents[2]
RULES = {"selection": "best", "repeats": 1, "resamples": 20, "level": 0.9, "seed": 3}


def tool(name):
    """Import a package of requirements-export.txt; it may be missing only where CI is not set."""
    return importlib.import_module(name) if os.environ.get("CI") else pytest.importorskip(name)


def search(made, model, points, metrics=None, later=(), default=True, **changes):
    """Run trials of a model on a bench's table and everything up to its winner.

    The metrics ``later`` are added to the study when the trials have run; ``default`` says
    whether the default configuration is a trial.
    """
    root = made.folder.parent / model
    chosen = [{}, *points] if default else points
    specs = [made.spec(model, point, metrics, **changes) for point in chosen]
    folders = [str(made.run(spec, made.folder.parent)) for spec in specs]
    bundled = [str(root / "bundles" / f"all.{part}.jsonl") for part in ("scores", "cost")]
    named = [*specs[0].metrics, *later]
    collect.bundle(folders, named, made.table_paths, *bundled)
    tables = [
        [str(root / f"{name}.{end}") for end in ("csv", "parquet")] for name in ("trials", "cost")
    ]
    collect.tables(bundled[:1], bundled[1:], named, *tables, str(root / "ledger.csv"))
    compare.evaluate(
        trials=str(root / "trials.csv"),
        table_paths=made.table_paths,
        splits_path=made.splits_path,
        rules={"metrics": named, **RULES},
        winner=str(root / "winner.json"),
        parameters=str(root / "winner.npz"),
        predictions=[str(root / "held_out_predictions.csv")],
    )
    return root


def study(root, data, models, metrics=None, later=(), **rules):
    """Run a study of one table in ``root/results/test``; return its folder and the bench.

    ``models`` holds the points of each model, beside the default one.
    """
    folder = root / "results" / "test"
    made = bench(data, folder / data.name / "data", **rules)
    winners = [
        str(search(made, model, points, metrics, later) / "winner.json")
        for model, points in models.items()
    ]
    compare.leaderboard(winners, str(folder / "leaderboard.csv"), str(folder / "held_out.csv"))
    return folder, made


def export(*arguments, fails=False, **options):
    """Run the command as a person does; return what it prints, of errors if it is to fail."""
    script = str(ROOT / "workflow" / "scripts" / "export.py")
    command = [sys.executable, script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, **options)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stderr if fails else done.stdout
