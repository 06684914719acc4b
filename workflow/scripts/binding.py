"""Binds Snakemake to the package: the config, the errors, the trials' files, start and end.

Nothing else in ``workflow/scripts`` knows Snakemake.
"""

import json
import logging
import os
import signal
import socket
import threading
import traceback
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from pebble import ProcessExpired
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

from hypertrial import plan as plans
from hypertrial import pool, records
from hypertrial.config import load_study
from hypertrial.errors import HypertrialError
from hypertrial.plan import Plan
from hypertrial.records import TrialSpec

DEFAULT_CONFIG = Path("config/config.yaml")
DRIVER = Path(".snakemake/driver.json")


class Mistake(WorkflowError):  # type: ignore[misc]  # noqa: N818 (its name is what people read)
    """An error whose message says it all: Snakemake finds no traceback to show beside it."""

    @property
    def __traceback__(self) -> None:
        return None

    @__traceback__.setter
    def __traceback__(self, value: object) -> None:
        """Keep none, whoever passes the error on."""


def load_plan(workflow: Any) -> Plan:
    """Read the config files that Snakemake was given, or the default one, and plan the study."""
    given = [Path(os.path.relpath(path)) for path in workflow.configfiles]
    beside = Path(workflow.basedir) / DEFAULT_CONFIG
    default = DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else beside
    if workflow.is_main_process:
        give_up_on_interrupt(workflow)
    try:
        return plans.make(load_study(given or [default], workflow.config_settings.config))
    except HypertrialError as error:
        raise Mistake(str(error)) from None


def call(workflow: Any, log: str, function: str, **arguments: Any) -> None:
    """Call a function of the package in a worker; a failure's traceback goes to the log."""
    plain = {name: _plain(value) for name, value in arguments.items()}
    with _failures_logged(log, function):
        pool.POOL.call(workflow.cores, function, **plain)


def train(workflow: Any, log: str, spec: str, source: Any, output: Any, timeout: float) -> None:
    """Run a trial in a worker and publish its files."""
    table = [str(source.values), str(source.about)]
    folder = str(Path(output.scores).parent)
    with _failures_logged(log, f"trial {folder}"):
        pool.train(workflow.cores, spec, table, str(source.splits), folder, timeout)


@contextmanager
def _failures_logged(log: str, what: str) -> Iterator[None]:
    """Turn a user's mistake into one line, and a fault of ours into one line and a log."""
    try:
        yield
    except HypertrialError as error:
        message = text = str(error)
    except ProcessExpired as death:
        message = text = f"{what}: its worker died ({pool.cause(death)})"
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        message, text = f"{what}: {reason} (traceback in {log})", traceback.format_exc()
    else:
        return
    Path(log).write_text(f"{text}\n", encoding="utf-8")
    raise Mistake(message)


def _plain(value: Any) -> Any:
    """Return Snakemake's strings and lists as Python's own, which travel lightly."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if hasattr(value, "__iter__") else value


class Guard:
    """Verifies the files of finished trials while Snakemake builds its graph of jobs.

    A damaged file is named and moved aside, so that its trial alone runs again. Under ``-n`` it
    is only named.
    """

    def __init__(self, workflow: Any, plan: Plan) -> None:
        self._workflow = workflow
        self._plan = plan
        self._seen: set[str] = set()
        self._said = False

    def check(self, spec: TrialSpec, folder: str) -> list[str]:
        """Verify a trial's files; return no input files, as an input function must."""
        workflow = self._workflow
        if not workflow.is_main_process or workflow.executor_plugin is None or workflow.touch:
            return []
        if not self._said:
            self._said = True
            logger.info("\n".join(self._plan.lines()))
            lift_rate_limit(workflow)
        if folder not in self._seen:
            self._seen.add(folder)
            self._verify(spec, Path(folder))
        return []

    def _verify(self, spec: TrialSpec, folder: Path) -> None:
        fault = records.verify(spec, folder, self._plan.study.timeout)
        if fault is None or (fault.path is None and not self._reruns_on_params()):
            return
        if fault.path is not None:
            then = "would be moved aside" if self._workflow.dryrun else "is moved aside"
            logger.warning(
                f"{fault.path}: damaged: {fault.reason}; it {then} and its trial runs again"
            )
            if not self._workflow.dryrun:
                records.set_aside(fault)
        # As Snakemake does for files of a job that was cut off: make them again, even if all
        # that was made from them is there.
        self._workflow.dag.forcefiles.update(str(folder / name) for name in records.TRIAL_FILES)

    def _reruns_on_params(self) -> bool:
        return "params" in {str(trigger) for trigger in self._workflow.rerun_triggers}


def lift_rate_limit(workflow: Any) -> None:
    """Lift Snakemake's default limit of 100 local jobs a second, before it schedules any.

    Under a limit every round of scheduling starts a timer that starts a round that starts a
    timer, so that rounds a second grow with the number of jobs that have run.
    """
    settings = workflow.scheduling_settings
    limit = settings.max_jobs_per_timespan
    if workflow.local_exec and limit and (limit.max_jobs, limit.timespan) == (100, 1):
        settings.max_jobs_per_timespan = None


def give_up_on_interrupt(workflow: Any) -> None:
    """End a run at the first Ctrl-C: the workers at once, then Snakemake in good order.

    Snakemake's own way waits for running fits. A second Ctrl-C takes that way.
    """
    usual = signal.getsignal(signal.SIGINT)

    def give_up() -> None:
        logger.warning("Interrupted. What is finished is kept; the same command goes on from here.")
        logger.setLevel(logging.CRITICAL)
        pool.POOL.stop()
        workflow.scheduler.exit_gracefully()

    def handler(number: int, frame: types.FrameType | None) -> None:
        signal.signal(signal.SIGINT, usual)
        if workflow.scheduler is not None:
            threading.Thread(target=give_up).start()
        elif callable(usual):
            usual(number, frame)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, handler)


def record_driver() -> None:
    """Note which process runs the workflow, so that a lock it leaves can be told to be stale."""
    process = psutil.Process()
    content = {"host": socket.gethostname(), "pid": process.pid, "born": process.create_time()}
    DRIVER.write_text(json.dumps(content), encoding="utf-8")


def finish(study: str) -> None:
    """End the workers, forget the driver, and remove the logs of jobs that had nothing to say."""
    pool.POOL.stop()
    DRIVER.unlink(missing_ok=True)
    for log in Path("results", study).rglob("*.log"):
        if log.stat().st_size == 0:
            log.unlink()


def driver_is_dead() -> bool | None:
    """Tell whether the process that :func:`record_driver` noted is gone; None if unknown."""
    try:
        content = json.loads(DRIVER.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if content["host"] != socket.gethostname():
        return None
    try:
        born: float = psutil.Process(content["pid"]).create_time()
    except psutil.NoSuchProcess:
        return True
    return bool(born != content["born"])


def say(path: str) -> None:
    """Print a study's summary, if the run was asked for it."""
    summary = Path(path)
    if summary.exists():
        print(f"\n{summary.read_text(encoding='utf-8')}")
