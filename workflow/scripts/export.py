"""Exports the results of a study for other tools: ``python export.py FORMAT results/STUDY``."""

import sys

from hypertrial.exports.command import main

if __name__ == "__main__":
    sys.exit(main())
