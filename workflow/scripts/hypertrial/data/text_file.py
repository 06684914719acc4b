"""The lines of a text file, strictly decoded, and no longer than memory holds."""

import itertools
import re
from collections.abc import Generator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO

from hypertrial.data import opening
from hypertrial.data.opening import Form
from hypertrial.errors import DataError

LINE_LIMIT = 2**26
RUN_OF_BLANKS = re.compile(r'"(?:[^"]|"")*"|[ \t]+')
"""The quoted texts are found so that they keep theirs."""


@dataclass(frozen=True)
class TextFile:
    """A text file; with ``blanks`` any run of blanks and tabs outside quotes is read as a tab."""

    path: Path
    encoding: str | None = None
    blanks: bool = False

    @cached_property
    def _form(self) -> Form:
        return opening.form_of(self.path, self.encoding)

    def stream(self) -> AbstractContextManager[IO[bytes]]:
        """Open the file's bytes; what goes wrong while they are read is an error, too."""
        return opening.opened(self.path, self._form)

    def lines(self) -> Generator[str, None, None]:
        """Yield the lines, with their ends.

        Raises
        ------
        DataError
            If the file cannot be read, or a line is no text, or too long.
        """
        with self.stream() as stream:
            for number in itertools.count(1):
                line = stream.readline(LINE_LIMIT)
                if not line:
                    return
                yield self._line(number, line)

    def opening_line(self, first: int, last: int) -> int:
        """Return on which of some lines, of one record, a quote opens that does not close there."""
        quotes = 0
        with closing(self.lines()) as lines:
            for number, line in enumerate(itertools.islice(lines, last), start=1):
                quotes += line.count('"') if number >= first else 0
                if quotes % 2:
                    return number
        return first

    def _line(self, number: int, line: bytes) -> str:
        if len(line) == LINE_LIMIT:
            raise DataError(
                f"{self.path}: line {number} has more than {LINE_LIMIT} bytes; is it a table?"
            )
        if b"\0" in line:
            raise DataError(f"{self.path}: line {number} holds the character NUL")
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise DataError(
                f"{self.path}: line {number}, byte {error.start + 1} is not UTF-8 "
                f"(0x{error.object[error.start]:02x}); set `encoding`, such as latin-1 or cp1252, "
                "or save the file as UTF-8"
            ) from None
        if self.blanks:
            return RUN_OF_BLANKS.sub(_as_tab, text.strip(" \t\r\n")) + "\n"
        return text


def _as_tab(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith('"') else "\t"
