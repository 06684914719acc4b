"""Files that are written whole or not at all, and whose bytes depend on their content only."""

import hashlib
import io
import json
import math
import mmap
import os
import shutil
import socket
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal

import numpy as np
import numpy.typing as npt

from hypertrial.errors import DataError

Arrays = Mapping[str, npt.NDArray[Any]]

PART = ".part"
DIGESTED_BYTES = 2**23
TAKEN_ROWS = 2**12
"""How much is digested at once."""
MOST_RECORD_BYTES = 2**26
ZIP_ERRORS = (zipfile.BadZipFile, NotImplementedError, zlib.error)
"""What a damaged archive can raise beside an error of a value."""

_DIGEST, _END = b',\n "digest": "', b"\n}\n"
"""How the last entry of a sealed file begins, and how the file ends."""


def canonical_json(value: object) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, no NaN."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False
    )


def digest_bytes(content: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def digest_text(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return digest_bytes(text.encode())


def digest_value(value: object) -> str:
    """Return the SHA-256 of a value's canonical JSON."""
    return digest_text(canonical_json(value))


def digest_file(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with _regular(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def npz_bytes(arrays: Arrays) -> bytes:
    """Return arrays as an ``.npz`` archive; the same arrays give the same bytes."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def digest_arrays(text: str, arrays: Arrays) -> str:
    """Return the SHA-256 of a text and of arrays with their names, types and shapes."""
    total = hashlib.sha256(text.encode())
    for name, values in arrays.items():
        total.update(f"{name} {values.dtype.str} {values.shape}".encode())
        content = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
        for at in range(0, len(content), DIGESTED_BYTES):
            total.update(content[at : at + DIGESTED_BYTES].data)
            release(values)
    return total.hexdigest()


def release(values: npt.NDArray[Any]) -> None:
    """Let the memory of an array that :func:`map_npz` gave be used otherwise, until it is read."""
    mapped = getattr(values, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def take(values: npt.NDArray[Any], rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return some rows of an array, of which little is held in memory if :func:`map_npz` gave it.

    Rows in ascending order take the least.
    """
    taken = np.empty((len(rows), *values.shape[1:]), values.dtype)
    for at in range(0, len(rows), TAKEN_ROWS):
        taken[at : at + TAKEN_ROWS] = values[rows[at : at + TAKEN_ROWS]]
        release(values)
    return taken


def load_npz(path: str | Path) -> dict[str, npt.NDArray[Any]]:
    """Read every array of an ``.npz`` archive, without pickle.

    Takes no more memory than the file has bytes, whatever its headers say.

    Raises
    ------
    DataError
        If the archive is damaged, or no file of ours.
    """
    try:
        with _regular(path) as stream:
            _check_archive(stream)
            with np.load(stream, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
    except OSError as error:
        raise DataError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    except (ValueError, KeyError, EOFError, AttributeError, *ZIP_ERRORS):
        raise damaged(path) from None


def read_regular(path: str | Path) -> bytes:
    """Return the bytes of one of our own records, which is a file and not large.

    Raises
    ------
    DataError
        If it cannot be read, is no file (a pipe or device could last for ever) or is too large.
    """
    try:
        with _regular(path) as stream:
            content = stream.read(MOST_RECORD_BYTES + 1)
    except OSError as error:
        raise DataError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    if len(content) > MOST_RECORD_BYTES:
        raise DataError(f"{path}: is larger than the {MOST_RECORD_BYTES // 2**20} MB of a record")
    return content


@contextmanager
def _regular(path: str | Path) -> Iterator[io.BufferedReader]:
    """Open a file; a pipe is not waited for."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with open(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise DataError(f"{path}: is not a file")
        yield stream


def _check_archive(stream: io.BufferedReader) -> None:
    """Check that an archive's arrays are stored as they are, and are as long as they say.

    Raises
    ------
    ValueError
        If not: unpacking, or making room for an array, could take any memory.
    """
    size = stream.seek(0, os.SEEK_END)
    with zipfile.ZipFile(stream) as archive:
        members = archive.infolist()
        if sum(each.file_size for each in members) > size:
            raise ValueError("the arrays are larger than the file")
        if len({each.filename for each in members}) < len(members):
            raise ValueError("an array stands there twice")
        for each in members:
            if each.compress_type != zipfile.ZIP_STORED or not each.filename.endswith(".npy"):
                raise ValueError("is compressed, or holds something else than arrays")
            with archive.open(each) as member:
                _check_header(member, each.file_size)
    stream.seek(0)


def _check_header(member: IO[bytes], size: int) -> None:
    version = np.lib.format.read_magic(member)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(member)
    else:
        shape, _, dtype = np.lib.format.read_array_header_2_0(member)
    if dtype.hasobject or math.prod(shape) * dtype.itemsize != size - member.tell():
        raise ValueError("an array is not as long as it says")


def read_json(path: str | Path) -> dict[str, Any]:
    """Return one of our own records.

    Raises
    ------
    DataError
        If it is damaged.
    """
    try:
        content: dict[str, Any] = json.loads(Path(path).read_bytes())
    except ValueError:
        raise damaged(path) from None
    return content


def damaged(path: str | Path) -> DataError:
    """Return the error that says that one of our own files has been changed or cut."""
    return DataError(f"{path}: damaged; run the study again, which makes it anew")


def map_npz(path: str | Path) -> dict[str, npt.NDArray[Any]]:
    """Return every array of an ``.npz`` archive, read from the disk when it is used.

    The processes that do this share the memory. Only archives that were written without
    compression, as all of ours are, can be mapped.
    """
    arrays = {}
    with zipfile.ZipFile(path) as archive, open(path, "rb") as stream:
        for member in archive.infolist():
            stream.seek(member.header_offset)
            name_length, extra_length = struct.unpack("<26x2H", stream.read(30))
            stream.seek(name_length + extra_length, os.SEEK_CUR)
            np.lib.format.read_magic(stream)
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
            name = member.filename.removesuffix(".npy")
            if not np.prod(shape):
                arrays[name] = np.empty(shape, dtype)
                continue
            order: Literal["F", "C"] = "F" if fortran else "C"
            arrays[name] = np.memmap(path, dtype, "r", stream.tell(), shape, order)
    return arrays


def json_bytes(value: object) -> bytes:
    """Return a value as indented JSON; floats are written with ``repr``."""
    text = json.dumps(value, indent=1, sort_keys=False, allow_nan=False, ensure_ascii=False)
    return (text + "\n").encode()


def without_nan(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a content for :func:`json_bytes`, with None for each number that is nan."""
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in content.items()
    }


def sealed_bytes(content: Mapping[str, Any]) -> bytes:
    """Return a content as :func:`json_bytes` does, its last entry the digest of all before it."""
    text = json_bytes(content).removesuffix(_END)
    return text + _DIGEST + digest_bytes(text).encode() + b'"' + _END


def read_sealed(written: bytes) -> dict[str, Any] | None:
    """Return the content of a file that :func:`sealed_bytes` made, None if a byte is another."""
    text, mark, rest = written.rpartition(_DIGEST)
    if not mark or rest != digest_bytes(text).encode() + b'"' + _END:
        return None
    content: dict[str, Any] = json.loads(written)
    return content


def stage(path: str | Path, content: bytes) -> None:
    """Write a file's content beside it, not yet published.

    The part file has a name of its own, so a crash leaves the published file as it was. It is
    there as a whole or not at all, also where two computers of a cluster write it.
    """
    part = _part_of_process(path)
    with create(part) as stream:
        stream.write(content)
    part.replace(f"{path}{PART}")


def publish(paths: Iterable[str | Path], keep: bool = False) -> None:
    """Give staged files their names, in this order, once all of their contents are on the disk.

    Each replacement is atomic. With ``keep`` the files stay staged, too: Snakemake removes what a
    group of jobs has published when the group fails, and before it runs again.
    """
    parts = [(Path(f"{path}{PART}"), path) for path in paths]
    for part, _ in parts:
        _to_disk(part)
    for part, path in parts:
        (_linked(part, path) if keep else part).replace(path)


def _linked(part: Path, path: str | Path) -> Path:
    """Return another name of a part file; another file where the file system has no links."""
    other = _part_of_process(path)
    other.unlink(missing_ok=True)
    try:
        other.hardlink_to(part)
    except OSError:
        with open(part, "rb") as content, create(other) as stream:
            shutil.copyfileobj(content, stream)
        _to_disk(other)
    return other


def _part_of_process(path: str | Path) -> Path:
    """Return the name of a part file that no other process writes; its folder is made."""
    part = Path(f"{path}.{socket.gethostname()}.{os.getpid()}{PART}")
    part.parent.mkdir(parents=True, exist_ok=True)
    return part


def create(path: str | Path) -> BinaryIO:
    """Open a new file for writing.

    What has its name is removed first. A link that someone has put there is not followed: what
    it points to stays as it is.
    """
    Path(path).unlink(missing_ok=True)
    return open(path, "xb")


def _to_disk(path: Path) -> None:
    found = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fsync(found)
    finally:
        os.close(found)


def write_npz(path: str | Path, arrays: Arrays) -> None:
    """Write arrays as :func:`npz_bytes` does, but straight to the disk, for large ones."""
    part = _part_of_process(path)
    with create(part) as stream:
        np.savez(stream, allow_pickle=False, **arrays)
    _to_disk(part)
    part.replace(path)


def write(path: str | Path, content: bytes | str) -> None:
    """Write one file atomically: part file in the same folder, fsync, replace."""
    part = _part_of_process(path)
    with create(part) as stream:
        stream.write(content.encode() if isinstance(content, str) else content)
    _to_disk(part)
    part.replace(path)
