"""Plain answers to what readers ask of a study, in its own numbers.

A question whose table is not among the report's inputs, or is empty, has no answer.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from hypertrial.analysis.importance import agreed, leaders
from hypertrial.board import by_dataset
from hypertrial.metrics import METRICS
from hypertrial.report.source import Source
from hypertrial.wording import count, counted, listed, number, seconds, some

Row = Mapping[str, Any]


def _of_all(source: Source, name: str) -> list[dict[str, Any]]:
    """Return the rows of a table of every data set, with the data set's name."""
    return [
        {"dataset": dataset, **row}
        for dataset in source.searches
        for row in source.rows(f"{dataset}/{name}.csv")
    ]


def _first(source: Source) -> dict[str, list[Row]]:
    """Return for each data set the winners that are first; ties share the place."""
    boards = by_dataset(source.winners())
    return {name: [row for row in own if row["rank"] == 1] for name, own in boards.items()}


def best_models(source: Source) -> dict[str, str]:
    """Return the model that is first on each data set; of several, the first by name."""
    return {name: str(rows[0]["model"]) for name, rows in _first(source).items() if rows}


def which_model_wins(source: Source) -> list[str]:
    """Say on how many data sets each model is first, and its average rank."""
    first = _first(source)
    if not first:
        return ["No model has a winner, as all trials failed."]
    wins = Counter(str(row["model"]) for rows in first.values() for row in rows)
    if len(first) == 1:
        said = [f"By validation score the best model is {listed(list(wins))}."]
    else:
        parts = [
            f"{name} on {some(times, len(first), 'data set')}" for name, times in wins.most_common()
        ]
        said = [f"First by validation score: {listed(parts)}."]
    shared = [name for name, rows in first.items() if len(rows) > 1]
    if shared:
        said.append(f"On {listed(shared)} the first place is shared.")
    ranks = source.rows("ranks.csv")
    if ranks:
        own = [f"{row['model']} {number(row['average_rank'])}" for row in ranks]
        note = ranks[0].get("note")
        said.append(f"Average ranks: {listed(own)}{f' ({note})' if pd.notna(note) else ''}.")
    return said


def is_the_difference_real(source: Source) -> list[str]:
    """Say how many leads of the first are beyond what the splits leave open."""
    first = _first(source)
    leads = [
        row
        for row in _of_all(source, "significance")
        if row["model_a"] in {each["model"] for each in first[row["dataset"]]}
    ]
    if not leads:
        return []
    clear = sum(bool(row["low"] > 0) for row in leads)
    if clear == 0:
        return [
            "The best model leads no other by more than the luck of the splits may explain "
            f"({counted(len(leads), 'comparison')})."
        ]
    rest = "" if clear == len(leads) else " In the others the order may be luck."
    return [
        "The lead of the best model is more than the luck of the splits in "
        f"{some(clear, len(leads), 'comparison')} with another.{rest}"
    ]


def was_tuning_worth_it(source: Source) -> list[str]:
    """Say in how many searches tuning helped or harmed beyond the interval, by kind of rows."""
    rows = _of_all(source, "tuning")
    said = []
    for part, label in (("validation", "On validation rows"), ("held_out", "On held-out rows")):
        own = [row for row in rows if row["part"] == part]
        up = sum(bool(row["gain_low"] > 0) for row in own)
        down = sum(bool(row["gain_high"] < 0) for row in own)
        if own:
            several = "searches"
            said.append(
                f"{label} tuning helped clearly in {some(up, len(own), 'search', several)}"
                f"{f' and harmed in {down}' if down else ''}."
            )
    held_out = [row for row in rows if row["part"] == "held_out" and row["gain"] > 0]
    best = [max(own, key=lambda row: float(row["gain"])) for own in by_dataset(held_out).values()]
    if best:
        gains = [
            f"{row['model']} on {row['dataset']} ({number(row['gain'])} in "
            f"{METRICS[row['metric']].title})"
            for row in best
        ]
        said.append(f"The largest gains on held-out rows: {listed(gains)}.")
    return said


def which_hyperparameters_matter(source: Source) -> list[str]:
    """Say for each model which hyperparameter matters most, or that the methods disagree."""
    rows = pd.DataFrame(_of_all(source, "importance"))
    if rows.empty:
        return []
    known = rows[rows["importance"].notna()]
    if known.empty:
        return [f"These trials do not tell: {listed(list(rows['note'].dropna().unique()))}."]
    said = []
    for model, own in known.groupby("model", sort=False):
        by_data = {str(name): leaders(part) for name, part in own.groupby("dataset", sort=False)}
        said += _agreement(str(model), by_data) + _disagreement(str(model), by_data)
    return said


METHODS = {"fanova": "fANOVA", "ped_anova": "PED-ANOVA"}
Leaders = Mapping[str, Mapping[str, Mapping[str, float]]]
"""The :func:`leaders` of a model's searches by data set."""


