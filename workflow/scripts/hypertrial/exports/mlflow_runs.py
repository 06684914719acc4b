"""The trials of searches as MLflow runs in a local file store, an experiment for each search."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypertrial import files, model_folder, records
from hypertrial.errors import StudyError
from hypertrial.exports import searches
from hypertrial.exports.extras import load
from hypertrial.exports.searches import Record, Search

SWITCHES = {"MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_DISABLE_TELEMETRY": "true"}
"""MLflow refuses stores of files unless it is told otherwise, and reports its use to its makers."""

SIDES = {"validation": "test", "train": "train"}
LONGEST_TAG = 5000
META = "meta.yaml"


def write(found: Sequence[Search], path: Path) -> None:
    """Write a store of files: an experiment ``study/data set/model``, a run for each trial.

    Raises
    ------
    StudyError
        If something else than a store stands at ``path``.
    """
    if path.exists() and not is_store(path):
        raise StudyError(f"{path}: is no store of MLflow's; it is not replaced")
    part = _free(f"{path.resolve()}{files.PART}")
    part.mkdir(parents=True)
    try:
        with switched():
            client = load("mlflow.tracking", "mlflow-skinny").MlflowClient(part.as_uri())
            for search in found:
                _add(search, client)
        _move(part, path.resolve())
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def is_store(path: Path) -> bool:
    """Tell whether a folder holds experiments of MLflow's and nothing else."""
    visible = [each for each in path.iterdir() if each.name != ".trash"] if path.is_dir() else []
    return bool(visible) and all((each / META).is_file() for each in visible)


@contextmanager
def switched() -> Iterator[None]:
    """Let MLflow use stores of files and tell nobody; settings are as before when it ends."""
    before = {name: os.environ.get(name) for name in SWITCHES}
    os.environ.update(SWITCHES)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _free(path: str) -> Path:
    """Remove what is left at a path of ours; of a link the link, not what it points to."""
    if Path(path).is_symlink():
        Path(path).unlink()
    shutil.rmtree(path, ignore_errors=True)
    return Path(path)


def _move(part: Path, path: Path) -> None:
    """Give a finished store its name, and its runs the address that they have there."""
    for meta in part.rglob(META):
        text = meta.read_text("utf-8").replace(part.as_uri(), path.as_uri())
        meta.write_text(text, "utf-8")
    if path.exists():
        old = _free(f"{path}.old{files.PART}")
        path.rename(old)
        part.rename(path)
        shutil.rmtree(old)
    else:
        part.rename(path)


def _add(search: Search, client: Any) -> None:
    experiment = client.create_experiment(search.title)
    for name in ("study", "dataset", "model"):
        client.set_experiment_tag(experiment, name, getattr(search, name))
    ranking = search.metrics[0].name
    client.set_experiment_tag(experiment, "ranking_metric", f"mean_test_{ranking}")
    for score, cost in search.trials:
        _add_run(search, client, experiment, score, cost)


def _add_run(search: Search, client: Any, experiment: str, score: Record, cost: Record) -> None:
    from mlflow.entities import Param, RunTag

    trial, done = score["trial"], score["status"] == records.OK
    end = int((search.folder / "trials" / trial / records.SCORES).stat().st_mtime * 1000)
    start = end - int(1000 * float(cost.get("seconds") or 0.0))
    run = client.create_run(experiment, start_time=start, run_name=trial).info.run_id
    client.log_batch(
        run,
        metrics=list(_metrics(search, score, cost, end)),
        params=[Param(name, str(value)) for name, value in searches.values(score).items()],
        tags=[RunTag(name, text) for name, text in _tags(search, score).items()],
    )
    if trial == search.winner["trial"]:
        client.log_artifact(run, str(search.folder / model_folder.WINNER))
    client.set_terminated(run, "FINISHED" if done else "FAILED", end)


def _tags(search: Search, score: Record) -> Mapping[str, str]:
    tags = {"trial": score["trial"], "status": score["status"], "task": score["task"]}
    tags["set"] = files.canonical_json(score["hyperparameters"]["set"])[:LONGEST_TAG]
    if score["trial"] == search.winner["trial"]:
        tags["winner"] = "true"
    if score["status"] != records.OK:
        tags["reason"] = str(score["reason"])[:LONGEST_TAG]
    return tags


def _metrics(search: Search, score: Record, cost: Record, time: int) -> Iterator[Any]:
    """Yield means, and the scores of all splits with the split as the step."""
    from mlflow.entities import Metric

    for name in ("seconds", "cpu_seconds"):
        if cost.get(name) is not None:
            yield Metric(name, float(cost[name]), time, 0)
    for metric in search.metrics:
        for part, side in SIDES.items():
            values = searches.split_scores(score, part, metric.name)
            if values:
                mean = sum(values) / len(values)
                yield Metric(f"mean_{side}_{metric.name}", mean, time, 0)
            for split, value in enumerate(values):
                yield Metric(f"split_{side}_{metric.name}", value, time, split)
