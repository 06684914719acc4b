"""What a winner learned, in a file as its family tells it."""

from hypertrial import winnerless
from hypertrial.errors import StudyError
from hypertrial.explanation import registry, subject


@winnerless.of_winner
def write(winner: str, output: str) -> None:
    """Write the file of a family's own explanation of a winner.

    Raises
    ------
    StudyError
        If the family has none.
    """
    own = subject.load(winner)
    explained = registry.get(own.record["model"])
    if explained.write is None:
        raise StudyError(f"{own.record['model']}: nothing writes {output}")
    explained.write(own, output)
