"""Which runs are under way in this folder: each holds a note of itself while it lives.

A run writes its note before Snakemake locks anything, so whoever finds a lock finds the note of
the run that it is of. The note itself is locked by the system, which frees it as soon as the
process has ended, even if nobody has taken notice of its end (a zombie) or the clock was set.
"""

import fcntl
import json
import os
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import util
from pathlib import Path
from typing import Any, TextIO

import psutil

FOLDER = Path(".snakemake/workers")
NOTE = ".run"
LONGEST_FOLDER = 70
"""A Unix socket's path has at most 103 bytes on all systems; the standard library adds 32."""
SHORTEST_FOLDER = Path("/tmp")  # noqa: S108 (a run's own folder in it has a name by chance)
LAST = -1000
"""The standard library removes its own folder of sockets at -100."""
CLOCK_SECONDS = 5.0
DAY_SECONDS = 86_400.0


@dataclass(frozen=True)
class Run:
    """A run by its note: the process, and the computer that it is on.

    ``is_over`` is None if that cannot be told from here.
    """

    note: Path
    host: str
    pid: int
    is_over: bool | None

    @property
    def sockets(self) -> Path:
        """The run's own folder for its sockets: beside its note, if a path may be that long."""
        inside = self.note.with_suffix("").absolute()
        return inside if _fits(inside) else temporary() / f"hypertrial-{self.note.stem}"

    def clear(self) -> None:
        """Remove what the run has left beside its results."""
        shutil.rmtree(self.sockets, ignore_errors=True)
        self.note.unlink(missing_ok=True)


_HELD: list[tuple[Run, TextIO]] = []


def temporary() -> Path:
    """Return the folder for temporary files; the system's, where sockets do not fit below it."""
    usual = Path(tempfile.gettempdir())
    return usual if _fits(usual / "hypertrial-01234567") else SHORTEST_FOLDER


def enter() -> Run:
    """Note that this process is a run, until it ends; the same run if it is one already."""
    if _HELD:
        return _HELD[0][0]
    FOLDER.mkdir(parents=True, exist_ok=True)
    process = psutil.Process()
    host = socket.gethostname()
    while True:
        note = FOLDER / f"{secrets.token_hex(4)}{NOTE}"
        stream = open(note, "x", encoding="utf-8")  # noqa: SIM115 (held until the process ends)
        is_held = _hold(stream)
        if _is_still(stream, note):  # nobody took it for a dead run's before it was held
            break
        stream.close()
    about = {"host": host, "pid": process.pid, "born": process.create_time(), "held": is_held}
    stream.write(json.dumps(about))
    stream.flush()
    os.fsync(stream.fileno())
    run = Run(note, host, process.pid, is_over=False)
    _HELD.append((run, stream))
    util.Finalize(None, run.clear, exitpriority=LAST)
    return run


def others() -> list[Run]:
    """Return all other runs that have a note in this folder."""
    own = {run.note for run, _ in _HELD}
    notes = [path for path in sorted(FOLDER.glob(f"*{NOTE}")) if path not in own]
    return [run for note in notes for run in _read(note)]


def sweep() -> bool:
    """Remove what runs that are over have left in this folder; tell whether there were any.

    A folder of sockets without a note is that of an earlier version's run. It is left for a day.
    """
    over = [run for run in others() if run.is_over]
    for run in over:
        run.clear()
    noted = {path.with_suffix("") for path in FOLDER.glob(f"*{NOTE}")}
    for path in FOLDER.iterdir():
        with suppress(OSError):
            is_old = time.time() - path.lstat().st_mtime > DAY_SECONDS
            if path.is_dir() and path not in noted and is_old:
                shutil.rmtree(path)
    return bool(over)


def _fits(folder: Path) -> bool:
    """Tell whether the path of a socket in a folder is not too long for the system."""
    return len(os.fsencode(folder)) <= LONGEST_FOLDER


def _hold(stream: TextIO) -> bool:
    """Lock a note until this process ends; some file systems cannot."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX)
    except OSError:
        return False
    return True


def _is_still(stream: TextIO, note: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(stream.fileno()), note.stat())
    except FileNotFoundError:
        return False


def _read(note: Path) -> Iterator[Run]:
    """Yield the run of a note; nothing if it has just been removed."""
    with suppress(FileNotFoundError), open(note, encoding="utf-8") as stream:
        try:
            about = json.loads(stream.read())
            run = Run(note, about["host"], about["pid"], _is_over(stream, about))
        except (ValueError, KeyError, TypeError):  # its process had not written it yet
            run = Run(note, "", 0, _is_free(stream))
        yield run


def _is_over(stream: TextIO, about: dict[str, Any]) -> bool | None:
    if about["host"] != socket.gethostname():
        return None
    is_free = _is_free(stream) if about["held"] else None
    return _is_gone(about["pid"], about["born"]) if is_free is None else is_free


def _is_free(stream: TextIO) -> bool | None:
    """Tell whether no process holds a note; None if the file system cannot tell."""
    try:
        fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is_gone(pid: int, born: float) -> bool:
    """Tell whether a process has ended, or its number belongs to another one now."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return True
        return abs(process.create_time() - born) > CLOCK_SECONDS
    except psutil.NoSuchProcess:
        return True
