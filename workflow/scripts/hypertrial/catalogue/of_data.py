"""What is made of a data set alone, before anything is trained: its columns, splits and floor."""

from hypertrial.catalogue.entry import plot, table
from hypertrial.catalogue.place import SPLITS, TABLE, of_data
from hypertrial.catalogue.questions import DATA

ENTRIES = (
    table(
        "dataset",
        "data/report.csv",
        "data.data_report.write",
        {"about": of_data("table.json")},
        name="columns",
        stage="data",
    ),
    table(
        "dataset",
        "data/splits.json",
        "splitting.split_report.write",
        {"table_paths": TABLE, "splits_path": SPLITS},
        given={"params": lambda place: place.plan.split_params(place.dataset)},
        name="leaks",
        stage="data",
    ),
    table(
        "dataset",
        "baseline.json",
        "baseline.write",
        {"table_paths": TABLE, "splits_path": SPLITS},
        given={"rules": lambda place: place.plan.winner_rules(place.dataset)},
        stage="data",
    ),
    plot(
        "dataset",
        "data/report",
        "plots.data_report.overview",
        {
            "report": of_data("report.csv"),
            "about": of_data("table.json"),
            "splits_report": of_data("splits.json"),
            "values": of_data("table.npz"),
        },
        question=DATA,
        title="The data set: its target and its columns",
        alternative="report.alternatives.columns",
        stage="data",
    ),
    plot(
        "dataset",
        "data/splits",
        "plots.data_report.splits",
        {"splits": SPLITS, "table_paths": TABLE, "report": of_data("splits.json")},
        question=DATA,
        title="Which rows train, validate and are held out",
        alternative="report.alternatives.splits",
        stage="data",
    ),
)
"""What a data set is, and what predicts it without any feature."""
