"""Which results `snakemake --report` shows, by the question that they answer."""

QUESTIONS = {
    "1 Which model wins?": (
        "leaderboard",
        "held_out",
        "ranks",
        "comparison",
        "critical_difference",
        "significance",
    ),
    "2 Was tuning worth it?": ("tuning", "tunability", "budget"),
    "3 Which hyperparameters matter?": ("importance", "validation_curves", "heat_maps"),
    "4 Is the winner honest?": ("honesty", "winner_on_held_out", "residuals", "probabilities"),
    "5 Over- or underfitting?": ("learning_curves", "rounds"),
    "6 What was learned?": (
        "learned",
        "tree",
        "permutation_importance",
        "learned_values",
        "winner_ledger",
    ),
    "7 What did it cost?": ("cost", "cost_and_score"),
    "8 What is in the data?": ("report", "splits"),
}
CAPTIONS = (
    "winners",
    "tuning",
    "hyperparameters",
    "honesty",
    "fitting",
    "learned",
    "cost",
    "data",
)
"""The captions of the questions, which say how to read what answers them."""


def shown(path, name=None):
    """Return a result as one that the report shows, under its question.

    It is named after its file unless another name is given; the columns that tell it from
    others are the wildcards of its path.
    """
    name = name or Path(path).stem
    place = next(i for i, names in enumerate(QUESTIONS.values()) if name in names)
    labels = {"result": name.replace("_", " ")}
    if "{dataset}" in path:
        labels["data set"] = "{dataset}"
    if "{model}" in path:
        labels["model"] = "{model}"
    return report(
        path,
        caption=f"../report/{CAPTIONS[place]}.rst",
        category=list(QUESTIONS)[place],
        subcategory="tables" if path.endswith(".csv") else "plots",
        labels=labels,
    )


def plot(path, name=None):
    """Return a plot in both formats; the report shows the vector graphic, the smaller one."""
    return [shown(f"{path}.svg", name), f"{path}.png"]
