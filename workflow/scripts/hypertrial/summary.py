"""The summary of a study in Markdown: what won, what failed and why, and where everything is."""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from hypertrial import board, collect, edges, files, floor, questions, winnerless
from hypertrial.board_rows import BASELINE
from hypertrial.compare import Winner, read_winnerless, read_winners
from hypertrial.markdown import escape, table
from hypertrial.models import get_family
from hypertrial.prediction import MOST_PROOF_ROWS
from hypertrial.wording import counted


def write(
    study: str,
    winners: Sequence[str],
    leaderboard: str,
    about: Sequence[str],
    splits: Sequence[str],
    refits: Sequence[str],
    answers: Mapping[str, Mapping[str, str]],
    honesty: str,
    outputs: Sequence[str],
    derived: Sequence[str] = (),
) -> None:
    """Write a study's summary in Markdown, and its leaderboard in LaTeX.

    ``answers`` maps each data set to the paths of its tables ``significance``, ``tuning`` and
    ``importance``; ``derived`` are the winners' records of the searches on outer folds and on
    permuted targets, of which only failures are told.
    """
    rows, failed = read_winners(winners), read_winnerless(winners)
    every, others = [*rows, *failed], read_winnerless(derived)
    tables = [json.loads(Path(path).read_bytes()) for path in about]
    reports = [json.loads(Path(path).read_bytes()) for path in splits]
    trials = sum(row["trials"] for row in every)
    ranked = [dict(row) for _, row in collect.read_table(leaderboard).iterrows()]
    parts = [
        f"# Study {study}",
        f"{counted(trials, 'trial')} of {counted(len({row['model'] for row in every}), 'model')} "
        f"on {counted(len(tables), 'data set')}.",
        "## What won",
        *_without_winner([*failed, *others]),
        *board.markdown(ranked),
        *_floor(ranked),
        "Validation scores are means over the folds ± their standard deviation; `gain` is over "
        "the model's default configuration, positive where tuning helped. Held-out rows were "
        "scored once, by the winner, from its learned parameters alone; in brackets the "
        f"{every[0]['held_out_level']:.0%} bootstrap interval.",
        *board.without_interval(
            (f"{row['dataset']}/{row['model']}", row["held_out_note"]) for row in ranked
        ),
        *_selection(rows),
        *questions.markdown(answers, honesty),
        "## Would a wider grid help?",
        *_edges(rows),
        "## Trials without a result",
        *_failures([*every, *others]),
        "## Proof of the parameters",
        *_replays(rows),
        *_refits(refits),
        "## Data",
        *_data(tables, reports),
        *_warnings(tables, reports, {row["model"] for row in every}),
        "## Where everything is",
        *_places(study),
    ]
    files.write(outputs[0], "\n\n".join(parts) + "\n")
    files.write(outputs[1], board.latex(ranked))


def _refits(paths: Sequence[str]) -> list[str]:
    """Say how many trials that shared work were run again alone."""
    if not paths:
        return []
    return [
        "Trials that differ only in what one fit or one kernel matrix serves have shared it. In "
        f"{counted(len(paths), 'search', 'searches')} one of them, drawn by the seed, was run "
        "again alone: its scores, parameters and predictions were the same bytes."
    ]


def _without_winner(failed: Sequence[Winner]) -> list[str]:
    """Say which searches have no winner, and why."""
    if not failed:
        return []
    count = len(failed)
    return [
        f"**{count} search{'es have' if count > 1 else ' has'} no winner:**",
        "\n".join(f"- {escape(winnerless.line(each))}" for each in failed),
    ]


def _floor(ranked: Sequence[board.Row]) -> list[str]:
    """Say which winners do not beat the baseline, if there is one."""
    if not any(row["kind"] == BASELINE for row in ranked):
        return []
    return [*floor.sentences(ranked), floor.EXPLAINED]


def _selection(rows: Sequence[Winner]) -> list[str]:
    """Say how winners were chosen, if not simply by the best mean."""
    if not rows or rows[0]["selection"]["rule"] == "best":
        return []
    models = list(dict.fromkeys(row["model"] for row in rows))
    simplest = [f"- {name}: {get_family(name).simplest}" for name in models]
    return [
        "A winner is the simplest trial whose mean is within one standard error of the best "
        "mean. The simplest has:",
        "\n".join(simplest),
    ]


def _edges(rows: Sequence[Winner]) -> list[str]:
    """Say which winners lie on the edge of their grid."""
    told = [
        f"- {row['dataset']}/{row['model']}: {edges.sentence(each)}"
        for row in rows
        for each in row["edges"]
    ]
    if not rows:
        return ["There is no winner."]
    if not told:
        return ["No winner lies on an edge of its grid beyond which scores may still improve."]
    return [
        "These values of winners are the last of their grid, and better than the next one inside "
        "by more than a standard error over the splits; values beyond them are not tried yet.",
        "\n".join(told),
    ]


