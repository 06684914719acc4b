"""Metrics of predicted classes, from the margins and the diagonal of the confusion matrix.

With a binary task precision, recall and F1 are those of the positive class, the second; else
they are means over all classes, those that do not occur included (a ratio 0/0 counts as zero).
Formulas: Sokolova & Lapalme (2009), Information Processing & Management 45, 427-437.
"""

import numpy as np

from hypertrial.scoring.sample import Sample, Vector


def _averaged(sample: Sample, part: Vector, whole: Vector) -> float:
    ratio = np.divide(part, whole, out=np.zeros(len(part)), where=whole != 0)
    return float(ratio[1] if sample.rows.task == "binary" else ratio.mean())


def accuracy(sample: Sample) -> float:
    """Return the share of the rows that are predicted right."""
    true, _, correct = sample.counts
    return float(correct.sum() / true.sum())


def balanced_accuracy(sample: Sample) -> float:
    """Return the mean recall of the classes that occur: Brodersen et al. (2010), ICPR."""
    true, _, correct = sample.counts
    occurs = true > 0
    return float((correct[occurs] / true[occurs]).mean())


def precision(sample: Sample) -> float:
    """Return the share of right ones among the rows predicted to be of a class."""
    _, predicted, correct = sample.counts
    return _averaged(sample, correct, predicted)


def recall(sample: Sample) -> float:
    """Return the share of right ones among the rows of a class."""
    true, _, correct = sample.counts
    return _averaged(sample, correct, true)


def f1(sample: Sample) -> float:
    """Return the harmonic mean of precision and recall."""
    true, predicted, correct = sample.counts
    return _averaged(sample, 2 * correct, true + predicted)


def matthews(sample: Sample) -> float:
    """Return the correlation of true and predicted classes, 0 if either are all the same.

    Gorodkin (2004), Computational Biology and Chemistry 28, 367-374. Written with ``n - t``,
    the variance of a constant is exactly zero, whatever the weights.
    """
    true, predicted, correct = sample.counts
    n_true, n_predicted = true.sum(), predicted.sum()
    covariance = correct.sum() * n_predicted - (true * predicted).sum()
    variances = (true * (n_true - true)).sum() * (predicted * (n_predicted - predicted)).sum()
    if not variances:
        return 0.0
    # Where nearly all weight is on one class the differences above are mostly rounding.
    return min(max(float(covariance / np.sqrt(variances)), -1.0), 1.0)
