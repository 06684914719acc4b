"""What explains the winners of a family, found by the family's name.

A family without ``explanation.py`` in its folder has :data:`PLAIN`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from hypertrial.explanation.subject import Subject
from hypertrial.models import part


@dataclass(frozen=True)
class Bar:
    """A bar of a panel: its name, its length, and how much of that is drawn darker, if any."""

    name: str
    value: float
    part: float | None = None


@dataclass(frozen=True)
class Panel:
    """Bars that show something of what was learned; ``part`` says what the darker part is."""

    title: str
    label: str
    bars: Sequence[Bar]
    part: str = ""


@dataclass(frozen=True)
class Explanation:
    """What a family can tell of its winners.

    ``table`` is the name of a file that ``write(subject, path)`` writes, and that the subjects of
    the other functions have. ``learned`` gives parts of a Markdown page on what was learned,
    ``predicted(subject, row)`` parts on how the prediction of a row of the table comes about,
    ``panels`` what is drawn. ``rounds`` is the hyperparameter of which all smaller values are had
    from one fit, and so a curve.
    """

    learned: Callable[[Subject], list[str]]
    predicted: Callable[[Subject, int], list[str]]
    panels: Callable[[Subject], list[Panel]]
    table: str | None = None
    write: Callable[[Subject, str], None] | None = None
    rounds: str | None = None


def _arrays(subject: Subject) -> list[tuple[str, int]]:
    return [(name, array.size) for name, array in subject.model.items()]


PLAIN = Explanation(
    learned=lambda subject: [
        "Training learned "
        + ", ".join(f"{size} values of `{name}`" for name, size in _arrays(subject))
        + "."
    ],
    predicted=lambda subject, row: [],
    panels=lambda subject: [
        Panel("learned arrays", "values", [Bar(name, size) for name, size in _arrays(subject)])
    ],
)


def module_of(family: str) -> str | None:
    """Return the module that explains a family, as :func:`hypertrial.code.digest` names it."""
    return f"models.{family}.explanation" if part(family, "explanation") else None


@cache
def get(family: str) -> Explanation:
    """Return what explains a family."""
    module = part(family, "explanation")
    if module is None:
        return PLAIN
    found: Explanation = module.EXPLANATION
    return found
