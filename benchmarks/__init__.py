"""Hypertrial measured beside what people would otherwise use; see README.md."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

sys.path[:0] = [str(ROOT / "workflow/scripts"), str(ROOT / "tests/workflow")]


class BenchmarkError(Exception):
    """A measurement that could not be made, or that would mean nothing."""
