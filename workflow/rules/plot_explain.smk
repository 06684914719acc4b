"""The plots that explain the winners."""

EXPLANATION_PLOTS = f" matplotlib {version('matplotlib')}"


rule plot_learning_curves:
    """Draw the winners' scores by the number of training rows."""
    input:
        curves=models_of("learning_curve.csv"),
        winners=models_of("winner.json"),
    output:
        plot(f"{DATASET_PLOTS}/learning_curves"),
    log:
        f"{DATASET_PLOTS}/learning_curves.log",
    group:
        CLUSTER.results
    params:
        code=code.digest("plots.learning") + EXPLANATION_PLOTS,
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.learning.learning_curves",
            curves=by_model(input.curves),
            winners=input.winners,
            outputs=output,
        )


rule plot_rounds:
    """Draw a winning booster's scores by the number of rounds."""
    input:
        curve=rules.rounds.output[0],
        winner=rules.winner.output.winner,
    output:
        plot(f"{MODEL_PLOTS}/rounds"),
    log:
        f"{MODEL_PLOTS}/rounds.log",
    group:
        CLUSTER.results
    params:
        code=code.digest("plots.learning") + EXPLANATION_PLOTS,
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.learning.rounds",
            curve=input.curve,
            winner=input.winner,
            outputs=output,
        )


rule plot_permutation_importance:
    """Draw what a winner's score loses when a column is shuffled."""
    input:
        importance=rules.permutation_importance.output[0],
        winner=rules.winner.output.winner,
    output:
        plot(f"{MODEL_PLOTS}/permutation_importance"),
    log:
        f"{MODEL_PLOTS}/permutation_importance.log",
    group:
        CLUSTER.results
    params:
        code=code.digest("plots.explained") + EXPLANATION_PLOTS,
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.explained.permutation_importance",
            importance=input.importance,
            winner=input.winner,
            outputs=output,
        )


rule plot_learned:
    """Draw what a winner learned: support vectors, or the features that its trees use."""
    input:
        winner=rules.winner.output.winner,
        learned=learned_table,
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
        splits=rules.split.output[0],
    output:
        plot(f"{MODEL_PLOTS}/learned"),
    log:
        f"{MODEL_PLOTS}/learned.log",
    group:
        CLUSTER.results
    params:
        code=lambda wildcards: explanation_code("plots.explained")(wildcards) + EXPLANATION_PLOTS,
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.explained.learned",
            winner=input.winner,
            table=input.learned or None,
            outputs=output,
        )
