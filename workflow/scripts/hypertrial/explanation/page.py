"""The page of a winner: how well it does, what it was given, what it learned, how it predicts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hypertrial import collect, files, winnerless
from hypertrial.explanation import registry, subject, values
from hypertrial.explanation.subject import Subject
from hypertrial.ledger import entries
from hypertrial.ledger.entries import Entry
from hypertrial.markdown import escape, table
from hypertrial.metrics import METRICS
from hypertrial.models import get_family
from hypertrial.wording import count, counted, number, some, spread

MOST_COLUMNS = 15
KINDS = {
    "set": "set by the search",
    "defaulted": "left at the default",
    "resolved": "computed from the data by a rule",
    "chosen_in_fitting": "chosen in fitting",
    "control": "control",
}


@winnerless.of_winner
def write(
    winner: str,
    ledger: str,
    importance: str,
    curve: str,
    learned: str | None,
    output: str,
) -> None:
    """Write the page of a model's winner in Markdown.

    Parameters
    ----------
    winner
        The winner's record (``winner.json``).
    ledger, importance, curve
        Its ledger, its permutation importance and its learning curve (CSV).
    learned
        The file that the family's own explanation wrote, or None if it has none.
    output
        The page.
    """
    own = subject.load(winner, learned)
    explained = registry.get(own.record["model"])
    row = int(own.held_out[0])
    parts = [
        f"# {get_family(own.record['model']).title} on {escape(own.record['dataset'])}: the winner",
        _introduction(own),
        "## How well it does",
        *_scores(own),
        *_fit(own, collect.read_table(curve)),
        "## What it was given, and what it learned",
        *_ledger(entries.read(ledger)),
        "## What the training learned",
        *_target(own),
        *explained.learned(own),
        "## Which columns its predictions need",
        *_columns(collect.read_table(importance)),
        "## How one prediction comes about",
        *_row(own, row),
        *explained.predicted(own, row),
        "## Where everything is",
        _places(Path(winner).parent, learned),
    ]
    files.write(output, "\n\n".join(parts) + "\n")


def _introduction(own: Subject) -> str:
    record = own.record
    others = counted(record["trials"] - 1, "other")
    return (
        f"Trial `{record['trial']}` won over {others}. It learned "
        f"{counted(record['learned']['values'], 'value')} from {values.rows(len(own.training))}; "
        f"{values.rows(len(own.held_out))} were held out of everything, and only scored."
    )


def _scores(own: Subject) -> list[str]:
    record = own.record
    rows = []
    for name in record["metrics"]:
        found, interval = record["validation"][name], record["held_out_intervals"][name]
        better = "higher" if METRICS[name].greater_is_better else "lower"
        rows.append(
            (
                f"{METRICS[name].title} ({better} is better)",
                _number(found["mean_train"]),
                spread(found["mean"], found["std"]),
                _number(record["held_out"][name]),
                _interval(interval["low"], interval["high"]),
            )
        )
    level = f"{record['held_out_level']:.0%} interval"
    return [
        table(("metric", "training", "validation", "held-out", level), rows),
        "Training and validation scores are means over the splits, ± the standard deviation. The "
        "first metric ranked the trials.",
        *_without_interval(record["held_out_intervals"]),
    ]


def _without_interval(intervals: Mapping[str, Any]) -> list[str]:
    """Say why scores have no interval, each reason once."""
    notes: dict[str, list[str]] = {}
    for name, each in intervals.items():
        if each["note"]:
            notes.setdefault(each["note"], []).append(METRICS[name].title)
    return [f"No interval of {', '.join(names)}: {note}." for note, names in notes.items()]


def _interval(low: float | None, high: float | None) -> str:
    none = low is None or high is None or np.isnan(low) or np.isnan(high)
    return "–" if none else f"{_number(low)} to {_number(high)}"


def _number(value: float | None) -> str:
    return number(np.nan if value is None else value)


def _fit(own: Subject, curve: pd.DataFrame) -> list[str]:
    """Say what the learning curve tells of the gap, and of more rows."""
    name = own.record["metrics"][0]
    metric = METRICS[name]
    groups = curve.groupby("share")
    whole = groups[f"test_{name}"].count() == groups.size()  # sizes that every split has scores of
    means = groups[[f"train_{name}", f"test_{name}", "size"]].mean()[whole]
    if not len(means) or means.index[-1] != 1.0:
        return []
    last = means.iloc[-1]
    train, test = last[f"train_{name}"], last[f"test_{name}"]
    gap = metric.gain(train, test)
    parts = [
        f"**Over- or underfitting?** With all {count(last['size'])} training rows of a split the "
        f"mean {metric.title} is {_number(train)} on the rows it was trained on, and "
        f"{_number(test)} on validation rows: {_number(abs(gap))} "
        f"{'better' if gap >= 0 else 'worse'} where it has seen the answers. A large gap speaks of "
        "overfitting; two bad scores close to each other, of underfitting."
    ]
    if len(means) > 1 and (curve["share"] == 1.0).sum() > 1:
        before = means.iloc[-2]
        ends = [curve[curve["share"] == share] for share in means.index[-2:]]
        rises = [
            metric.gain(float(now), float(then))
            for then, now in zip(*(part[f"test_{name}"] for part in ends), strict=True)
        ]
        rise, error = float(np.mean(rises)), float(np.std(rises, ddof=1) / len(rises) ** 0.5)
        said = "more rows may well help" if rise > 2 * error else "no clear rise any more"
        parts.append(
            f"From {count(before['size'])} rows to {count(last['size'])} the validation score "
            f"became {_number(abs(rise))} {'better' if rise >= 0 else 'worse'}, with a standard "
            f"error of {_number(error)} over the splits: {said}."
        )
    skipped = curve[curve["note"].notna()]
    if len(skipped):
        reasons = "; ".join(escape(each) for each in dict.fromkeys(skipped["note"].astype(str)))
        parts.append(f"{some(len(skipped), len(curve), 'fit')} gave no score: {reasons}.")
    return parts


def _ledger(rows: Sequence[Entry]) -> list[str]:
    """Return the hyperparameters by kind, and the learned arrays."""
    given = [
        (
            said,
            escape(each.name),
            escape(each.value),
            "yes" if each.needed else "no",
            escape(each.meaning),
        )
        for kind, said in KINDS.items()
        for each in rows
        if each.kind == kind
    ]
    arrays = [
        (
            f"{each.stage}.{each.name}",
            each.shape,
            _range(each),
            "yes" if each.needed else "no",
            escape(each.meaning),
        )
        for each in rows
        if each.kind == "learned"
    ]
    return [
        "Somebody, or a default, gave it hyperparameters before training:",
        table(("kind", "hyperparameter", "value", "needed to predict", "meaning"), given),
        "Training then learned these arrays from the data:",
        table(("array", "shape", "range", "needed to predict", "meaning"), arrays),
    ]


def _range(each: Entry) -> str:
    ends = [number(end) for end in (each.minimum, each.maximum) if end is not None]
    return " to ".join(dict.fromkeys(ends)) or "–"


def _target(own: Subject) -> list[str]:
    """Say which units the model's numbers are in, if the target was transformed."""
    words = own.target.words()
    if not words:
        return []
    return [
        f"The model was fitted to a transformed target (`target_transform`): {words}. What it "
        "learned of the target is in these units; only its answers are turned back into those of "
        f"{escape(own.data.target)}, and scored."
    ]


