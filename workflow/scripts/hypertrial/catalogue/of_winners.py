"""The tables and pages of each model on each data set: its winner, explained and doubted."""

from typing import Any

from hypertrial import seeds
from hypertrial.catalogue.entry import table
from hypertrial.catalogue.place import (
    SPLITS,
    TABLE,
    Place,
    explained_model,
    has_learned_file,
    is_boosted,
    is_permuted,
    learned_file,
    learned_table,
    own,
    own_model,
)
from hypertrial.catalogue.questions import LEARNED

WINNER = {"winner": own("winner.json")}
PARAMETERS = {"parameters": own("winner.npz")}
FITTED_ON = (TABLE, SPLITS)


def _rules(place: Place) -> dict[str, Any]:
    return place.plan.winner_rules(place.dataset)


def _permutation_rules(place: Place) -> dict[str, Any]:
    """Return the seed of the shuffles, the same for all models, and the level of intervals."""
    study = place.plan.study
    seed = seeds.derive(study.seed, "permutation importance", place.dataset)
    return {"seed": seed, "level": study.level}


ENTRIES = (
    table(
        "model",
        "winner_ledger.csv",
        "ledger.ledger.write_winner",
        {**WINNER, **PARAMETERS},
        modules=own_model,
        question=LEARNED,
    ),
    table(
        "model",
        "learning_curve.csv",
        "explanation.learning.write",
        WINNER,
        given={"params": lambda place: place.plan.split_params(place.dataset)},
        beside=FITTED_ON,
        modules=explained_model,
    ),
    table(
        "model",
        "rounds.csv",
        "explanation.learning.write_rounds",
        WINNER,
        beside=FITTED_ON,
        modules=explained_model,
        applies=is_boosted,
    ),
    table(
        "model",
        "permutation_importance.csv",
        "explanation.permutation.write",
        WINNER,
        given={"rules": _permutation_rules},
        beside=FITTED_ON,
        modules=explained_model,
        question=LEARNED,
    ),
    table(
        "model",
        "learned",
        "explanation.learned.write",
        WINNER,
        writes={"output": learned_file},
        beside=FITTED_ON,
        modules=explained_model,
        applies=has_learned_file,
    ),
    table(
        "model",
        "winner.md",
        "explanation.page.write",
        {
            **WINNER,
            "ledger": own("winner_ledger.csv"),
            "importance": own("permutation_importance.csv"),
            "curve": own("learning_curve.csv"),
            "learned": learned_table,
        },
        beside=FITTED_ON,
        modules=explained_model,
        name="winner_page",
    ),
    table(
        "model",
        "optimism.json",
        "honesty.optimism.write",
        {**WINNER, "trials": own("trials.csv"), "table_paths": TABLE},
        given={"rules": _rules},
    ),
    table(
        "model",
        "chance.json",
        "honesty.chance.write",
        {**WINNER, **PARAMETERS, "table_paths": TABLE, "splits_path": SPLITS},
        given={"rules": _rules},
        modules=own_model,
        applies=is_permuted,
    ),
)
"""What is written of a winner."""
