"""Runs that send their jobs elsewhere: by a command of one's own, and to a real Slurm."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from projects import Project, clean_environment
from slurm_cluster import Cluster

PLUGINS = Path(sys.prefix) / "cluster"
SUBMIT = '#!/bin/sh\nsh "$1" >"$1.out" 2>&1 &\necho $!\n'
QUICK = ("--latency-wait", "20")
FIRST_LOOK = ("--slurm-init-seconds-before-status-checks", "8")
"""The next looks are 18, 28, ... seconds later; a group of small trials takes about 20."""
LONGEST_SECONDS = 1200


class Sent:
    """A run that has been started."""

    def __init__(
        self, project: Project, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> None:
        command = [sys.executable, "-m", "snakemake", *arguments, "--configfile", "study.yaml"]
        self._said = project.root / "said.txt"
        with open(self._said, "w", encoding="utf-8") as stream:
            self.process = subprocess.Popen(
                command,
                cwd=project.root,
                env={**(environment or clean_environment()), "PYTHONPATH": str(PLUGINS)},
                stdout=stream,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        """What the run has printed so far."""
        return self._said.read_text("utf-8")

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait, while the run goes on, until something is so."""
        end = time.monotonic() + LONGEST_SECONDS
        while not condition():
            assert self.process.poll() is None, f"ended before {what}\n{self.said}"
            assert time.monotonic() < end, f"no {what}\n{self.said}"
            time.sleep(0.02)

    def kill(self) -> None:
        """End the run as the kernel would when it has no memory left."""
        self.process.kill()
        self.process.wait()

    def succeed(self) -> str:
        assert self._finish() == 0, self.said
        return self.said

    def fail(self) -> str:
        assert self._finish() != 0, self.said
        assert "Traceback" not in self.said
        return self.said

    def _finish(self) -> int:
        try:
            return self.process.wait(timeout=LONGEST_SECONDS)
        finally:
            self.kill()


def by_command(project: Project, *arguments: str) -> Sent:
    """Send a run's jobs by a command that starts each on this machine."""
    submit = project.root / "submit.sh"
    submit.write_text(SUBMIT, "utf-8")
    submit.chmod(0o755)
    profile = ("--workflow-profile", "profiles/cluster-generic")
    return Sent(
        project, *profile, "--cluster-generic-submit-cmd", "./submit.sh", *QUICK, *arguments
    )


def to_slurm(cluster: Cluster, project: Project, *arguments: str) -> Sent:
    """Send a run's jobs to a Slurm cluster, as the profile says."""
    return Sent(
        project,
        *("--workflow-profile", "profiles/slurm", "--slurm-no-account", *QUICK),
        *(*FIRST_LOOK, "--cores", "2", *arguments),
        environment=cluster.environment(clean_environment()),
    )
