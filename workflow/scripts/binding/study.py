"""The study of a run: its plan, and the files that its trials left earlier."""

import gc
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from snakemake.logging import logger

from binding import cluster, data_checks, driver, faults, locks, runs, telling, workers
from binding.internals import job_object, scheduler, workflow_object
from binding.mistakes import Mistake
from hypertrial import files, pool, records, winnerless
from hypertrial import plan as plans
from hypertrial.config import load_study
from hypertrial.data import table
from hypertrial.errors import HypertrialError
from hypertrial.plan import Plan
from hypertrial.records import TrialSpec
from hypertrial.splitting import splits

DEFAULT_CONFIG = Path("config/config.yaml")
TRIALS_TABLE = "trials.csv"
WINNER_RULE = "winner"
COLLECTIONS = 100_000, 20, 100
"""How many objects more, and how many collections, make Python look for garbage among what is
new, what is older and what is oldest."""


def load_plan(workflow: Any) -> Plan:
    """Read the config files that Snakemake was given, or the default one, and plan the study."""
    given = [Path(os.path.relpath(path)) for path in workflow.configfiles]
    beside = Path(workflow.basedir) / DEFAULT_CONFIG
    default = DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else beside
    telling.tell_mistakes_alone(workflow)
    _collect_rarely()
    scheduler.begin_by_priority()
    faults.watch(workflow)
    if workflow.is_main_process or workflow.remote_exec:
        scheduler.give_up_at_first_signal(workflow, pool.POOL.stop)
    if workflow.remote_exec:
        scheduler.run_in_threads()
        job_object.keep_what_is_published()
    try:
        plan = plans.make(load_study(given or [default], workflow_object.config_given(workflow)))
    except HypertrialError as error:
        raise Mistake(str(error)) from None
    workflow_object.before_graph(workflow, lambda: _begin(workflow, plan))
    workflow_object.around_run(workflow, lambda proceed: _run(workflow, plan, proceed))
    return plan


def _preload(workflow: Any, plan: Plan) -> None:
    workers.preload(workflow, [each.name for each in plan.study.models])


def _collect_rarely() -> None:
    """Have Python look for garbage rarely, as the graph of jobs is large and lives to the end.

    Gain: 5 % of the CPU time of a run of 1000 small trials.
    """
    gc.freeze()
    gc.set_threshold(*COLLECTIONS)


def _begin(workflow: Any, plan: Plan) -> None:
    """Begin a run: check its data, say what it is, and make it ready for where its jobs go."""
    if not workflow.touch:
        data_checks.check(plan, meanwhile=lambda: _preload(workflow, plan))
    telling.TELLING.start()
    logger.info("\n".join(plan.lines()))
    faults.check_open_files(workflow)
    if not workflow.dryrun:
        runs.enter()
        locks.watch(workflow, lambda: driver.sweep(workflow, plan.study.name))
    cluster.begin(workflow, plan.study.name)


def _run(workflow: Any, plan: Plan, proceed: Callable[[], Any]) -> None:
    """Run the workflow; a run that had nothing to do ends in the same way as another."""
    proceed()
    if workflow.is_main_process and not (workflow.dryrun or workflow.touch):
        _end(workflow, plan)


def _end(workflow: Any, plan: Plan) -> None:
    """End a run whose every file is made: without success, if a search that it needs has no winner.

    Run again it says the same, and trains nothing.
    """
    asked = {
        (job.wildcards.dataset, job.wildcards.model): job.output.winner
        for job in workflow_object.jobs_asked_for(workflow)
        if job.rule.name == WINNER_RULE
    }
    without = winnerless.lines([asked[pair] for pair in plan.searches if pair in asked])
    if without:
        raise Mistake("\n".join(f"No winner: {line}" for line in without))


class Guard:
    """Verifies what earlier runs left while Snakemake builds its graph of jobs.

    Snakemake's memory of params can be missing, as where results were copied; so tables, splits
    and trials carry a digest of what they were made by.

    A damaged file is named and moved aside, so that its trial alone runs again. Under ``-n`` it
    is only named.
    """

    def __init__(self, workflow: Any, plan: Plan) -> None:
        self._workflow = workflow
        self._plan = plan
        self._seen: set[str] = set()
        self._is_preloading = False

    def check(self, spec: TrialSpec, folder: str) -> list[str]:
        """Verify a trial's files; return no input files, as an input function must."""
        if self._is_new(folder):
            self._verify(spec, Path(folder))
        return []

    def check_table(self, dataset: str, values: str, about: str) -> list[str]:
        """Have a damaged table, or one made by other params, made again; return no inputs."""
        paths = values, about
        if self._is_new(about) and any(Path(path).exists() for path in paths):
            self._compare(table.made_by(*paths), self._plan.data_params(dataset), *paths)
        return []

    def check_splits(self, dataset: str, path: str) -> list[str]:
        """Have damaged splits, or ones made by other params, made again; return no inputs."""
        if self._is_new(path) and Path(path).exists():
            self._compare(splits.made_by(path), self._plan.split_params(dataset), path)
        return []

    def _is_new(self, path: str) -> bool:
        """Tell whether this is the first look at a path in a run that can make it."""
        workflow = self._workflow
        if not workflow.is_main_process or workflow.executor_plugin is None or workflow.touch:
            return False
        new = path not in self._seen
        self._seen.add(path)
        return new

    def _compare(self, made_by: str, params: str, *paths: str) -> None:
        if made_by != files.digest_text(params) and self._reruns_on_params():
            workflow_object.make_again(self._workflow, paths)

    def _verify(self, spec: TrialSpec, folder: Path) -> None:
        fault = None
        if folder.name in _listed(folder.parent):
            fault = records.verify(spec, folder, self._plan.study.timeout)
        else:
            self._preload()
        if fault is None and not _is_gone(folder):
            return
        if (fault is None or fault.path is None) and not self._reruns_on_params():
            return
        if fault is not None and fault.path is not None:
            then = "would be moved aside" if self._workflow.dryrun else "is moved aside"
            logger.warning(
                f"{fault.path}: damaged: {fault.reason}; it {then} and its trial runs again"
            )
            if not self._workflow.dryrun:
                records.set_aside(fault)
        # As Snakemake does for files of a job that was cut off: make them again, even if all
        # that was made from them is there.
        workflow_object.make_again(self._workflow, [str(folder / records.SCORES)])

    def _preload(self) -> None:
        """Have the workers' libraries loaded, once it is clear that there is something to do."""
        if not self._is_preloading:
            self._is_preloading = True
            _preload(self._workflow, self._plan)

    def _reruns_on_params(self) -> bool:
        return workflow_object.reruns_on_params(self._workflow)


def _is_gone(folder: Path) -> bool:
    """Tell whether a trial is in its model's table, but its scores are there no longer."""
    if folder.name not in _tabled(folder.parents[1] / TRIALS_TABLE):
        return False
    return not (folder / records.SCORES).exists()


@cache
def _listed(folder: Path) -> frozenset[str]:
    """Return the names in a folder; none if there is no folder."""
    return frozenset(path.name for path in folder.iterdir()) if folder.is_dir() else frozenset()


@cache
def _tabled(table: Path) -> frozenset[str]:
    """Return the ids in a table of trials: its first column; none if there is no table."""
    if not table.exists():
        return frozenset()
    with open(table, encoding="utf-8") as lines:
        return frozenset(line.partition(",")[0] for line in lines)
