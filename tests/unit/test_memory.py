"""Memory that is given back to the system."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"
CODE = """
import sys
import numpy as np
from hypertrial import memory

def held():
    lines = open("/proc/self/status", encoding="utf-8").read().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS:"))

np.ones(30 * 2**17)  # from here on the library keeps arrays of up to 30 MB
if sys.argv[1] == "given back":
    memory.give_back()
before = held()
arrays = [np.ones(20 * 2**17) for _ in range(10)]
last = arrays[-1]
del arrays
print(held() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another library for memory")
@pytest.mark.parametrize("how", ["usual", "given back"])
def test_arrays_that_are_freed_go_back(how):
    told = subprocess.run(
        [sys.executable, "-c", CODE, how],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(SCRIPTS)},
    )
    left = int(told.stdout)
    assert left < 50 if how == "given back" else left > 150
