"""Predicts new rows with a trial of a study: ``python predict.py FOLDER NEW_ROWS``."""

import sys

from hypertrial.prediction_command import main

if __name__ == "__main__":
    sys.exit(main())
