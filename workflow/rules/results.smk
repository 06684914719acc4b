"""What the catalogue has of results: their files, what these are made from, where they show."""

MODEL = "results/{study}/{dataset}/{model}"
DATASET = "results/{study}/{dataset}"
STUDY_FOLDER = "results/{study}"
OF_DATA = Group(PLAN, "dataset", "data")
WINNER_TABLES = Group(PLAN, "model", "tables")
WINNER_PLOTS = Group(PLAN, "model", "plots")
DATASET_TABLES = Group(PLAN, "dataset", "tables")
DATASET_PLOTS = Group(PLAN, "dataset", "plots")
STUDY_TABLES = Group(PLAN, "study", "tables")
STUDY_PLOTS = Group(PLAN, "study", "plots")
OF_SEARCH = (
    "trials.csv",
    "trials.parquet",
    "cost.csv",
    "cost.parquet",
    "ledger.csv",
    "winner.json",
    "winner.npz",
    "held_out_predictions.csv",
    "held_out_predictions.parquet",
)
"""The files of each search that rules of their own make."""


def place_of(wildcards):
    """Return the place in the catalogue of a rule's wildcards."""
    return catalogue.Place(PLAN, getattr(wildcards, "dataset", ""), getattr(wildcards, "model", ""))


def sources(group):
    """Return an input function for what a group of results is made from."""
    return lambda wildcards: group.inputs(place_of(wildcards))


def dependencies(group):
    """Return a function of what a group of results depends on beside files: code, values."""
    return lambda wildcards: group.params(place_of(wildcards))


def files_of(kind, folder):
    """Return the files of a kind of places, as outputs of a rule."""
    return [shown_file(f"{folder}/{name}", kind.shown(name)) for name in kind.names]


def shown_file(path, shown):
    """Return a file as an output that Snakemake's own report shows under its question, if it is.

    The columns there that tell it from others are the wildcards of its path.
    """
    if shown is None:
        return path
    columns = {"dataset": "data set", "model": "model"}
    labels = {title: f"{{{name}}}" for name, title in columns.items() if f"{{{name}}}" in path}
    return report(
        path,
        caption=f"../report/{shown.question.caption}.rst",
        category=shown.question.category,
        subcategory="tables" if path.endswith(".csv") else "plots",
        labels={"result": shown.label, **labels},
    )


def searches(name):
    """Return a file of every search on a data set of the config."""
    return [f"results/{STUDY.name}/{d}/{m}/{name}" for d, m in PLAN.declared_searches]


def data_files():
    """Return the table and the splits of every data set."""
    names = ("table.npz", "table.json", "splits.npz")
    return [f"results/{STUDY.name}/{dataset}/data/{name}" for dataset in DECLARED for name in names]


def everything():
    """Return all files of the study that rule all asks for."""
    return [
        *data_files(),
        *(path for name in OF_SEARCH for path in searches(name)),
        *catalogue.refits(catalogue.Place(PLAN)),
        *catalogue.all_files(PLAN),
    ]


def told(endings):
    """Return those of the study's files that the report is told from, or shows."""
    return [path for path in everything() if path.endswith(endings)]