def _failures(rows: Sequence[Winner]) -> list[str]:
    failed = [
        f"- {row['dataset']}/{row['model']}: {each['trials']} {each['status']}: "
        f"{escape(each['reason'])}"
        for row in rows
        for each in row["failures"]
    ]
    return ["\n".join(failed)] if failed else ["None: every trial gave a result."]


def _replays(rows: Sequence[Winner]) -> list[str]:
    """Say how closely the replays agree, by model."""
    if not rows:
        return ["No trial gave a result."]
    lines = []
    for model in dict.fromkeys(row["model"] for row in rows):
        own = [row["replay"] for row in rows if row["model"] == model]
        raw = max(each["raw_difference"] for each in own)
        known = [each["probability_difference"] for each in own]
        known += [each["value_difference"] for each in own]
        probability = max((each for each in known if each is not None), default=None)
        lines.append(
            (
                get_family(model).title,
                int(max(each["ties_differ"] for each in own)),
                "equal bits" if raw == 0 else f"{raw:.1e}",
                "–" if probability is None else f"{probability:.1e}",
            )
        )
    return [
        "In every trial the predictions were computed again from the learned parameters with "
        f"NumPy alone, on all rows (on {MOST_PROOF_ROWS} of them where there are more). A label "
        "that differs fails the trial, but for a tie that rounding decides. The largest "
        "differences of any trial:",
        table(("model", "ties", "raw values (relative)", "probabilities, linked values"), lines),
    ]


def _data(tables: Sequence[dict[str, Any]], reports: Sequence[dict[str, Any]]) -> list[str]:
    rows = []
    for each, split in zip(tables, reports, strict=True):
        kinds = [column["kind"] for column in each["columns"]]
        rows.append(
            (
                each["name"],
                each["task"],
                each["rows"],
                *(kinds.count(kind) for kind in ("numeric", "ordered", "categorical")),
                sum(each["missing"].values()),
                escape(", ".join(each["dropped"])) or "–",
                f"{split['method']}, {split['count']} splits",
                _classes(each),
            )
        )
    header = (
        "data set",
        "task",
        "rows",
        "numeric",
        "ordered",
        "categorical",
        "missing",
        "dropped",
        "split",
        "classes",
    )
    return [table(header, rows)]


def _classes(about: dict[str, Any]) -> str:
    """Return the classes with their rows; the positive one of two is told."""
    counts = [f"{name} {count}" for name, count in about["class_counts"].items()]
    if about["task"] == "binary":
        counts[-1] += " (positive)"
    return escape(", ".join(counts)) or "–"


def _unheeded(about: dict[str, Any], models: Collection[str]) -> list[str]:
    """Say which models do not heed what the config says of a data set."""
    weights, monotone = (
        "weight" in about.get("roles", {}),
        any(each.get("monotone") for each in about["columns"]),
    )
    return [
        each for name in sorted(models) for each in get_family(name).unheeded(weights, monotone)
    ]


def _warnings(
    tables: Sequence[dict[str, Any]], reports: Sequence[dict[str, Any]], models: Collection[str]
) -> list[str]:
    """Say what is odd about columns, and what may leak from training into scores."""
    lines = []
    for each, split in zip(tables, reports, strict=True):
        found = [*each.get("warnings", [])]
        found += [f"column {name} is constant" for name in each.get("constant", [])]
        found += [
            f"column {name} equals column {first}"
            for name, first in each.get("duplicates", {}).items()
        ]
        found += [*_unheeded(each, models), *split["warnings"]]
        lines += [f"- {each['name']}: {escape(text)}" for text in found]
    return ["Look at these:", "\n".join(lines)] if lines else []


def _places(study: str) -> list[str]:
    root = f"results/{study}"
    return [
        "\n".join(
            [
                f"- `{root}/report.html`: all of this and more in one page, with every trial",
                f"- `{root}/leaderboard.csv`, `{root}/held_out.csv`, `{root}/cost.csv`: the tables",
                f"- `{root}/set_or_learned.md`: what was set, what was learned, in this study",
                f"- `{root}/plots/`: comparison of the models, learned values against score",
                f"- `{root}/<data set>/data/`: report on its columns and its splits, with pictures",
                f"- `{root}/<data set>/<model>/trials.csv`: all trials, best first",
                f"- `{root}/<data set>/<model>/winner.md`: the winner explained",
                f"- `{root}/<data set>/<model>/plots/`: validation curves, heat maps, the winner",
                f"- `{root}/<data set>/<model>/trials/<trial>/`: scores, parameters, predictions",
            ]
        )
    ]
