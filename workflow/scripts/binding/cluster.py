"""How the jobs of a run travel to a cluster: in groups, with what each of these asks for."""

import hashlib
import shutil
import subprocess
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from snakemake.logging import logger

from binding.mistakes import Mistake
from hypertrial import allocation, forecast_report
from hypertrial.allocation import Request
from hypertrial.errors import DataError
from hypertrial.plan import Plan

SLURM = "slurm"
ALL_COMPONENTS = 10**6
"""Jobs of a group are one job of the cluster, whether they depend on one another or not."""
ENDED = {"COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED"}
ENDING_SECONDS, LOOK_SECONDS = 120.0, 1.0
"""How long jobs that were cancelled may take to end, and how often they are looked at."""


class Cluster:
    """The groups of a run's jobs, if it runs on a cluster: there each is one job.

    Trials of bundles that together take some minutes are a group, with the rule that gathers
    their records; so are the jobs that prepare a data set, those that make its results, and
    those that make the study's.
    """

    def __init__(self, workflow: Any, plan: Plan) -> None:
        self._workflow = workflow
        self._plan = plan
        self._has_begun = False

    def data(self, wildcards: Any) -> str | None:
        """Return the group of the jobs that prepare a data set."""
        return self._group(f"data_{wildcards.dataset}")

    def trials(self, wildcards: Any) -> str | None:
        """Return the group of a trial, or of the rule that gathers a bundle's records."""
        if not self._sends():
            return None
        pair = wildcards.dataset, wildcards.model
        bundle = getattr(wildcards, "bundle", None) or self._bundle_of[pair][wildcards.trial]
        return self._group(f"trials_{self._parcels[*pair, bundle]}")

    def results(self, wildcards: Any) -> str | None:
        """Return the group of the jobs that make the results of a data set."""
        return self._group(f"results_{wildcards.dataset}")

    def study(self, _: Any) -> str | None:
        """Return the group of the jobs that make the results of the study."""
        return self._group("study")

    def _group(self, name: str) -> str | None:
        if not self._sends():
            return None
        settings = self._workflow.group_settings
        if name not in settings.group_components:
            settings.group_components = {**settings.group_components, name: ALL_COMPONENTS}
        return name

    def request(self, wildcards: Any) -> Request:
        """Return what the trials of a bundle ask for."""
        pair = wildcards.dataset, wildcards.model
        return allocation.request(
            self._plan.searches[pair],
            wildcards.bundle,
            self._forecasts.get(pair),
            self.cores,
            self._plan.study.threads(wildcards.model),
        )

    def cores_of(self, wildcards: Any) -> int:
        """Return the cores of a bundle's job; its rule alone takes one."""
        return 1 if self._workflow.local_exec else self.request(wildcards).cores

    @property
    def cores(self) -> int:
        """The most cores of a job."""
        return int(self._workflow.resource_settings.cores or 1)

    @cached_property
    def _parcels(self) -> dict[allocation.Place, int]:
        return allocation.parcels(self._plan.searches.values(), self._forecasts, self.cores)

    @cached_property
    def _bundle_of(self) -> dict[tuple[str, str], dict[str, str]]:
        return {
            pair: {trial: name for name, ids in search.bundles.items() for trial in ids}
            for pair, search in self._plan.searches.items()
        }

    @cached_property
    def _forecasts(self) -> dict[tuple[str, str], forecast_report.Forecast]:
        """The forecasts that there are, such as those that `make plan` has made."""
        found = {}
        for dataset, model in self._plan.searches:
            path = Path("results", self._plan.study.name, dataset, model, "forecast.json")
            try:
                found[dataset, model] = forecast_report.read(str(path))
            except (OSError, DataError):
                continue
        return found

    def _sends(self) -> bool:
        """Tell whether jobs are sent to a cluster by this process."""
        if not self._has_begun:
            self._has_begun = True
            self._begin()
        return not self._workflow.local_exec

    def _begin(self) -> None:
        """Have the jobs of Slurm named so that a later run of the study knows them."""
        workflow = self._workflow
        if workflow.is_main_process and not workflow.local_exec and _is_slurm(workflow):
            _name_jobs(workflow, self._plan.study.name)


def _is_slurm(workflow: Any) -> bool:
    name: str = workflow.executor_plugin.name
    return name == SLURM


def check(workflow: Any) -> None:
    """Refuse what the cluster could never run, before anything is submitted."""
    if workflow.local_exec:
        return
    cores = workflow.resource_settings.cores
    if cores is None:
        raise Mistake(
            "cores: must be given beside an executor (in its profile, or as --cores): the most "
            "cores of one job, at most those of a node; without it a group asks for a core for "
            "each of its jobs, and waits for ever"
        )
    largest = _cores_of_largest_node() if _is_slurm(workflow) else None
    if largest is not None and cores > largest:
        raise Mistake(
            f"cores: must be at most {largest}, as no node of this cluster has more, is {cores} "
            "(in the profile, or as --cores); a job that asks for more waits for ever"
        )


def _cores_of_largest_node() -> int | None:
    lines = _output("sinfo", "--noheader", "--Node", "--format=%c")
    return max((int(line) for line in lines if line.strip().isdigit()), default=None)


def _output(*command: str) -> list[str]:
    """Return the lines that a command of Slurm prints; none if it cannot be run now."""
    if shutil.which(command[0]) is None:
        return []
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    return done.stdout.splitlines() if done.returncode == 0 else []


def _name_jobs(workflow: Any, study: str) -> None:
    """Have Slurm's jobs named after the study and its folder, unless the profile names them."""
    settings = workflow.executor_settings
    if not settings.jobname_prefix:
        here = hashlib.sha256(f"{Path.cwd()}\n{study}".encode()).hexdigest()
        settings.jobname_prefix = f"hypertrial-{here[:12]}"


def end_orphans(workflow: Any) -> None:
    """End the jobs that an earlier run of this study has left in Slurm's queue.

    Its process was killed, so nobody waits for them; what they have finished is kept.
    """
    if workflow.local_exec or not _is_slurm(workflow):
        return
    prefix = f"{workflow.executor_settings.jobname_prefix}_"
    orphans = _queued(prefix)
    if not orphans:
        return
    logger.warning(f"Ending {len(orphans)} jobs that an earlier run has left in the queue")
    _output("scancel", *orphans)
    if not _wait(lambda: not _queued(prefix)):
        raise Mistake(
            f"jobs {', '.join(_queued(prefix))} of an earlier run do not end; look at them with "
            "squeue, and start again when they are gone"
        )


def _queued(prefix: str) -> list[str]:
    """Return the ids of the jobs in the queue whose names begin so."""
    rows = [
        line.split("|") for line in _output("squeue", "--me", "--noheader", "--format=%i|%j|%T")
    ]
    return [
        number for number, name, state in rows if name.startswith(prefix) and state not in ENDED
    ]


def _wait(is_over: Callable[[], bool]) -> bool:
    end = time.monotonic() + ENDING_SECONDS
    while not is_over():
        if time.monotonic() > end:
            return False
        time.sleep(LOOK_SECONDS)
    return True
