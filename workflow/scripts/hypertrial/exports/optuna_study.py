"""The trials of searches as Optuna studies in one SQLite file, which optuna-dashboard opens."""

import math
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from hypertrial import files, records
from hypertrial.exports import searches
from hypertrial.exports.searches import Record, Search

WIDE = 100.0
"""From which ratio of the largest to the smallest value on a range is logarithmic."""

SIDES = {"validation": "test", "train": "train"}


def write(found: Sequence[Search], path: Path) -> None:
    """Write an Optuna study for each search, named ``study/data set/model``.

    A trial has the effective value of each hyperparameter that any trial sets and that applies to
    it; its value is the mean of the metric that ranks. All other scores are user attributes. A
    trial without a result is a failed one, the reason a user attribute.
    """
    import optuna
    from optuna.storages import RDBStorage

    path.parent.mkdir(parents=True, exist_ok=True)
    part = Path(f"{path}{files.PART}")
    part.unlink(missing_ok=True)
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = RDBStorage(f"sqlite:///{part}")
    try:
        for search in found:
            _add(search, storage)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    finally:
        storage.engine.dispose()
        optuna.logging.set_verbosity(verbosity)
    files.publish([path])


def _add(search: Search, storage: Any) -> None:
    import optuna

    ranking = search.metrics[0]
    study = optuna.create_study(
        storage=storage,
        study_name=search.title,
        direction="maximize" if ranking.greater_is_better else "minimize",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study.set_metric_names([f"mean_test_{ranking.name}"])
    study.set_user_attr("task", search.winner["task"])
    study.set_user_attr("winner", search.winner["trial"])
    tried = _tried([score for score, _ in search.trials])
    distributions = {name: _distribution(values) for name, values in tried.items()}
    study.add_trials([_trial(search, distributions, *each) for each in search.trials])


def _tried(scores: Sequence[Record]) -> dict[str, list[Any]]:
    """Return the values of each hyperparameter that any trial sets, in the order of trials."""
    names = sorted({name for score in scores for name in score["hyperparameters"]["set"]})
    given = [searches.values(score) for score in scores]
    return {name: [each[name] for each in given if name in each] for name in names}


def _distribution(values: Sequence[Any]) -> Any:
    """Return the distribution that spans some values: of numbers a range, else a choice."""
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    kinds = {type(value) for value in values}
    if not kinds <= {int, float} or not all(math.isfinite(value) for value in values):
        return CategoricalDistribution(list(dict.fromkeys(values)))
    low, high = min(values), max(values)
    log = low > 0 and high / low >= WIDE
    if kinds == {int}:
        return IntDistribution(low, high, log=log)
    return FloatDistribution(float(low), float(high), log=log)


def _trial(search: Search, distributions: Mapping[str, Any], score: Record, cost: Record) -> Any:
    from optuna.trial import TrialState, create_trial

    given = searches.values(score)
    own = {name: each for name, each in distributions.items() if name in given}
    done = score["status"] == records.OK
    trial = create_trial(
        state=TrialState.COMPLETE if done else TrialState.FAIL,
        value=_value(search, score) if done else None,
        params={name: given[name] for name in own},
        distributions=own,
        user_attrs=_attributes(search, score, cost),
    )
    trial.datetime_start, trial.datetime_complete = _times(search, score["trial"], cost)
    return trial


def _value(search: Search, score: Record) -> float:
    return float(np.mean(searches.split_scores(score, "validation", search.metrics[0].name)))


def _attributes(search: Search, score: Record, cost: Record) -> dict[str, Any]:
    """Return what is told of a trial beside its value: scores of all splits, seconds, reason."""
    told: dict[str, Any] = {
        "trial": score["trial"],
        "status": score["status"],
        "seconds": cost.get("seconds"),
        "cpu_seconds": cost.get("cpu_seconds"),
    }
    if score["status"] != records.OK:
        return {**told, "reason": score["reason"]}
    splits = {}
    for metric in search.metrics:
        for part, side in SIDES.items():
            values = searches.split_scores(score, part, metric.name)
            if values:
                told[f"mean_{side}_{metric.name}"] = float(np.mean(values))
                splits[f"{side}_{metric.name}"] = values
    return told | {"splits": splits, "learned_values": score["learned"]["values"]}


def _times(search: Search, trial: str, cost: Record) -> tuple[datetime, datetime]:
    """Return about when a trial began and ended: its scores are written last."""
    written = (search.folder / "trials" / trial / records.SCORES).stat().st_mtime
    end = datetime.fromtimestamp(written)
    return end - timedelta(seconds=float(cost.get("seconds") or 0.0)), end
