"""How the jobs of a run travel to a cluster: in groups, with what each of these asks for."""

from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import Any

from snakemake.logging import logger

from binding import locks, slurm
from binding.internals import groups, messages, workflow_object
from binding.mistakes import Mistake
from hypertrial import allocation, forecast_report
from hypertrial.allocation import Request
from hypertrial.errors import DataError
from hypertrial.plan import Plan

BUNDLE_RULE = "bundle"
PLAIN = (".csv", ".tsv")


class Cluster:
    """The groups of a run's jobs, if it runs on a cluster: there each is one job.

    Trials of bundles that together take some minutes are a group, with the rule that gathers
    their records; so are the jobs that prepare a data set, those that make its results, and
    those that make the study's.
    """

    def __init__(self, workflow: Any, plan: Plan) -> None:
        self._workflow = workflow
        self._plan = plan

    def data(self, wildcards: Any) -> str | None:
        """Return the group of the jobs that prepare a data set."""
        return self._group(f"data_{wildcards.dataset}")

    def trials(self, wildcards: Any) -> str | None:
        """Return the group of a trial, or of the rule that gathers a bundle's records."""
        if self._workflow.local_exec:
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
        return None if self._workflow.local_exec else groups.join(self._workflow, name)

    def request(self, wildcards: Any) -> Request:
        """Return what the trials of a bundle ask for."""
        pair = wildcards.dataset, wildcards.model
        return allocation.request(
            self._plan.searches[pair],
            wildcards.bundle,
            self._forecasts.get(pair),
            self.cores,
            self._plan.study.threads(wildcards.model),
            self._sharing[self._parcels[*pair, wildcards.bundle]],
        )

    def request_of_job(self, wildcards: Any) -> Request:
        """Return what a job asks for that reads a data set, or fits a model's winner on it."""
        spec = self._plan.dataset(wildcards.dataset)
        if spec.parent is not None:
            spec = self._plan.dataset(spec.parent)
        size = 0 if spec.bundled else _size(spec.source)
        reading = allocation.request_of_reading(size, not spec.source.lower().endswith(PLAIN))
        if not hasattr(wildcards, "model"):
            return reading
        pair = wildcards.dataset, wildcards.model
        fits = allocation.request_of_fits(self._plan.searches[pair], self._forecasts.get(pair))
        return reading.and_at_least(fits)

    def cores_of(self, wildcards: Any) -> int:
        """Return the cores of a bundle's job; its rule alone takes one."""
        return 1 if self._workflow.local_exec else self.request(wildcards).cores

    def start(self) -> None:
        """Look at the jobs that a run is about to send, now that it has its lock.

        None of an earlier run may be left; what Slurm would never start is refused, and what may
        be killed is warned of.
        """
        if self._workflow.local_exec or not _is_slurm(self._workflow):
            return
        slurm.end_orphans(self._workflow.executor_settings)
        _check_times(self._workflow)
        self._warn_of_memory()

    def _warn_of_memory(self) -> None:
        bound = groups.bound_of(self._workflow, "mem_mb")
        if bound is None:
            return
        needed: dict[str, int] = {}
        for job in workflow_object.jobs_due(self._workflow):
            if job.rule.name == BUNDLE_RULE:
                memory = self.request(job.wildcards).memory_mb
                search = f"{job.wildcards.dataset}/{job.wildcards.model}"
                needed[search] = max(memory, needed.get(search, 0))
        for search, memory in needed.items():
            if memory > bound:
                logger.warning(
                    f"{search}: trials may need {memory} MB with {self.cores} cores, and a node "
                    f"has {bound}, which they ask for; fewer cores need less"
                )

    @property
    def cores(self) -> int:
        """The most cores of a job."""
        return workflow_object.most_cores(self._workflow) or 1

    @cached_property
    def _parcels(self) -> dict[allocation.Place, int]:
        return allocation.parcels(self._plan.searches.values(), self._forecasts, self.cores)

    @cached_property
    def _sharing(self) -> Counter[int]:
        """How many bundles share each job."""
        return Counter(self._parcels.values())

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


def _size(source: str) -> int:
    """Return a file's bytes; none if it is gone, which the job that reads it tells."""
    try:
        return Path(source).stat().st_size
    except OSError:
        return 0


def begin(workflow: Any, study: str) -> None:
    """Make a run ready that sends its jobs to a cluster, before its graph of jobs is built.

    Jobs that an earlier run has left there end now: they change files that the graph is built
    by. While there is a lock another run may be alive; Snakemake will say so.
    """
    if workflow.local_exec:
        return
    if workflow_object.most_cores(workflow) is None:
        raise Mistake(
            "cores: must be given beside an executor (in its profile, or as --cores): the most "
            "cores of one job, at most those of a node; without it a group asks for a core for "
            "each of its jobs, and waits for ever"
        )
    groups.tell_failures(_tell_failure)
    groups.compare_quickly()
    if not _is_slurm(workflow):
        return
    slurm.name_jobs(workflow.executor_settings, study)
    slurm.look_without_database(workflow.executor_settings)
    slurm.run_in_jobs(workflow.executor_plugin, workflow.executor_settings)
    _bound(workflow)
    if not locks.are_there():
        slurm.end_orphans(workflow.executor_settings)


def _is_slurm(workflow: Any) -> bool:
    name: str = workflow.executor_plugin.name
    return name == slurm.NAME


def _bound(workflow: Any) -> None:
    """Have no job ask for more than a node has; refuse more cores, which only the user can mend.

    Jobs are sent to the partition that all go to; to the default one, if they differ.
    """
    most = slurm.most(groups.default_resource(workflow, "slurm_partition"))
    if most is None:
        return
    cores = workflow_object.most_cores(workflow) or 1
    if cores > most.cores:
        raise Mistake(
            f"cores: must be at most {most.cores}, as no node of this cluster has more, is "
            f"{cores} (in the profile, or as --cores); a job that asks for more waits for ever"
        )
    groups.bound(workflow, {"mem_mb": most.memory_mb, "runtime": most.minutes})


def _check_times(workflow: Any) -> None:
    """Refuse jobs of the cluster that ask for more time than it gives, before any is sent."""
    bound = groups.bound_of(workflow, "runtime")
    for group in groups.groups_due(workflow):
        minutes = group.resources.get("runtime", 0)
        if bound is not None and minutes > bound:
            raise Mistake(
                f"runtime: {_describe(group)} ask for {minutes} minutes together, and Slurm gives "
                f"a job {bound}; lower runtime in default-resources of the profile, or with "
                "--set-resources, or name another partition"
            )


def _describe(group: Any) -> str:
    counts = Counter(job.rule.name for job in group.jobs)
    rules = ", ".join(f"{number} {rule}" for rule, number in sorted(counts.items()))
    return f"the jobs of group {group.groupid} ({rules})"


def _tell_failure(group: Any, message: str, logs: list[str]) -> None:
    """Say in one line why a group failed."""
    reason = " ".join(message.partition(messages.ADVICE)[0].split())
    output = f" Its output: {', '.join(logs)}." if logs else ""
    logger.error(
        f"Error in {_describe(group).removeprefix('the jobs of ')}: {reason} Trials that it has "
        f"finished are kept.{output}"
    )
