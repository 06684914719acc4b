"""scikit-learn's machines, whose ``support_`` counts all rows, also those without weight.

libsvm leaves out rows without weight and then counts the others: with kernel values in place of
rows, predictions look up the wrong ones (scikit-learn/scikit-learn, pull request 27763).
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.svm import SVC, SVR

from hypertrial.families import Matrix

Weight = npt.NDArray[np.float64] | None


class Classifier(SVC):  # type: ignore[misc]
    """A classifier; ``support_`` are the positions of its support vectors among all rows."""

    def fit(self, X: Matrix, y: npt.NDArray[Any], sample_weight: Weight = None) -> "Classifier":
        """Fit the machine to rows X, or to their kernel matrix."""
        fitted: Any = super().fit(X, y, sample_weight)
        fitted.support_ = _among_all(fitted.support_, sample_weight)
        return self


class Regressor(SVR):  # type: ignore[misc]
    """A regressor; ``support_`` are the positions of its support vectors among all rows."""

    def fit(self, X: Matrix, y: npt.NDArray[Any], sample_weight: Weight = None) -> "Regressor":
        """Fit the machine to rows X, or to their kernel matrix."""
        fitted: Any = super().fit(X, y, sample_weight)
        fitted.support_ = _among_all(fitted.support_, sample_weight)
        return self


def _among_all(support: npt.NDArray[np.int32], weight: Weight) -> npt.NDArray[np.int32]:
    if weight is None:
        return support
    return np.flatnonzero(weight > 0)[support].astype(np.int32)
