"""The pictures of a search without a winner: a sentence that says why."""

from collections.abc import Sequence

from hypertrial import winnerless
from hypertrial.plots import style


def noted(record: winnerless.Winner, outputs: Sequence[str]) -> None:
    """Write pictures that say why a search has no winner."""
    with style.applied():
        style.sentence(style.shorten(winnerless.line(record), 300), outputs)


def none(name: str, outputs: Sequence[str]) -> None:
    """Write pictures that say that nothing named so has a winner: a data set, or a study."""
    with style.applied():
        text = "no model has a winner, as all trials failed; the summary says why."
        style.sentence(f"{style.shorten(name, 40)}: {text}", outputs)


of_winner = winnerless.or_noted(noted)
"""Decorates functions that draw what a winner is or did."""
