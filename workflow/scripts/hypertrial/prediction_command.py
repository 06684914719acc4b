"""The command that predicts new rows with a trial of a study."""

import argparse
import sys

from hypertrial import predictor, rebuilt, spreadsheet
from hypertrial.collect import write_table
from hypertrial.data.sources import columns_of
from hypertrial.errors import exit_code
from hypertrial.texts import escaped, one_line


def character(text: str) -> str:
    """Read the separator: one character, or a tab by its usual name."""
    text = {"\\t": "\t", "tab": "\t"}.get(text, text)
    if len(text) != 1:
        raise argparse.ArgumentTypeError(f"must be one character, not {text!r}")
    return text


def table_path(text: str) -> str:
    """Read the path of a table to write."""
    if not text.endswith((".csv", ".parquet")):
        raise argparse.ArgumentTypeError(f"must end in .csv or .parquet, not {text!r}")
    return text


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Predict new rows with a trial of a study, or with the winner of a model."
    )
    parser.add_argument(
        "folder",
        help="a trial's folder, a model's (results/STUDY/DATA/MODEL), of which the winner is "
        "taken, or a data set's (results/STUDY/DATA), of which the best model is",
    )
    parser.add_argument("rows", help="a CSV, TSV or Parquet file with the feature columns")
    parser.add_argument(
        "--output", type=table_path, help="a .csv or .parquet file; the default is to print CSV"
    )
    parser.add_argument(
        "--separator", type=character, help="the character between fields of a text file"
    )
    parser.add_argument(
        "--keep",
        action="append",
        default=[],
        metavar="COLUMN",
        help="a column of the rows to write before the predictions, as it stands; may be repeated",
    )
    parser.add_argument(
        "--estimator",
        action="store_true",
        help="fit the estimator again on the study's training rows and predict with it, instead "
        "of with NumPy from the learned parameters",
    )
    parser.add_argument(
        "--unseen",
        choices=("error", "ignore"),
        default="error",
        help="what to do with a category that training did not see (default: error)",
    )
    return parser.parse_args()


def main() -> int:
    """Return the exit code: 0 if the predictions were written."""
    given = arguments()
    return exit_code(lambda: predict(given))


def predict(given: argparse.Namespace) -> int:
    """Write the predictions, and say what a user should know of them; return 0."""
    source = predictor.load(given.folder)
    for note in source.notes:
        print(one_line(note), file=sys.stderr)
    X, extra = source.read(given.rows, given.separator, given.unseen)
    kept = source.texts(given.keep, given.rows, given.separator) if given.keep else None
    if given.estimator:
        response = rebuilt.respond(source, given.rows, given.separator, given.unseen)
    else:
        response = source.respond(X)
    if unused := [name for name in extra if name not in given.keep]:
        print(one_line(f"{given.rows}: not used: {columns_of(unused)}"), file=sys.stderr)
    if count := source.contradictions(response):
        why = source.family.contradicts
        note = f"for {count} of {len(X)} rows the prediction is not the most probable class"
        note += f": {why}" if why else ""
        print(note, file=sys.stderr)
    table = source.frame(response, kept)
    if given.output:
        write_table(table, given.output)
    else:
        text = spreadsheet.guarded(table).to_csv(index=False, lineterminator="\n")
        sys.stdout.write(escaped(text) if sys.stdout.isatty() else text)
    return 0
