"""What is told and drawn of all models on a data set."""

from typing import Any

from hypertrial import seeds
from hypertrial.catalogue.entry import plot, table
from hypertrial.catalogue.place import (
    Place,
    all_models,
    by_model,
    is_classification,
    of_data,
    of_models,
    own,
)
from hypertrial.catalogue.questions import COST, FITTING, HELD_OUT, MATTER, REAL, TUNING

WINNERS = {"winners": of_models("winner.json")}
TRIALS = {"trials": by_model("trials.csv")}
NAMED = {"dataset": lambda place: place.dataset}


def _metric(place: Place) -> str:
    """Return the metric that ranks."""
    return place.plan.metrics(place.dataset)[0]


RANKED = {"metric": _metric}
_RANKED_AND_NAMED: dict[str, Any] = {**RANKED, **NAMED}

ENTRIES = (
    table(
        "dataset",
        "significance.csv",
        "analysis.significance.write",
        {**WINNERS, "splits_path": of_data("splits.npz")},
        given={"level": lambda place: place.plan.study.level},
        question=REAL,
    ),
    table(
        "dataset",
        "tuning.csv",
        "analysis.tuning.write",
        {
            **TRIALS,
            "winners": by_model("winner.json"),
            "data_paths": of_data("table.npz", "table.json", "splits.npz"),
        },
        given={"rules": lambda place: place.plan.winner_rules(place.dataset)},
        writes={"outputs": ("tuning.csv", "tunability.csv")},
        modules=all_models,
        question=TUNING,
    ),
    table("dataset", "budget.csv", "analysis.budget.write", TRIALS, given=RANKED, question=TUNING),
    table(
        "dataset",
        "importance.csv",
        "analysis.importance.write",
        TRIALS,
        given={**RANKED, "seed": lambda place: seeds.derive(place.plan.study.seed, "importance")},
        libraries=("optuna",),
        question=MATTER,
    ),
    plot(
        "dataset",
        "plots/probabilities",
        "plots.probability.curves",
        {**WINNERS, "predictions": of_models("held_out_predictions.csv")},
        question=HELD_OUT,
        title="ROC, precision-recall and calibration curves of the winners",
        alternative="report.alternatives.probabilities",
        applies=is_classification,
    ),
    plot(
        "dataset",
        "plots/significance",
        "plots.comparisons.significance",
        {"table": own("significance.csv")},
        given=NAMED,
        question=REAL,
        title="Differences of the winners with their intervals",
        alternative="report.alternatives.significance",
    ),
    plot(
        "dataset",
        "plots/tuning",
        "plots.tuning.panels",
        {"gains": own("tuning.csv"), "losses": own("tunability.csv")},
        given=NAMED,
        question=TUNING,
        title="What tuning gained, and what each default alone would lose",
        alternative="report.alternatives.tuning",
    ),
    plot(
        "dataset",
        "plots/budget",
        "plots.tuning.budget",
        {"table": own("budget.csv")},
        given=NAMED,
        question=TUNING,
        title="The best score to expect of fewer trials",
        alternative="report.alternatives.budget",
    ),
    plot(
        "dataset",
        "plots/importance",
        "plots.importance.panels",
        {**TRIALS, "table": own("importance.csv")},
        given=_RANKED_AND_NAMED,
        question=MATTER,
        title="Importance of hyperparameters, and scores by their values",
        alternative="report.alternatives.importance",
    ),
    plot(
        "dataset",
        "plots/learning_curves",
        "plots.learning.learning_curves",
        {**WINNERS, "curves": by_model("learning_curve.csv")},
        question=FITTING,
        title="Learning curves: scores against the number of training rows",
        alternative="report.alternatives.learning_curves",
    ),
    plot(
        "dataset",
        "plots/cost_and_score",
        "plots.cost.against_score",
        {**TRIALS, **WINNERS, "costs": by_model("cost.csv")},
        given=_RANKED_AND_NAMED,
        question=COST,
        title="What trials cost against their score",
        alternative="report.alternatives.cost_and_score",
    ),
)
"""What is known of a data set once its searches are done."""
