"""A run of Snakemake: when things are done in it, what it was asked for, what it makes."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from snakemake.exceptions import LockException

from binding.internals.leaning import leans_on

WORKFLOW = "snakemake.workflow:Workflow"


@leans_on(f"{WORKFLOW}._build_dag()", f"{WORKFLOW}.is_main_process", f"{WORKFLOW}.executor_plugin")
def before_graph(workflow: Any, action: Callable[[], None]) -> None:
    """Have something done at the start of a run, dry ones too, before its graph is built.

    Snakemake tells of no such moment: when the Snakefile is read it is not known yet whether
    there will be a run, and ``onstart`` comes when the graph is complete, and files are locked.
    Several actions are done in the order in which they were asked for.

    Gain: data are checked, and damaged files found, before any job is planned.
    """
    usual = workflow._build_dag
    if (asked_for := getattr(usual, "actions", None)) is not None:
        asked_for.append(action)
        return
    actions = [action]

    def build() -> None:
        if workflow.is_main_process and workflow.executor_plugin is not None:
            for each in actions:
                each()
        usual()

    build.actions = actions  # type: ignore[attr-defined]
    workflow._build_dag = build


@leans_on(f"{WORKFLOW}.execute")
def around_run(workflow: Any, surround: Callable[[Callable[[], Any]], Any]) -> None:
    """Have a function called instead of a run, with the run itself to call.

    Snakemake calls ``onsuccess`` only if a job has run, and shows an error of the operating
    system as a traceback.

    Gain: a run without a winner, and one on a full disk, say so in one line, each time.
    """
    usual = workflow.execute

    def execute(*args: Any, **kwargs: Any) -> Any:
        return surround(lambda: usual(*args, **kwargs))

    workflow.execute = execute


@leans_on(
    f"{WORKFLOW}.persistence",
    "snakemake.persistence:PersistenceBase.lock()",
    "snakemake.exceptions:LockException",
)
def with_lock(workflow: Any, begin: Callable[[], None], refused: Callable[[], Exception]) -> None:
    """Have something done once a run has its lock, also if nothing is to be done.

    If it does not get the lock, the error that ``refused`` returns is raised.

    Gain: what killed runs have left is removed by none but the run that has the lock; who has it
    is told in one line.
    """
    usual = workflow.persistence.lock

    @contextmanager
    def lock() -> Iterator[None]:
        with ExitStack() as stack:
            try:
                stack.enter_context(usual())
            except LockException:
                raise refused() from None
            begin()
            yield

    workflow.persistence.lock = lock


@leans_on(f"{WORKFLOW}.execution_settings", "snakemake.settings.types:ExecutionSettings.lock")
def takes_lock(workflow: Any) -> bool:
    """Tell whether a run locks its files."""
    return bool(workflow.execution_settings.lock)


@leans_on("snakemake.settings.types:ExecutionSettings.use_threads")
def runs_in_threads(workflow: Any) -> bool:
    """Tell whether jobs are threads of this process."""
    return bool(workflow.execution_settings.use_threads)


@leans_on(f"{WORKFLOW}.resource_settings", "snakemake.settings.types:ResourceSettings.cores")
def most_cores(workflow: Any) -> int | None:
    """Return the most cores of all jobs together, or of each job that goes to a cluster."""
    cores: int | None = workflow.resource_settings.cores
    return cores


@leans_on(f"{WORKFLOW}.config_settings", "snakemake.settings.types:ConfigSettings.config")
def config_given(workflow: Any) -> Any:
    """Return what the command itself sets of the config."""
    return workflow.config_settings.config


@leans_on(
    f"{WORKFLOW}.dag_settings",
    "snakemake.settings.types:DAGSettings.forceall",
    "snakemake.settings.types:DAGSettings.forcerun",
    "snakemake.settings.types:DAGSettings.forcetargets",
)
def is_forced(workflow: Any) -> bool:
    """Tell whether the user named what is to be made again, whatever is there.

    The processes that run a single job, or those of a group, are always told to.
    """
    settings = workflow.dag_settings
    if not workflow.is_main_process or settings is None:
        return False
    return bool(settings.forceall or settings.forcerun or settings.forcetargets)


@leans_on(f"{WORKFLOW}.rerun_triggers")
def reruns_on_params(workflow: Any) -> bool:
    """Tell whether jobs run again whose params have changed."""
    return "params" in {str(trigger) for trigger in workflow.rerun_triggers}


@leans_on(f"{WORKFLOW}.dag", "snakemake.dag:DAG.needrun_jobs(exclude_finished)")
def jobs_due(workflow: Any) -> Iterator[Any]:
    """Yield the jobs that are to be run."""
    yield from workflow.dag.needrun_jobs()


@leans_on("snakemake.dag:DAG.jobs")
def jobs_asked_for(workflow: Any) -> Iterator[Any]:
    """Yield the jobs of all that is asked for, those whose files are there, too."""
    yield from workflow.dag.jobs


@leans_on("snakemake.dag:DAG.forcefiles")
def make_again(workflow: Any, paths: Iterable[str]) -> None:
    """Have files made again, even if all that was made from them is there.

    Snakemake does so for files of a job that was cut off, and else notices no damaged file.

    Gain: one command mends a study of which any file is damaged.
    """
    workflow.dag.forcefiles.update(paths)


@leans_on("snakemake.rules:Rule.is_producer(requested_output)")
def is_made(workflow: Any, path: str) -> bool:
    """Tell whether a rule makes a file."""
    return any(rule.is_producer(path) for rule in workflow.rules)
