"""The plots of each model on each data set, in the order of the report."""

from hypertrial.catalogue.entry import plot
from hypertrial.catalogue.of_winners import FITTED_ON, PARAMETERS, WINNER
from hypertrial.catalogue.place import (
    SPLITS,
    TABLE,
    explained_model,
    is_boosted,
    is_one_tree,
    learned_table,
    own,
)
from hypertrial.catalogue.questions import FITTING, HELD_OUT, LEARNED, MATTER

PREDICTIONS = {"predictions": own("held_out_predictions.csv")}
TRIALS = {"trials": own("trials.csv")}

ENTRIES = (
    plot(
        "model",
        "plots/held_out",
        "plots.winners.held_out",
        {**WINNER, **PREDICTIONS},
        name="winner_on_held_out",
        question=HELD_OUT,
        title="Predictions of the held-out rows",
        alternative="report.winner_alternatives.held_out",
    ),
    plot(
        "model",
        "plots/residuals",
        "plots.residuals.panels",
        {**WINNER, **PREDICTIONS},
        question=HELD_OUT,
        title="Errors on the held-out rows",
        alternative="report.winner_alternatives.residuals",
    ),
    plot(
        "model",
        "plots/tree",
        "plots.winners.tree",
        {**WINNER, **PARAMETERS, "table_paths": TABLE, "splits": SPLITS},
        question=LEARNED,
        title="The winning tree",
        alternative="report.winner_alternatives.tree",
        applies=is_one_tree,
    ),
    plot(
        "model",
        "plots/learned",
        "plots.explained.learned",
        {**WINNER, "table": learned_table},
        beside=FITTED_ON,
        modules=explained_model,
        question=LEARNED,
        title="What was learned",
        alternative="report.winner_alternatives.learned",
    ),
    plot(
        "model",
        "plots/permutation_importance",
        "plots.explained.permutation_importance",
        {**WINNER, "importance": own("permutation_importance.csv")},
        question=LEARNED,
        title="Loss of score when a column's values are shuffled",
        alternative="report.winner_alternatives.permutation_importance",
    ),
    plot(
        "model",
        "plots/rounds",
        "plots.learning.rounds",
        {**WINNER, "curve": own("rounds.csv")},
        question=FITTING,
        title="Scores against the number of rounds",
        alternative="report.winner_alternatives.rounds",
        applies=is_boosted,
    ),
    plot(
        "model",
        "plots/validation_curves",
        "plots.curves.validation_curves",
        {**WINNER, **TRIALS},
        question=MATTER,
        title="Validation and training scores by hyperparameter",
        alternative="report.winner_alternatives.validation_curves",
    ),
    plot(
        "model",
        "plots/heat_maps",
        "plots.curves.heat_maps",
        {**WINNER, **TRIALS},
        question=MATTER,
        title="Scores by pairs of hyperparameters",
        alternative="report.winner_alternatives.heat_maps",
    ),
)
"""What is drawn of a winner and its search."""
