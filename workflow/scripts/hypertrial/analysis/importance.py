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
COLUMNS = ("model", "hyperparameter", "evaluator", "importance", "trials", "note")
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
    matters for being among the best tenth. Importances of an evaluator add up to 1 among
    hyperparameters that apply to the same trials. One that applies to some trials only, such as
    a kernel's gamma, is assessed on these, together with those that apply to all of them.
    """
    done = results[results["status"] == records.OK]
    names = [
        column.removeprefix(EFFECTIVE)
        for column in results.columns
        if column.startswith(EFFECTIVE) and _varies(done[column])
    ]
    rows: list[dict[str, Any]] = []
    assessed: dict[tuple[bool, ...], dict[str, dict[str, float]]] = {}
    for name in names:
        applies = tuple(done[EFFECTIVE + name].notna())
        part = done[list(applies)]
        together = [
            other
            for other in names
            if part[EFFECTIVE + other].notna().all() and _varies(part[EFFECTIVE + other])
        ]
        common = {"model": model, "hyperparameter": name, "trials": len(part)}
        reason = _too_few(part, metric, name, together)
        if reason:
            rows.append({**common, "evaluator": "", "importance": np.nan, "note": reason})
            continue
        if applies not in assessed:
            assessed[applies] = _evaluate(part, together, metric, seed)
        rows += [
            {**common, "evaluator": evaluator, "importance": found[name], "note": ""}
            for evaluator, found in assessed[applies].items()
        ]
    return rows


def _varies(values: "pd.Series[Any]") -> bool:
    return len(values.dropna().unique()) > 1


def _too_few(part: pd.DataFrame, metric: Metric, name: str, together: Sequence[str]) -> str:
    if name not in together:
        return "its value is the same in all trials that it applies to"
    if min(len(part), part[f"mean_test_{metric.name}"].nunique()) < FEWEST:
        return f"fewer than {FEWEST} trials with different scores"
    return ""


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
