"""A seeded campaign of kills: runs are killed, started again, and looked at in the end.

``python tests/workflow/campaign.py --kills 100 --seed 1 --page docs/faults.md``
"""

import argparse
import hashlib
import itertools
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "workflow" / "scripts"))

import psutil
from kills import KINDS, MOMENTS, TRIALS, Attempt, HangError, Kind, Moment, files
from projects import Project, contents, copy_project, differing

STUDY = """\
study: small
seed: 3
datasets: {iris: }
models:
  decision_tree: {grid: {max_depth: [1, 2, 3, 4, 5, 6], min_samples_leaf: [1, 2, 3, 5, 8, 13]}}
  xgboost: {grid: {n_estimators: [5, 10, 20], max_depth: [1, 2, 3], learning_rate: [0.1, 0.3]}}
"""
"""More than 50 quick trials, some of which share a fit."""
LIMIT_SECONDS = 600.0
GONE_SECONDS = 60.0
LATER_SECONDS = 0.2
START_SECONDS = 4.0
OFTEN = {"before locking": 2, "locking": 2, "training": 12, "tables": 6, "plots": 6}
"""How many times a moment comes in a round of a long campaign, if more than once."""
SPARE_STARTS = 5
"""How many more starts than kills a round may need before it is given up."""
LEFT = (
    "results/**/*.part",
    "results/**/*.damaged",
    ".snakemake/locks/*",
    ".snakemake/incomplete/*",
    ".snakemake/workers/*",
    "tmp/hypertrial-*",
    "tmp/pymp-*",
)
"""What must not be there after a run that has succeeded."""


@dataclass(frozen=True)
class Plan:
    """What happens next: of what kind, when, how much later, and to which of the processes."""

    kind: Kind
    moment: Moment
    more: int
    later: float
    choice: float


@dataclass
class Outcome:
    """What a campaign has seen; the lines of ``faults`` say what was wrong.

    ``kept`` counts trials that had been run and were there at the next look, each time anew.
    """

    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    rounds: int = 0
    starts: int = 0
    kept: int = 0
    faults: dict[str, list[str]] = field(
        default_factory=lambda: {
            "hangs": [],
            "refusals": [],
            "trained twice": [],
            "differing files": [],
            "leftovers": [],
        }
    )

    @property
    def total(self) -> int:
        """How many kills there were."""
        return self.kills.total()


def plans(numbers: random.Random, often: Mapping[str, int]) -> Iterator[list[Plan]]:
    """Yield what happens in one round after the other: all moments, and in turn all kinds.

    ``often`` is how many times a moment's turn comes in a round, if more than once.
    """
    ending = [kind for kind in KINDS if kind.ends]
    turns = {
        needs_workers: itertools.cycle(shuffled(numbers, kinds))
        for needs_workers, kinds in ((False, ending), (True, list(KINDS)))
    }
    while True:
        yield [
            Plan(
                next(turns[moment.needs_workers]),
                moment,
                numbers.randint(min(1, moment.most), moment.most),
                numbers.uniform(0, LATER_SECONDS if moment.patterns else START_SECONDS),
                numbers.random(),
            )
            for moment in MOMENTS
            for _ in range(often.get(moment.name, 1))
        ]


def shuffled(numbers: random.Random, kinds: list[Kind]) -> list[Kind]:
    return numbers.sample(kinds, len(kinds))


