"""Predicts new rows with a trial of a study: ``python predict.py FOLDER NEW_ROWS``."""

import argparse
import sys

from hypertrial import predictor, rebuilt
from hypertrial.collect import write_table
from hypertrial.errors import HypertrialError


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Predict new rows with a trial of a study, or with the winner of a model."
    )
    parser.add_argument("folder", help="a trial's folder, or a model's: results/STUDY/DATA/MODEL")
    parser.add_argument("rows", help="a CSV, TSV or Parquet file with the feature columns")
    parser.add_argument("--output", help="a .csv or .parquet file; the default is to print CSV")
    parser.add_argument("--separator", help="the character between fields of a text file")
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
    try:
        source = predictor.load(given.folder)
        X, extra = source.read(given.rows, given.separator, given.unseen)
        if given.estimator:
            response = rebuilt.respond(source, given.rows, given.separator, given.unseen)
        else:
            response = source.respond(X)
        if extra:
            print(f"{given.rows}: not used: {', '.join(extra)}", file=sys.stderr)
        table = source.frame(response)
        if given.output:
            write_table(table, given.output)
        else:
            table.to_csv(sys.stdout, index=False, lineterminator="\n")
    except HypertrialError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
