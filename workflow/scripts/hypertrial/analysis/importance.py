"""Which hyperparameters matter: two evaluators of Optuna over the finished trials."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from hypertrial import collect, records
from hypertrial.metrics import METRICS, Metric

FEWEST = 5
"""Trials, and different scores, without which importance is not assessed."""
TREES = 32
"""Trees of fANOVA's forest."""
LOG_SPAN = 50.0
"""Positive values that span more than this factor are taken on a log scale."""
FILLED = 200
"""Trials, taken several times if need be, among which values are spread that do not apply."""
COLUMNS = ("model", "hyperparameter", "evaluator", "importance", "trials", "applies_to", "note")
EFFECTIVE = "param_"


def write(trials: Mapping[str, str], metric: str, seed: int, output: str) -> None:
    """Write the importance of each hyperparameter; ``trials`` is by model."""
    rows = [
        row
        for model, path in trials.items()
        for row in assess(model, collect.read_table(path), METRICS[metric], seed)
    ]
    collect.write_table(pd.DataFrame(rows, columns=list(COLUMNS)), output)


def assess(model: str, results: pd.DataFrame, metric: Metric, seed: int) -> list[dict[str, Any]]:
    """Return the importance of each hyperparameter by fANOVA and by PED-ANOVA.

    fANOVA (Hutter, Hoos and Leyton-Brown, 2014) tells which share of the scores' variance a
    hyperparameter explains on its own; PED-ANOVA (Watanabe, Bansal and Hutter, 2023) how much it
    matters for being among the best tenth. Importances of an evaluator add up to 1 (or are all
    0) in a search: all are of the same trials, those where a hyperparameter, such as a kernel's
    gamma, does not apply included (:func:`_filled`). ``trials`` counts these, ``applies_to``
    those where the hyperparameter applies.
    """
    done = results[results["status"] == records.OK]
    names = [
        column.removeprefix(EFFECTIVE)
        for column in results.columns
        if column.startswith(EFFECTIVE) and _varies(done[column])
    ]
    scores = done[f"mean_test_{metric.name}"]
    rows = [
        {
            "model": model,
            "hyperparameter": name,
            "trials": len(done),
            "applies_to": int(done[EFFECTIVE + name].notna().sum()),
        }
        for name in names
    ]
    if names and min(len(done), scores.nunique()) < FEWEST:
        note = f"fewer than {FEWEST} trials with different scores"
        return [{**row, "evaluator": "", "importance": np.nan, "note": note} for row in rows]
    found = _evaluate(_filled(done, names, seed), names, metric, seed) if names else {}
    return [
        {
            **row,
            "evaluator": evaluator,
            "importance": shares[str(row["hyperparameter"])],
            "note": "",
        }
        for row in rows
        for evaluator, shares in found.items()
    ]


def leaders(rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return the most important hyperparameters of a search with their importance, by evaluator.

    ``rows`` are those of one search. There are several where they are equal, and none where an
    evaluator gives none any importance.
    """
    found: dict[str, dict[str, float]] = {}
    for evaluator, own in rows[rows["importance"].notna()].groupby("evaluator", sort=False):
        most = own["importance"].max()
        first = own[(own["importance"] == most) & (most > 0)]
        names = map(str, first["hyperparameter"])
        found[str(evaluator)] = dict(zip(names, map(float, first["importance"]), strict=True))
    return found


def agreed(found: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Return the hyperparameters that all evaluators put first, given their :func:`leaders`."""
    first, *others = found.values()
    return [name for name in first if all(name in other for other in others)]


def _varies(values: "pd.Series[Any]") -> bool:
    return len(values.dropna().unique()) > 1


def _filled(done: pd.DataFrame, names: Sequence[str], seed: int) -> pd.DataFrame:
    """Return the trials with a value of each hyperparameter in each.

    One that does not apply changes nothing, so that its trial stands for every value of it
    alike: it gets one of those of the other trials, all equally often and at random among the
    trials. Then its values tell nothing of whether it applies, which is the share of another.
    Few trials are taken several times, with other values each time.
    """
    inactive = [name for name in names if done[EFFECTIVE + name].isna().any()]
    if not inactive:
        return done
    rng = np.random.default_rng(seed)
    table = pd.concat([done] * -(-FILLED // len(done)), ignore_index=True)
    for name in inactive:
        column = table[EFFECTIVE + name].astype(object)
        known, missing = column.dropna().to_numpy(), np.flatnonzero(column.isna())
        column.iloc[missing] = np.resize(rng.permutation(known), len(missing))[
            rng.permutation(len(missing))
        ]
        table[EFFECTIVE + name] = column
    return table


def _evaluate(
    part: pd.DataFrame, names: Sequence[str], metric: Metric, seed: int
) -> dict[str, dict[str, float]]:
    """Return the importances by evaluator, over a study in memory."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # evaluators are marked as experimental
        study = optuna.create_study(
            direction="maximize" if metric.greater_is_better else "minimize",
            storage=optuna.storages.InMemoryStorage(),
        )
        columns = {name: _column(part[EFFECTIVE + name]) for name in names}
        distributions = {name: each[1] for name, each in columns.items()}
        means = part[f"mean_test_{metric.name}"].tolist()
        for position, mean in enumerate(means):
            values = {name: each[0][position] for name, each in columns.items()}
            study.add_trial(
                optuna.trial.create_trial(params=values, distributions=distributions, value=mean)
            )
        evaluators = {
            "fanova": optuna.importance.FanovaImportanceEvaluator(n_trees=TREES, seed=seed),
            "ped_anova": optuna.importance.PedAnovaImportanceEvaluator(),
        }
        return {
            name: _shares(evaluator.evaluate(study, params=list(names)))
            for name, evaluator in evaluators.items()
        }


def _shares(found: Mapping[str, float]) -> dict[str, float]:
    total = sum(found.values())
    return {name: float(value / total) if total > 0 else 0.0 for name, value in found.items()}


def _column(values: "pd.Series[Any]") -> tuple[list[Any], Any]:
    """Return the values of a hyperparameter and their distribution: a range, or categories.

    Numbers beside words (``scale``, ``None``) are categories.
    """
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    numbers = pd.to_numeric(values, errors="coerce")
    if numbers.isna().any() or values.map(lambda value: isinstance(value, bool)).any():
        texts = values.map(str).tolist()
        return texts, CategoricalDistribution(sorted(set(texts)))
    low, high = float(numbers.min()), float(numbers.max())
    log = low > 0 and high / low >= LOG_SPAN
    return numbers.astype(float).tolist(), FloatDistribution(low, high, log=log)
