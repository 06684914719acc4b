"""The check of a run's data before its graph is built."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from binding.mistakes import Mistake
from hypertrial import checking, files
from hypertrial import plan as plans
from hypertrial.data import table
from hypertrial.plan import Plan
from hypertrial.pool import THREAD_LIMITS
from hypertrial.splitting import splits

CHECKED = Path(".snakemake/checked")
"""Has an empty file for each data set that was found in order, named by a digest of all of it."""


def check(plan: Plan, meanwhile: Callable[[], None]) -> None:
    """Refuse data in which a job would find a mistake, with a line for each.

    Data sets whose tables and splits are there already, or that were found in order as they are,
    are not read again. Something else is begun ``meanwhile`` if any are read.
    """
    due = dict(_due(plan))
    if not due:
        return
    meanwhile()
    study = plan.study
    checks = [plans.check(study, plan.dataset(name), plan.tasks[name]) for name in due]
    if lines := _mistakes(checks):
        raise Mistake("\n".join(lines))
    with suppress(OSError):  # it is read again next time
        CHECKED.mkdir(parents=True, exist_ok=True)
        for digest in due.values():
            (CHECKED / digest).touch()


def _due(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield the data sets that have to be checked, each with the digest of what is checked."""
    for spec in plan.study.datasets:
        names = [spec.name, *plan.derived(spec.name)]
        params = [(plan.data_params(name), plan.split_params(name)) for name in names]
        digest = files.digest_value([params, plan.check_code()])
        made = all(_is_made(plan, name, *own) for name, own in zip(names, params, strict=True))
        if not made and not (CHECKED / digest).exists():
            yield spec.name, digest


def _is_made(plan: Plan, name: str, data_params: str, split_params: str) -> bool:
    """Tell whether a data set's table and splits are there, made by these params."""
    folder = Path("results", plan.study.name, name, "data")
    paths = folder / "table.npz", folder / "table.json"
    if not folder.is_dir() or table.made_by(*paths) != files.digest_text(data_params):
        return False
    return splits.made_by(folder / "splits.npz") == files.digest_text(split_params)


def _mistakes(checks: Sequence[checking.Check]) -> list[str]:
    """Return the mistakes that another process finds, which may load libraries and use memory.

    If it dies, the jobs tell what is wrong.
    """
    scripts = str(Path(checking.__file__).parents[1])
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", checking.__name__],
        input=json.dumps([each.to_json() for each in checks]),
        env={**os.environ, "PYTHONPATH": scripts, **dict.fromkeys(THREAD_LIMITS, "1")},
        capture_output=True,
        text=True,
        check=False,
    )
    with suppress(ValueError):
        lines: list[str] = json.loads(done.stdout)
        return lines
    return []
