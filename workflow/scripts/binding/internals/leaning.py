"""What the touches of Snakemake lean on, for the test that looks whether it is there."""

from collections.abc import Callable
from typing import Any, TypeVar

Touch = TypeVar("Touch", bound=Callable[..., Any])
TOUCHES: dict[str, tuple[str, ...]] = {}
"""By the name of a touch, the parts of Snakemake that it leans on: see :func:`leans_on`."""

READ = (
    "basedir",
    "configfiles",
    "cores",
    "dryrun",
    "executor_plugin",
    "executor_settings",
    "is_main_process",
    "local_exec",
    "remote_exec",
    "rules",
    "scheduler",
    "touch",
)
"""The attributes of Snakemake's workflow that other modules read as they are."""


def leans_on(*parts: str) -> Callable[[Touch], Touch]:
    """Note what a function leans on.

    A part is ``module:Class.attribute``. For a method the names of its parameters may follow,
    as in ``snakemake.jobs:Job.cleanup(skip_outputs)``; for a text that Snakemake logs the
    module alone, and the text after `` says ``.
    """

    def note(touch: Touch) -> Touch:
        TOUCHES[touch.__name__] = parts
        return touch

    return note
