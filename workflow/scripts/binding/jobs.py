"""What the rules run: functions of the package, in a worker."""

import json
import os
import traceback
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from snakemake.logging import logger

from binding import workers
from binding.faults import FAULTS
from binding.mistakes import Mistake
from binding.sets import Sets
from binding.telling import TELLING
from hypertrial import files, pool, records
from hypertrial.catalogue.entry import Entry
from hypertrial.catalogue.groups import Group
from hypertrial.catalogue.place import Place
from hypertrial.crew import WorkerDiedError
from hypertrial.errors import HypertrialError
from hypertrial.plan import Plan
from hypertrial.pool import Work
from hypertrial.records import TrialSpec
from hypertrial.texts import escaped, one_line


def call(workflow: Any, log: str, function: str, **arguments: Any) -> Any:
    """Call a function of the package in a worker; a failure's traceback goes to the log."""
    plain = {name: _plain(value) for name, value in arguments.items()}
    with _failures_logged(log, function):
        return pool.POOL.call(workers.count(workflow), function, **plain)


def make(workflow: Any, log: str, group: Group, place: Place) -> None:
    """Make the entries of the catalogue that a place has of a group, some at the same time.

    Each waits for those of the others that it is made from. After a failure, which names its
    entry, none is begun any more.
    """
    entries = {entry.name: entry for entry in group.entries(place)}
    order = TopologicalSorter(group.needs(place))
    order.prepare()
    making: dict[Future[Any], Entry] = {}
    with ThreadPoolExecutor(max_workers=workers.count(workflow)) as threads:
        while order.is_active():
            for name in order.get_ready():
                entry = entries[name]
                arguments = (workers.count(workflow), entry.makes)
                future = threads.submit(pool.POOL.call, *arguments, **entry.arguments(place))
                making[future] = entry
            for future in wait(making, return_when=FIRST_COMPLETED).done:
                entry = making.pop(future)
                try:
                    with _failures_logged(log, f"{place}: {entry.name}"):
                        future.result()
                except Mistake:
                    threads.shutdown(wait=True, cancel_futures=True)
                    raise
                order.done(entry.name)


def train(workflow: Any, log: str, sets: Sets, spec: TrialSpec, source: Any, output: str) -> None:
    """Run a trial in a worker, with the others of its set, and publish its files.

    One that has been run already is only noted by Snakemake, as newer than its inputs.
    """
    folder = str(Path(output).parent)
    if sets.is_taken(spec, folder):
        os.utime(output)
        return
    table = [str(source.values), str(source.about)]
    threads = sets.threads(spec.model)
    work = Work(workers.count(workflow), table, str(source.splits), sets.timeout, threads)
    with _failures_logged(log, f"trial {folder}"):
        sets.stage(spec, folder, work)
        records.publish(folder, keep=workflow.remote_exec)


def split(
    workflow: Any, log: str, function: str, plan: Plan, dataset: str, **arguments: Any
) -> None:
    """Split a table; warn, before any trial, of models that a class has too few rows for."""
    call(workflow, log, function, **arguments)
    lacking = call(
        workflow,
        log,
        "class_needs.find",
        table_paths=arguments["table_paths"],
        splits_path=arguments["output"],
        metrics=plan.metrics(dataset),
        models=[model.name for model in plan.study.models],
    )
    for line in lacking:
        logger.warning(line)


def winner(workflow: Any, log: str, **arguments: Any) -> None:
    """Choose the winner of a search, and tell it while the run goes on."""
    line = call(workflow, log, "compare.evaluate", **arguments)
    if line is not None:
        logger.info(escaped(line))


def refit(workflow: Any, log: str, spec: TrialSpec, source: Any, output: str) -> None:
    """Run a trial again alone, and compare with its files."""
    call(
        workflow,
        log,
        "refit.compare",
        spec=spec.to_json(),
        table_paths=[source.values, source.about],
        splits_path=source.splits,
        folder=Path(source.scores).parent.as_posix(),
        output=output,
    )


def prepare(workflow: Any, log: str, params: str, output: Any) -> None:
    """Read a data set into a typed table; say what to look at before anything is trained."""
    warnings = call(
        workflow,
        log,
        "data.datasets.prepare",
        params=params,
        values=output.values,
        about=output.about,
    )
    if warnings:
        logger.warning("\n".join(warnings))


def forecast(
    workflow: Any, log: str, spec: TrialSpec, points: str, source: Any, output: str
) -> None:
    """Write the forecast of a search; warn, while the run goes on, of one that takes long."""
    warning = call(
        workflow,
        log,
        "forecast.write",
        spec=spec.to_json(),
        hyperparameters=json.loads(points),
        table_paths=[source.values, source.about],
        splits_path=source.splits,
        output=output,
    )
    if warning:
        logger.warning(warning)


@contextmanager
def _failures_logged(log: str, what: str) -> Iterator[None]:
    """Turn a user's mistake into one line, and a fault of ours into one line and a log."""
    try:
        yield
    except HypertrialError as error:
        message = text = str(error)
    except WorkerDiedError as death:
        message = text = f"{what}: its worker died ({death.cause})"
    except Exception as error:
        if isinstance(error, OSError) and (fault := FAULTS.end(error, log)) is not None:
            raise fault from None
        reason = one_line(f"{type(error).__name__}: {error}")
        message, text = (
            f"{what}: {reason} (traceback in {log})",
            traceback.format_exc(),
        )
    else:
        return
    with suppress(OSError), files.create(log) as stream:  # the disk may be full
        stream.write(f"{text}\n".encode())
    TELLING.note(log)
    raise Mistake(message)


def _plain(value: Any) -> Any:
    """Return Snakemake's strings and lists as Python's own, which travel lightly."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if hasattr(value, "__iter__") else value
