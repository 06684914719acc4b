"""Packages that only exports need, which the environment may lack."""

import importlib
from typing import Any

from hypertrial.errors import HypertrialError

ADVICE = (
    "make export-tools installs it; elsewhere: "
    "python -m pip install --require-hashes --requirement requirements-export.txt"
)


def load(module: str, package: str) -> Any:
    """Return an imported module of a package.

    Raises
    ------
    HypertrialError
        If the package is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise HypertrialError(
            f"this export needs {package}, and there is no module '{error.name}'; {ADVICE}"
        ) from None


class NotExportableError(HypertrialError):
    """One search cannot be exported in this format; the others can."""
