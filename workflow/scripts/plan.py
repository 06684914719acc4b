"""Prints what a study will run and how long that will take: plan.py CONFIG CORES."""

import os
import sys
from pathlib import Path

from hypertrial import forecast_report
from hypertrial import plan as plans
from hypertrial.config import load_study
from hypertrial.errors import HypertrialError

try:
    config, cores = Path(sys.argv[1]), sys.argv[2]
    found = plans.make(load_study([config]))
    forecast_report.print_plan(
        [
            f"results/{found.study.name}/{dataset}/{model}/forecast.json"
            for dataset, model in found.searches
        ],
        len(os.sched_getaffinity(0)) if cores == "all" else int(cores),
    )
except HypertrialError as error:
    sys.exit(str(error))
