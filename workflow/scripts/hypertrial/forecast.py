"""A forecast of the CPU time of a search, from a few timed probes on samples of its rows.

Some sets of trials that share work are probed, on samples that grow as long as that costs little
beside the search. How a set's time grows tells what it takes on all rows; other sets lie between
the probed ones, by what their family says of their work.
"""

import gc
import math
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from hypertrial import files, forecast_probes, forecast_report, setting
from hypertrial.families import Value
from hypertrial.forecast_growth import UNSURE, grown, interpolated, shifted
from hypertrial.forecast_probes import Member, Members, Probe, Rows, Sample, work_of
from hypertrial.records import TrialSpec
from hypertrial.search import Search
from hypertrial.setting import Setting
from hypertrial.sharing import Spent
from hypertrial.space import Trial
from hypertrial.splitting.splits import TRAINING, VALIDATION

PROBE_SHARE, LEAST_PROBE_SECONDS, MOST_PROBE_SECONDS = 0.02, 0.15, 5.0
"""Of the search's time, what all its probes may take, within bounds; thrice where it is uneven."""
FIRST_ROWS, FIRST_SHARE, MOST_FIRST_ROWS, STEP = 100, 16, 1000, 3.0
"""The first sample is a sixteenth of many rows, within bounds; each further one is larger by 3."""
REFIT_FOLDS = 2.0
"""A refit takes about as long as so many folds of its rows: it is proved, and files are made."""
FAR, LEAST_UNCERTAIN = 3.0, 5.0
"""Rows beyond this multiple of the probed ones are far; time of uncertain growth is given as a
range, if it is more than these seconds."""


def sets_of(own: Setting, hyperparameters: Sequence[Mapping[str, Value]]) -> list[list[Member]]:
    """Return the sets of trials that share work, the least work first, and so within each.

    ``own`` is the setting of any trial of the search.
    """
    spec, family = own.spec, own.family
    trials = tuple(Trial.of(spec.model, each) for each in hyperparameters)
    values = {each.id: family.effective(spec.task, each.hyperparameters) for each in trials}
    members = {
        each.id: Member(each.hyperparameters, values[each.id], family.work(values[each.id]))
        for each in trials
    }
    search = Search(spec.dataset, spec.model, spec.task, trials)
    sets = [[members[trial] for trial in ids] for ids in search.sets]
    return sorted(sets, key=lambda own: (work_of(own), _numbers(own[-1])))


def _numbers(member: Member) -> tuple[float, ...]:
    """Return a trial's numbers, which order sets of equal work."""
    found = (value for value in member.values.values() if not isinstance(value, str))
    return tuple(float(value) for value in found if value is not None)


