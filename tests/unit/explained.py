"""Winners as a study makes them, for the tests of what explains them."""

import json
from dataclasses import replace

import numpy as np
from studies import METRICS, bench

from hypertrial import collect, compare
from hypertrial.data.table import Column
from hypertrial.explanation import permutation, registry, subject
from hypertrial.ledger import ledger

HOSTILE = (
    "# **a** | [b](c)",
    "<script>alert(1)</script>",
    "$x_1^2$",
    "line\nbreak",
    '`tick`, "quote"',
    "- _under_ & co",
)


def hostile(data):
    """Return a table whose columns and classes have names that markup would take for its own."""
    columns = tuple(
        replace(column, name=name) for column, name in zip(data.columns, HOSTILE, strict=False)
    )
    classes = tuple(f"| *{name}* <b>" for name in data.classes)
    return replace(data, columns=columns + data.columns[len(columns) :], classes=classes)


def constant(data):
    """Return a table with one more column, whose values are all the same."""
    X = np.column_stack([data.X, np.full(len(data.y), 3.0)])
    return replace(data, X=X, columns=(*data.columns, Column("same", "numeric")))


def won(data, model, folder, points=({},), metrics=None, first=(), **rules):
    """Run trials, choose their winner, and return the path of its record.

    The metrics ``first`` come before the others when the trials have run.
    """
    made = bench(data, folder / "data", **rules)
    metrics = metrics or METRICS[data.task]
    own = folder / model
    folders = [made.run(made.spec(model, point, metrics), folder) for point in [{}, *points]]
    metrics = [*first, *metrics]
    scores, costs = str(own / "scores.jsonl"), str(own / "cost.jsonl")
    bundled = [str(each) for each in dict.fromkeys(folders)]
    collect.bundle(bundled, metrics, made.table_paths, scores, costs)
    names = ("trials.csv", "cost.csv", "ledger.csv", "winner.json", "winner.npz", "held.csv")
    trials, cost, counts, winner, parameters, held = (str(own / name) for name in names)
    collect.tables([scores], [costs], metrics, [trials], [cost], counts)
    chosen = {"metrics": metrics, "selection": "best", "repeats": 1}
    drawn = {"resamples": 20, "level": 0.95, "seed": 1}
    compare.evaluate(
        trials, made.table_paths, made.splits_path, {**chosen, **drawn}, winner, parameters, [held]
    )
    ledger.write_winner(winner, parameters, str(own / "winner_ledger.csv"))
    return winner


def params(method="auto", folds=3):
    """Return what a plan's ``split_params`` are."""
    given = {"method": method, "test_size": 0.2, "folds": folds, "repeats": 1, "gap": 0, "seed": 1}
    return json.dumps(given)


def told(winner, folder):
    """Write a winner's importance and its family's own table; return the subject and both paths."""
    importance = str(folder / "importance.csv")
    permutation.write(winner, {"seed": 1, "level": 0.95}, importance)
    own = subject.load(winner)
    name = registry.get(own.record["model"]).table
    if name is None:
        return own, importance
    table = str(folder / name)
    registry.get(own.record["model"]).write(own, table)
    return subject.load(winner, table), importance