def _columns(found: pd.DataFrame) -> list[str]:
    """Return the columns whose shuffling costs most."""
    first = found.iloc[0]
    metric = METRICS[first["metric"]]
    rows = [
        (
            escape(each["feature"]),
            each["kind"],
            number(each["mean"]),
            _interval(each["low"], each["high"]),
        )
        for _, each in found.head(MOST_COLUMNS).iterrows()
    ]
    more = len(found) - len(rows)
    kept = "1 more column is" if more == 1 else f"{more} more columns are"
    idle = int((found["mean"] <= 0).sum())
    return [
        f"The values of one column are shuffled among {counted(first['rows'], 'held-out row')}, "
        f"{counted(first['repeats'], 'time')}, and the others kept. By so much does "
        f"{metric.title}, {_number(float(first['score']))} unshuffled, become worse:",
        table(("column", "kind", "mean loss", f"{first['level']:.0%} interval"), rows),
        f"{f'{kept} in `permutation_importance.csv`. ' if more else ''}"
        f"Shuffling costs nothing for {idle} of {len(found)} columns. Of columns that tell the "
        "same, each can be shuffled at little cost, as the model still has the other. The interval "
        "is that of the mean over shuffles, not over other held-out rows; there is none (–) where "
        "all shuffles cost the same.",
    ]


def _row(own: Subject, row: int) -> list[str]:
    """Return the raw values of a row, and its answer."""
    data = own.data
    X = data.rows(np.array([row])).X[0]
    shown = list(zip(data.columns, X, strict=True))
    listed = ", ".join(
        f"{escape(column.name)} = {escape(values.shown(column, float(value)))}"
        for column, value in shown[:MOST_COLUMNS]
    )
    more = counted(max(0, len(shown) - MOST_COLUMNS), "more column")
    rest = f", and {more}" if len(shown) > MOST_COLUMNS else ""
    return [
        f"Take row {row} of the table, the first that was held out: {listed}"
        f"{rest}. In truth its {escape(data.target)} is {escape(values.target(data, row))}."
    ]


def _places(folder: Path, learned: str | None) -> str:
    lines: list[tuple[str, Any]] = [
        ("winner.json", "this winner's record; `winner.npz`: the arrays that it learned"),
        ("winner_ledger.csv", "the ledger above with all digits"),
        ("permutation_importance.csv", "the importance of every column"),
        ("learning_curve.csv", "scores of each split by the number of training rows"),
        ("held_out_predictions.csv", "its prediction of every held-out row"),
        ("plots/", "pictures of all of this"),
    ]
    if learned:
        lines.insert(2, (Path(learned).name, "what is told above of what training learned"))
    return "\n".join(f"- `{folder.as_posix()}/{name}`: {what}" for name, what in lines)
