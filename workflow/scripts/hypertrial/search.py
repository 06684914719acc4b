"""The trials of one model on one data set: which share work, and how they are dealt out.

A *set* holds the trials that share a fit or a kernel matrix, which a worker runs together; their
own jobs publish them. A *bundle* holds the trials whose records one job gathers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from hypertrial import files
from hypertrial.families import Task, Value
from hypertrial.models import get_family
from hypertrial.space import Trial

ONE_BUNDLE = 640
ALL = "all"


@dataclass(frozen=True)
class Search:
    """The trials of one model on one data set."""

    dataset: str
    model: str
    task: Task
    trials: tuple[Trial, ...]

    @cached_property
    def points(self) -> dict[str, Trial]:
        """The trials by their ids."""
        return {trial.id: trial for trial in self.trials}

    @property
    def prefix(self) -> int:
        """How many leading digits of a trial's id name its bundle.

        A bundle holds a few hundred trials; growing a grid moves none between bundles until
        their number has to grow sixteenfold.
        """
        length = 0
        while len(self.trials) > ONE_BUNDLE * 16**length:
            length += 1
        return length

    @cached_property
    def bundles(self) -> dict[str, list[str]]:
        """The ids of the trials of each bundle."""
        result: dict[str, list[str]] = {}
        for trial in self.trials:
            result.setdefault(trial.id[: self.prefix] or ALL, []).append(trial.id)
        return dict(sorted(result.items()))

    @cached_property
    def sets(self) -> list[list[str]]:
        """The ids of the trials of each set, the most work first; in a set the least first."""
        by_common: dict[str, list[str]] = {}
        for trial in self.trials:
            by_common.setdefault(self._common(trial), []).append(trial.id)
        for ids in by_common.values():
            ids.sort(key=lambda trial: (self._work(trial), trial))
        return sorted(by_common.values(), key=lambda ids: (-self._set_work(ids), ids))

    def priority(self, trial: str) -> int:
        """Return from 1 to 100 how much work a trial's set is, so that long ones run first."""
        return self._priorities[trial]

    @cached_property
    def _priorities(self) -> dict[str, int]:
        most = self._set_work(self.sets[0])
        return {
            trial: max(1, round(100 * self._set_work(ids) / most))
            for ids in self.sets
            for trial in ids
        }

    def describe(self) -> str:
        """Say how many trials there are, and in how many sets if any share work."""
        count, sets = len(self.trials), len(self.sets)
        return str(count) if sets == count else f"{count} ({sets} set{'s' if sets > 1 else ''})"

    def shared_trials(self) -> list[str]:
        """Return the ids of the trials that share work with others."""
        return [trial for ids in self.sets if len(ids) > 1 for trial in ids]

    def _set_work(self, ids: list[str]) -> float:
        """Return about how much work a set is: its longest trial, and something for each."""
        works = [self._work(trial) for trial in ids]
        return max(works) + sum(works) / 10

    def _work(self, trial: str) -> float:
        return get_family(self.model).work(self._values(self.points[trial]))

    def _values(self, trial: Trial) -> Mapping[str, Value]:
        return get_family(self.model).effective(self.task, trial.hyperparameters)

    def _common(self, trial: Trial) -> str:
        family, values = get_family(self.model), self._values(trial)
        common = {
            "model": family.shares(family.of_stage("model", values)),
            "preprocessing": family.of_stage("preprocessing", values),
        }
        return files.digest_value(common)
