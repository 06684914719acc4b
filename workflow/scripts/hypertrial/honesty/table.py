"""The table of honesty: each winner's selected score beside less flattering estimates of it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hypertrial import collect
from hypertrial.compare import Winner, read_winners
from hypertrial.metrics import METRICS

Row = dict[str, Any]


def write(
    winners: Mapping[str, str],
    optimism: Mapping[str, str],
    outer: Mapping[str, Sequence[str]],
    chance: Mapping[str, str],
    permuted: Mapping[str, str],
    output: str,
) -> None:
    """Write a row for each search of the config's data sets.

    All mappings are by ``dataset/model``: the winner; its optimism; the winners of its outer
    folds; its score on permuted targets against chance, and that winner. The last three are
    empty where the config does not ask for them.
    """
    rows = []
    for name, path in winners.items():
        row = _selected(read_winners([path])[0], _read(optimism[name]))
        if name in outer:
            row |= _nested(read_winners(outer[name]))
        if name in chance:
            row |= _permuted(read_winners([permuted[name]])[0], _read(chance[name]), len(chance))
        rows.append(row)
    collect.write_table(pd.DataFrame(rows), output)


def _read(path: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(Path(path).read_bytes())
    return content


def _selected(winner: Winner, optimism: Mapping[str, Any]) -> Row:
    """Return the winner's scores, corrected and held-out ones with their intervals."""
    metric = METRICS[winner["metrics"][0]]
    held_out = winner["held_out_intervals"][metric.name]
    row = {
        "dataset": winner["dataset"],
        "model": winner["model"],
        "metric": metric.name,
        "greater_is_better": metric.greater_is_better,
        "selected": winner["validation"][metric.name]["mean"],
        "corrected": optimism["corrected"],
        "corrected_low": optimism["low"],
        "corrected_high": optimism["high"],
        "corrected_note": optimism["note"],
        "optimism": optimism["bias"],
        "held_out": winner["held_out"][metric.name],
        "held_out_low": held_out["low"],
        "held_out_high": held_out["high"],
        "held_out_note": held_out["note"],
    }
    return {name: _number(value) for name, value in row.items()}


def _nested(winners: Sequence[Winner]) -> Row:
    """Return the estimate of nested cross-validation (Varma and Simon, 2006).

    ``nested`` is the mean of the scores that the winners of the outer folds have on the rows
    held out of their searches; ``nested_optimism`` is how much better their selected validation
    scores looked.
    """
    metric = METRICS[winners[0]["metrics"][0]]
    scores = np.array([_number(each["held_out"][metric.name]) for each in winners])
    selected = np.array([each["validation"][metric.name]["mean"] for each in winners])
    settings = {json.dumps(each["hyperparameters"]["set"], sort_keys=True) for each in winners}
    return {
        "nested": float(scores.mean()),
        "nested_std": float(scores.std(ddof=1)) if len(scores) > 1 else np.nan,
        "nested_optimism": float(metric.gain(selected.mean(), scores.mean())),
        "outer_folds": len(winners),
        "different_winners": len(settings),
    }


def _number(value: Any) -> Any:
    return np.nan if value is None else value


def _permuted(winner: Winner, chance: Mapping[str, Any], searches: int) -> Row:
    """Return the scores on permuted targets, and whether they are at chance.

    Of many searches some look better than chance by chance; so the p-value is held against
    0.05 divided by their number (Bonferroni).
    """
    metric = winner["metrics"][0]
    p_value = chance["p_value"]
    row = {
        "permuted_selected": winner["validation"][metric]["mean"],
        "permuted_held_out": chance["score"],
        "chance": chance["chance"],
        "chance_low": chance["low"],
        "chance_high": chance["high"],
        "chance_note": chance["note"],
        "p_value": p_value,
        "at_chance": p_value is None or p_value >= 0.05 / searches,
    }
    return {name: _number(value) for name, value in row.items()}
