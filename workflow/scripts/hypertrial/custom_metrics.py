"""Metrics of your own: write a function here, add it to ``CUSTOM``, name it in the config.

A metric is a function that takes a :class:`~hypertrial.scoring.sample.Sample` and returns a
number, nan where it is not defined. A sample of ``n`` rows has

``sample.y``         targets (n,): class codes 0, 1, ... (1 is the positive class), or numbers
``sample.weight``    weights (n,), float64, not negative: ones if the data have none
``sample.classes``   the number of classes, 0 for regression
``sample.response``  predictions: ``labels`` (n,), for regression the predicted numbers;
                     ``probabilities`` (n, classes) or None; ``ranking`` (n,) or None
``sample.counts``    weights of the rows by true class, by predicted class, and right ones
``sample.mean(v)``   the weighted mean of a value of each row

A weight of 2 must count as the same row twice: confidence intervals rely on it. The entry in
``CUSTOM`` says the metric's name (as in the config), its title (as in plots), its direction, its
tasks, what it needs (``"labels"``, ``"probabilities"`` or, if a binary task, ``"ranking"``), and
``low`` and ``high``, the least and the greatest score there can be, where there is such a bound;
one of absolute errors may say ``centre="median"``, what its baseline predicts in place of the mean.
A name that is taken is an error. A change here is a change of code: trials are run anew.
"""

import math

from hypertrial.families import CLASSIFICATION
from hypertrial.scoring.sample import Metric, Sample


def cohen_kappa(sample: Sample) -> float:
    """Return the agreement beyond chance of true and predicted classes.

    Cohen (1960), Educational and Psychological Measurement 20, 37-46. Not defined if there is
    one class only, true and predicted: chance agrees then as well.
    """
    true, predicted, correct = sample.counts
    total = true.sum()
    disagreement = total - correct.sum()
    by_chance = (true * (predicted.sum() - predicted)).sum() / total
    return float(1 - disagreement / by_chance) if by_chance else math.nan


CUSTOM: tuple[Metric, ...] = (
    Metric(
        "cohen_kappa", "Cohen's kappa", True, CLASSIFICATION, "labels", cohen_kappa, low=-1, high=1
    ),
)
