"""Searches without a winner: all of their trials failed, and what would tell of it says so."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import pandas as pd

from hypertrial import files, spreadsheet
from hypertrial.families import Task
from hypertrial.markdown import escape

Winner = dict[str, Any]
Given = ParamSpec("Given")
Note = Callable[[Winner, Sequence[str]], None]
OUTPUTS = ("output", "outputs")
ABSENT_CLASS = (
    "; a class may be absent from that part, as data/splits.json tells: use fewer folds, "
    "another split.method or another metric"
)
UNDEFINED = (
    "; targets or errors may be too large for it (divide the target), a part may have one row (use "
    "fewer folds), or it is for positive targets and predictions (take another metric)"
)


def won(record: Mapping[str, Any]) -> bool:
    """Tell whether a winner's record (``winner.json``) is that of a trial."""
    return record.get("trial", "") is not None


def reason(failures: Sequence[Mapping[str, Any]], task: Task) -> str:
    """Say in one line why a search has no winner, given its failures, the most frequent first."""
    trials, first = sum(each["trials"] for each in failures), failures[0]
    why = " ".join(str(first["reason"]).split())
    undefined = UNDEFINED if task == "regression" else ABSENT_CLASS
    hint = undefined if " is nan" in why or " is inf" in why else ""
    if trials == 1:
        return f"its only trial failed: {why}{hint}"
    if first["trials"] == trials:
        return f"all {trials} trials failed: {why}{hint}"
    return f"all {trials} trials failed, {first['trials']} of them: {why}{hint}"


def line(record: Mapping[str, Any]) -> str:
    """Say in one line which search has no winner, and why."""
    return f"{record['dataset']}/{record['model']}: {record['reason']}"


def read(path: str | Path) -> Winner:
    """Read a record of a winner, or of a search without one.

    Raises
    ------
    DataError
        If it is damaged.
    """
    return files.read_json(path)


def lines(paths: Sequence[str | Path]) -> list[str]:
    """Return a line for each of some records, of those that are there, that has no winner."""
    found = [read(path) for path in paths if Path(path).exists()]
    return [line(record) for record in found if not won(record)]


def noted(record: Winner, outputs: Sequence[str]) -> None:
    """Write files that say why there is nothing else in them, each as its ending asks for."""
    for path in outputs:
        files.write(path, _content(Path(path).suffix, record))


def _content(ending: str, record: Winner) -> bytes | str:
    said = line(record)
    if ending == ".csv":
        note = spreadsheet.guarded(pd.DataFrame({"note": [said]}))
        return note.to_csv(index=False, lineterminator="\n")
    if ending == ".json":
        names = ("dataset", "model", "trial", "reason")
        return files.json_bytes({name: record[name] for name in names})
    if ending == ".md":
        where = f"{record['model']} on {record['dataset']}"
        return f"# {escape(where)}: no winner\n\n{escape(said)}.\n"
    return f"{said}\n"


def or_noted(note: Note) -> Callable[[Callable[Given, None]], Callable[Given, None]]:
    """Return a decorator of functions that tell of a ``winner``, given by its record's path.

    Where the search has none such a function is not called: ``note`` writes its outputs.
    """

    def decorate(function: Callable[Given, None]) -> Callable[Given, None]:
        signature = inspect.signature(function)
        (name,) = (each for each in OUTPUTS if each in signature.parameters)

        @wraps(function)
        def told(*args: Given.args, **kwargs: Given.kwargs) -> None:
            given = signature.bind(*args, **kwargs).arguments
            record = read(given["winner"])
            if won(record):
                function(*args, **kwargs)
            else:
                note(record, [given[name]] if isinstance(given[name], str) else given[name])

        return told

    return decorate


of_winner = or_noted(noted)
"""Decorates functions that write what a winner is or did, but pictures."""
