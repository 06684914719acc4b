"""What Snakemake says around the errors of a run, and how it shows one."""

from snakemake.exceptions import WorkflowError

from binding.internals.leaning import leans_on

TITLE = "Mistake:\n"
"""What Snakemake begins the message of our error with."""
AFTERWARDS = {
    "Exiting because a job execution failed": "snakemake.scheduling.job_scheduler",
    "WorkflowError:\nAt least one job did not complete successfully": "snakemake.workflow",
    "Shutting down, this might take some time": "snakemake.scheduling.job_scheduler",
    "Removing output files of failed job": "snakemake.jobs",
    "Complete log(s):": "snakemake.logging",
    "Elapsed time:": "snakemake.workflow",
}
"""What Snakemake says of a failure that has been told already, and where it does."""
ADVICE = "For further error details"
"""What it ends the reason of a group's failure with."""


@leans_on(
    *(f"{where} says {text.splitlines()[-1]}" for text, where in AFTERWARDS.items()),
    f"snakemake_interface_executor_plugins.executors.remote says {ADVICE}",
)
def is_said_afterwards(message: str) -> bool:
    """Tell whether a message says no more than that something has failed.

    Gain: one line for a user's mistake, not eight.
    """
    return message.startswith(tuple(AFTERWARDS))


@leans_on("snakemake.exceptions:print_exception(ex, linemaps)")
class Mistake(WorkflowError):  # type: ignore[misc]  # noqa: N818 (its name is what people read)
    """An error whose message says it all: Snakemake finds no traceback to show beside it.

    Gain: one line, without the place in the workflow that raised it.
    """

    @property
    def __traceback__(self) -> None:
        return None

    @__traceback__.setter
    def __traceback__(self, value: object) -> None:
        """Keep none, whoever passes the error on."""
