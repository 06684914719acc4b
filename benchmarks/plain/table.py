"""All trials of the plain way in one file, as the harness reads it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def gather(paths: Sequence[str], key: str, output: str) -> None:
    """Write the scores of all trials, and the sum of their seconds."""
    trials = [json.loads(Path(path).read_text(encoding="utf-8")) for path in paths]
    outcome = {
        "trials": len(trials),
        "fit_seconds": sum(trial["seconds"] for trial in trials),
        "scores": {key: [trial["score"] for trial in trials]},
    }
    Path(output).write_text(json.dumps(outcome), encoding="utf-8")


job: Any = snakemake  # type: ignore[name-defined]  # noqa: F821 (Snakemake defines it)
gather(job.input, job.params.key, job.output[0])
