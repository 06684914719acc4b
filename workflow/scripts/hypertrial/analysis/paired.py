"""The corrected resampled t-test: two models on the same splits, which share training rows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hypertrial.splitting.splits import Splits

Vector = npt.NDArray[np.float64]
NOTHING = math.nan
ONE_SPLIT = "one split: nothing tells how much the difference varies"
EQUAL = "equal in every split"
CONSTANT = "the same difference in every split: its variance, and so a test, is not defined"
LARGE_T = 1e3
NOISE = 1e-12
"""Below this share of the scores a deviation is what rounding leaves of equal differences."""


@dataclass(frozen=True)
class Comparison:
    """The mean difference of two models over splits: its interval, its test, its effect size.

    ``effect_size`` is Cohen's d of paired differences, the mean over their standard deviation.
    What is not defined is nan, and ``note`` says why.
    """

    difference: float
    low: float = NOTHING
    high: float = NOTHING
    t: float = NOTHING
    degrees_of_freedom: int = 0
    p_value: float = NOTHING
    effect_size: float = NOTHING
    effect_low: float = NOTHING
    effect_high: float = NOTHING
    note: str = ""


def share_of(splits: Splits) -> float:
    """Return the mean number of validation rows over the mean number of training rows."""
    sizes = [(len(training), len(validation)) for training, validation in splits.parts()]
    training, validation = np.mean(sizes, axis=0)
    return float(validation / training)


def compare(
    a: Sequence[float], b: Sequence[float], share: float, level: float, span: float = math.inf
) -> Comparison:
    """Compare two models by their scores on the same splits.

    Nadeau & Bengio (2003), Inference for the Generalization Error, Machine Learning 52: the
    variance of the mean of k differences is (1/k + n_test/n_train) times their variance, since
    splits share training rows; the test has k - 1 degrees of freedom. With repeats k counts all
    splits (Bouckaert & Frank 2004, Evaluating the Replicability of Significance Tests).

    The effect size is that of Cohen (1988), Statistical Power Analysis, section 2.3.5. Its
    interval holds those effects under whose non-central t distribution the corrected t is not
    extreme (Steiger & Fouladi 1997, Noncentrality Interval Estimation).

    Parameters
    ----------
    a, b
        The scores of shape (splits,), of which greater ones are better.
    share
        n_test/n_train, as :func:`share_of` tells it.
    level
        The confidence of the intervals, between 0 and 1.
    span
        How far apart two scores of the metric can be. No difference is greater, so to cut off
        what of its interval lies beyond costs no confidence.
    """
    from scipy import stats

    differences = np.asarray(a, dtype=float) - np.asarray(b, dtype=float)
    mean, count = float(differences.mean()), len(differences)
    size = float(np.abs([a, b]).max())
    if np.abs(differences).max() <= NOISE * size:
        return _equal(count)
    if count < 2:
        return Comparison(mean, note=ONE_SPLIT)
    mean = 0.0 if abs(mean) <= NOISE * size else mean
    deviation = float(differences.std(ddof=1))
    if deviation <= NOISE * size:
        return Comparison(mean, degrees_of_freedom=count - 1, note=CONSTANT)
    factor = math.sqrt(1 / count + share)
    error, freedom = factor * deviation, count - 1
    t = mean / error
    reach = float(stats.t.isf((1 - level) / 2, freedom)) * error
    low, high = _noncentrality(t, freedom, level)
    return Comparison(
        difference=mean,
        low=max(mean - reach, -span),
        high=min(mean + reach, span),
        t=t,
        degrees_of_freedom=freedom,
        p_value=float(2 * stats.t.sf(abs(t), freedom)),
        effect_size=mean / deviation,
        effect_low=low * factor,
        effect_high=high * factor,
    )


def _equal(count: int) -> Comparison:
    """Return the comparison of two models whose scores do not differ in any split."""
    if count < 2:
        return Comparison(0.0, note=f"{EQUAL}; {ONE_SPLIT}")
    return Comparison(0.0, t=0.0, degrees_of_freedom=count - 1, p_value=1.0, note=EQUAL)


def _noncentrality(t: float, freedom: int, level: float) -> tuple[float, float]:
    """Return the limits of the noncentrality parameter of an observed t."""
    from scipy import special, stats

    tail = (1 - level) / 2
    if abs(t) > LARGE_T:  # where the search below takes very long
        low, high = abs(t) * np.sqrt(stats.chi2.ppf([tail, 1 - tail], freedom) / freedom)
        return (float(low), float(high)) if t >= 0 else (-float(high), -float(low))
    low, high = special.nctdtrinc(freedom, [1 - tail, tail], abs(t))
    return (float(low), float(high)) if t >= 0 else (-float(high), -float(low))


def holm(p_values: Sequence[float]) -> Vector:
    """Return p-values adjusted for their number; nan stays nan and does not count.

    Holm (1979), A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal
    of Statistics 6: the i-th smallest of m is multiplied by m - i + 1, none falls below the one
    before it.
    """
    given = np.asarray(p_values, dtype=float)
    adjusted = np.full(len(given), np.nan)
    tested = np.flatnonzero(np.isfinite(given))
    order = tested[np.argsort(given[tested], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(given[order] * factors), 1.0)
    return adjusted
