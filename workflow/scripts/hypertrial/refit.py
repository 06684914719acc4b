"""A trial that shared its work with others, run again alone: its files must be the same."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hypertrial import files, records, trial
from hypertrial.errors import StudyError
from hypertrial.records import COST, TRIAL_FILES, TrialSpec


def compare(
    spec: str, table_paths: Sequence[str], splits_path: str, folder: str, output: str
) -> None:
    """Run a trial alone, and compare with the files that it got beside others, all but its cost.

    Raises
    ------
    StudyError
        If one is not the same.
    """
    scores, _ = records.read(folder)
    # The trial may have been scored by other metrics than the study asks for by now.
    parsed = replace(TrialSpec.from_json(spec), metrics=list(scores["metrics"]))
    alone = trial.alone(parsed.to_json(), table_paths, splits_path)
    names = [name for name in TRIAL_FILES if name != COST]
    stable = scores["status"] in (records.OK, records.FAILED)
    other = [name for name in names if (Path(folder) / name).read_bytes() != alone[name]]
    if other and stable:
        raise StudyError(
            f"{folder}: run alone, the trial gets another {other[0]} than beside others that share "
            "its work; please report this, and do not rely on this model's results"
        )
    files.write(output, files.json_bytes({**parsed.identity(), "compared": stable, "same": names}))
