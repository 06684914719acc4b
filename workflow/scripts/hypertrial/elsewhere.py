"""Words of other tools that people try first, and what there is here instead of them."""

import re
from collections.abc import Collection, Mapping

from hypertrial.texts import shown

GRID = "a search is a grid: a list of values for each hyperparameter"
SEEDS = "the one seed of a study is the key `seed`"
THREADS = "a study takes the cores of the command line (--cores 8, or make run CORES=8)"
VALUE = "{value}"
FIXED = "is none of the hyperparameters here"

STUDY: Mapping[str, str] = {
    **dict.fromkeys(
        ("search", "searcher", "sampler", "strategy", "tuner", "optimizer", "search_algorithm"),
        f"{VALUE} is not there yet; {GRID}",
    ),
    **dict.fromkeys(
        ("n_iter", "n_trials", "num_trials", "num_samples", "max_evals", "n_calls", "iterations"),
        f"there is no number of trials to draw; {GRID}, and every combination is a trial",
    ),
    **dict.fromkeys(
        ("pruner", "early_stopping", "halving", "scheduler"),
        "trials are not stopped early yet; `timeout` bounds each in seconds",
    ),
    **dict.fromkeys(
        (
            "param_grid",
            "params",
            "param_distributions",
            "hyperparameters",
            "parameters",
            "grid",
            "search_space",
            "space",
        ),
        "values of hyperparameters stand under models.<name>.grid",
    ),
    **dict.fromkeys(
        ("cv", "folds", "n_folds", "nfold", "n_splits", "k_folds"),
        "the number of folds is split.folds",
    ),
    **dict.fromkeys(("n_repeats", "repeats"), "repeated cross-validation is split.repeats"),
    **dict.fromkeys(
        ("test_size", "holdout", "hold_out", "validation_split", "train_size"),
        "the share of rows that are held out is split.test_size",
    ),
    **dict.fromkeys(
        ("stratify", "shuffle", "splitter", "cv_method"), "how rows are split is split.method"
    ),
    "nested": "nested cross-validation is honesty.outer_folds",
    "outer_folds": "nested cross-validation is honesty.outer_folds",
    **dict.fromkeys(
        ("scoring", "scorer", "metric", "score", "eval_metric", "objective", "direction", "refit"),
        "scores are `metrics`, a list for each task (metrics.binary, metrics.multiclass, "
        "metrics.regression), of which the first ranks",
    ),
    **dict.fromkeys(("n_jobs", "n_cores", "cores", "jobs", "workers", "num_workers"), THREADS),
    "threads": f"{THREADS}; a fit's are models.<name>.threads",
    **dict.fromkeys(("random_state", "random_seed"), SEEDS),
    **dict.fromkeys(
        ("model", "estimator", "estimators", "algorithms", "classifier", "learner", "learners"),
        "models stand under `models`",
    ),
    **dict.fromkeys(
        ("data", "dataset", "train", "input", "file", "source"), "data sets stand under `datasets`"
    ),
    **dict.fromkeys(("target", "label", "task"), "each data set has its own under datasets.<name>"),
    **dict.fromkeys(("name", "project", "experiment", "output"), "the name is the key `study`"),
    **dict.fromkeys(
        ("preprocessing", "scaler", "pipeline", "imputer"),
        "preprocessing stands under models.<name>.preprocessing",
    ),
}
"""Keys of a whole study."""

DATASET: Mapping[str, str] = {
    **dict.fromkeys(
        ("path", "file", "url", "filename", "csv", "data"), "a file's path is `source`"
    ),
    **dict.fromkeys(
        ("label", "labels", "y", "target_column", "class", "outcome", "response"),
        "the column to predict is `target`",
    ),
    **dict.fromkeys(
        ("ignore", "exclude", "index", "index_col", "id", "drop_columns", "usecols", "features"),
        "columns to leave out stand in `drop`; all others are features",
    ),
    **dict.fromkeys(("sep", "delimiter"), "the character between fields is `separator`"),
    **dict.fromkeys(("na_values", "nan", "na"), "texts for a missing value stand in `missing`"),
    **dict.fromkeys(("weights", "sample_weight"), "the column of weights is `weight`"),
    **dict.fromkeys(("groups", "group_id"), "the column of groups is `group`"),
    **dict.fromkeys(("date", "datetime", "timestamp"), "the column that orders rows is `time`"),
    **dict.fromkeys(("pos_label", "positive_class"), "the positive class is `positive`"),
    **dict.fromkeys(("type", "problem", "problem_type", "kind"), "what to predict is `task`"),
    **dict.fromkeys(
        ("categories", "categorical_features", "cat_features", "categorical_columns"),
        "columns of categories stand in `categorical`",
    ),
    "test_size": "the share of rows that are held out is split.test_size, for all data sets",
    **dict.fromkeys(("cv", "folds", "split"), "folds are those of `split`, for all data sets"),
    **dict.fromkeys(("scoring", "metric", "metrics"), "scores are `metrics`, for all data sets"),
    **dict.fromkeys(
        ("seed", "random_state", "models", "n_jobs"), "it is one of the study, not of a data set"
    ),
}
"""Keys of a data set."""