def _agreement(model: str, by_data: Leaders) -> list[str]:
    """Say which hyperparameter all methods put first most often, and its importance by each."""
    first = {dataset: found for dataset, found in by_data.items() if agreed(found)}
    if not first:
        return []
    name = Counter(agreed(found)[0] for found in first.values()).most_common(1)[0][0]
    own = {dataset: found for dataset, found in first.items() if agreed(found)[0] == name}
    where = some(len(own), len(by_data), "data set") if len(by_data) > 1 else next(iter(own))
    methods: list[str] = []
    for method, title in METHODS.items():
        shares = [found[method][name] for found in own.values() if method in found]
        if shares:
            ends = dict.fromkeys(f"{share:.0%}" for share in (min(shares), max(shares)))
            methods.append(f"{title}{' importance' * (not methods)} {' to '.join(ends)}")
    return [f"For {model} {name} matters most on {where} ({', '.join(methods)})."]


def _disagreement(model: str, by_data: Leaders) -> list[str]:
    """Say on which data sets the methods put different hyperparameters first."""
    parts = []
    for dataset, found in by_data.items():
        if not agreed(found):
            each = [f"{METHODS[method]}: {_named(first)}" for method, first in found.items()]
            parts.append(f"{dataset} ({', '.join(each)})")
    what = "methods disagree about which hyperparameter matters most"
    return [f"For {model} the {what} on {listed(parts)}."] if parts else []


def _named(first: Mapping[str, float]) -> str:
    return listed([f"{name} {share:.0%}" for name, share in first.items()]) or "none"


def would_a_wider_grid_help(source: Source) -> list[str]:
    """Say how many winners lie on an edge of their grid; the section lists what to try."""
    winners = [source.winner(row) for row in source.winners()]
    if not winners:
        return []
    told = [each for each in winners if each["edges"]]
    if not told:
        return ["No winner lies on an edge of its grid beyond which scores may still improve."]
    who, verb = some(len(told), len(winners), "winner"), "lies" if len(told) == 1 else "lie"
    return [f"{who[0].upper()}{who[1:]} {verb} on an edge of the grid; a wider one may do better."]


def is_the_winner_honest(source: Source) -> list[str]:
    """Say how the selected scores compare with held-out rows, correction and chance."""
    rows = source.rows("honesty.csv")
    known = [row for row in rows if pd.notna(row["held_out_low"])]
    inside = sum(row["held_out_low"] <= row["selected"] <= row["held_out_high"] for row in known)
    if not rows:
        return []
    said = [
        f"For {some(inside, len(known), 'winner')} the selected score lies in the interval of the "
        "held-out one."
    ]
    if len(known) < len(rows):
        said = [*said * bool(known), _without(len(rows) - len(known), len(rows))]
    flattered = [row for row in rows if pd.notna(row["optimism"]) and row["optimism"] > 0]
    if flattered:
        worst = max(flattered, key=_flattery)
        said.append(
            f"Selection flattered most {worst['model']} on {worst['dataset']}: "
            f"{number(worst['selected'])}, corrected {number(worst['corrected'])}."
        )
    return said


def _without(part: int, rows: int) -> str:
    """Say how many held-out scores have no interval."""
    return f"The held-out score of {some(part, rows, 'winner')} has no interval."


def _flattery(row: Row) -> float:
    return float(row["optimism"]) / abs(float(row["selected"]) or 1)


def gap(row: Row) -> float:
    """Return by how much a winner is better on the rows that it was trained on."""
    better = float(row["mean_train"]) - float(row["mean_test"])
    return better if row["greater_is_better"] else -better


def over_or_underfitting(source: Source) -> list[str]:
    """Say for each data set which winner has the largest gap of training and validation."""
    said = []
    for dataset, own in by_dataset(source.winners()).items():
        known = [row for row in own if pd.notna(row["mean_train"])]
        if known:
            row = max(known, key=gap)
            said.append(
                f"{row['model']} on {dataset} ({number(row['mean_train'])} and "
                f"{number(row['mean_test'])})"
            )
    return [f"The largest gaps of training and validation score: {listed(said)}."] if said else []


def what_was_learned(source: Source) -> list[str]:
    """Say how many values the winners learned."""
    board = sorted(source.winners(), key=lambda row: int(row["learned_values"]))
    if not board:
        return []
    low, high = (
        f"{count(row['learned_values'])} values ({row['model']} on {row['dataset']})"
        for row in (board[0], board[-1])
    )
    return [f"The winners learned from {low} to {high}."] if len(board) > 1 else [f"It is {low}."]


def what_did_it_cost(source: Source) -> list[str]:
    """Say what all trials took, and which search took most of it."""
    rows = source.rows("cost.csv")
    total = sum(float(row["cpu_seconds"]) for row in rows)
    most = max(rows, key=lambda row: float(row["cpu_seconds"]))
    trials = sum(int(row["trials"]) for row in rows)
    share = f", {float(most['cpu_seconds']) / total:.0%} of it" if total else ""
    return [
        f"{count(trials)} trials took {seconds(total)} of processor time{share} for "
        f"{most['model']} on {most['dataset']}."
    ]
