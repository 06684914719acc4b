"""The command that exports a study's results for other tools."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hypertrial.errors import HypertrialError, StudyError, exit_code, listing, nearest
from hypertrial.exports import cv_results, mlflow_runs, onnx_model, optuna_study, searches
from hypertrial.exports.extras import NotExportableError
from hypertrial.exports.searches import Search

EXPORTS = "exports"


@dataclass(frozen=True)
class Format:
    """A format: the name of what it makes, whether for each search or once for all, and how."""

    name: str
    for_each: bool
    write: Callable[[Sequence[Search], Path], None]

    def parts(
        self, found: Sequence[Search], folder: Path, output: Path
    ) -> dict[Path, Sequence[Search]]:
        """Return the paths to write below ``output``, and the searches that each is to hold."""
        if not self.for_each:
            return {output / self.name: found}
        return {output / each.folder.relative_to(folder) / self.name: [each] for each in found}


FORMATS = {
    "cv_results": Format("cv_results.json", True, cv_results.write),
    "mlflow": Format("mlruns", False, mlflow_runs.write),
    "optuna": Format("optuna.db", False, optuna_study.write),
    "onnx": Format("winner.onnx", True, onnx_model.write),
}


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Export a study's results for other tools.")
    parser.add_argument("format", metavar="FORMAT", help=listing(FORMATS))
    parser.add_argument(
        "folder", type=Path, help="results/STUDY, or STUDY/DATA or STUDY/DATA/MODEL below results"
    )
    parser.add_argument(
        "--output", type=Path, help="a folder; the default is results/STUDY/exports"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace what an earlier export has made"
    )
    return parser.parse_args()


def main() -> int:
    """Return the exit code: 0 if everything was written."""
    given = arguments()
    return exit_code(
        lambda: export(given.format, given.folder.resolve(), given.output, given.overwrite)
    )


def export(name: str, folder: Path, output: Path | None, overwrite: bool) -> int:
    """Write an export and print the path of each of its parts; return the exit code.

    What cannot be exported is told in one line each, and leaves no file.

    Raises
    ------
    HypertrialError
        If there is no such format or finished study, a package is missing, or something is there
        that ``overwrite`` does not allow to replace.
    """
    if name not in FORMATS:
        near = nearest(name, FORMATS)
        raise HypertrialError(f"{name}: unknown format{near}; known: {listing(FORMATS)}")
    found = searches.find(folder)
    if output is None:
        study = found[0].folder.parent.parent
        output = study / EXPORTS / folder.relative_to(study)
    chosen = FORMATS[name]
    parts = chosen.parts(found, folder, output)
    for path in parts:
        if path.exists() and not overwrite:
            raise StudyError(f"{path}: is there already; --overwrite replaces it")
    written = [_written(chosen, part, path) for path, part in parts.items()]
    return 0 if all(written) else 1


def _written(chosen: Format, found: Sequence[Search], path: Path) -> bool:
    """Write a part; if it cannot be, say why, and take away what an earlier export made."""
    try:
        chosen.write(found, path)
    except NotExportableError as error:
        path.unlink(missing_ok=True)
        print(f"{path}: not written: {error}", file=sys.stderr)
        return False
    print(path)
    return True
