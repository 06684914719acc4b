"""Seals what jobs write in the study's manifest, and finds what has changed since."""

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from snakemake.logging import logger

from binding import locks
from binding.internals import job_object, workflow_object
from binding.mistakes import Mistake
from binding.sets import TRIAL_RULE
from hypertrial import files, manifest, records
from hypertrial.data import table
from hypertrial.errors import HypertrialError
from hypertrial.manifest import Damage, Manifest
from hypertrial.splitting import splits

MOST_NAMED = 3


class Seals:
    """The manifest of a study in a process that runs its jobs.

    Trials have digests of their own, and are not in it. While a run goes on, a job whose input
    is no longer what was sealed does not begin.
    """

    def __init__(self, workflow: Any, study: str) -> None:
        self._workflow = workflow
        self._folder = Path("results", study)
        self._prefix = f"{self._folder.as_posix()}/"
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[int, ...]] = {}
        self._has_noted = False

    @cached_property
    def _manifest(self) -> Manifest:
        """What this process knows; one that was started for jobs knows what these have written."""
        return manifest.read(self._folder) if self._is_driver else Manifest({}, {})

    @property
    def _digests(self) -> dict[str, str]:
        return self._manifest.digests

    @property
    def _is_driver(self) -> bool:
        return bool(self._workflow.is_main_process)

    def check(self) -> None:
        """Have each file that is not what its job wrote named, moved aside and made again.

        So it is with what no job has vouched for, such as a file whose entry was changed. Under
        ``-n`` they are only named. While another run of the study is alive nothing is done, as
        Snakemake will say so.
        """
        if self._workflow.touch or self._is_locked():
            return
        self._take_what_proves_itself()
        damaged = [each for each in self._damaged() if self._is_made_here(each.path)]
        for each in damaged:
            self._set_aside(each)
        if self._manifest.bad and not self._workflow.dryrun:
            self._keep_damaged_manifest()
        again = {each.path for each in damaged}
        unknown = [
            path
            for path in manifest.unknown(self._folder, self._digests)
            if path not in again and self._is_made_here(path)
        ]
        self._tell_of_unknown(unknown)
        again.update(unknown, manifest.half_repaired(self._folder))
        workflow_object.make_again(self._workflow, [self._prefix + path for path in again])

    def finish(self) -> None:
        """Write the manifest anew, with what the jobs of this run have added to it.

        Where the disk is full it stays as it is, which says the same.
        """
        with suppress(OSError):
            if self._has_noted or manifest.journals(self._folder):
                manifest.compact(self._folder, manifest.read(self._folder).digests)

    def run(self, job: Any, action: Callable[[], None], is_here: bool) -> None:
        """Run a job, and seal its outputs if it runs in this process; else that one does."""
        self._verify(job.input)
        outputs = [] if job.rule.name == TRIAL_RULE else self._below(job.output)
        if is_here:
            self._void(outputs)
        else:
            self._forget(outputs)
        action()
        if is_here and outputs:
            digests = manifest.digests_of(self._folder, outputs)
            self._write(digests)
            self._digests.update(digests)

    def _below(self, paths: Any) -> list[str]:
        """Return the paths that are below the study's folder, as they are in the manifest."""
        return [
            str(path).removeprefix(self._prefix)
            for path in paths
            if str(path).startswith(self._prefix)
        ]

    def _verify(self, inputs: Any) -> None:
        for path in self._below(inputs):
            digest = self._digests.get(path)
            state = None if digest is None else _state(self._folder / path)
            if state is None or state == self._seen.get(path):
                continue
            if files.digest_file(self._folder / path) != digest:
                raise Mistake(
                    f"{self._prefix}{path}: damaged: it has changed since the job that made it "
                    "ended; the same command makes it again"
                )
            self._seen[path] = state

    def _void(self, outputs: list[str]) -> None:
        known = [path for path in outputs if path in self._digests]
        self._forget(outputs)
        if voided := known if self._is_driver else outputs:
            self._write(dict.fromkeys(voided, manifest.VOID))

    def _forget(self, outputs: list[str]) -> None:
        for path in outputs:
            self._digests.pop(path, None)
            self._seen.pop(path, None)

    def _write(self, entries: dict[str, str]) -> None:
        own = manifest.NAME if self._is_driver else manifest.journal_name()
        with self._lock:
            self._has_noted = True
            manifest.note(self._folder / own, entries)

    def _is_locked(self) -> bool:
        """Tell whether a run has locked files of the study, or has left its lock."""
        if not workflow_object.takes_lock(self._workflow) or not locks.are_there():
            return False
        return any(
            line.startswith(self._prefix)
            for lock in locks.FOLDER.iterdir()
            for line in lock.read_text("utf-8", "replace").splitlines()
        )

    def _is_made_here(self, path: str) -> bool:
        """Tell whether a rule of the study, as it is now, makes a file."""
        return workflow_object.is_made(self._workflow, self._prefix + path)

    def _damaged(self) -> list[Damage]:
        """Return what differs from its entry, and what had an entry that was changed itself."""
        found = manifest.check(self._folder, self._digests)
        for (path, number), name in self._manifest.bad.items():
            if (self._folder / name).is_file() and name not in self._digests:
                found.append(Damage(name, f"line {number} of {path}, its entry, is damaged"))
            else:
                logger.warning(f"{path}: line {number} is damaged, and counts no longer")
        return found

    def _set_aside(self, damage: Damage) -> None:
        moved = "would be moved aside" if self._workflow.dryrun else "is moved aside"
        logger.warning(
            f"{self._prefix}{damage.path}: damaged: {damage.reason}; it {moved} and made again"
        )
        if not self._workflow.dryrun:
            manifest.set_aside(self._folder, damage.path)
        self._digests.pop(damage.path, None)

    def _keep_damaged_manifest(self) -> None:
        for path in {path for path, _ in self._manifest.bad}:
            files.write(f"{path}{records.DAMAGED}", path.read_bytes())
        manifest.compact(self._folder, self._digests)

    def _take_what_proves_itself(self) -> None:
        """Seal tables and splits that no job vouches for, and that have the digests they record.

        All trials depend on them; and there is no manifest where an older version has run.
        """
        unknown = manifest.unknown(self._folder, self._digests)
        whole = [path for path in unknown if _proves_itself(self._folder / path)]
        digests = manifest.digests_of(self._folder, whole)
        self._digests.update(digests)
        if whole and not self._workflow.dryrun:
            self._write(digests)

    def _tell_of_unknown(self, unknown: list[str]) -> None:
        if unknown:
            named = _some([self._prefix + path for path in unknown])
            again = "would be made" if self._workflow.dryrun else "to be made"
            logger.warning(f"{named}: not in {self._prefix}{manifest.NAME}; {again} again")


def _some(values: list[Any]) -> str:
    """Name the first few of many values."""
    named = ", ".join(map(str, values[:MOST_NAMED]))
    return named if len(values) <= MOST_NAMED else f"{named} and {len(values) - MOST_NAMED} more"


def _state(path: Path) -> tuple[int, ...] | None:
    """Return what changes whenever a file is written, None if there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _proves_itself(path: Path) -> bool:
    """Tell whether a file is a table or splits, whole by the digest that is kept in them."""
    try:
        if path.name in ("table.npz", "table.json"):
            both = path.with_name("table.npz"), path.with_name("table.json")
            table.verify(table.load(*both), *both)
            return True
        if path.name == "splits.npz":
            splits.load(path)
            return True
    except (HypertrialError, OSError, ValueError, KeyError, TypeError):
        pass
    return False


def watch(workflow: Any, study: str) -> Seals:
    """Have a study checked before a graph of its jobs is built, and each of its jobs sealed.

    A job is sealed by the process of Snakemake that runs it, also where that is a job of a
    cluster, or was started for a single job.
    """
    seals = Seals(workflow, study)
    workflow_object.before_graph(workflow, seals.check)
    job_object.around_each(seals.run)
    return seals