MODEL: Mapping[str, str] = {
    **dict.fromkeys(
        ("param_grid", "params", "hyperparameters", "parameters", "space", "search_space"),
        "values of hyperparameters stand in the model's `grid`",
    ),
    **dict.fromkeys(("n_jobs", "nthread", "num_threads", "n_threads"), "threads are `threads`"),
    **dict.fromkeys(("search", "n_iter", "n_trials"), f"{GRID}, and every combination is a trial"),
    **dict.fromkeys(("random_state", "seed"), SEEDS),
}
"""Keys of a model, beside the grid."""

SPLIT: Mapping[str, str] = {
    **dict.fromkeys(
        ("cv", "n_splits", "n_folds", "k", "nfold"), "the number of folds is split.folds"
    ),
    "n_repeats": "repeated cross-validation is split.repeats",
    **dict.fromkeys(
        ("stratify", "stratified", "shuffle", "type", "strategy", "kind"),
        "how rows are split is split.method",
    ),
    **dict.fromkeys(("random_state", "seed"), SEEDS),
    **dict.fromkeys(
        ("test", "holdout", "train_size"), "the share of rows held out is split.test_size"
    ),
}

CONTROL: Mapping[str, str] = {
    **dict.fromkeys(("n_jobs", "nthread", "num_threads", "thread_count"), f"{FIXED}; {THREADS}"),
    **dict.fromkeys(("random_state", "seed", "random_seed"), f"{FIXED}; {SEEDS}"),
    **dict.fromkeys(
        (
            "verbose",
            "verbosity",
            "cache_size",
            "device",
            "tree_method",
            "booster",
            "missing",
            "eval_metric",
            "probability",
            "shrinking",
        ),
        f"{FIXED}; it is fixed",
    ),
    **dict.fromkeys(
        ("early_stopping_rounds", "early_stopping", "n_iter_no_change"),
        f"{FIXED}; rounds do not end early yet, put several values of n_estimators into the grid",
    ),
}
"""What other tools take among a model's hyperparameters."""

OTHER_MODELS = re.compile(
    r"randomforest|rf|extratrees?|lightgbm|lgbm|lgb|catboost|.*boost(ing|ed)?(trees?|machine)?|gbm|"
    r"gbdt|gb|hgb|logistic(regression)?|linear(regression|model|svc|svr|svm)?|ridge|lasso|"
    r"elasticnet|sgd|glm|glmnet|perceptron|mlp|nn|neural(network|net)s?|tabnet|tabpfn|realmlp|"
    r"k?(nearest)?neighbou?rs?|knn|(gaussian|multinomial|bernoulli)?(naivebayes|nb)|lda|qda|"
    r"gaussianprocess|gp|gam|isolationforest|kmeans|dbscan|pca|dummy|baseline|forest|ensemble|"
    r"stacking|voting|bagging"
)


def key(words: Mapping[str, str], name: str, value: object) -> str | None:
    """Return what to do instead of giving a key that other tools know; None if none does."""
    said = words.get(name.lower().replace("-", "_"))
    if said is None:
        return None
    return said.replace(VALUE, shown(value)) if VALUE in said else f"unknown key; {said}"


def model(name: str, known: Mapping[str, Collection[str]]) -> str | None:
    """Return what to say of a model that other tools know; None if none does.

    ``known`` are the models here, each with what other tools call it.
    """
    plain = re.sub(r"[^a-z]", "", name[:100].lower())
    plain = plain.removesuffix("classifier").removesuffix("regressor")
    for here, others in known.items():
        if plain in others or plain == here.replace("_", ""):
            return f"is called {here} here"
    return "is not there yet" if OTHER_MODELS.fullmatch(plain) else None
