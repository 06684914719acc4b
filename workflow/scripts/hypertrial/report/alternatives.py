"""Alternative texts: what a picture shows, in numbers, for those who do not see it."""

from collections.abc import Mapping

import pandas as pd

from hypertrial.metrics import METRICS
from hypertrial.report.source import Source
from hypertrial.wording import count, listed, number, seconds, signed, spread

Place = Mapping[str, str]
"""The data set and the model that a picture is about, if it is about one."""


def comparison(source: Source, _place: Place) -> str:
    """Tell the winners' validation and held-out scores."""
    parts = [
        f"{row['dataset']} {row['model']} {spread(row['mean_test'], row['std_test'])}, "
        f"held-out {number(row['held_out'])}"
        for row in source.rows("leaderboard.csv")
        if pd.notna(row["mean_test"])
    ]
    return f"Validation scores of the winners, and on held-out rows: {'; '.join(parts)}."


def learned_values(source: Source, _place: Place) -> str:
    """Tell from how many to how many values the trials learned, and the winner's number."""
    parts = []
    for row in source.winners():
        table, _ = source.scored(row)
        own = table["learned_values"]
        parts.append(
            f"{row['dataset']} {row['model']} {count(own.min())} to {count(own.max())}, "
            f"winner {count(row['learned_values'])}"
        )
    return f"Scores against the number of learned values of each trial: {'; '.join(parts)}."


def critical_difference(source: Source, _place: Place) -> str:
    """Tell the average ranks and how far apart they must be."""
    rows = source.rows("ranks.csv")
    ranks = listed([f"{row['model']} {number(row['average_rank'])}" for row in rows])
    if not rows:
        return "No model is ranked."
    distance = rows[0].get("critical_difference")
    needed = f"; the critical difference is {number(distance)}" if pd.notna(distance) else ""
    return f"Average ranks, 1 is best: {ranks}{needed}."


def honesty(source: Source, _place: Place) -> str:
    """Tell selected, corrected and held-out scores."""
    parts = [
        f"{row['dataset']} {row['model']} {number(row['selected'])}, {number(row['corrected'])}, "
        f"{number(row['held_out'])}"
        for row in source.rows("honesty.csv")
    ]
    return f"Selected, corrected and held-out score of each winner: {'; '.join(parts)}."


def columns(source: Source, place: Place) -> str:
    """Tell how many rows and columns a data set has, and what is missing."""
    about = source.json(f"{place['dataset']}/data/table.json")
    report = source.rows(f"{place['dataset']}/data/report.csv")
    missing = sum(int(row["missing"]) for row in report if pd.notna(row["missing"]))
    classes = [f"{name} {count(number)}" for name, number in about["class_counts"].items()]
    text = (
        f"{place['dataset']}: {count(about['rows'])} rows, {count(len(about['columns']))} feature "
        f"columns, {count(missing)} missing values"
    )
    return f"{text}; rows of each class: {listed(classes)}." if classes else f"{text}."


def splits(source: Source, place: Place) -> str:
    """Tell how many rows train, validate and are held out."""
    about = source.json(f"{place['dataset']}/data/splits.json")
    sizes = sorted({split["validation"]["rows"] for split in about["splits"]})
    each = " to ".join(count(size) for size in dict.fromkeys((sizes[0], sizes[-1])))
    return (
        f"{count(about['training']['rows'])} rows for training in {about['count']} "
        f"{about['method']} splits with {each} validation rows each; "
        f"{count(about['held_out']['rows'])} rows held out."
    )


def significance(source: Source, place: Place) -> str:
    """Tell each difference with its interval."""
    parts = [
        f"{row['model_a']} minus {row['model_b']} {signed(row['difference'])}, "
        f"from {signed(row['low'])} to {signed(row['high'])}"
        for row in source.rows(f"{place['dataset']}/significance.csv")
    ]
    told = "; ".join(parts) or "none, as fewer than two models have a winner"
    return f"Differences of the winners, positive where the first is better: {told}."


def tuning(source: Source, place: Place) -> str:
    """Tell what tuning gained of each model."""
    parts = [
        f"{row['model']} {row['part'].replace('_', '-')} {signed(row['gain'])}"
        for row in source.rows(f"{place['dataset']}/tuning.csv")
    ]
    return f"Gain of the winner over the default configuration: {'; '.join(parts)}."


def budget(source: Source, place: Place) -> str:
    """Tell the best score to expect of one trial and of all."""
    table = source.table(f"{place['dataset']}/budget.csv")
    parts = [
        f"{model} from {number(own['expected_best'].iloc[0])} with {own['trials'].iloc[0]} "
        f"to {number(own['expected_best'].iloc[-1])} with {own['trials'].iloc[-1]}"
        for model, own in table.groupby("model", sort=False)
    ]
    return f"Best score to expect by number of trials: {'; '.join(parts)}."


def importance(source: Source, place: Place) -> str:
    """Tell the importance of each hyperparameter by both methods."""
    table = source.table(f"{place['dataset']}/importance.csv")
    if table.empty:
        return "No hyperparameter has several values: 0 bars."
    known = table[table["importance"].notna()]
    parts = [
        f"{model} {name} {' and '.join(f'{value:.2f}' for value in own['importance'])}"
        for (model, name), own in known.groupby(["model", "hyperparameter"], sort=False)
    ]
    unknown = table[table["importance"].isna()].drop_duplicates("model")
    parts += [
        f"{row['model']} not known from {row['trials']} trials" for _, row in unknown.iterrows()
    ]
    return f"Importance of hyperparameters by fANOVA and PED-ANOVA: {'; '.join(parts)}."


def learning_curves(source: Source, place: Place) -> str:
    """Tell the validation score of the winners with the fewest and with all training rows."""
    parts = []
    for model in source.won(place["dataset"]):
        metric = source.winner({**place, "model": model})["metrics"][0]
        table = source.table(f"{place['dataset']}/{model}/learning_curve.csv")
        means = table.groupby("share")[f"test_{metric}"].mean()
        parts.append(
            f"{model} {number(means.iloc[0])} with {means.index[0]:.0%} of the rows, "
            f"{number(means.iloc[-1])} with {means.index[-1]:.0%}"
        )
    return f"Validation score by number of training rows: {'; '.join(parts)}."


def probabilities(source: Source, place: Place) -> str:
    """Tell the held-out scores of probabilities."""
    parts = []
    for model in source.won(place["dataset"]):
        held = source.winner({**place, "model": model})["held_out"]
        shown = [
            f"{METRICS[name].title} {number(value)}"
            for name, value in held.items()
            if value is not None
        ]
        parts.append(f"{model}: {', '.join(shown)}")
    return f"ROC, precision-recall and calibration on held-out rows. {'; '.join(parts)}."


def cost_and_score(source: Source, place: Place) -> str:
    """Tell what the trials of each model took, and the best score."""
    parts = []
    for model in source.won(place["dataset"]):
        own = source.table(f"{place['dataset']}/{model}/cost.csv")["cpu_seconds"]
        table, name = source.scored({**place, "model": model})
        parts.append(
            f"{model} {seconds(own.min())} to {seconds(own.max())} a trial, "
            f"best score {number(table[name].iloc[0])}"
        )
    return f"Score of each trial against its time: {'; '.join(parts)}."
