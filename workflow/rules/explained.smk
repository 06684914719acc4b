"""What the rules that explain the winners ask for, and all files that they make."""

import re

from hypertrial import seeds
from hypertrial.explanation import registry

EXPLAINED = {model.name: registry.get(model.name) for model in STUDY.models}
LEARNED_TABLES = {name: each.table for name, each in EXPLAINED.items() if each.table}


def explanation_code(*modules):
    """Return a function of the digest of code that explains a model, with what is its own."""

    def digest(wildcards):
        own = registry.module_of(wildcards.model)
        names = [*modules, f"models.{wildcards.model}", *([own] if own else [])]
        return code.digest(*names)

    return digest


def learned_table(wildcards):
    """Return the file that a model's own explanation writes, nothing if it has none."""
    name = LEARNED_TABLES.get(wildcards.model)
    return "results/{study}/{dataset}/{model}/".format(**wildcards) + name if name else []


def boosted():
    """Return the models whose rounds make a curve."""
    return [name for name, each in EXPLAINED.items() if each.rounds]


def explanation_files():
    """Return the tables, pages and plots that explain the winners."""
    folder = "results/{study}/{dataset}/{model}"
    tables = ("learning_curve.csv", "permutation_importance.csv", "winner.md")
    plots = ("permutation_importance", "learned")
    return [
        *(path for name in tables for path in per_model(f"{folder}/{name}")),
        *(
            path
            for model, name in LEARNED_TABLES.items()
            for path in per_model(f"{folder}/{name}", only=model)
        ),
        *(path for model in boosted() for path in per_model(f"{folder}/rounds.csv", only=model)),
        *in_formats(
            [
                *(path for name in plots for path in per_model(f"{folder}/plots/{name}")),
                *(
                    path
                    for model in boosted()
                    for path in per_model(f"{folder}/plots/rounds", only=model)
                ),
                *per_dataset("results/{study}/{dataset}/plots/learning_curves"),
            ]
        ),
    ]


def all_plots():
    """Return every plot of the study, those that explain winners too."""
    explained = [path for path in explanation_files() if path.endswith((".svg", ".png"))]
    return [*study_plots(), *explained]


def told_tables():
    """Return the tables and records that the report is told from."""
    study = f"results/{STUDY.name}"
    model = "results/{study}/{dataset}/{model}"
    names = (
        "trials.csv",
        "cost.csv",
        "winner.json",
        "learning_curve.csv",
        "permutation_importance.csv",
    )
    data = ("table.json", "splits.json", "report.csv")
    return [
        *(f"{study}/{name}.csv" for name in ("leaderboard", "honesty", "cost")),
        *answers(),
        *(path for name in names for path in per_model(f"{model}/{name}")),
        *(path for each in boosted() for path in per_model(f"{model}/rounds.csv", only=each)),
        *(
            path
            for name in data
            for path in per_dataset(f"results/{{study}}/{{dataset}}/data/{name}")
        ),
    ]
