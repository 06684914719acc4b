"""What preprocessing declares: its hyperparameters, for each family, and what it learns."""

from collections.abc import Mapping
from functools import partial

from hypertrial.data.table import Table
from hypertrial.families import REGRESSION, Hyperparameter, LearnedArray, Value

SCALINGS = ("none", "standard", "robust", "min_max", "quantile")
IMPUTATIONS = ("median", "mean", "constant")
MOST_CATEGORIES = 50
MOST_QUANTILES = 1000
TARGET = "target_transform"
"""The one hyperparameter that prepares the target; the others prepare features."""
TARGETS = ("none", "standard", "log", "quantile")
PREFIX = "preprocessing."
"""Of the names of its arrays in a trial's parameters."""

ARRAYS = (
    LearnedArray("fill_values", "numeric columns", "what takes the place of a missing number"),
    LearnedArray(
        "indicator_columns",
        "columns with gaps",
        "which numeric columns have a feature that is 1 where they are missing",
        needed=lambda array: array.size > 0,
    ),
    LearnedArray("centers", "numeric features", "subtracted first: the mean or the median"),
    LearnedArray(
        "scales", "numeric features", "divided by: the standard deviation or interquartile range"
    ),
    LearnedArray("factors", "numeric features", "multiplied by, so that the range becomes 0 to 1"),
    LearnedArray("offsets", "numeric features", "added after that"),
    LearnedArray(
        "quantiles",
        "quantiles, numeric features",
        "training values, in order, between which a value is ranked",
    ),
    LearnedArray("references", "quantiles", "the rank of each quantile, 0 to 1"),
    LearnedArray("categories", "one-hot features", "the label behind each"),
    LearnedArray("category_columns", "one-hot features", "the position of its column"),
    LearnedArray("category_missing", "one-hot features", "whether it stands for a missing value"),
    LearnedArray("category_rare", "one-hot features", "whether it stands for all rare labels"),
    LearnedArray("code_labels", "codes", "the label behind each code, column after column"),
    LearnedArray("code_columns", "codes", "the position of its column"),
    LearnedArray("target_center", "1", "the mean of the target, added to predictions at last"),
    LearnedArray(
        "target_scale", "1", "the target's standard deviation, that predictions are multiplied by"
    ),
    LearnedArray(
        "target_quantiles", "quantiles", "training targets, in order; predictions lie between them"
    ),
    LearnedArray(
        "target_scores",
        "quantiles",
        "the normal score of each, which a model's raw value is held to",
    ),
)

_option = partial(Hyperparameter, stage="preprocessing")


def kinds(table: Table) -> tuple[list[int], list[int]]:
    """Return the positions of the numeric (or ordered) and of the categorical columns."""
    numeric = [i for i, each in enumerate(table.columns) if each.kind != "categorical"]
    categorical = [i for i, each in enumerate(table.columns) if each.kind == "categorical"]
    return numeric, categorical


def hyperparameters(
    scaling: str,
    imputation: str,
    takes_missing: bool,
    encodings: tuple[str, ...],
    target: str = "none",
) -> tuple[Hyperparameter, ...]:
    """Return the declarations for a family.

    Parameters
    ----------
    scaling, imputation, target
        The family's defaults; the last for the target's transformation.
    takes_missing
        Whether its estimator can use a missing number as it is.
    encodings
        The encodings of categories that its estimator can use, the default first.
    """
    numbers = [
        _option(
            "scaling",
            "choice",
            scaling,
            "how numbers are scaled: to mean 0 and deviation 1 (standard), to median 0 and "
            "interquartile range 1 (robust), to 0 to 1 by their extremes (min_max) or by their "
            "ranks (quantile)",
            words=SCALINGS,
            same=("scaler", "scale"),
            synonyms=(("minmax", "min_max"), ("standardize", "standard"), ("zscore", "standard")),
        ),
        _option(
            "imputation",
            "choice",
            imputation,
            "what takes the place of a missing number",
            words=(("none",) if takes_missing else ()) + IMPUTATIONS,
            same=("imputer", "impute"),
        ),
        _option(
            "fill_value",
            "number",
            0.0,
            "the constant that takes the place of a missing number",
            when=("imputation", ("constant",)),
        ),
        _option(
            "missing_indicator",
            "boolean",
            False,
            "add a feature that is 1 where a number is missing, for each column with gaps",
            when=("imputation", IMPUTATIONS),
        ),
    ]
    return (*numbers, *_categories(encodings), _target(target))


def _target(default: str) -> Hyperparameter:
    return _option(
        TARGET,
        "choice",
        default,
        "what the model is fitted to, and its answers are turned back from: the target as it is "
        "(none), at mean 0 and deviation 1 (standard), its logarithm (log), or the normal score "
        "of its rank (quantile)",
        words=TARGETS,
        tasks=REGRESSION,
        needed_as=("log",),
    )


def of_features(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return the hyperparameters of preprocessing that prepare features, and not the target."""
    return {name: value for name, value in values.items() if name != TARGET}


def _categories(encodings: tuple[str, ...]) -> list[Hyperparameter]:
    several = len(encodings) > 1
    declared = [
        _option(
            "encoding",
            "choice",
            encodings[0],
            "how categories become features: one each (one_hot), codes in the order of their "
            "labels (ordinal), codes that the model splits as sets (native)",
            words=encodings,
            same=("encoder",),
            synonyms=(("onehot", "one_hot"), ("one-hot", "one_hot"), ("label", "ordinal")),
        ),
        _option(
            "max_categories",
            "integer",
            MOST_CATEGORIES,
            "most features that a column's categories become; the rarest share one; null for no "
            "limit",
            low=2,
            high=1_000_000,
            words=(None,),
            when=("encoding", ("one_hot",)) if several else None,
        ),
    ]
    return declared if several else declared[1:]
