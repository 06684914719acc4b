"""Opening a text file: as bytes in UTF-8, whatever its encoding, line ends and compression."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from hypertrial.errors import DataError, listing

HEAD = 2**16
CHUNK = 2**18
INFLATED, MOST_TIMES = 2**27, 500
"""From how many bytes on what a gzip file holds must not be more than so many times its size."""

SYSTEM = ("/proc", "/sys")
"""Folders in which files have no content of their own, or one that nobody means to print."""

BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Encodings by the bytes that a file in them may begin with."""

OTHERS = {
    b"PK\x03\x04": "is a ZIP archive, as .xlsx files are; save it as CSV",
    b"\xd0\xcf\x11\xe0": "is an old Excel file; save it as CSV",
    b"PAR1": "is a Parquet file; its name must end in .parquet or .pq",
    b"\x1f\x8b": "is a gzip file; its name must end in .gz",
    b"%PDF": "is a PDF file, not a table",
    b"SQLite format 3": "is a database, not a table",
}
"""What files of other kinds begin with."""


def check_file(path: str | Path) -> None:
    """Check that a path is that of a file that can be read to its end; nothing is opened.

    Raises
    ------
    DataError
        If it is none, such as a folder, a device, a pipe or a file of the system itself.
    """
    if "\0" in str(path):
        raise DataError(f"{str(path)!r}: a path cannot hold the character NUL")
    try:
        real = Path(path).resolve(strict=True)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "leads nowhere"
        raise DataError(f"{path}: {reason.lower()}") from None
    if real.is_dir():
        raise DataError(f"{path}: is a directory")
    if not real.is_file():
        raise DataError(f"{path}: is not a file, but a device or a pipe")
    if any(real.is_relative_to(folder) for folder in SYSTEM):
        raise DataError(f"{path}: is a file of the system, not of data")


@dataclass(frozen=True)
class Form:
    """How a text file is stored: its encoding, and whether lines end as on old Macs."""

    encoding: str = "utf-8"
    carriage_returns: bool = False


def form_of(path: Path, encoding: str | None) -> Form:
    """Find how a file is stored from its first bytes; a byte order mark tells the encoding.

    Raises
    ------
    DataError
        If the file cannot be read, or is none of texts.
    """
    with _raw(path) as stream:
        head = stream.read(HEAD)
    for mark, kind in OTHERS.items():
        if head.startswith(mark):
            raise DataError(f"{path}: {kind}")
    marked = [name for mark, name in BYTE_ORDER_MARKS.items() if head.startswith(mark)]
    known = marked[0] if marked else codecs.lookup(encoding or "utf-8").name
    if known == "utf-8" and b"\0" in head.partition(b"\n")[0]:
        raise DataError(f"{path}: {_binary(head)}")
    begin = codecs.getincrementaldecoder(known)("ignore").decode(head)
    return Form(known, "\r" in begin[:-1] and "\n" not in begin)


def _binary(head: bytes) -> str:
    """Say what a file is whose first line holds NUL."""
    for name, other, zeros in (("utf-16-le", 0, 1), ("utf-16-be", 1, 0)):
        if not any(head[zeros:64:2]) and all(head[other:64:2]):
            return f"looks like UTF-16; set `encoding: {name}`"
    return "is no text file (there is a NUL in its first line)"


@contextmanager
def opened(path: Path, form: Form) -> Iterator[IO[bytes]]:
    """Open a file as bytes in UTF-8 with line feeds.

    Raises
    ------
    DataError
        If it cannot be read, also later, while it is.
    """
    with _raw(path) as stream:
        if form == Form():
            yield stream
            return
        chunks = _chunks(stream)
        if form.encoding != "utf-8":
            chunks = _recoded(path, chunks, form.encoding)
        if form.carriage_returns:
            chunks = _line_feeds(chunks)
        yield cast(IO[bytes], io.BufferedReader(_Stream(chunks), HEAD))


@contextmanager
def _raw(path: Path) -> Iterator[IO[bytes]]:
    """Open the bytes of a file, without its compression."""
    check_file(path)
    compressed = path.name.lower().endswith(".gz")
    try:
        with open(path, "rb") as file:
            if compressed:
                yield cast(IO[bytes], io.BufferedReader(_Stream(_inflated(path, file)), CHUNK))
            else:
                yield file
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path}: is no gzip file, or is damaged ({str(error).lower()})") from None
    except OSError as error:
        raise DataError(f"{path}: {(error.strerror or str(error)).lower()}") from None


class _Stream(io.RawIOBase):
    """A stream of the bytes of some chunks."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks, self._left = iter(chunks), memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


def _inflated(path: Path, file: IO[bytes]) -> Iterator[bytes]:
    """Yield what a gzip file holds, unless it is one that was made to fill the memory."""
    total = 0
    with gzip.GzipFile(fileobj=file) as stream:
        for chunk in _chunks(cast(IO[bytes], stream)):
            total += len(chunk)
            if total > INFLATED and total > MOST_TIMES * file.tell():
                raise DataError(
                    f"{path}: holds more than {MOST_TIMES} times its own size; unpack it if it "
                    "is to be read"
                )
            yield chunk


def _recoded(path: Path, chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder, lines = codecs.getincrementaldecoder(encoding)(), 1
    try:
        for chunk in chunks:
            text = decoder.decode(chunk)
            lines += text.count("\n")
            yield text.encode("utf-8")
        yield decoder.decode(b"", final=True).encode("utf-8")
    except UnicodeError as error:
        if isinstance(error, UnicodeDecodeError):
            lines += error.object[: error.start].decode(encoding, "ignore").count("\n")
        raise DataError(f"{path}: line {lines} is not in the encoding {encoding}") from None


def _line_feeds(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Turn carriage returns into line feeds, a pair of both into one."""
    last = b""
    for chunk in chunks:
        whole = last + chunk
        last = b"\r" if whole.endswith(b"\r") else b""
        yield whole.removesuffix(last).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    yield last.replace(b"\r", b"\n")


def check_encoding(name: str) -> str | None:
    """Return what is wrong with the name of an encoding; None if nothing is."""
    usual = listing(("utf-8", "utf-16", "latin-1", "cp1252", "shift_jis", "gb18030"))
    try:
        codecs.lookup(name)
        "a".encode(name).decode(name)
    except (LookupError, UnicodeError, ValueError, TypeError):
        return f"unknown encoding '{name}'; usual ones: {usual}"
    return None
