"""What a forecast is of: the sets of trials of a search, and the rows that they run on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hypertrial import prediction
from hypertrial.families import Value
from hypertrial.forecast_probes import Member, Members, Rows, work_of
from hypertrial.growth import Growth
from hypertrial.preprocessing import preparation, prepared
from hypertrial.search import Search
from hypertrial.setting import Setting
from hypertrial.space import Trial
from hypertrial.splitting.splits import TRAINING, VALIDATION

Kind = tuple[Value, ...]


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
    sets = [[members[trial] for trial in ids] for ids in search.sets]
    return sorted(sets, key=lambda own: (work_of(own), _numbers(own[-1])))


def _numbers(member: Member) -> tuple[float, ...]:
    """Return a trial's numbers, which order sets of equal work."""
    found = (value for value in member.values.values() if not isinstance(value, str))
    return tuple(float(value) for value in found if value is not None)


@dataclass(frozen=True)
class Extent:
    """The trials of a search, as :func:`sets_of` gives them, and the rows that they run on."""

    own: Setting
    sets: list[list[Member]]

    @property
    def growth(self) -> Growth:
        """How time grows with the rows."""
        return self.own.family.growth

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

    def kind(self, members: Members) -> Kind:
        """Return what a set's trials chose of words, such as the kernel: how its time grows.

        Where time grows alike in all sets they are of one kind.
        """
        if not self.growth.uneven:
            return ()
        declared = self.own.family.declared(self.own.spec.task)
        values = members[0].values.items()
        return tuple(value for name, value in values if declared[name].kind == "choice")
