"""Prints what the searches of a study will take: ``python plan.py config.yaml cores``.

``cores`` is a number, or ``all``.
"""

import sys
from pathlib import Path

from snakemake.utils import available_cpu_count

from hypertrial import forecast_report
from hypertrial import plan as plans
from hypertrial.config import load_study
from hypertrial.errors import HypertrialError


def main(config: str, cores: str) -> int:
    """Return the exit code: 0 if the study is sound."""
    try:
        plan = plans.make(load_study([Path(config)]))
    except HypertrialError as error:
        print(error, file=sys.stderr)
        return 1
    paths = [
        f"results/{plan.study.name}/{dataset}/{model}/forecast.json"
        for dataset, model in plan.searches
    ]
    forecast_report.print_plan(paths, available_cpu_count() if cores == "all" else int(cores))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
