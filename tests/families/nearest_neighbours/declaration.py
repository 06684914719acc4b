"""k nearest neighbours: scikit-learn's, found in a tree of one leaf.

Method: Cover and Hart, Nearest neighbor pattern classification (1967).
"""

from collections.abc import Mapping, Sequence

from hypertrial.models.nearest_neighbours import fitting, replay

from hypertrial.families import Family, Hyperparameter, LearnedArray, Task, Tolerance, Value
from hypertrial.growth import Growth
from hypertrial.preprocessing import preparation

HYPERPARAMETERS = (
    Hyperparameter(
        "n_neighbors",
        "integer",
        5,
        "how many of the nearest training rows decide",
        low=1,
        high=10_000,
        needed=True,
        same=("k", "neighbors"),
    ),
    Hyperparameter(
        "metric",
        "choice",
        "euclidean",
        "how the distance of two rows is measured",
        words=("euclidean", "manhattan"),
        needed=True,
        synonyms=(("l1", "manhattan"), ("l2", "euclidean")),
    ),
    Hyperparameter(
        "weights",
        "choice",
        "uniform",
        "each neighbour counts the same, or by the inverse of its distance",
        words=("uniform", "distance"),
        needed=True,
    ),
    *preparation.hyperparameters(
        scaling="standard", imputation="median", takes_missing=False, encodings=("one_hot",)
    ),
)


def control(task: Task, seed: int, probabilities: bool) -> dict[str, Value]:
    """Return what changes the run and not the class of models."""
    return {"algorithm": "kd_tree"}


def complexity(
    values: Mapping[str, Value], shapes: Mapping[str, Sequence[int]]
) -> tuple[float, ...]:
    """Order by the neighbours: the more, the smoother."""
    return (-float(values["n_neighbors"]),)  # type: ignore[arg-type]


FAMILY = Family(
    name="nearest_neighbours",
    title="Nearest neighbours",
    hyperparameters=HYPERPARAMETERS,
    classification_grid=({"n_neighbors": [1, 3, 7], "weights": ["uniform", "distance"]},),
    regression_grid=({"n_neighbors": [1, 3, 7], "weights": ["uniform", "distance"]},),
    tolerance=Tolerance(raw=1e-12, probabilities=1e-12),
    modules=("sklearn.neighbors",),
    arrays=(
        LearnedArray("rows", "training rows, features", "the training rows"),
        LearnedArray("targets", "training rows", "the class, or the value, of each"),
    ),
    simplest="the most neighbours",
    build=fitting.build,
    respond=fitting.respond,
    parameters=fitting.parameters,
    predict=replay.predict,
    check=replay.check,
    resolved=lambda estimator: {},
    control=control,
    complexity=complexity,
    growth=Growth(far=(1.0, 2.0)),
    heeds_weights=False,
    needed_because="A row is compared with every training row, so nothing but the training rows is "
    "learned, and every hyperparameter is needed to predict.",
    borderline={
        "Training rows are learned.": "Nothing is estimated from them; they are kept whole, and "
        "prediction needs them.",
    },
    controls={"algorithm": "how neighbours are found; it decides which of equally near ones count"},
    known_as=("knn", "kneighbors", "kneighbours", "nearestneighbors"),
    examples=(
        {"n_neighbors": 3},
        {},
        {"metric": "manhattan", "weights": "distance"},
        {"n_neighbors": 1, "scaling": "none"},
        {"n_neighbors": 8, "imputation": "mean", "missing_indicator": True},
    ),
)