@dataclass
class Prober:
    """Probes the sets of a search, as :func:`sets_of` gives them, and tells what it will take."""

    own: Setting
    sets: list[list[Member]]

    def __post_init__(self) -> None:
        part = self.own.splits.part
        self.spent, self.probes = 0.0, list[Probe]()
        self.growth = self.own.family.growth
        self.fold_rows = [int(each) for each in np.count_nonzero(part == TRAINING, axis=1)]
        self.refit_rows = len(self.own.splits.training)
        largest = part[int(np.argmax(self.fold_rows))]
        self.split: tuple[Rows, Rows] = (
            np.flatnonzero(largest == TRAINING),
            np.flatnonzero(largest == VALIDATION),
        )

    def run(self) -> None:
        """Probe sets on samples that grow, one of them ahead, as far as can be afforded."""
        most, few = len(self.split[0]), self._draw(min(FIRST_ROWS, len(self.split[0])))
        first, *others = self._subjects(few)
        rows = max(min(most // FIRST_SHARE, MOST_FIRST_ROWS), few.rows)
        samples = [few if self._is_dear(first, rows / few.rows) else self._draw(rows)]
        self.spent = 0.0
        while self._try(first, samples[-1]):
            for members in others if len(samples) > 1 else ():
                self._try(members, samples[-2])
            if (last := samples[-1].rows) == most:
                break
            samples.append(self._draw(most if STEP**1.2 * last > most else round(last * STEP)))
        for members in others:
            self._try(members, samples[max(len(self.of(first)) - 1, 0)])

    def _try(self, members: Members, sample: Sample) -> bool:
        """Probe a set on a sample, if that can be afforded; tell whether it was."""
        if self.probes and self._cost(members, sample.rows) > self._left():
            return False
        self.probes.append(self._probe(members, sample))
        return True

    def _subjects(self, few: Sample) -> list[Members]:
        """Return the sets to probe, that of middle work first: the most and the least of each kind.

        One trial on few rows tells what can be probed at all; it also warms up libraries that
        are slow at first. If it is the middle set that cannot, the lightest is; or that trial.
        """
        light = self.sets[0][:1]
        self._probe(light, few)
        self.light = self._probe(light, few)
        firsts = [self.sets[len(self.sets) // 2], self.sets[0]]
        if not (firsts := [each for each in firsts if not self._is_dear(each)]):
            return [light]
        kinds: dict[Any, list[Members]] = {}
        for members in self.sets:
            kinds.setdefault(self.kind(members), []).append(members)
        ends = [own[place] for place in (-1, 0) for own in kinds.values()]
        return list({id(members): members for members in (firsts[0], *ends)}.values())

    def _is_dear(self, members: Members, times: float = 1.0) -> bool:
        """Tell whether a set takes long on few rows, or on some times as many."""
        light = self.light.spent / (work_of(self.light.members) or 1.0)
        grown = math.pow(times, self.growth.fit[0])
        return light * work_of(members) * grown > MOST_PROBE_SECONDS

    def kind(self, members: Members) -> tuple[Value, ...]:
        """Return what a set's trials chose of words, such as the kernel: how its time grows.

        Where time grows alike in all sets they are of one kind.
        """
        if not self.growth.uneven:
            return ()
        declared = self.own.family.declared(self.own.spec.task)
        values = members[0].values.items()
        return tuple(value for name, value in values if declared[name].kind == "choice")

    def _draw(self, rows: int) -> Sample:
        return forecast_probes.draw(self.own.table, self.split, rows)

    def _probe(self, members: Members, sample: Sample) -> Probe:
        many = max(self.fold_rows) > self.growth.most_shared
        with self.growth.as_with_many_rows() if many else nullcontext():
            found = forecast_probes.probe(self.own, members, sample)
        self.spent += found.spent
        return found

    def _cost(self, members: Members, rows: int) -> float:
        """Return about what a set's next probe takes."""
        if own := self.of(members):
            return grown([(each.rows, each.spent) for each in own], rows, self.growth.far)
        first = self.probes[0]
        return first.spent * max(work_of(members) / (work_of(first.members) or 1.0), 1.0)

    def _left(self) -> float:
        """Return what the probes may still take, given what is known of the search."""
        budget = max(PROBE_SHARE * sum(self.seconds()), LEAST_PROBE_SECONDS)
        times = 3.0 if self.growth.uneven else 1.0
        return times * min(budget, MOST_PROBE_SECONDS) - self.spent

    def of(self, members: Members) -> list[Probe]:
        """Return a set's probes."""
        return [each for each in self.probes if each.members is members]

    def seconds(self, shift: float = 0.0) -> list[float]:
        """Return the CPU seconds of each set, all its trials, folds and refits.

        A ``shift`` gives the least or the most instead, by which fits may grow with the rows: below
        or above the power that was seen. Sets are told by probed ones of their kind, if any.
        """
        points: dict[Any, list[tuple[float, float]]] = {}
        for probe in {id(each.members): each for each in self.probes}.values():
            told = sum(self._scaled(probe, rows, shift) for rows in self.fold_rows)
            told += REFIT_FOLDS * self._scaled(probe, self.refit_rows, shift)
            points.setdefault(self.kind(probe.members), []).append((work_of(probe.members), told))
        every = [each for own in points.values() for each in own]
        return [
            interpolated(points.get(self.kind(members), every), [work_of(members)])[0]
            for members in self.sets
        ]

    def _scaled(self, probe: Probe, rows: int, shift: float) -> float:
        """Return the seconds of a fold of more rows; they grow as those of the set do.

        Where it was probed on one sample alone, they grow as those of the first set.
        """
        own = self.of(probe.members)
        known = own if len(own) > 1 else self.of(self.probes[0].members)
        points = [(each.rows, each.seconds) for each in known]
        is_far = self.refit_rows > FAR * known[-1].rows
        powers = self.growth.far if is_far else self.growth.fit
        if shift:
            points = [point for point in points if point[0] <= probe.rows]
            return probe.seconds * math.pow(rows / probe.rows, shifted(points, powers, shift))
        at_probe = dict(points)[probe.rows] or 1.0
        return probe.seconds * grown(points, rows, powers) / at_probe

    def limits(self, expected: float) -> list[float] | None:
        """Return the least and the most CPU seconds, None if growth is certain enough."""
        probed = min(self.of(each.members)[-1].rows for each in self.probes)
        if not self.growth.uneven or max(self.fold_rows) <= probed or expected <= LEAST_UNCERTAIN:
            return None
        low, high = (sum(self.seconds(shift)) for shift in (-UNSURE, UNSURE))
        return [min(low, expected), max(high, expected)]


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
    own, started = setting.load(TrialSpec.from_json(spec), table_paths, splits_path), Spent.now()
    prober = Prober(own, sets_of(own, hyperparameters))
    gc.disable()  # collecting takes as long as a probe, and comes rarely
    try:
        prober.run()
    finally:
        gc.enable()
    sets = prober.seconds()
    content = {
        "study": own.spec.study,
        "dataset": own.spec.dataset,
        "model": own.spec.model,
        "trials": len(hyperparameters),
        "sets": len(sets),
        "rows": len(own.table.y),
        "features": len(own.table.columns),
        "folds": own.splits.count,
        "cpu_seconds": sum(sets),
        "cpu_seconds_range": prober.limits(sum(sets)),
        "longest_set_cpu_seconds": max(sets),
        "probes_cpu_seconds": (Spent.now() - started).cpu,
        "probes": [_described(each) for each in prober.probes],
    }
    files.write(output, files.json_bytes(content))
    return forecast_report.warning(content)


def _described(probe: Probe) -> dict[str, Any]:
    return {
        "hyperparameters": [dict(each.chosen) for each in probe.timed],
        "trials": len(probe.members),
        "rows": probe.rows,
        "cpu_seconds": probe.spent,
        "cpu_seconds_of_fold": probe.seconds,
        "failure": probe.failure,
    }
