"""A forecast of the CPU time of a search, from a few timed probes on samples of its rows.

Sets of trials that share work are ordered by what their family says of their work. The middle
one is probed on samples that grow, which tells how time grows with the rows; then the largest,
the smallest and others. Probes stop where they would cost more than a small share of the search.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from hypertrial import files, forecast_probes, forecast_report, setting
from hypertrial.families import Value
from hypertrial.forecast_extent import Extent, sets_of
from hypertrial.forecast_growth import UNSURE, grown, interpolated, within
from hypertrial.forecast_probes import Member, Members, Probe, Sample, work_of
from hypertrial.growth import LINEAR, Powers
from hypertrial.records import TrialSpec
from hypertrial.sharing import Spent

PROBE_SHARE = 0.01
"""Of the search's time, what all its probes may take, within the bounds that follow."""
LEAST_PROBE_SECONDS, MOST_PROBE_SECONDS = 0.08, 5.0
UNEVEN_FACTOR = 3.0
"""Times these shares and bounds, where growth differs from set to set."""
FIRST_ROWS, FIRST_SHARE, MOST_FIRST_ROWS = 100, 16, 1000
"""The first sample of many rows is a sixteenth of them; rows are given for fewer and for more."""
STEPS = (4.0, 2.8, 2.0, 1.5)
"""By what the rows of a sample may be multiplied for the next."""
LAST_STEP = 2.0
"""By what the rows of the last sample are multiplied for sets whose growth is uneven."""
TRIAL_SECONDS = 0.0015
"""Of a trial's CPU time, what no probe sees: its record and its files."""
FAR, LEAST_UNCERTAIN = 3.0, 5.0
"""Rows beyond this multiple of the probed ones are far; time of uncertain growth is given as a
range, if it is more than these seconds.
"""


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
        if self.extent.growth.uneven:
            self._climb(self._other_sets())
            return
        for members in self._other_sets():
            sample = self._affordable(members)
            if sample is not None:
                self.others.append(self._probe(members, sample))

    def _climb(self, sets: list[list[Member]]) -> None:
        """Probe sets on samples that grow, always that which leaves most in doubt.

        The last sample is larger than any of the middle set's.
        """
        last, most = self.samples[-1].rows, len(self.extent.split[0])
        if last < most:
            self.samples.append(self._draw(min(round(last * LAST_STEP), most)))
        while True:
            left = self._left()
            open_ones = [each for each in sets if self._next_cost(each) <= left]
            if not open_ones:
                return
            members = max(open_ones, key=self._doubt)
            self.others.append(self._probe(members, self.samples[len(self._own(members))]))

    def _own(self, members: Members) -> list[Probe]:
        return [each for each in self.others if each.members is members]

    def _next_cost(self, members: Members) -> float:
        """Return about what a set's next probe takes; without end if there is no larger sample."""
        own, first = self._own(members), self.ladder[0]
        if len(own) == len(self.samples):
            return math.inf
        if not own:
            return first.spent * max(work_of(members) / (first.work or 1.0), 1.0)
        spent = [(each.rows, each.spent) for each in own]
        return grown(spent, self.samples[len(own)].rows, self.extent.growth.cautious)

    def _doubt(self, members: Members) -> float:
        """Return how far apart the least and the most are that a set may take."""
        own = self._own(members)
        if not own:
            return math.inf
        return self._in_all(own[-1], UNSURE) - self._in_all(own[-1], -UNSURE)

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
        with self.extent.growth.as_with_many_rows() if many else nullcontext():
            return forecast_probes.probe(self.extent.own, members, sample)

    def _left(self) -> float:
        """Return what the probes may still take, given what is known of the search."""
        times = UNEVEN_FACTOR if self.extent.growth.uneven else 1.0
        budget = max(PROBE_SHARE * sum(self.seconds()), LEAST_PROBE_SECONDS)
        return max(times * min(budget, MOST_PROBE_SECONDS) + self.warmed - self.spent(), 0.0)

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
            expected = grown(spent, rows, self.extent.growth.cautious) * ratio
            if rows > last.rows and expected <= left:
                return rows
        return 0

    def _other_sets(self) -> list[list[Member]]:
        """Return the sets of most and of least work, then those between them and the middle.

        Where growth is uneven, they are those of most, of least and of middle work of each kind.
        """
        sets, last = self.extent.sets, len(self.extent.sets) - 1
        if not self.extent.growth.uneven:
            places = dict.fromkeys((last, 0, last * 3 // 4, last // 4))
            return [sets[place] for place in places if place != (last + 1) // 2]
        kinds: dict[Any, list[list[Member]]] = {}
        for members in reversed(sets):
            kinds.setdefault(self.extent.kind(members), []).append(members)
        ends = [
            own[place]
            for of_end in (lambda last: 0, lambda last: last, lambda last: last // 2)
            for own in kinds.values()
            for place in [of_end(len(own) - 1)]
        ]
        probed = {id(self.ladder[-1].members)} if len(self.ladder) > 1 else set()
        found = {id(members): members for members in ends if id(members) not in probed}
        return list(found.values())

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

    @property
    def is_unsure(self) -> bool:
        """Whether the power of the rows is not well known, and there are more than probed ones."""
        least, most = self.powers
        probed = min(each.rows for each in self._last_of_each())
        return most - least >= 1 and max(self.extent.fold_rows) > probed

    def seconds(self, shift: float = 0.0) -> list[float]:
        """Return the CPU seconds of each set, all its trials, folds and refits.

        A ``shift`` gives the least or the most instead, by which fits may grow with the rows: below
        or above the power that was seen. Sets are told by probed ones of their kind, if any.
        """
        points: dict[Any, list[tuple[float, float]]] = {}
        for probe in self._last_of_each():
            told = probe.work, self._in_all(probe, shift)
            points.setdefault(self.extent.kind(probe.members), []).append(told)
        every = [each for own in points.values() for each in own]
        return [
            interpolated(points.get(self.extent.kind(members), every), [work])[0]
            for members, work in zip(self.extent.sets, self.extent.work, strict=True)
        ]

    def _last_of_each(self) -> list[Probe]:
        """Return each probed set's probe on most rows."""
        return list({id(each.members): each for each in [*self.ladder, *self.others]}.values())

    def preparing(self) -> float:
        """Return the CPU seconds of preparing rows."""
        rows = [*self.extent.fold_rows, self.extent.refit_rows]
        once = sum(self._scaled(self.ladder[-1], "prepare", each, LINEAR) for each in rows)
        return once * self.extent.preparations

    def _in_all(self, probe: Probe, shift: float) -> float:
        """Return the CPU seconds of a probe's set in all folds and the refit."""
        extent, after = self.extent, self.extent.growth.predict
        folds = sum(
            self._scaled(probe, "fit", rows, self.powers, shift)
            + self._scaled(probe, "score", rows, after)
            for rows in extent.fold_rows
        )
        proof = self._scaled(probe, "proof", extent.refit_rows, after) * extent.proofs
        return folds + self._scaled(probe, "fit", extent.refit_rows, self.powers, shift) + proof

    def _scaled(
        self, probe: Probe, phase: str, rows: int, powers: Powers, shift: float = 0.0
    ) -> float:
        """Return a phase's seconds for more rows; they grow as those of the set do.

        Where it was probed on one sample alone, they grow as those of the middle set.
        """
        own = self._own(probe.members)
        known = own if len(own) > 1 else self.ladder
        points = [(each.rows, float(getattr(each.seconds, phase))) for each in known]
        if shift:
            points = points[: [each.rows for each in known].index(probe.rows) + 1]
            powers = within(points, powers, shift)
        seconds: float = getattr(probe.seconds, phase)
        if shift:
            return seconds * math.pow(rows / probe.rows, powers[0])
        return seconds * grown(points, rows, powers) / (dict(points)[probe.rows] or 1.0)


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
    if prober.is_unsure and expected > LEAST_UNCERTAIN:
        low, high = (sum(prober.seconds(shift)) + besides for shift in (-UNSURE, UNSURE))
        limits = [min(low, expected), max(high, expected)]
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
