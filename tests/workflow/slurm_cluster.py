"""A real Slurm cluster of three nodes on this machine's loopback, for tests."""

import getpass
import os
import random
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

NODES = ("n1", "n2", "n3")
ADDRESS = "127.0.0.1"
DAEMONS = ("munged", "slurmctld", "slurmd")
COMMANDS = ("sbatch", "srun", "squeue", "scontrol", "scancel", "sinfo")
OTHER_COMMANDS = ("sacct", "sacctmgr", "salloc", "sattach", "sbcast", "sprio", "sshare", "sstat")
LONGEST_FOLDER = 60
"""Longer ones leave too little of the 107 bytes that the path of a Unix socket may have."""

SETTINGS = """\
ClusterName=loopback
SlurmctldHost=localhost({address})
SlurmctldPort={ports[slurmctld]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={sockets}/munge.socket
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={sockets}/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmdLogFile={folder}/%n.log
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,batch_sched_delay=0,sched_min_interval=0
MinJobAge=600
JobRequeue={requeue}
ReturnToService=1
SlurmdTimeout=10
KillWait=2
MessageTimeout=5
TCPTimeout=2
NodeName=DEFAULT CPUs={cores} RealMemory={memory}
{nodes}
PartitionName=main Nodes=ALL Default=YES MaxTime=600 DefaultTime=60 DefMemPerCPU=100
"""


class ClusterError(Exception):
    """The cluster did not do what was asked."""


@dataclass(frozen=True)
class Job:
    """A job as squeue tells of it."""

    id: str
    state: str
    node: str
    name: str
    comment: str


@dataclass(frozen=True)
class Limits:
    """What a job has asked for."""

    minutes: int
    memory_mb: int


