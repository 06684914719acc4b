"""Sets of trials that share work: the first of their jobs runs them all, the others publish."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from hypertrial import pool, records
from hypertrial.plan import Plan
from hypertrial.pool import Work
from hypertrial.records import TrialSpec

TRIAL_RULE = "train"
Pair = tuple[str, str]


@dataclass
class DueSet:
    """The trials of a set that this run has jobs for, by their folders; those that are staged."""

    trials: dict[str, TrialSpec]
    is_taken: bool = False
    done: threading.Event = field(default_factory=threading.Event)
    staged: set[str] = field(default_factory=set)


class Sets:
    """The sets of a run's trials, and which of them have been run.

    A trial's job runs its whole set, unless another job is at it: then it runs other sets of the
    same search meanwhile, those with the most work first, so that no core waits.
    """

    def __init__(self, workflow: Any, plan: Plan) -> None:
        self._workflow = workflow
        self._plan = plan
        self._lock = threading.Lock()
        self.timeout = plan.study.timeout

    def stage(self, spec: TrialSpec, folder: str, work: Work) -> None:
        """See to it that a trial's files are staged, and be it by another job."""
        pair = spec.dataset, spec.model
        own = self._by_trial[pair][spec.trial]
        while not own.done.is_set():
            free = self._take(own, self._sets[pair])
            if free is None:
                pool.POOL.wait_for(own.done.wait)
            else:
                _run(free, work)
        if folder not in own.staged:
            pool.stage_alone(work, spec.to_json(), folder)

    def _take(self, own: DueSet, others: Sequence[DueSet]) -> DueSet | None:
        """Return a set that nobody is at: one's own, else the first of the others."""
        with self._lock:
            free = next((each for each in (own, *others) if not each.is_taken), None)
            if free is not None:
                free.is_taken = True
        return free

    @cached_property
    def _sets(self) -> dict[Pair, list[DueSet]]:
        """The sets of each search, those with the most work first."""
        due: dict[Pair, set[str]] = {}
        for job in self._workflow.dag.needrun_jobs():
            if job.rule.name == TRIAL_RULE:
                names = job.wildcards
                due.setdefault((names.dataset, names.model), set()).add(names.trial)
        return {pair: list(self._due_sets(pair, trials)) for pair, trials in due.items()}

    def _due_sets(self, pair: Pair, due: set[str]) -> Sequence[DueSet]:
        root = f"results/{self._plan.study.name}/{pair[0]}/{pair[1]}/trials"
        return [
            DueSet({f"{root}/{trial}": self._plan.trial(*pair, trial) for trial in wanted})
            for trials in self._plan.searches[pair].sets
            if (wanted := [trial for trial in trials if trial in due])
        ]

    @cached_property
    def _by_trial(self) -> dict[Pair, dict[str, DueSet]]:
        return {
            pair: {spec.trial: each for each in sets for spec in each.trials.values()}
            for pair, sets in self._sets.items()
        }


def _run(taken: DueSet, work: Work) -> None:
    """Run the trials of a set, but those that an earlier run has left staged.

    One that fails beside others is left alone, so that its own job runs it.
    """
    left = {
        folder
        for folder, spec in taken.trials.items()
        if records.is_there(spec, Path(folder), work.timeout, staged=True)
    }
    missing = {f: spec.to_json() for f, spec in taken.trials.items() if f not in left}
    try:
        taken.staged = left | pool.stage_together(work, missing)
    finally:
        taken.done.set()
