"""The ledger: of which kind every value of a trial is, and whether prediction needs it."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from hypertrial import files, spreadsheet, winnerless
from hypertrial.ledger import entries
from hypertrial.ledger.entries import COLUMNS, KINDS, STAGES


def counts(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return how many values of each kind a trial has, and their bytes: a row of ``ledger.csv``.

    Parameters
    ----------
    record
        A trial's scores. Those of a failed trial know what was set and defaulted only.

    Returns
    -------
    dict
        ``trial``; ``<kind>_values`` and ``<kind>_bytes`` for each of :data:`KINDS`, where
        ``learned`` is split into ``learned_preprocessing`` and ``learned_model``; the same for
        ``needed``, the hyperparameters that prediction needs. None where nothing is known.
    """
    given, learned = record["hyperparameters"], record.get("learned")
    row: dict[str, Any] = {"trial": record["trial"]}
    for kind in (*KINDS, "needed"):
        if kind == "learned":
            row |= _learned_counts(learned)
            continue
        values = given.get(kind, None if learned is None else {})
        row[f"{kind}_values"] = None if values is None else len(values)
        row[f"{kind}_bytes"] = None if values is None else sum(map(entries.size, values.values()))
    return row


def _learned_counts(learned: Mapping[str, int] | None) -> dict[str, int | None]:
    row: dict[str, int | None] = {}
    for stage in STAGES:
        for unit in ("values", "bytes"):
            own = None if learned is None else learned[f"preprocessing_{unit}"]
            if own is not None and learned is not None and stage == "model":
                own = learned[unit] - own
            row[f"learned_{stage}_{unit}"] = own
    return row


@winnerless.of_winner
def write_winner(winner: str, parameters: str, output: str) -> None:
    """Write a winner's ledger as CSV: a row for each hyperparameter and for each array.

    Parameters
    ----------
    winner, parameters
        The record (JSON) and the arrays (``.npz``) that :func:`hypertrial.compare.evaluate` wrote.
    output
        The CSV, with the columns :data:`COLUMNS`. A rule and what it became stand in it twice, as
        set or defaulted and as resolved; prediction needs the second, if any. Names that the
        arrays refer to come last, with the kind ``data``.
    """
    record = json.loads(Path(winner).read_bytes())
    rows = [asdict(each) for each in entries.of_winner(record, files.load_npz(parameters))]
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    table["needed"] = table["needed"].map({True: "true", False: "false"})
    files.write(output, spreadsheet.guarded(table).to_csv(index=False, lineterminator="\n"))
