"""The trials of one model on one data set: which share work, and how they are dealt out.

A *set* holds the trials that share a fit or a kernel matrix, which a worker runs together; their
own jobs publish them. A *bundle* holds the trials whose records one job gathers; on a cluster
they run in one place.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from hypertrial import files
from hypertrial.families import Task, Value
from hypertrial.models import get_family
from hypertrial.space import Trial

ONE_BUNDLE = 50
"""Up to how many trials a bundle has on average."""
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

    @cached_property
    def bundles(self) -> dict[str, list[str]]:
        """The ids of the trials of each bundle."""
        return {
            name: sorted(trial for ids in sets for trial in ids)
            for name, sets in sorted(self.sets_of_bundles.items())
        }

    @cached_property
    def sets_of_bundles(self) -> dict[str, list[list[str]]]:
        """The sets of each bundle; a very large set is spread over them.

        A bundle is named by the leading bits of the digest of what the trials of its sets have in
        common, or of the ids of trials that come from a very large set. There are as many bits as
        it takes for some tens of trials in a bundle, so that a grid that grows moves few between
        bundles until their number has to double.
        """
        bits = max(0, math.ceil(math.log2(len(self.trials) / ONE_BUNDLE)))
        width = math.ceil(bits / 4)
        result: dict[str, list[list[str]]] = {}
        for common, ids in self._by_common.items():
            spread = len(ids) > ONE_BUNDLE
            dealt: dict[str, list[str]] = {}
            for trial in ids:
                place = int((trial if spread else common)[:8], 16) >> (32 - bits)
                dealt.setdefault(f"{place:0{width}x}" if bits else ALL, []).append(trial)
            for name, own in dealt.items():
                result.setdefault(name, []).append(own)
        return result

    @cached_property
    def shares(self) -> dict[str, float]:
        """Of the work of the whole search, about what share each bundle is."""
        work = {
            name: sum(self._set_work(ids) for ids in sets)
            for name, sets in self.sets_of_bundles.items()
        }
        return {name: each / sum(work.values()) for name, each in work.items()}

    @cached_property
    def _by_common(self) -> dict[str, list[str]]:
        """The ids of each set's trials, by the digest of what they have in common.

        In a set the least work comes first.
        """
        result: dict[str, list[str]] = {}
        for trial in self.trials:
            result.setdefault(self._common(trial), []).append(trial.id)
        for ids in result.values():
            ids.sort(key=lambda trial: (self._work(trial), trial))
        return result

    @cached_property
    def sets(self) -> list[list[str]]:
        """The ids of the trials of each set, the most work first; in a set the least first."""
        return sorted(self._by_common.values(), key=lambda ids: (-self._set_work(ids), ids))

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
