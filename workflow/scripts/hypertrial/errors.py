"""The errors that a user can cause; each message is one line for each mistake."""

import difflib
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from hypertrial.texts import one_line, shown

MOST_LINES = 100
LONGEST_NAME = 200


class HypertrialError(Exception):
    """Mistakes that a person can mend, each in a line: where it is and what is allowed.

    A line that quotes names and values of data stays one line, without what a terminal obeys.
    """

    def __init__(self, *mistakes: str) -> None:
        super().__init__(*mistakes)

    @property
    def lines(self) -> list[str]:
        """A line for each mistake."""
        return [one_line(str(mistake)) for mistake in self.args]

    def __str__(self) -> str:
        lines = self.lines
        more = len(lines) - MOST_LINES
        return "\n".join([*lines[:MOST_LINES], *([f"and {more} more"] if more > 0 else [])])


class ConfigError(HypertrialError):
    """The config has mistakes."""


class DataError(HypertrialError):
    """A data set cannot be used as it is."""


class StudyError(HypertrialError):
    """A study lacks what is asked of it, such as a model without a winner."""


class Mistakes:
    """What was found wrong so far, so that all of it can be said at once."""

    def __init__(self) -> None:
        self._found: dict[str, None] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    @property
    def lines(self) -> list[str]:
        """A line for each mistake, in the order in which they were found."""
        return list(self._found)

    def add(self, *lines: str) -> None:
        """Take mistakes; one that is known already is said once."""
        self._found.update(dict.fromkeys(lines))

    @contextmanager
    def collect(self) -> Iterator[None]:
        """Take what a block raises, which then ends as if nothing were wrong."""
        try:
            yield
        except HypertrialError as error:
            self.add(*error.lines)

    def fails(self, action: Callable[[], object]) -> bool:
        """Do something, take what it raises, and tell whether it did."""
        with self.collect():
            action()
            return False
        return True

    def settle(self, kind: type[HypertrialError] = DataError) -> None:
        """Raise an error with all mistakes, if there are any."""
        if self._found:
            raise kind(*self._found)


def closest(name: object, known: Iterable[str]) -> str | None:
    """Return the known name closest to ``name``; None if none is close."""
    text = name if isinstance(name, str) else shown(name)
    if len(text) > LONGEST_NAME:
        return None
    matches = difflib.get_close_matches(text, sorted(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def nearest(name: object, known: Iterable[str]) -> str:
    """Return `` (did you mean 'x'?)`` for the known name closest to ``name``, or nothing."""
    match = closest(name, known)
    return f" (did you mean '{match}'?)" if match else ""


def listing(values: Iterable[object]) -> str:
    """Join values for a message: ``a, b, c``."""
    return ", ".join(str(value) for value in values)


def exit_code(command: Callable[[], int]) -> int:
    """Run a command and return its exit code; a user's mistake is one line, and the code 1."""
    try:
        return command()
    except HypertrialError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        print(one_line(f"{error.filename}: {reason}"), file=sys.stderr)
    return 1
