"""Makes ready for a run: ``python ready.py config.yaml``.

Checks the config before Snakemake reads it (Snakemake itself would run code that a config asks
for), and removes the lock that a run left behind whose process is dead.
"""

import subprocess
import sys
from pathlib import Path

from binding import driver
from hypertrial.config import load_study
from hypertrial.errors import HypertrialError

LOCKS = Path(".snakemake/locks")


def main(config: str) -> int:
    """Return the exit code: 0 if a run may start."""
    try:
        load_study([Path(config)])
    except HypertrialError as error:
        print(error, file=sys.stderr)
        return 1
    if LOCKS.is_dir() and any(LOCKS.iterdir()) and driver.is_dead():
        print("Removing the lock of a run that is no longer alive", file=sys.stderr)
        command = [sys.executable, "-m", "snakemake", "--unlock", "--configfile", config]
        done = subprocess.run(command, check=False, capture_output=True)  # noqa: S603
        driver.DRIVER.unlink(missing_ok=True)
        return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
