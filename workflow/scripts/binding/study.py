"""The study of a run: its plan, and the files that its trials left earlier."""

import os
from functools import cache
from pathlib import Path
from typing import Any

from snakemake.logging import logger

from binding import cluster, data_checks, driver, faults, locks, runs, scheduling, telling, workers
from binding.mistakes import Mistake
from hypertrial import files, records, winnerless
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


def load_plan(workflow: Any) -> Plan:
    """Read the config files that Snakemake was given, or the default one, and plan the study."""
    given = [Path(os.path.relpath(path)) for path in workflow.configfiles]
    beside = Path(workflow.basedir) / DEFAULT_CONFIG
    default = DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else beside
    telling.tell_mistakes_alone(workflow)
    scheduling.collect_rarely()
    scheduling.begin_by_priority()
    faults.watch(workflow)
    if workflow.is_main_process or workflow.remote_exec:
        scheduling.give_up_at_first_signal(workflow)
    if workflow.remote_exec:
        scheduling.run_in_threads()
        scheduling.keep_what_is_published()
    try:
        plan = plans.make(load_study(given or [default], workflow.config_settings.config))
    except HypertrialError as error:
        raise Mistake(str(error)) from None
    scheduling.before_graph(workflow, lambda: _begin(workflow, plan))
    scheduling.after_run(workflow, lambda: _end(workflow, plan))
    return plan


def _begin(workflow: Any, plan: Plan) -> None:
    """Begin a run: check its data, say what it is, and make it ready for where its jobs go."""
    if not workflow.touch:
        data_checks.check(plan, meanwhile=lambda: workers.preload(workflow))
    telling.TELLING.start()
    logger.info("\n".join(plan.lines()))
    scheduling.lift_rate_limit(workflow)
    faults.check_open_files(workflow)
    if not workflow.dryrun:
        runs.enter()
        locks.watch(workflow, lambda: driver.sweep(workflow, plan.study.name))
    cluster.begin(workflow, plan.study.name)


def _end(workflow: Any, plan: Plan) -> None:
    """End a run whose every file is made: without success, if a search that it needs has no winner.

    Run again it says the same, and trains nothing.
    """
    asked = {
        (job.wildcards.dataset, job.wildcards.model): job.output.winner
        for job in workflow.dag.jobs
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
            self._workflow.dag.forcefiles.update(paths)

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
        self._workflow.dag.forcefiles.add(str(folder / records.SCORES))

    def _preload(self) -> None:
        """Have the workers' libraries loaded, once it is clear that there is something to do."""
        if not self._is_preloading:
            self._is_preloading = True
            workers.preload(self._workflow)

    def _reruns_on_params(self) -> bool:
        return "params" in {str(trigger) for trigger in self._workflow.rerun_triggers}


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
