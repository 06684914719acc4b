"""Small tables, splits and trials, made by hand and written where a trial reads them."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hypertrial import files, records, space, trial
from hypertrial.data import datasets, table
from hypertrial.data.table import Column, Table
from hypertrial.families import Roles, Training
from hypertrial.models import family_names, get_family
from hypertrial.records import TrialSpec
from hypertrial.splitting import making, splits
from hypertrial.splitting.split_rules import SplitRules

METRICS = {
    "binary": ["roc_auc", "f1", "matthews"],
    "multiclass": ["balanced_accuracy", "accuracy", "f1"],
    "regression": ["rmse", "mae", "r2"],
}
POINTS = {name: dict(get_family(name).examples[0]) for name in family_names()}
"""A point of each family, registered ones too; the first of its examples fits every task."""
BY_TASK = {"binary": "breast_cancer", "multiclass": "iris", "regression": "diabetes"}


def bundled(task, rows=90):
    """Return the first rows, in a fixed random order, of a bundled set of the task."""
    name = BY_TASK[task]
    data, _ = datasets.read(datasets.DatasetSpec(name, name), task)
    order = np.random.default_rng(0).permutation(len(data.y))[:rows]
    return data.rows(order)


def mixed(task, rows=80, seed=0):
    """Return a table with numeric and categorical columns, values missing in both."""
    rng = np.random.default_rng(seed)
    X = np.column_stack(
        [
            rng.normal(size=rows),
            rng.integers(0, 3, rows),
            rng.gamma(1.0, 100.0, rows),
            rng.integers(0, 4, rows),
        ]
    ).astype(float)
    signal = X[:, 0] + (X[:, 1] == 1) + X[:, 2] / 100 + rng.normal(scale=0.5, size=rows)
    X[rng.random(X.shape) < 0.15] = np.nan
    columns = (
        Column("height", "numeric"),
        Column("colour", "categorical", ("blue", "green", "red")),
        Column("price", "numeric"),
        Column("town", "categorical", ("Bonn", "Köln", "Ulm", "Worms")),
    )
    if task == "regression":
        return Table("mixed", task, "y", columns, (), X, signal)
    classes = ("no", "yes") if task == "binary" else ("low", "mid", "top")
    cuts = np.quantile(signal, np.linspace(0, 1, len(classes) + 1)[1:-1])
    y = np.searchsorted(cuts, signal).astype(np.int64)
    return Table("mixed", task, "y", columns, classes, X, y)


def rich(task, rows=120, seed=0):
    """Return a table with every kind of column, values missing in most, and every role."""
    rng = np.random.default_rng(seed)
    data = mixed(task, rows, seed)
    size = rng.integers(0, 3, rows).astype(float)
    wide = np.minimum(rng.geometric(0.08, rows), 60) - 1.0
    size[rng.random(rows) < 0.1] = np.nan
    wide[rng.random(rows) < 0.1] = np.nan
    columns = (
        data.columns[0],
        Column("size", "ordered", ("small", "middle", "large")),
        *data.columns[1:],
        Column("street", "categorical", tuple(f"street {i:02}" for i in range(60))),
    )
    return replace(
        data,
        columns=columns,
        X=np.column_stack([data.X[:, 0], size, data.X[:, 1:], wide]),
        weight=rng.gamma(1.0, 1.0, rows) + 0.05,
        group=rng.integers(0, rows // 5, rows),
        time=rng.permutation(rows).astype(np.int64) * 86_400_000_000_000,
    )


@dataclass(frozen=True)
class Bench:
    """A table and its splits on disk, and what runs trials on them."""

    table: Table
    splits: splits.Splits
    folder: Path

    @property
    def table_paths(self):
        return [str(self.folder / "table.npz"), str(self.folder / "table.json")]

    @property
    def splits_path(self):
        return str(self.folder / "splits.npz")

    def spec(self, model, hyperparameters=None, metrics=None, **changes):
        """Return the spec of a trial, as the plan of a study would make it."""
        chosen = space.Trial.of(model, hyperparameters or {})
        spec = TrialSpec(
            study="test",
            dataset=self.table.name,
            model=model,
            trial=chosen.id,
            task=self.table.task,
            hyperparameters=chosen.hyperparameters,
            metrics=metrics or METRICS[self.table.task],
            seed=7,
            source="a source",
            data={"target": "y", "missing": ["", "NA"]},
            splits={"folds": self.splits.count},
            versions={"numpy": np.__version__},
            code="some code",
        )
        return replace(spec, **changes)

    def run(self, spec, root=None):
        """Run a trial and publish its files; return their folder."""
        folder = (root or self.folder) / spec.model / "trials" / spec.trial
        trial.run([spec.to_json()], self.table_paths, self.splits_path, [str(folder)])
        records.publish(folder)
        return folder

    def stage(self, specs, root):
        """Run trials that share work; stage their files and return their folders."""
        folders = [root / spec.model / "trials" / spec.trial for spec in specs]
        texts = [spec.to_json() for spec in specs]
        trial.run(texts, self.table_paths, self.splits_path, [str(each) for each in folders])
        return folders

    def result(self, model, hyperparameters=None, metrics=None, **changes):
        """Run a trial; return its scores, its parameters and its out-of-fold predictions."""
        return read(self.run(self.spec(model, hyperparameters, metrics, **changes)))


def read(folder):
    """Return the scores, the parameters and the predictions of a trial's folder."""
    return (
        json.loads((folder / "scores.json").read_bytes()),
        files.load_npz(folder / "parameters.npz"),
        files.load_npz(folder / "predictions.npz"),
    )


