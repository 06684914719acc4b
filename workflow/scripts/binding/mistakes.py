"""Errors as Snakemake shows them."""

from snakemake.exceptions import WorkflowError


class Mistake(WorkflowError):  # type: ignore[misc]  # noqa: N818 (its name is what people read)
    """An error whose message says it all: Snakemake finds no traceback to show beside it."""

    @property
    def __traceback__(self) -> None:
        return None

    @__traceback__.setter
    def __traceback__(self, value: object) -> None:
        """Keep none, whoever passes the error on."""
