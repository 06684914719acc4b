"""The errors that a user can cause; each message is one line."""

import difflib
import sys
from collections.abc import Callable, Iterable


class HypertrialError(Exception):
    """A mistake that a person can mend; the message says where it is and what is allowed."""


class ConfigError(HypertrialError):
    """The config has a mistake: one line for each that was found."""


class DataError(HypertrialError):
    """A data set cannot be used as it is."""


class StudyError(HypertrialError):
    """A study lacks what is asked of it, such as a model without a winner."""


def nearest(name: object, known: Iterable[str]) -> str:
    """Return `` (did you mean 'x'?)`` for the known name closest to ``name``, or nothing."""
    matches = difflib.get_close_matches(str(name), sorted(known), n=1, cutoff=0.6)
    return f" (did you mean '{matches[0]}'?)" if matches else ""


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
        print(f"{error.filename}: {(error.strerror or str(error)).lower()}", file=sys.stderr)
    return 1
