"""Alternative texts of the pictures of one winner and its search."""

from collections.abc import Mapping

import pandas as pd

from hypertrial.metrics import METRICS
from hypertrial.report.source import Source
from hypertrial.wording import count, listed, number, signed

Place = Mapping[str, str]
MOST = 5


def _folder(place: Place) -> str:
    return f"{place['dataset']}/{place['model']}"


def _searched(table: pd.DataFrame) -> list[str]:
    names = map(str, table.columns)
    return [name.removeprefix("param_") for name in names if name.startswith("param_")]


def validation_curves(source: Source, place: Place) -> str:
    """Tell of each hyperparameter the value of the best trial, and the spread of scores."""
    table, score_of = source.scored(place)
    parts = [
        f"{name} {table[f'param_{name}'].nunique()} values, best with "
        f"{table[f'param_{name}'].iloc[0]}"
        for name in _searched(table)
    ]
    low, high = table[score_of].min(), table[score_of].max()
    return f"Scores from {number(low)} to {number(high)} by value: {'; '.join(parts)}."


def heat_maps(source: Source, place: Place) -> str:
    """Tell which pairs of hyperparameters there are, and the spread of scores."""
    table, score_of = source.scored(place)
    low, high = table[score_of].min(), table[score_of].max()
    return (
        f"Best score for pairs of values of {listed(_searched(table)) or 'no hyperparameter'}: "
        f"{count(len(table))} trials, scores from {number(low)} to {number(high)}."
    )


def held_out(source: Source, place: Place) -> str:
    """Tell the winner's scores on held-out rows."""
    record = source.winner(place)
    parts = [
        f"{METRICS[name].title} {number(value)}"
        for name, value in record["held_out"].items()
        if value is not None
    ]
    shown = "Predictions against the truth" if not record["classes"] else "Confusion matrix"
    return f"{shown} of {count(record['held_out_rows'])} held-out rows: {', '.join(parts)}."


def residuals(source: Source, place: Place) -> str:
    """Tell what errors are shown of how many rows."""
    record = source.winner(place)
    metric = record["metrics"][0]
    what = "Residuals" if not record["classes"] else "Probability or label of the actual class"
    value = record["held_out"][metric]
    shown = f"; {METRICS[metric].title} {number(value)}" if value is not None else ""
    return f"{what} of {count(record['held_out_rows'])} held-out rows{shown}."


def tree(source: Source, place: Place) -> str:
    """Tell what the tree learned and by which hyperparameters."""
    record = source.winner(place)
    chosen = [f"{name}={value}" for name, value in record["hyperparameters"]["set"].items()]
    return (
        f"The winning tree, with {count(record['learned']['values'])} learned values, grown with "
        f"{listed(chosen) or 'the default configuration'}."
    )


def permutation_importance(source: Source, place: Place) -> str:
    """Tell what the score loses of the columns that matter most."""
    table = source.table(f"{_folder(place)}/permutation_importance.csv")
    top = table.sort_values("mean", ascending=False).head(MOST)
    parts = [f"{row['feature']} {signed(row['mean'])}" for _, row in top.iterrows()]
    return f"What the held-out score loses when a column is shuffled: {'; '.join(parts)}."


def rounds(source: Source, place: Place) -> str:
    """Tell training and validation score of the first and of all rounds."""
    metric = source.winner(place)["metrics"][0]
    table = source.table(f"{_folder(place)}/rounds.csv")
    means = table.groupby("rounds")[[f"train_{metric}", f"test_{metric}"]].mean()
    parts = [
        f"{count(means.index[at])}: {number(means.iloc[at, 0])} and {number(means.iloc[at, 1])}"
        for at in (0, -1)
    ]
    return f"Training and validation score by rounds of boosting: {'; '.join(parts)}."


def learned(source: Source, place: Place) -> str:
    """Tell how many values were learned, and in which arrays."""
    record = source.winner(place)
    arrays = [
        f"{name.removeprefix('model.')} {'×'.join(map(str, shape))}"
        for name, shape in record["learned"]["arrays"].items()
        if name.startswith("model.")
    ]
    return (
        f"What the winner learned: {count(record['learned']['values'])} values, "
        f"in {listed(arrays)}."
    )
