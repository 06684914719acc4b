"""The four files of a trial: how they are written, published and verified."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from hypertrial import files, metrics
from hypertrial.families import Task, Value
from hypertrial.models import get_family

SCORES, PARAMETERS, PREDICTIONS, COST = (
    "scores.json",
    "parameters.npz",
    "predictions.npz",
    "cost.json",
)
TRIAL_FILES = (PARAMETERS, PREDICTIONS, COST, SCORES)
"""In the order of publication: a trial with scores has everything else."""

COST_FILES = (
    "cost.json",
    "*.cost.jsonl",
    "cost.csv",
    "cost.parquet",
    "cost_and_score.*",
    "forecast.json",
    "cost.md",
    "report.html",
    "manifest.txt*",
)
"""The names of all files that may differ from run to run."""

DAMAGED = ".damaged"
OK, FAILED, TIMEOUT, DIED = "ok", "failed", "timeout", "died"


@dataclass(frozen=True)
class TrialSpec:
    """All that a trial's files depend on.

    ``seed`` is the estimator's, ``data`` and ``splits`` say how the table and the folds are
    made, ``source`` is the digest of the data set's source, ``versions`` are the libraries',
    ``code`` is the digest of the modules that a trial of the model runs. ``metrics`` are those
    that the trial scores; a trial that has run is not run again for others, see :meth:`params`.
    """

    study: str
    dataset: str
    model: str
    trial: str
    task: Task
    hyperparameters: dict[str, Value]
    metrics: list[str]
    seed: int
    source: str
    data: dict[str, Any]
    splits: dict[str, Any]
    versions: dict[str, str]
    code: str

    def to_json(self) -> str:
        """Return the canonical JSON."""
        return self._json

    @cached_property
    def _json(self) -> str:
        return files.canonical_json({each.name: getattr(self, each.name) for each in fields(self)})

    @cached_property
    def params(self) -> str:
        """The canonical JSON of all that a fit depends on, which are the params of the job.

        Metrics are not among them, as they can be computed from a trial's predictions; whether
        the estimator must give probabilities is, where that changes the fit.
        """
        content = {each.name: getattr(self, each.name) for each in fields(self)}
        needed = metrics.probabilities_needed(content.pop("metrics"), self.task)
        control = get_family(self.model).control(self.task, self.seed, needed)
        return files.canonical_json({**content, "control": control})

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of :attr:`params`."""
        return files.digest_text(self.params)

    @classmethod
    def from_json(cls, text: str) -> "TrialSpec":
        """Read what :meth:`to_json` wrote."""
        return cls(**json.loads(text))

    def identity(self) -> dict[str, str]:
        """Return what names the trial in each of its files."""
        return {
            "study": self.study,
            "dataset": self.dataset,
            "model": self.model,
            "trial": self.trial,
        }


def contents(
    spec: TrialSpec,
    scores: Mapping[str, Any],
    parameters: files.Arrays,
    predictions: files.Arrays,
    cost: Mapping[str, Any],
) -> dict[str, bytes]:
    """Return the content of each of a trial's four files."""
    arrays = {PARAMETERS: files.npz_bytes(parameters), PREDICTIONS: files.npz_bytes(predictions)}
    digests = {name: files.digest_bytes(content) for name, content in arrays.items()}
    record = {**spec.identity(), **scores, "files": digests}
    return {
        **arrays,
        COST: files.sealed_bytes({**spec.identity(), **cost}),
        SCORES: files.sealed_bytes(record),
    }


def stage(folder: str | Path, written: Mapping[str, bytes]) -> None:
    """Write a trial's four files to disk without publishing them."""
    for name in TRIAL_FILES:
        files.stage(Path(folder) / name, written[name])


def publish(folder: str | Path, keep: bool = False) -> None:
    """Give a trial's staged files their names; with ``keep`` they stay staged, too.

    Some may have theirs already, if a run was killed between one file and the next.
    """
    paths = [Path(folder) / name for name in TRIAL_FILES]
    files.publish([path for path in paths if name_of(path, staged=True) != str(path)], keep)


def name_of(path: str | Path, staged: bool) -> str:
    """Return the name of a published file, or the one that it has for now if it is staged."""
    part = f"{path}{files.PART}"
    return part if staged and Path(part).exists() else str(path)


def chosen_and_defaulted(spec: TrialSpec) -> dict[str, dict[str, Value]]:
    """Return the hyperparameters that the search set, and the effective values of the others."""
    chosen = spec.hyperparameters
    effective = get_family(spec.model).effective(spec.task, chosen)
    defaulted = {name: value for name, value in effective.items() if name not in chosen}
    return {"set": dict(chosen), "defaulted": defaulted}


