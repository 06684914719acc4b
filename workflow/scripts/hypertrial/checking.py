"""What is wrong with the data of a study, found before anything of it runs.

The code that judges is that of the jobs which read and split a data set, so that what passes here
passes there. ``python -m hypertrial.checking`` does it in a process of its own, which leaves no
libraries and no memory behind: it reads a JSON list of :meth:`Check.to_json` and prints the lines.
"""

import json
import sys
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hypertrial.data import datasets, derived, typed
from hypertrial.data.spec import DatasetSpec
from hypertrial.data.table import Table
from hypertrial.errors import DataError, Mistakes
from hypertrial.families import Task
from hypertrial.splitting import making, outer
from hypertrial.splitting.split_rules import SplitRules

LARGEST_FILE = 2**28
"""Up to how many bytes a file is read whole; the rest of a larger one is judged in its job."""
FIRST_ROWS = 10_000


@dataclass(frozen=True)
class Check:
    """A data set, and how it is to be split.

    ``task`` is None where it could not be found, ``rules`` where they do not suit the data set.
    """

    spec: DatasetSpec
    task: Task | None
    rules: SplitRules | None
    seed: int
    outer_folds: int = 0
    permuted: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the check as what JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Check":
        """Return the check that :meth:`to_json` was asked of."""
        spec = datasets.spec_from_json(content["spec"])
        rules = content["rules"] and SplitRules(**content["rules"])
        return cls(**{**content, "spec": spec, "rules": rules})

    def mistakes(self) -> list[str]:
        """Return a line for each mistake in the data, and in what the splits ask of them."""
        found, spec = Mistakes(), self.spec
        with found.collect():
            if spec.bundled or Path(spec.source).stat().st_size <= LARGEST_FILE:
                self._read()
            elif self.task is not None:
                typed.check_beginning(spec, self.task, FIRST_ROWS)
        return found.lines

    def _read(self) -> None:
        if self.task is None:
            typed.check_others(self.spec)
            return
        data = datasets.read_table(self.spec, self.task)
        try:
            if self.rules is not None:
                self._split(data, self.rules)
        except DataError as error:
            place = "" if self.spec.bundled else f"{self.spec.source}: "
            raise DataError(*(f"{place}{line}" for line in error.lines)) from None

    def _split(self, data: Table, rules: SplitRules) -> None:
        """Make the splits of the data set, and of those that are made of it."""
        made = making.make(data, rules, self.seed)
        for child in derived.specs(self.spec, self.outer_folds, self.permuted):
            table = derived.make(data, made, child, rules, self.seed)
            if child.outer is None:
                making.make(table, rules, self.seed)
            else:
                _, held = outer.part(data, made, rules, self.seed, child.outer)
                making.fold_others(table, held, rules, self.seed)


def main() -> int:
    """Print the mistakes of the checks that are asked for, as JSON."""
    warnings.simplefilter("ignore")
    asked = [Check.from_json(each) for each in json.load(sys.stdin)]
    json.dump([line for each in asked for line in each.mistakes()], sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