class Campaign:
    """Rounds of a study that is killed again and again until it is finished."""

    def __init__(self, folder: Path, config: str, reference: Project, limit: float) -> None:
        self._folder = folder
        self._config = config
        self._reference = contents(reference.results())
        self._all = {moment.name: moment.count(reference) for moment in MOMENTS}
        self._limit = limit
        self.outcome = Outcome()

    def run(self, kills: int, seed: int) -> Outcome:
        """Run rounds until there were so many kills."""
        for plan in plans(random.Random(seed), OFTEN):
            self.round(plan[: kills - self.outcome.total])
            if self.outcome.total >= kills:
                return self.outcome
        raise AssertionError

    def round(self, plan: list[Plan]) -> None:
        """Run a study until it is finished, though what is planned happens to it."""
        self.outcome.rounds += 1
        project = copy_project(self._folder / f"round-{self.outcome.rounds}")
        project.configure(self._config)
        finished: dict[str, str] = {}
        waiting = list(plan)
        for _ in range(len(plan) + SPARE_STARTS):
            attempt = Attempt(project, self._limit)
            self.outcome.starts += 1
            try:
                was_ended = self._strike(attempt, waiting, finished)
                if not was_ended:
                    attempt.await_(attempt.ended)
                self._see_all_go(attempt)
            except HangError:
                self._note("hangs", f"{self._what(waiting)}: {output(project)}")
                was_ended = True
            code = attempt.close()
            self._compare(project, finished)
            if not was_ended and code == 0:
                break
            if not was_ended:
                self._note("refusals", output(project))
        self._look(project)
        shutil.rmtree(project.root)
        print(
            f"round {self.outcome.rounds}: {self.outcome.total} kills,",
            {fault: len(found) for fault, found in self.outcome.faults.items()},
            file=sys.stderr,
        )

    def _strike(self, attempt: Attempt, waiting: list[Plan], finished: dict[str, str]) -> bool:
        """Do to a run what its turn is; return whether that was to end it."""
        while waiting:
            next_ = waiting[0]
            aim = next_.moment.aim(attempt.project, next_.more, self._all[next_.moment.name])
            if aim is not None and not self._has_come(attempt, next_, aim):
                return False
            del waiting[0]
            if aim is None:
                continue
            time.sleep(next_.later)
            self._compare(attempt.project, finished)
            victims = next_.kind.victims(attempt)
            if attempt.ended() or not victims:
                continue
            try:
                next_.kind.strike(attempt, victims[int(next_.choice * len(victims))])
            except (psutil.NoSuchProcess, ProcessLookupError):
                continue  # it has ended of itself
            self.outcome.kills[next_.kind.name, next_.moment.name] += 1
            if next_.kind.ends:
                return True
        return False

    @staticmethod
    def _has_come(attempt: Attempt, plan: Plan, aim: int) -> bool:
        """Wait until it is time; tell whether it came before the end of the run."""
        return attempt.await_(
            lambda: plan.moment.count(attempt.project) >= aim and bool(plan.kind.victims(attempt))
        )

    def _see_all_go(self, attempt: Attempt) -> None:
        """Wait until a run has ended, and all of its processes with it."""
        until = time.monotonic() + GONE_SECONDS
        while not attempt.ended() or attempt.alive():
            if time.monotonic() > until:
                raise HangError
            time.sleep(0.05)

    def _compare(self, project: Project, finished: dict[str, str]) -> None:
        """Compare the trials that have been run with those that had been at the last look."""
        now = trained(project)
        for trial in finished.keys() - now.keys():
            self._note("trained twice", f"{trial} (removed)")
        for trial in finished.keys() & now.keys():
            if finished[trial] != now[trial]:
                self._note("trained twice", trial)
        self.outcome.kept += len(finished)
        finished.clear()
        finished.update(now)

    def _look(self, project: Project) -> None:
        """Compare what a round has made with an undisturbed run; look for what it left."""
        for name in differing(self._reference, contents(project.results())):
            self._note("differing files", name)
        for pattern in LEFT:
            for path in files(project.root, pattern):
                self._note("leftovers", str(path.relative_to(project.root)))

    def _note(self, fault: str, what: str) -> None:
        self.outcome.faults[fault].append(f"round {self.outcome.rounds}: {what}")
        print(fault, self.outcome.faults[fault][-1], file=sys.stderr)

    @staticmethod
    def _what(waiting: list[Plan]) -> str:
        return f"before {waiting[0].moment.name}" if waiting else "after the last kill"


def trained(project: Project) -> dict[str, str]:
    """Return the trials whose files are whole, staged or published, by the digest of their cost.

    No second training would take exactly the same time and memory.
    """
    found = {}
    for end in (".part", ""):  # what is published has been staged before
        for path in files(project.root, f"{TRIALS}{end}"):
            cost = _read(path.with_name("cost.json.part")) or _read(path.with_name("cost.json"))
            found["/".join(path.parts[-5:-1])] = hashlib.sha256(cost).hexdigest()
    return found


def _read(path: Path) -> bytes:
    """Return a file's content; nothing if it has just been given another name."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def output(project: Project) -> str:
    """Return the end of what a run has printed, in one line."""
    return " ".join((project.root / "output.txt").read_text("utf-8", "replace").split())[-400:]


BEGIN, END = "<!-- campaign: begin -->", "<!-- campaign: end -->"


def markdown(outcome: Outcome, seed: int, trials: int, minutes: float) -> str:
    """Return the tables of a campaign."""
    moments = [moment.name for moment in MOMENTS]
    lines = [
        f"{outcome.total} kills with seed {seed}: {outcome.rounds} rounds of a study of {trials} "
        f"trials, {outcome.starts} starts, {minutes:.0f} minutes.",
        "",
        f"| killed | {' | '.join(moments)} | all |",
        f"|---|{'---|' * (len(moments) + 1)}",
    ]
    for kind in KINDS:
        counts = [outcome.kills[kind.name, moment] for moment in moments]
        shown = " | ".join(str(count or "–") for count in (*counts, sum(counts)))
        lines.append(f"| {kind.name} | {shown} |")
    lines += ["", "| what must not be | seen |", "|---|---|"]
    lines += [f"| {fault} | {len(found)} |" for fault, found in outcome.faults.items()]
    lines += [
        "",
        f"Finished trials that were found again unchanged, counted at each look: {outcome.kept}.",
    ]
    return "\n".join(lines)


def renew(page: Path, text: str) -> None:
    """Write a campaign's tables into a page, between its marks."""
    before, _, rest = page.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")


def main() -> int:
    """Run a campaign of the command line's; return 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=LIMIT_SECONDS, help="seconds of one run")
    parser.add_argument("--page", type=Path, help="a page whose table is made anew")
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        reference = copy_project(Path(name) / "reference")
        reference.configure(STUDY)
        reference.succeed()
        print(f"the undisturbed run took {time.monotonic() - began:.0f} seconds", file=sys.stderr)
        campaign = Campaign(Path(name), STUDY, reference, given.limit)
        outcome = campaign.run(given.kills, given.seed)
        trials = len(reference.trials())
    text = markdown(outcome, given.seed, trials, (time.monotonic() - began) / 60)
    print(text, *itertools.chain(*outcome.faults.values()), sep="\n")
    if given.page:
        renew(given.page, text)
    return int(any(outcome.faults.values()))


if __name__ == "__main__":
    sys.exit(main())