def directions(names: Iterable[str]) -> dict[str, dict[str, bool]]:
    """Return for each metric what a record says of it."""
    return {name: {"greater_is_better": metrics.METRICS[name].greater_is_better} for name in names}


def failure(spec: TrialSpec, status: str, reason: str) -> dict[str, Any]:
    """Return the scores of a trial that has no result."""
    return {
        "status": status,
        "reason": reason,
        "task": spec.task,
        "hyperparameters": chosen_and_defaulted(spec),
        "metrics": directions(spec.metrics),
        "inputs": {"spec": spec.digest},
    }


@dataclass(frozen=True)
class Fault:
    """What is wrong with a trial's files: the file, or None if all are whole but outdated."""

    path: Path | None
    reason: str


def verify(spec: TrialSpec, folder: Path, timeout: float, staged: bool = False) -> Fault | None:
    """Check a trial's files against their digests and against what they should be made of.

    Returns None if they are whole, or if there are no scores, which are published last: then the
    trial is to run, whatever else is there. ``staged`` looks at the files that are not published
    yet. The scores are staged last, so that they tell that any other that is not staged any more
    has been published.
    A trial that timed out under a shorter limit than ``timeout`` seconds, or whose worker was
    killed, is outdated: it deserves another try.
    """
    paths = {name: name_of(f"{folder}/{name}", staged) for name in TRIAL_FILES}
    try:
        return _verify(spec, paths, timeout)
    except FileNotFoundError as error:
        unpublished = error.filename == paths[SCORES]
        return None if unpublished else Fault(Path(error.filename), "it is missing")


def _verify(spec: TrialSpec, paths: Mapping[str, str], timeout: float) -> Fault | None:
    scores, fault = _read_sealed(spec, paths[SCORES], SCORES)
    if fault:
        return fault
    for name in (PARAMETERS, PREDICTIONS):
        if files.digest_file(paths[name]) != scores["files"][name]:
            return Fault(Path(paths[name]), "its content is not what scores.json recorded")
    cost, fault = _read_sealed(spec, paths[COST], COST)
    if fault:
        return fault
    return _outdated(spec, scores, cost, timeout)


def is_there(spec: TrialSpec, folder: Path, timeout: float, staged: bool = False) -> bool:
    """Tell whether a trial's files, or those staged, are there, whole and up to date.

    A link is no staged file: a worker writes none.
    """
    if not (folder / (f"{SCORES}{files.PART}" if staged else SCORES)).exists():
        return False
    if staged and any((folder / f"{name}{files.PART}").is_symlink() for name in TRIAL_FILES):
        return False
    return verify(spec, folder, timeout, staged) is None


def _read_sealed(spec: TrialSpec, path: str, name: str) -> tuple[dict[str, Any], Fault | None]:
    content = files.read_sealed(Path(path).read_bytes())
    if content is None:
        return {}, Fault(Path(path), "its content does not have the digest that it records")
    if ("files" in content) != (name == SCORES):
        return {}, Fault(Path(path), "it holds another file's content")
    if any(content.get(key) != value for key, value in spec.identity().items()):
        return {}, Fault(
            Path(path),
            f"it belongs to trial {content.get('trial')} of "
            f"{content.get('study')}/{content.get('dataset')}/{content.get('model')}",
        )
    return content, None


def _outdated(
    spec: TrialSpec, scores: Mapping[str, Any], cost: Mapping[str, Any], timeout: float
) -> Fault | None:
    if scores["inputs"]["spec"] != spec.digest:
        return Fault(
            None, "made from another config, other data, other code or other library versions"
        )
    if scores["status"] == TIMEOUT and cost["timeout_seconds"] < timeout:
        return Fault(None, "timed out under a shorter limit")
    if scores["status"] == FAILED and not set(scores["metrics"]) <= set(spec.metrics):
        return Fault(None, "failed under another choice of metrics")
    if scores["status"] == DIED:
        return Fault(None, "lost its worker")
    return None


def set_aside(fault: Fault) -> None:
    """Keep the content of a damaged file under another name."""
    if fault.path is not None and fault.path.exists():
        fault.path.rename(f"{fault.path}{DAMAGED}")


def read(folder: str | Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a trial's scores and costs.

    Raises
    ------
    DataError
        If one of them is damaged, as it can be since the run began.
    """
    return _sealed_content(Path(folder) / SCORES), _sealed_content(Path(folder) / COST)


def _sealed_content(path: Path) -> dict[str, Any]:
    content = files.read_sealed(path.read_bytes())
    if content is None:
        raise files.damaged(path)
    return content
