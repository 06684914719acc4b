"""A forecast of the CPU time of a search, from a few timed probes on samples of its rows.

Sets of trials that share work are ordered by what their family says of their work. The middle
one is probed on samples that grow, which tells how time grows with the rows; then the largest,
the smallest and others. Probes stop where they would cost more than a small share of the search.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from hypertrial import files, forecast_probes, forecast_report, prediction, setting
from hypertrial.families import Value
from hypertrial.forecast_probes import (
    GROWTH,
    LINEAR,
    Growth,
    Member,
    Members,
    Powers,
    Probe,
    Rows,
    Sample,
    grown,
    interpolated,
    work_of,
)
from hypertrial.preprocessing import preparation, prepared
from hypertrial.records import TrialSpec
from hypertrial.search import Search
from hypertrial.setting import Setting
from hypertrial.sharing import Spent
from hypertrial.space import Trial
from hypertrial.splitting.splits import TRAINING, VALIDATION

PROBE_SHARE = 0.01
"""Of the search's time, what all its probes may take, within the bounds that follow."""
LEAST_PROBE_SECONDS, MOST_PROBE_SECONDS = 0.08, 5.0
FIRST_ROWS, FIRST_SHARE, MOST_FIRST_ROWS = 100, 16, 1000
"""The first sample of many rows is a sixteenth of them; rows are given for fewer and for more."""
STEPS = (4.0, 2.8, 2.0, 1.5)
"""By what the rows of a sample may be multiplied for the next."""
TRIAL_SECONDS = 0.0015
"""Of a trial's CPU time, what no probe sees: its record and its files."""
FAR, LEAST_UNCERTAIN = 3.0, 60.0
"""Time of very uncertain growth is given as a range beyond this multiple of the probed rows, if
it is more than these seconds.
"""


def sets_of(own: Setting, hyperparameters: Sequence[Mapping[str, Value]]) -> list[list[Member]]:
    """Return the sets of trials that share work, the least work first, and so within each.

    ``own`` is the setting of any trial of the search.
    """
    spec, family = own.spec, own.family
    trials = tuple(Trial.of(spec.model, each) for each in hyperparameters)
    search = Search(spec.dataset, spec.model, spec.task, trials)
    values = {each.id: family.effective(spec.task, each.hyperparameters) for each in trials}
    members = {
        each.id: Member(each.hyperparameters, values[each.id], family.work(values[each.id]))
        for each in trials
    }
    return sorted(([members[trial] for trial in ids] for ids in search.sets), key=work_of)


@dataclass(frozen=True)
class Extent:
    """The trials of a search, as :func:`sets_of` gives them, and the rows that they run on."""

    own: Setting
    sets: list[list[Member]]

    @property
    def growth(self) -> Growth:
        """How time grows with the rows."""
        return GROWTH.get(self.own.family.name, Growth(LINEAR, LINEAR, LINEAR))

    @cached_property
    def trials(self) -> int:
        """The number of trials."""
        return sum(map(len, self.sets))

    @cached_property
    def work(self) -> list[float]:
        """The work of each set."""
        return [work_of(members) for members in self.sets]

    @cached_property
    def fold_rows(self) -> list[int]:
        """The training rows of each split."""
        return [int(np.count_nonzero(part == TRAINING)) for part in self.own.splits.part]

    @cached_property
    def split(self) -> tuple[Rows, Rows]:
        """The training and validation rows of the split that trains on most rows."""
        part = self.own.splits.part[int(np.argmax(self.fold_rows))]
        return np.flatnonzero(part == TRAINING), np.flatnonzero(part == VALIDATION)

    @cached_property
    def refit_rows(self) -> int:
        """The rows of the refit."""
        return len(self.own.splits.training)

    @cached_property
    def proofs(self) -> float:
        """The rows of a proof, for each row of the refit; in a probe, for each that it fits."""
        training, validation = self.split
        share = len(prediction.proof_rows(self.own.table)) / self.refit_rows
        return share / (1 + len(validation) / len(training))

    @cached_property
    def preparations(self) -> int:
        """How often rows are prepared: workers keep them for other sets, unless too large."""
        table, stage = self.own.table, self.own.family.of_stage
        size = (len(self.fold_rows) + 2) * len(table.y) * len(table.columns) * 8
        kinds = {
            tuple(preparation.of_features(stage("preprocessing", each[0].values)).items())
            for each in self.sets
        }
        return len(self.sets) if size > prepared.CACHE_BYTES else len(kinds)


