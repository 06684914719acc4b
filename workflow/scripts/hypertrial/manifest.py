"""The manifest of a study: the digest of each file that its jobs have written.

A trial carries its own digests; whatever is made of trials is sealed here as its job ends. The
manifest is a text of one line for each file, ``<SHA-256> <seal> <path>``, the seal being the
digest of the rest of the line, so that an entry that was changed vouches for nothing. A job that
begins voids the entries of what it will write, with ``-`` in place of the digest. The last line
of a path counts.
"""

import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hypertrial import files, records

NAME = "manifest.txt"
TRIALS = "trials"
VOID = "-"
SEAL_LENGTH = 16
READERS = 4
"""How many files are read at once: where a file system answers slowly, they wait together."""
NOT_RESULTS = (".log", files.PART, records.DAMAGED)

Digests = Mapping[str, str]


@dataclass(frozen=True)
class Damage:
    """A file of a study that is not what its job wrote, by its path below the study's folder."""

    path: str
    reason: str


@dataclass(frozen=True)
class Manifest:
    """What a study's manifest tells.

    ``digests`` holds the digests of files by their paths below the study's folder, ``bad`` what
    is left of the paths in damaged lines, by the file of the manifest and the line's number.
    """

    digests: dict[str, str]
    bad: dict[tuple[Path, int], str]


def journal_name() -> str:
    """Return the name of the file in which a process beside the driver notes what jobs write.

    It has one of its own, as not all shared file systems let two computers append to a file.
    """
    return f"{NAME}.{socket.gethostname()}.{os.getpid()}"


def journals(folder: Path) -> list[Path]:
    """Return the journals that are not part of the manifest yet, the oldest first."""
    found = [path for path in folder.glob(f"{NAME}.*") if not path.name.endswith(NOT_RESULTS)]
    return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))


def read(folder: Path) -> Manifest:
    """Read the manifest of a study with its journals; without one nothing is vouched for."""
    digests: dict[str, str] = {}
    bad: dict[tuple[Path, int], str] = {}
    for path in (folder / NAME, *journals(folder)):
        if not path.is_file():
            continue
        for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
            digest, seal, name = _parsed(line)
            if seal == _seal(digest, name):
                digests[name] = digest
            elif line:
                bad[path, number] = name
                digests.pop(name, None)
    return Manifest({path: each for path, each in digests.items() if each != VOID}, bad)


def _parsed(line: bytes) -> tuple[str, str, str]:
    """Return the digest, the seal and the path of a line, which may be damaged."""
    digest, _, rest = line.decode("utf-8", "replace").partition(" ")
    seal, _, path = rest.partition(" ")
    return digest, seal, path


def _seal(digest: str, path: str) -> str:
    return files.digest_text(f"{digest} {path}")[:SEAL_LENGTH]


def _lines(digests: Digests) -> str:
    return "".join(f"{each} {_seal(each, path)} {path}\n" for path, each in digests.items())


def note(path: Path, digests: Digests) -> None:
    """Add entries to the manifest, or to a journal; what a killed process left half stays so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+b") as stream:
        stream.seek(max(0, stream.tell() - 1))
        begun = stream.read(1) not in (b"", b"\n")
        stream.write(("\n" * begun + _lines(digests)).encode())


def compact(folder: Path, digests: Digests) -> None:
    """Write the manifest anew, of files that there are, with what journals have added to it."""
    there = {path: digests[path] for path in sorted(digests) if (folder / path).exists()}
    merged = journals(folder)
    files.write(folder / NAME, _lines(there))
    for path in merged:
        path.unlink(missing_ok=True)


def check(folder: Path, digests: Digests) -> list[Damage]:
    """Return the files that are there and are not what the manifest tells, sorted by path."""
    paths = sorted(digests)
    with ThreadPoolExecutor(READERS) as readers:
        reasons = readers.map(partial(_reason, folder), paths, map(digests.get, paths))
        return [Damage(path, reason) for path, reason in zip(paths, reasons, strict=True) if reason]


def _reason(folder: Path, path: str, digest: str | None) -> str | None:
    try:
        found = files.digest_file(folder / path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return f"it cannot be read ({(error.strerror or str(error)).lower()})"
    return None if found == digest else f"its content is not what {NAME} recorded"


def unknown(folder: Path, digests: Digests) -> list[str]:
    """Return the files, but those of trials, that no entry vouches for, sorted by path."""
    return sorted(path for path in _files(folder) if path not in digests)


def half_repaired(folder: Path) -> list[str]:
    """Return the damaged files that were moved aside, and that nothing has made again yet."""
    kept = (path for path in _walk(folder) if path.endswith(records.DAMAGED))
    whole = (path.removesuffix(records.DAMAGED) for path in kept)
    return sorted(path for path in whole if not (folder / path).exists())


def _files(folder: Path) -> Iterator[str]:
    return (
        path
        for path in _walk(folder)
        if not path.endswith(NOT_RESULTS) and path != NAME and not path.startswith(f"{NAME}.")
    )


def _walk(folder: Path) -> Iterator[str]:
    for root, folders, names in os.walk(folder):
        place = Path(root).relative_to(folder)
        if len(place.parts) == 2 and TRIALS in folders:
            folders.remove(TRIALS)
        yield from ((place / name).as_posix() for name in names)


def digests_of(folder: Path, paths: Iterable[str]) -> dict[str, str]:
    """Return the digests of files by their paths below a folder."""
    return {path: files.digest_file(folder / path) for path in paths}


def set_aside(folder: Path, path: str) -> None:
    """Keep a damaged file under another name."""
    (folder / path).replace(folder / f"{path}{records.DAMAGED}")
