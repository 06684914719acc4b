"""The questions that results answer, in the order of the report."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """A question that a study answers.

    ``title`` is that of its section in the report. ``category`` and ``caption`` are where
    Snakemake's own report shows what answers it, and the file there that says how to read it.
    ``answer`` is the function that answers it in plain words, by its dotted name.
    """

    title: str
    category: str
    caption: str
    answer: str | None = None


WON = Question("What won", "1 Which model wins?", "winners", "report.answers.which_model_wins")
HELD_OUT = Question("On held-out rows", "4 Is the winner honest?", "honesty")
REAL = Question(
    "Is the difference real?",
    "1 Which model wins?",
    "winners",
    "report.answers.is_the_difference_real",
)
TUNING = Question(
    "Was tuning worth it?",
    "2 Was tuning worth it?",
    "tuning",
    "report.answers.was_tuning_worth_it",
)
MATTER = Question(
    "Which hyperparameters matter?",
    "3 Which hyperparameters matter?",
    "hyperparameters",
    "report.answers.which_hyperparameters_matter",
)
WIDER = Question(
    "Would a wider grid help?",
    "3 Which hyperparameters matter?",
    "hyperparameters",
    "report.answers.would_a_wider_grid_help",
)
HONEST = Question(
    "Is the winner honest?",
    "4 Is the winner honest?",
    "honesty",
    "report.answers.is_the_winner_honest",
)
FITTING = Question(
    "Over- or underfitting?",
    "5 Over- or underfitting?",
    "fitting",
    "report.answers.over_or_underfitting",
)
LEARNED = Question(
    "What was learned?", "6 What was learned?", "learned", "report.answers.what_was_learned"
)
DATA = Question("Data", "8 What is in the data?", "data")
COST = Question(
    "What did it cost?", "7 What did it cost?", "cost", "report.answers.what_did_it_cost"
)
QUESTIONS = WON, HELD_OUT, REAL, TUNING, MATTER, WIDER, HONEST, FITTING, LEARNED, DATA, COST
