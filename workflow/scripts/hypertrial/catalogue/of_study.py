"""What is told and drawn of a whole study."""

from hypertrial.catalogue.entry import plot, table
from hypertrial.catalogue.place import (
    Place,
    all_models,
    by_search,
    compares_datasets,
    declared_datasets,
    listed,
    of_datasets,
    of_outer_folds,
    of_permuted,
    of_searches,
    own,
    refits,
)
from hypertrial.catalogue.questions import COST, HONEST, LEARNED, WON

WINNERS = {"winners": of_searches("winner.json")}
BASELINES = {"baselines": of_datasets("baseline.json")}
NAMED = {"study": lambda place: place.plan.study.name}
ANSWERS = ("significance", "tuning", "importance")


def _answers(place: Place) -> dict[str, dict[str, str]]:
    """Return the tables of each data set that the summary tells of, by their names."""
    return {
        each.name: {name: f"{place.folder}/{each.name}/{name}.csv" for name in ANSWERS}
        for each in declared_datasets(place)
    }


def _derived_winners(place: Place) -> list[str]:
    """Return the winners on data sets that are made of the config's own."""
    found = of_outer_folds("winner.json"), of_permuted("winner.json")
    return [path for read in found for path in listed(read(place))]


ENTRIES = (
    table(
        "study",
        "leaderboard.csv",
        "compare.leaderboard",
        {**WINNERS, **BASELINES},
        writes={"board": "leaderboard.csv", "held_out": "held_out.csv"},
        question=WON,
    ),
    table(
        "study",
        "ranks.csv",
        "analysis.ranks.write",
        WINNERS,
        question=WON,
        applies=compares_datasets,
    ),
    table(
        "study",
        "cost.csv",
        "compare.costs",
        {
            "paths": by_search("cost.csv", with_derived=True),
            "winners": of_searches("winner.json", with_derived=True),
        },
        question=COST,
    ),
    table(
        "study",
        "cost.md",
        "forecast_report.report",
        {
            "forecast_paths": by_search("forecast.json", with_derived=True),
            "cost_paths": by_search("cost.csv", with_derived=True),
            "winners": of_searches("winner.json", with_derived=True),
        },
        name="cost_page",
    ),
    table(
        "study",
        "honesty.csv",
        "honesty.table.write",
        {
            **BASELINES,
            "winners": by_search("winner.json"),
            "optimism": by_search("optimism.json"),
            "outer": of_outer_folds("winner.json"),
            "permuted": of_permuted("winner.json"),
            "chance": of_permuted("chance.json"),
        },
        question=HONEST,
    ),
    table(
        "study",
        "set_or_learned.md",
        "ledger.page.write",
        {**WINNERS, "ledgers": of_searches("winner_ledger.csv")},
        given=NAMED,
        modules=all_models,
    ),
    table(
        "study",
        "summary.md",
        "summary.write",
        {
            **WINNERS,
            "leaderboard": own("leaderboard.csv"),
            "about": of_datasets("data/table.json"),
            "splits": of_datasets("data/splits.json"),
            "refits": refits,
            "answers": _answers,
            "honesty": own("honesty.csv"),
            "derived": _derived_winners,
        },
        given=NAMED,
        writes={"outputs": ("summary.md", "leaderboard.tex")},
    ),
    plot(
        "study",
        "plots/comparison",
        "plots.overview.comparison",
        {**WINNERS, **BASELINES},
        question=WON,
        title="The winners of all models with the spread over folds",
        alternative="report.alternatives.comparison",
    ),
    plot(
        "study",
        "plots/critical_difference",
        "plots.comparisons.critical_difference",
        {"table": own("ranks.csv")},
        question=WON,
        title="Average ranks of the models over data sets",
        alternative="report.alternatives.critical_difference",
        applies=compares_datasets,
    ),
    plot(
        "study",
        "plots/honesty",
        "plots.honesty.panels",
        {"table": own("honesty.csv")},
        question=HONEST,
        title="Selected scores beside less flattering estimates of them",
        alternative="report.alternatives.honesty",
    ),
    plot(
        "study",
        "plots/learned_values",
        "plots.overview.learned_values",
        {**WINNERS, "trials": by_search("trials.csv")},
        given={
            "metrics": lambda place: {
                each.name: place.plan.metrics(each.name)[0] for each in declared_datasets(place)
            }
        },
        question=LEARNED,
        title="How many values each trial learned, against its score",
        alternative="report.alternatives.learned_values",
    ),
)
"""What a study comes to."""
