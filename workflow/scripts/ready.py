"""Makes ready for a run: ``python ready.py config.yaml``.

Checks the config before Snakemake reads it (Snakemake itself would run code that a config asks
for), and removes the lock that a run left behind whose process is dead.
"""

import sys
from pathlib import Path

from binding import locks
from hypertrial.config import load_study
from hypertrial.errors import HypertrialError


def main(config: str) -> int:
    """Return the exit code: 0 if a run may start."""
    try:
        load_study([Path(config)])
    except HypertrialError as error:
        print(error, file=sys.stderr)
        return 1
    if locks.are_stale():
        print("Removing the lock of a run that is no longer alive", file=sys.stderr)
        return locks.remove([config])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
