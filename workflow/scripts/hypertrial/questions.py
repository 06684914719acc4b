"""What a reader asks of a study, answered in Markdown from its tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from hypertrial import collect, floor
from hypertrial.analysis import importance
from hypertrial.board import dashes, without_interval
from hypertrial.markdown import escape, table
from hypertrial.wording import are, interval, number, some, spread

MOST_IMPORTANT = 3
NO_WINNER = "No model has a winner."


def markdown(answers: Mapping[str, Mapping[str, str]], honesty: str) -> list[str]:
    """Return the sections of the summary that answer questions.

    ``answers`` maps each data set to the paths of its tables ``significance``, ``tuning`` and
    ``importance``; ``honesty`` is the path of the study's table of that name.
    """
    return [
        "## Is the difference real?",
        *_significance(answers),
        "## Was tuning worth it?",
        *_tuning(answers),
        "## Which hyperparameters matter?",
        *_importance(answers),
        "## Is the winner honest?",
        *_honesty(collect.read_table(honesty)),
    ]


def _rows(answers: Mapping[str, Mapping[str, str]], name: str) -> list[tuple[str, Any]]:
    """Return each row of a table of all data sets, with the data set's name."""
    return [
        (dataset, row)
        for dataset, paths in answers.items()
        for _, row in collect.read_table(paths[name]).iterrows()
    ]


def _significance(answers: Mapping[str, Mapping[str, str]]) -> list[str]:
    found = _rows(answers, "significance")
    if not found:
        return ["On no data set do two models have a winner, so there is nothing to compare."]
    cells = [
        (
            dataset,
            f"{row['model_a']} – {row['model_b']}",
            interval(row["difference"], row["low"], row["high"]),
            number(row["effect_size"]),
            number(row["p_value_holm"]),
            "" if pd.isna(row["note"]) else escape(row["note"]),
        )
        for dataset, row in found
    ]
    sure = sum(bool(row["low"] > 0 or row["high"] < 0) for _, row in found)
    level = f"{float(found[0][1]['level']):.0%}"
    return [
        f"{_beyond(sure, len(found))} beyond what the splits leave open. That is said where the "
        f"{level} interval does not hold 0. A difference is positive where the first winner is "
        "better. The test is the corrected resampled t-test of Nadeau and Bengio over the splits "
        "of the validation; d is the mean difference by its standard deviation, and p is adjusted "
        "after Holm.",
        table(("data set", "winners", f"difference [{level}]", "d", "p", "note"), cells),
    ]


def _beyond(sure: int, differences: int) -> str:
    """Say how many differences are, for a sentence that goes on."""
    if differences == 1:
        return f"The difference between the two winners is {'' if sure else 'not '}".rstrip()
    said = f"{some(sure, differences, 'difference')} between winners {are(sure)}"
    return f"{said[0].upper()}{said[1:]}"


def _tuning(answers: Mapping[str, Mapping[str, str]]) -> list[str]:
    found = _rows(answers, "tuning")
    cells = [
        (
            dataset,
            row["model"],
            "held-out" if row["part"] == "held_out" else row["part"],
            number(row["default"]),
            number(row["tuned"]),
            interval(row["gain"], row["gain_low"], row["gain_high"]),
        )
        for dataset, row in found
    ]
    if not cells:
        return [NO_WINNER]
    return [
        "The gain of the winner over the model's default configuration, positive where tuning "
        "helped. The validation score was what selected the winner; the held-out rows were not.",
        table(("data set", "model", "part", "default", "tuned", "gain"), cells),
        *without_interval(
            (f"{dataset}/{row['model']} {part}", row.get("note"))
            for (dataset, row), (_, _, part, *_) in zip(found, cells, strict=True)
        ),
    ]


def _importance(answers: Mapping[str, Mapping[str, str]]) -> list[str]:
    cells, differ, notes = [], [], []
    for dataset, paths in answers.items():
        found = collect.read_table(paths["importance"])
        for model, own in found.groupby("model", sort=False):
            cells.append((dataset, model, *(_most(own, name) for name in ("fanova", "ped_anova"))))
            notes += [(f"{dataset}/{model}", note) for note in own.get("note", ())]
            first = importance.leaders(own)
            if first and not importance.agreed(first):
                differ.append(f"{dataset}/{model}")
    if not cells:
        return ["No hyperparameter had several values in trials with a result."]
    return [
        f"Of each search the most important, {MOST_IMPORTANT} at most: by fANOVA for the variance "
        "of all scores, by PED-ANOVA for being among the best tenth. The shares of all "
        "hyperparameters of a search add up to 1; `importance.csv` has them.",
        table(("data set", "model", "fANOVA", "PED-ANOVA"), cells),
        *dashes("– stands where importance was not assessed", notes),
        *[f"The two methods put different ones first for {', '.join(differ)}."] * bool(differ),
    ]


def _most(rows: pd.DataFrame, evaluator: str) -> str:
    own = rows[rows["evaluator"] == evaluator].sort_values("importance", ascending=False)
    names = [
        f"{row['hyperparameter']} {row['importance']:.2f}"
        for _, row in own.head(MOST_IMPORTANT).iterrows()
    ]
    return ", ".join(names) or "–"


def _honesty(rows: pd.DataFrame) -> list[str]:
    """Return the table of honesty, with the columns that the config asked for."""
    header = ["data set", "model", "selected", "corrected", "held-out"]
    if rows.empty:
        return [NO_WINNER]
    nested, permuted = "nested" in rows, "chance" in rows
    header += ["nested"] * nested + ["permuted, held-out", "chance"] * permuted
    parts = [
        "The selected score is the best of many, and so a little too good. Corrected is what it "
        "would be without the luck of selection: each fold is scored by what resamples of the "
        "other folds select.",
        table(header, [_honest(row, nested, permuted) for _, row in rows.iterrows()]),
        *without_interval(_notes(rows)),
        *floor.far_worse([dict(row) for _, row in rows.iterrows()]),
    ]
    known = rows[rows["at_chance"].notna()] if permuted else rows[:0]
    if len(known):
        beyond = known[~known["at_chance"].astype(bool)]
        names = [f"{row['dataset']}/{row['model']}" for _, row in beyond.iterrows()]
        parts.append(
            "On permuted targets, where nothing can be learned, every winner scores at chance."
            if not names
            else f"**On permuted targets some score above chance: {escape(', '.join(names))}.** "
            "Rows may leak between training and held-out part."
        )
    return parts


def _notes(rows: pd.DataFrame) -> list[tuple[str, Any]]:
    """Return why scores have no interval, by the names of the searches and of the scores."""
    kinds = {"corrected": "corrected", "held_out": "held-out", "chance": "chance"}
    return [
        (f"{row['dataset']}/{row['model']} {told}", row.get(f"{kind}_note"))
        for kind, told in kinds.items()
        for _, row in rows.iterrows()
    ]


def _honest(row: "pd.Series[Any]", nested: bool, permuted: bool) -> Sequence[str]:
    cells = [
        str(row["dataset"]),
        str(row["model"]),
        number(row["selected"]),
        interval(row["corrected"], row["corrected_low"], row["corrected_high"]),
        interval(row["held_out"], row["held_out_low"], row["held_out_high"]),
    ]
    if nested:
        known = np.isfinite(row["nested_std"])
        nested_score = spread(row["nested"], row["nested_std"]) if known else number(row["nested"])
        cells.append(nested_score)
    if permuted:
        chance = interval(row["chance"], row["chance_low"], row["chance_high"])
        cells += [number(row["permuted_held_out"]), chance]
    return cells
