"""What runs inside a worker process: preloaded libraries, one thread, no life without a parent.

Importing this module loads everything that trials of any model need, so that the fork server can
do it once and every worker starts warm; it loads the libraries of the study's models besides.
"""

import copy
import importlib
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from hypertrial import trial  # noqa: F401


def serve(pipe: Connection) -> None:
    """Do one task after the other that comes through a pipe, until its other end is closed.

    Each is answered twice: that it has begun, then with what it returned or raised.
    """
    _start()
    with suppress(EOFError, OSError):
        while True:
            function, arguments = pipe.recv()
            pipe.send_bytes(b"")
            _answer(pipe, function, arguments)


def _start() -> None:
    """Prepare a new worker: it ends at once when it is told to, or when its parent is gone.

    The keyboard's interrupt is the driver's to deal with.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _answer(pipe: Connection, function: str, arguments: dict[str, Any]) -> None:
    """Send whether a call went well, and what it returned or raised; the traceback as a note."""
    try:
        pipe.send((True, call(function, arguments)))
    except BaseException as error:
        trace = traceback.format_exc()
        try:
            error.add_note(trace)
            copy.copy(error)  # some cannot be made again, as the driver has to
            pipe.send((False, error))
        except Exception:
            pipe.send((False, RuntimeError(trace)))


def call(function: str, arguments: dict[str, Any]) -> Any:
    """Call a function by its dotted name, such as ``hypertrial.trial.run``."""
    module, _, name = function.rpartition(".")
    return getattr(importlib.import_module(module), name)(**arguments)


def loaded() -> list[str]:
    """Return the names of the modules that this worker has loaded, to see what it inherited."""
    return sorted(sys.modules)