@dataclass
class Prober:
    """Probes a search, as long as that costs little beside it, and tells what it will take."""

    extent: Extent
    started: Spent = field(default_factory=Spent.now)
    samples: list[Sample] = field(default_factory=list)
    ladder: list[Probe] = field(default_factory=list)
    others: list[Probe] = field(default_factory=list)
    warmed: float = 0.0

    def spent(self) -> float:
        """Return the CPU seconds that probing has taken so far."""
        return (Spent.now() - self.started).cpu

    def run(self) -> None:
        """Probe the middle set on samples that grow, then sets of more and of less work."""
        subject, rows = self._first()
        while rows:
            self.samples.append(self._draw(rows))
            self.ladder.append(self._probe(subject, self.samples[-1]))
            rows = self._next_rows()
        for members in self._other_sets():
            sample = self._affordable(members)
            if sample is not None:
                self.others.append(self._probe(members, sample))

    def _first(self) -> tuple[Members, int]:
        """Return the middle set and the rows of the first sample, or less where that is too dear.

        One trial on few rows tells; it also warms up libraries that are slow at first.
        """
        sets, most = self.extent.sets, len(self.extent.split[0])
        light, middle = sets[0][:1], sets[len(sets) // 2]
        few = min(FIRST_ROWS, most)
        rows = max(min(most // FIRST_SHARE, MOST_FIRST_ROWS), few)
        tried = self._probe(light, self._draw(few))
        self.warmed = self.spent()
        expected = tried.spent * work_of(middle) / (tried.work or 1.0)
        if expected > MOST_PROBE_SECONDS / 4:
            return light, few
        dear = expected * math.pow(rows / few, self.extent.growth.fit[0]) > MOST_PROBE_SECONDS
        return middle, few if dear else rows

    def _draw(self, rows: int) -> Sample:
        return forecast_probes.draw(self.extent.own.table, self.extent.split, rows)

    def _probe(self, members: Members, sample: Sample) -> Probe:
        many = max(self.extent.fold_rows) > self.extent.growth.most_shared
        with forecast_probes.as_with_many_rows() if many else nullcontext():
            return forecast_probes.probe(self.extent.own, members, sample)

    def _left(self) -> float:
        """Return what the probes may still take, given what is known of the search."""
        budget = max(PROBE_SHARE * sum(self.seconds()), LEAST_PROBE_SECONDS)
        return max(min(budget, MOST_PROBE_SECONDS) + self.warmed - self.spent(), 0.0)

    def _next_rows(self) -> int:
        """Return the rows of the next sample, the most that what is left allows; 0 for no more.

        A second one is wanted most; on further ones the sets of most and of least work are to
        be probed, too.
        """
        last, most = self.ladder[-1], len(self.extent.split[0])
        second = len(self.ladder) == 1
        left = max(self._left(), LEAST_PROBE_SECONDS) if second else self._left()
        sets = [last.members, *(() if second else self._other_sets()[:2])]
        ratio = sum(map(work_of, sets)) / (last.work or 1.0)
        spent = [(each.rows, each.spent) for each in self.ladder]
        for step in STEPS:
            rows = min(round(last.rows * step), most)
            expected = grown(spent, rows, self.extent.growth.fit) * ratio
            if rows > last.rows and expected <= left:
                return rows
        return 0

    def _other_sets(self) -> list[list[Member]]:
        """Return the sets of most and of least work, then those between them and the middle."""
        last = len(self.extent.sets) - 1
        places = dict.fromkeys((last, 0, last * 3 // 4, last // 4))
        return [self.extent.sets[place] for place in places if place != (last + 1) // 2]

    def _affordable(self, members: Members) -> Sample | None:
        """Return the largest sample on which a set can be probed for what is left."""
        left = self._left()
        for step, sample in reversed(list(zip(self.ladder, self.samples, strict=True))):
            ratio = work_of(members) / (step.work or 1.0)
            if step.spent * max(ratio, 1.0) <= left:
                return sample
        return None

    @property
    def powers(self) -> Powers:
        """Between which powers of the rows fits grow from the probes to the refit."""
        growth = self.extent.growth
        return growth.far if self.is_far else growth.fit

    @property
    def is_far(self) -> bool:
        """Whether the rows are far more than those of the probes."""
        return self.extent.refit_rows > FAR * self.ladder[-1].rows

    def seconds(self, powers: Powers | None = None) -> list[float]:
        """Return the CPU seconds of each set, all its trials, folds and refits.

        ``powers`` are other powers of the rows that fits grow with than the family's.
        """
        probes = [self.ladder[-1], *self.others]
        points = [(each.work, self._in_all(each, powers or self.powers)) for each in probes]
        return interpolated(points, self.extent.work)

    def preparing(self) -> float:
        """Return the CPU seconds of preparing rows."""
        rows = [*self.extent.fold_rows, self.extent.refit_rows]
        once = sum(self._scaled(self.ladder[-1], "prepare", each, LINEAR) for each in rows)
        return once * self.extent.preparations

    def _in_all(self, probe: Probe, fit: Powers) -> float:
        """Return the CPU seconds of a probe's set in all folds and the refit."""
        extent, after = self.extent, self.extent.growth.predict
        folds = sum(
            self._scaled(probe, "fit", rows, fit) + self._scaled(probe, "score", rows, after)
            for rows in extent.fold_rows
        )
        proof = self._scaled(probe, "proof", extent.refit_rows, after) * extent.proofs
        return folds + self._scaled(probe, "fit", extent.refit_rows, fit) + proof

    def _scaled(self, probe: Probe, phase: str, rows: int, powers: Powers) -> float:
        """Return a phase's seconds for more rows; they grow as those of the middle set do."""
        points = [(each.rows, float(getattr(each.seconds, phase))) for each in self.ladder]
        own: float = getattr(probe.seconds, phase)
        return own * grown(points, rows, powers) / (dict(points)[probe.rows] or 1.0)


def write(
    spec: str,
    hyperparameters: Sequence[Mapping[str, Value]],
    table_paths: Sequence[str],
    splits_path: str,
    output: str,
) -> str | None:
    """Write the forecast of a search, and return a warning of one line if it is long.

    ``spec`` is the JSON of the spec of any of its trials, ``hyperparameters`` what each sets.
    """
    own = setting.load(TrialSpec.from_json(spec), table_paths, splits_path)
    prober = Prober(Extent(own, sets_of(own, hyperparameters)))
    prober.run()
    content = _content(prober)
    files.write(output, files.json_bytes(content))
    return forecast_report.warning(content)


def _content(prober: Prober) -> dict[str, Any]:
    extent = prober.extent
    own, sets = extent.own, prober.seconds()
    besides = prober.preparing() + TRIAL_SECONDS * extent.trials
    expected, limits = sum(sets) + besides, None
    least, most = prober.powers
    if prober.is_far and most - least >= 1 and expected > LEAST_UNCERTAIN:
        limits = [sum(prober.seconds((power, power))) + besides for power in (least, most)]
    return {
        "study": own.spec.study,
        "dataset": own.spec.dataset,
        "model": own.spec.model,
        "trials": extent.trials,
        "sets": len(extent.sets),
        "rows": len(own.table.y),
        "features": len(own.table.columns),
        "folds": own.splits.count,
        "cpu_seconds": expected,
        "cpu_seconds_range": limits,
        "longest_set_cpu_seconds": max(sets),
        "probes_cpu_seconds": prober.spent(),
        "probes": [_described(each) for each in [*prober.ladder, *prober.others]],
    }


def _described(probe: Probe) -> dict[str, Any]:
    return {
        "hyperparameters": [dict(each.chosen) for each in probe.timed],
        "trials": len(probe.members),
        "rows": probe.rows,
        "cpu_seconds": probe.spent,
        "cpu_seconds_of_set": probe.seconds._asdict(),
        "failure": probe.failure,
    }