class Cluster:
    """Slurm's controller, nodes n1, n2 and n3, and munge, without database and control groups."""

    def __init__(
        self,
        folder: Path,
        cores: int = 4,
        memory: int = 8000,
        requeue: bool = False,
    ) -> None:
        self.folder = folder.resolve()
        self.cores = cores
        self.memory = memory
        self.requeue = requeue
        self.sockets = self.folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def configuration(self) -> Path:
        return self.folder / "slurm.conf"

    def start(self, seconds: float = 60) -> None:
        """Start all daemons and wait until every node is idle."""
        for folder in (self.folder, self.folder / "state", self.folder / "bin"):
            folder.mkdir(parents=True, exist_ok=True)
        if len(os.fsencode(self.folder)) > LONGEST_FOLDER:
            self.sockets = Path(tempfile.mkdtemp(prefix="slurm-", dir="/tmp"))
        self._configure()
        self._start_munge()
        self.start_controller()
        for node in NODES:
            self._start_slurmd(node)
        self._wait(lambda: self.nodes() == dict.fromkeys(NODES, "idle"), "idle nodes", seconds)

    def stop(self) -> None:
        """Kill all daemons with the jobs that are left and remove what is outside the folder."""
        with ExitStack() as rest:
            if self.sockets != self.folder:
                rest.callback(shutil.rmtree, self.sockets)
            for name in ("munged", *NODES, "slurmctld"):
                rest.callback(self._kill, name)

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return variables for a process that is to use this cluster, and for its jobs."""
        given = os.environ if base is None else base
        kept = {key: value for key, value in given.items() if not key.startswith("SLURM_")}
        path = os.pathsep.join([str(self.folder / "bin"), kept.get("PATH", os.defpath)])
        return kept | {"PATH": path, "SLURM_CONF": str(self.configuration)}

    def run(self, *command: str, seconds: float = 60) -> str:
        """Run a command in the cluster's environment and return what it prints."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        if done.returncode != 0:
            raise ClusterError(f"{' '.join(command)}: {done.stderr}{self.log_ends()}")
        return done.stdout

    def submit(self, script: str, *options: str) -> str:
        """Submit lines of shell as a job and return its id."""
        return self.run("sbatch", "--parsable", *options, "--wrap", script).strip()

    def jobs(self, states: str = "pending,running,completing") -> list[Job]:
        """Return the jobs in the given states, or in any with ``all``."""
        table = self.run("squeue", "-h", "-t", states, "-o", "%i\x1f%T\x1f%N\x1f%j\x1f%k")
        table = table.replace("(null)", "")
        return [Job(*line.split("\x1f")) for line in table.splitlines()]

    def state_of(self, job: str) -> str:
        """Return the state of a job, also of one that ended within the last ten minutes."""
        return self._job(job).state

    def node_of(self, job: str) -> str:
        """Return the node that a job runs or ran on, or nothing for one that never started."""
        return self._job(job).node

    def limits_of(self, job: str) -> Limits:
        """Return what a job has asked for, in the first ten minutes after it too."""
        fields = dict(re.findall(r"(\S+?)=(\S+)", self.run("scontrol", "show", "job", job)))
        hours, minutes, _ = map(int, fields["TimeLimit"].split(":"))
        return Limits(60 * hours + minutes, int(fields["MinMemoryNode"].removesuffix("M")))

    def wait_for(self, job: str, *states: str, seconds: float = 60) -> str:
        """Wait until a job is in one of the states and return it."""
        self._wait(lambda: self.state_of(job) in states, f"job {job} in {states}", seconds)
        return self.state_of(job)

    def cancel(self, job: str) -> None:
        self.run("scancel", job)

    def expire(self, job: str) -> None:
        """Let the time of a running job be over; Slurm looks at this every 30 seconds."""
        self.run("scontrol", "update", f"jobid={job}", "endtime=now")

    def nodes(self) -> dict[str, str]:
        """Return the state of each node; ``*`` after it marks one that does not answer."""
        return dict(line.split() for line in self.run("sinfo", "-hNo", "%N %T").splitlines())

    def wait_for_node(self, node: str, *states: str, seconds: float = 60) -> None:
        self._wait(lambda: self.nodes()[node] in states, f"{node} in {states}", seconds)

    def down(self, node: str) -> None:
        self.run("scontrol", "update", f"nodename={node}", "state=down", "reason=test")

    def resume(self, node: str) -> None:
        self.run("scontrol", "update", f"nodename={node}", "state=resume")

    def kill_node(self, node: str) -> None:
        """End a node as a power cut would: its daemon and all processes of its jobs."""
        self._kill(node)

    def freeze(self, node: str) -> None:
        """Stop the processes of a node's jobs, until they are killed or the node is thawed."""
        for process in self._tasks_of(node):
            suspended(process)

    def thaw(self, node: str) -> None:
        """Let the processes of a node's jobs go on."""
        for process in self._tasks_of(node):
            with suppress(psutil.Error):
                for each in (process, *process.children(recursive=True)):
                    each.resume()

    def start_node(self, node: str, seconds: float = 60) -> None:
        """Start a node as after a reboot and put it back into service."""
        before = self._start_time(node)
        self._start_slurmd(node)
        self._wait(lambda: self._start_time(node) != before, f"the start of {node}", seconds)
        if self.nodes()[node].startswith("down"):
            self.resume(node)
        self.wait_for_node(node, "idle", "mixed", "allocated", seconds=seconds)

    def kill_controller(self) -> None:
        """End the controller, which forgets what it has not saved: about the last 5 seconds."""
        self._kill("slurmctld")

    def start_controller(self, seconds: float = 60) -> None:
        """Start the controller, which reads its saved state, and wait until it answers."""
        self._start("slurmctld", "slurmctld", "-D", "-f", str(self.configuration))
        self._wait(self._answers, "the controller", seconds)

    def log_ends(self, lines: int = 15) -> str:
        """Return the last lines of each log, under its name."""
        ends = []
        for log in sorted([*self.folder.glob("*.err"), *self.folder.glob("*.log")]):
            end = log.read_text("utf-8", "replace").splitlines()[-lines:]
            ends.append("\n".join([f"\n--- {log.name}", *end]))
        return "".join(ends)

    def _configure(self) -> None:
        ports = free_ports(["slurmctld", *NODES])
        text = SETTINGS.format(
            address=ADDRESS,
            ports=ports,
            user=getpass.getuser(),
            sockets=self.sockets,
            folder=self.folder,
            requeue=int(self.requeue),
            cores=self.cores,
            memory=self.memory,
            nodes="\n".join(
                f"NodeName={node} NodeHostname=localhost NodeAddr={ADDRESS} Port={ports[node]}"
                for node in NODES
            ),
        )
        self.configuration.write_text(text, "utf-8")
        for command in (*COMMANDS, *OTHER_COMMANDS):
            if program := which(command):
                wrapper = self.folder / "bin" / command
                line = f"SLURM_CONF='{self.configuration}' exec '{program}' \"$@\"\n"
                wrapper.write_text(f"#!/bin/sh\n{line}", "utf-8")
                wrapper.chmod(0o755)

    def _start_munge(self) -> None:
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o600)
        self._start(
            "munged",
            "munged",
            "--foreground",
            "--force",
            f"--key-file={key}",
            f"--socket={self.sockets}/munge.socket",
            f"--pid-file={self.folder}/munged.pid",
            f"--log-file={self.folder}/munged.log",
            f"--seed-file={self.folder}/munged.seed",
        )
        self._wait((self.sockets / "munge.socket").exists, "the socket of munge", 10)

    def _start_slurmd(self, node: str) -> None:
        self._start(node, "slurmd", "-D", "-b", "-N", node, "-f", str(self.configuration))

    def _start(self, name: str, program: str, *options: str) -> None:
        with open(self.folder / f"{name}.err", "ab") as log:
            self.processes[name] = subprocess.Popen(
                [which(program) or program, *options],
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _kill(self, name: str) -> None:
        """Kill a daemon, what it started, and what belongs to the jobs of a node of that name."""
        daemon = self.processes.pop(name, None)
        if daemon is not None and daemon.poll() is None:
            kill([psutil.Process(daemon.pid)])
            daemon.wait()
        while kill(self._processes_of(name)):
            time.sleep(0.05)

    def _processes_of(self, node: str) -> list[psutil.Process]:
        """Return a node's job steps, which leave their daemon's session, and what escaped them."""
        log = str(self.folder / f"{node}.log")
        marks = {"SLURMD_NODENAME": node, "SLURM_CONF": str(self.configuration)}.items()
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.name() == "slurmstepd":
                    belongs = log in [file.path for file in process.open_files()]
                else:
                    belongs = marks <= process.environ().items()
                if belongs:
                    found.append(process)
        return found

    def _tasks_of(self, node: str) -> list[psutil.Process]:
        return [each for each in self._processes_of(node) if each.name() != "slurmstepd"]

    def _start_time(self, node: str) -> str:
        fields = self.run("scontrol", "--oneliner", "show", "node", node).split()
        return next(field for field in fields if field.startswith("SlurmdStartTime="))

    def _answers(self) -> bool:
        with suppress(ClusterError):
            return "UP" in self.run("scontrol", "ping")
        return False

    def _job(self, job: str) -> Job:
        for each in self.jobs("all"):
            if each.id == job:
                return each
        raise ClusterError(f"no job {job}{self.log_ends()}")

    def _wait(self, condition: Callable[[], bool], what: str, seconds: float) -> None:
        limit = time.monotonic() + seconds
        while not condition():
            ended = [name for name, each in self.processes.items() if each.poll() is not None]
            if ended:
                raise ClusterError(f"{', '.join(ended)} ended{self.log_ends()}")
            if time.monotonic() > limit:
                raise ClusterError(f"waited {seconds} s for {what}{self.log_ends()}")
            time.sleep(0.1)


def missing() -> str | None:
    """Name the programs of a cluster that are not installed here."""
    absent = [program for program in (*DAEMONS, *COMMANDS) if which(program) is None]
    return f"not installed: {', '.join(absent)}" if absent else None


def which(program: str) -> str | None:
    """Return the path of a program; daemons may lie where only root's PATH leads."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    return shutil.which(program, path=path)


def free_ports(names: Sequence[str]) -> dict[str, int]:
    """Return a free port for each name, below those that the kernel gives to clients."""
    draw = random.SystemRandom()
    ports: list[int] = []
    with ExitStack() as stack:
        while len(ports) < len(names):
            port = draw.randrange(10000, 32768)
            with suppress(OSError):
                stack.enter_context(socket.create_server((ADDRESS, port)))
                ports.append(port)
    return dict(zip(names, ports, strict=True))


def kill(roots: Iterable[psutil.Process]) -> int:
    """Kill processes with all their descendants at one time and return their number."""
    processes = [each for root in roots for each in suspended(root)]
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
    return len(processes)


def suspended(process: psutil.Process) -> list[psutil.Process]:
    """Suspend a process and its descendants, so that none starts another unseen."""
    with suppress(psutil.Error):
        process.suspend()
        return [process, *(each for child in process.children() for each in suspended(child))]
    return []
