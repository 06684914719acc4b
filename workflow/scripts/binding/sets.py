"""Sets of trials that share work: run together in a worker, published each by its own job."""

import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from binding.internals import job_object, workflow_object
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
    is_begun: bool = False
    done: threading.Event = field(default_factory=threading.Event)
    staged: set[str] = field(default_factory=set)


class Sets:
    """The sets of a run's trials, and which of them have been run.

    A trial's job waits for its set. Meanwhile, and while other jobs publish, the workers go on
    with the sets of the same search, those with the most work first, so that no core waits.
    """

    def __init__(self, workflow: Any, plan: Plan) -> None:
        self._workflow = workflow
        self._plan = plan
        self._lock = threading.RLock()
        self._under_way = 0
        self._waiting: dict[Pair, deque[DueSet]] | None = None
        self._of: dict[tuple[str, str, str], DueSet] = {}
        self.timeout = plan.study.timeout
        self.threads = plan.study.threads
        job_object.keep_what_is_finished(workflow, self._is_finished_job)

    def is_taken(self, spec: TrialSpec, folder: str) -> bool:
        """Tell whether a trial has been run already, though Snakemake does not know it.

        So it is if the run was killed in the moment after the files were published. Who asks
        Snakemake by name to run trials again gets what was asked for.
        """
        is_forced = workflow_object.is_forced(self._workflow)
        return not is_forced and records.is_there(spec, Path(folder), self.timeout)

    def _is_finished_job(self, job: Any) -> bool:
        if job.rule.name != TRIAL_RULE:
            return False
        names = job.wildcards
        spec = self._plan.trial(names.dataset, names.model, names.trial)
        return records.is_there(spec, Path(job.output[0]).parent, self.timeout)

    def stage(self, spec: TrialSpec, folder: str, work: Work) -> None:
        """See to it that a trial's files are staged."""
        pair = spec.dataset, spec.model
        self._found()
        own = self._of[*pair, spec.trial]
        self._go_on(pair, work)
        self._start(own, pair, work)
        pool.POOL.wait_for(own.done.wait)
        if folder not in own.staged and not self._is_staged(spec, folder):
            pool.stage_alone(work, spec.to_json(), folder)

    def _is_staged(self, spec: TrialSpec, folder: str) -> bool:
        return records.is_there(spec, Path(folder), self.timeout, staged=True)

    def _start(self, due: DueSet, pair: Pair, work: Work) -> None:
        """Have a set run, unless it has been; but for what an earlier run has left."""
        with self._lock:
            if due.is_begun:
                return
            due.is_begun = True
            self._under_way += 1
        trials = {f: spec for f, spec in due.trials.items() if not self.is_taken(spec, f)}
        left = {folder for folder, spec in trials.items() if self._is_staged(spec, folder)}
        missing = {f: spec.to_json() for f, spec in trials.items() if f not in left}
        if not missing:
            self._settle(due, left)
            return

        def finish(staged: set[str]) -> None:
            self._settle(due, left | staged)
            with suppress(Exception):  # the run was interrupted
                self._go_on(pair, work)

        try:
            pool.stage_together(work, missing, finish)
        except BaseException:
            self._settle(due, left)
            raise

    def _settle(self, due: DueSet, staged: set[str]) -> None:
        """Note that a set has been run, and which of its trials are staged."""
        with self._lock:
            self._under_way -= 1
        due.staged = staged
        due.done.set()

    def _go_on(self, pair: Pair, work: Work) -> None:
        """Have the next sets of a search run, so that each worker has one more to do."""
        ahead = 2 * work.workers if work.threads == 1 else 0
        while (due := self._next(pair, ahead)) is not None:
            self._start(due, pair, work)

    def _next(self, pair: Pair, ahead: int) -> DueSet | None:
        with self._lock:
            if self._under_way >= ahead:
                return None
            waiting = self._found()[pair]
            while waiting and waiting[0].is_begun:
                waiting.popleft()
            return waiting[0] if waiting else None

    def _found(self) -> Mapping[Pair, deque[DueSet]]:
        """Return the sets of each search that wait, those with the most work first."""
        with self._lock:
            if self._waiting is None:
                self._waiting = {
                    pair: self._due(pair, folders) for pair, folders in self._planned().items()
                }
                self._of = {
                    (*pair, spec.trial): each
                    for pair, sets in self._waiting.items()
                    for each in sets
                    for spec in each.trials.values()
                }
        return self._waiting

    def _planned(self) -> dict[Pair, dict[str, str]]:
        """Return the folders of the trials that this process has jobs for."""
        planned: dict[Pair, dict[str, str]] = {}
        for job in workflow_object.jobs_due(self._workflow):
            if job.rule.name == TRIAL_RULE:
                names, folder = job.wildcards, str(Path(job.output[0]).parent)
                planned.setdefault((names.dataset, names.model), {})[names.trial] = folder
        return planned

    def _due(self, pair: Pair, folders: Mapping[str, str]) -> deque[DueSet]:
        return deque(
            DueSet({folders[trial]: self._plan.trial(*pair, trial) for trial in due})
            for trials in self._plan.searches[pair].sets
            if (due := [trial for trial in trials if trial in folders])
        )
