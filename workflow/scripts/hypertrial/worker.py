"""What runs inside a worker process: preloaded libraries, one thread, no life without a parent.

Importing this module loads everything that a trial needs, so that the fork server can do it
once and every worker starts warm.
"""

import importlib
import multiprocessing
import os
import signal
import sys
import threading
from typing import Any

from hypertrial import trial  # noqa: F401
from hypertrial.models import family_names, get_family

for _name in family_names():
    for _module in get_family(_name).modules:
        importlib.import_module(_module)


def start() -> None:
    """Prepare a new worker: it ends at once when it is told to, or when its parent is gone."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def call(function: str, arguments: dict[str, Any]) -> Any:
    """Call a function of the package by its dotted name, such as ``trial.run``."""
    module, _, name = function.rpartition(".")
    return getattr(importlib.import_module(f"hypertrial.{module}"), name)(**arguments)


def loaded() -> list[str]:
    """Return the names of the modules that this worker has loaded, to see what it inherited."""
    return sorted(sys.modules)
