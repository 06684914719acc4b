"""What a run says of mistakes: their lines, and nothing of Snakemake's around them."""

import logging
from typing import Any

from snakemake.logging import LogEvent, logger

from binding.internals import messages


class Telling(logging.Filter):
    """Lets a mistake's lines through alone, once each, and what Snakemake says of other failures.

    The word that a run starts is held back until its data have been checked.
    """

    def __init__(self) -> None:
        super().__init__()
        self._logs: set[str] = set()
        self._told: set[str] = set()
        self._others = False
        self._start: logging.LogRecord | None = None
        self._started = False

    def note(self, log: str) -> None:
        """Note that the job with this log fails by what it tells itself."""
        self._logs.add(log)

    def start(self) -> None:
        """Let the word through that a run starts."""
        self._started, record = True, self._start
        if record is not None:
            logger.handle(record)

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is to be shown."""
        event = getattr(record, "event", None)
        if event == LogEvent.WORKFLOW_STARTED and not self._started:
            self._start = record
            return False
        if event == LogEvent.ERROR and str(record.msg).startswith(messages.TITLE):
            return self._tell(record)
        if event in (LogEvent.JOB_ERROR, LogEvent.GROUP_ERROR):
            is_told = bool(self._logs.intersection(map(str, getattr(record, "log", None) or ())))
            self._others |= not is_told
            return not is_told
        if self._told and not self._others:
            return not messages.is_said_afterwards(str(record.msg))
        return True

    def _tell(self, record: logging.LogRecord) -> bool:
        text = str(record.msg).removeprefix(messages.TITLE).strip("\n")
        if text in self._told:
            return False
        self._told.add(text)
        record.msg = text
        return True


TELLING = Telling()


def tell_mistakes_alone(workflow: Any) -> None:
    """Have this process tell mistakes by their lines alone."""
    if not workflow.remote_exec:
        logger.addFilter(TELLING)
    if not workflow.is_main_process:
        TELLING.start()
