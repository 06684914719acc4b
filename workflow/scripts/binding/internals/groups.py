"""Groups of jobs that travel to a cluster: their size, what they ask for, how they fail."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from snakemake import jobs

from binding.internals.leaning import leans_on
from binding.internals.workflow_object import WORKFLOW, jobs_due

GROUP = "snakemake.jobs:GroupJob"
ALL_COMPONENTS = 10**6
"""Jobs of a group are one job of the cluster, whether they depend on one another or not."""


@leans_on(f"{WORKFLOW}.group_settings", "snakemake.settings.types:GroupSettings.group_components")
def join(workflow: Any, name: str) -> str:
    """Return a group's name, whose jobs travel together unless the command says otherwise.

    Gain: a connected group costs 0.2 CPU seconds a trial, jobs of their own 9.
    """
    settings = workflow.group_settings
    if name not in settings.group_components:
        settings.group_components = {**settings.group_components, name: ALL_COMPONENTS}
    return name


@leans_on("snakemake.dag:DAG.get_job_group(job)", f"{GROUP}.groupid", f"{GROUP}.jobs")
def groups_due(workflow: Any) -> Iterator[Any]:
    """Yield the groups of jobs that are to be run, by their names."""
    groups = {workflow.dag.get_job_group(job) for job in jobs_due(workflow)}
    yield from sorted(groups - {None}, key=lambda group: str(group.groupid))


@leans_on(f"{GROUP}.__eq__(other)")
def compare_quickly() -> None:
    """Have a group compared with itself at once, not job by job.

    Snakemake does so for each dependency of each of its jobs, and again for each of these.

    Gain: 5 of the 14 CPU seconds of a run of 500 trials, in one profile.
    """
    usual = jobs.GroupJob.__eq__

    def equal(group: Any, other: object) -> bool:
        return group is other or usual(group, other)

    jobs.GroupJob.__eq__ = equal


@leans_on(f"{GROUP}.log_error(msg, aux_logs, kwargs)")
def tell_failures(tell: Callable[[Any, str, list[str]], None]) -> None:
    """Have a function tell why a group failed: Snakemake shows its jobs, and not the reason.

    Gain: a job of a cluster that was killed for its time or memory is named in one line.
    """

    def log_error(
        group: Any, msg: str | None = None, aux_logs: list[str] | None = None, **_: Any
    ) -> None:
        tell(group, msg or "", aux_logs or [])

    jobs.GroupJob.log_error = log_error


@leans_on(
    f"{WORKFLOW}.resource_scopes",
    f"{WORKFLOW}.global_resources",
    f"{WORKFLOW}.register_resource",
)
def bound(workflow: Any, bounds: Mapping[str, int | None]) -> None:
    """Have no job ask for more than a node has, unless the user gave another bound.

    Snakemake keeps what each job asks for within these bounds, also when it is tried again with
    more, and lets fewer jobs of a group run at once where their memory would exceed them.

    Gain: no job waits for ever, as Slurm lets one do that no node can run.
    """
    workflow.resource_scopes["runtime"] = "local"
    for name, most in bounds.items():
        if most is not None and name not in workflow.global_resources:
            workflow.register_resource(name, most)


@leans_on(f"{WORKFLOW}.global_resources")
def bound_of(workflow: Any, name: str) -> int | None:
    """Return the bound of a resource."""
    found: int | None = workflow.global_resources.get(name).value
    return found


@leans_on("snakemake.settings.types:ResourceSettings._parsed_default_resources")
def default_resource(workflow: Any, name: str) -> str | None:
    """Return what jobs ask for that ask for nothing else, None where jobs may differ."""
    found = workflow.resource_settings._parsed_default_resources.get(name).raw
    return None if found is None else str(found).strip("'\"")
