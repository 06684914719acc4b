"""Run a command on a Slurm cluster that is started for it, the one of the tests.

python benchmarks/on_slurm.py FOLDER COMMAND ...

The command runs in the current folder and finds Snakemake's plugins for clusters. The last line
that is printed tells how many jobs it has sent. FOLDER holds what the cluster keeps meanwhile.
"""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/workflow"))

from slurm_cluster import Cluster

PLUGINS = Path(sys.prefix) / "cluster"
CORES = 2
"""Of each of the three nodes, which are all this machine."""


def main() -> int:
    """Return the exit code of the command."""
    folder, *command = sys.argv[1:]
    with Cluster(Path(folder), cores=CORES) as cluster:
        environment = {**cluster.environment(), "PYTHONPATH": str(PLUGINS)}
        done = subprocess.run(command, check=False, env=environment)
        jobs = len(cluster.jobs("all"))
    print(jobs, flush=True)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
