"""What a study makes: the files that rule all asks for."""

from hypertrial.models import get_family

TREES = [each.name for each in STUDY.models if get_family(each.name).is_tree]


def model_tables():
    """Return the tables of every model on every data set, and its winner."""
    names = (
        "trials.csv",
        "trials.parquet",
        "cost.csv",
        "cost.parquet",
        "ledger.csv",
        "winner.json",
        "winner.npz",
        "winner_ledger.csv",
        "held_out_predictions.csv",
        "held_out_predictions.parquet",
    )
    tables = [
        path
        for name in names
        for path in per_model(f"results/{{study}}/{{dataset}}/{{model}}/{name}")
    ]
    return [*tables, *refits()]


def data_files():
    """Return the table, the splits, and the reports of every data set."""
    names = ("table.npz", "table.json", "report.csv", "splits.npz", "splits.json")
    folder = "results/{study}/{dataset}/data"
    return [path for name in names for path in per_dataset(f"{folder}/{name}")]


def study_plots():
    """Return every plot of the study."""
    folder = "results/{study}/{dataset}/{model}/plots"
    names = ("validation_curves", "heat_maps", "held_out", "residuals")
    dataset = "results/{study}/{dataset}"
    asked = ("significance", "tuning", "budget", "importance")
    ranked = [f"results/{STUDY.name}/plots/critical_difference"] if compares_datasets() else []
    classified = [name for name in DECLARED if PLAN.tasks[name] != "regression"]
    return in_formats(
        [
            *(path for name in names for path in per_model(f"{folder}/{name}")),
            *(path for name in TREES for path in per_model(f"{folder}/tree", only=name)),
            *expand(f"{dataset}/plots/probabilities", study=STUDY.name, dataset=classified),
            *per_dataset(f"{dataset}/plots/cost_and_score"),
            *(path for name in asked for path in per_dataset(f"{dataset}/plots/{name}")),
            *per_dataset(f"{dataset}/data/report"),
            *per_dataset(f"{dataset}/data/splits"),
            f"results/{STUDY.name}/plots/comparison",
            f"results/{STUDY.name}/plots/learned_values",
            f"results/{STUDY.name}/plots/honesty",
            *ranked,
        ]
    )