def bench(data, folder, folds=3, test_size=0.2, **rules):
    """Split a table, and save it and its splits in a folder."""
    parts = making.make(data, SplitRules(folds=folds, test_size=test_size, **rules), seed=1)
    table.save(data, {}, folder / "table.npz", folder / "table.json")
    splits.save(parts, folder / "splits.npz")
    return Bench(data, parts, folder)


def estimator(made, spec):
    """Fit a trial's estimator on all training rows; return it and all rows prepared.

    It answers in units of the transformed target.
    """
    given, values, X = _training(made, spec)
    (fit,) = get_family(spec.model).fits(given, [values])
    return fit(), X


def response(made, spec, fitted, X):
    """Return what an estimator says of prepared rows, in the target's own units."""
    return _target(made, spec).answer(get_family(spec.model).respond(fitted, X))


def peer(made, spec):
    """Fit scikit-learn's or XGBoost's own estimator likewise, in its own way."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.preprocessing import StandardScaler

    given, values, X = _training(made, spec)
    family = get_family(spec.model)
    unfitted = family.build(given.task, values, given.seed, given.probabilities, given.features)
    y = made.table.y[made.splits.training]
    if not _target(made, spec).idle:
        unfitted = TransformedTargetRegressor(unfitted, transformer=StandardScaler())
    weight = {} if given.roles.weight is None else {"sample_weight": given.roles.weight}
    return unfitted.fit(given.X, y, **(weight if family.heeds_weights else {})), X


def _target(made, spec):
    from hypertrial.preprocessing import target

    values = get_family(spec.model).effective(spec.task, spec.hyperparameters)
    part = made.table.rows(made.splits.training)
    return target.fit(values.get("target_transform"), part.y, part.weight)


def _training(made, spec):
    from hypertrial import metrics
    from hypertrial.preprocessing import preprocessing

    family = get_family(spec.model)
    data, training = made.table, made.splits.training
    values = family.effective(spec.task, spec.hyperparameters)
    options = family.of_stage("preprocessing", values)
    transformer = preprocessing.fit(options, data, training)
    X = preprocessing.transform(transformer, data.X)
    part = data.rows(training)
    given = Training(
        task=spec.task,
        seed=spec.seed,
        probabilities=metrics.probabilities_needed(spec.metrics, spec.task),
        features=preprocessing.features(options, data, X.shape[1]),
        X=X[training],
        y=_target(made, spec).apply(part.y),
        roles=Roles(part.weight, part.group),
    )
    return given, family.of_stage("model", values), X
