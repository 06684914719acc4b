"""The plots of each model on each data set, and of the study; each as SVG and PNG."""

MODEL_PLOTS = "results/{study}/{dataset}/{model}/plots"
STUDY_PLOTS = "results/{study}/plots"
PLOT_CODE = (
    code.digest("plots.curves", "plots.winners", "plots.overview")
    + f" matplotlib {version('matplotlib')}"
)


rule plot_curves:
    """Draw validation curves, and heat maps of pairs of hyperparameters."""
    input:
        trials=rules.collect.output.trials,
        winner=rules.winner.output.winner,
    output:
        curves=in_formats([f"{MODEL_PLOTS}/validation_curves"]),
        maps=in_formats([f"{MODEL_PLOTS}/heat_maps"]),
    log:
        f"{MODEL_PLOTS}/curves.log",
    params:
        code=PLOT_CODE,
    run:
        for function, outputs in (
            ("validation_curves", output.curves),
            ("heat_maps", output.maps),
        ):
            jobs.call(
                workflow,
                log[0],
                f"plots.curves.{function}",
                trials=input.trials,
                winner=input.winner,
                outputs=outputs,
            )


rule plot_held_out:
    """Draw the winner's confusion matrix, or its predictions against the truth."""
    input:
        winner=rules.winner.output.winner,
        predictions=rules.winner.output.predictions,
    output:
        in_formats([f"{MODEL_PLOTS}/held_out"]),
    log:
        f"{MODEL_PLOTS}/held_out.log",
    params:
        code=PLOT_CODE,
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.winners.held_out",
            winner=input.winner,
            predictions=input.predictions,
            outputs=output,
        )


rule plot_tree:
    """Draw the winning decision tree."""
    input:
        winner="results/{study}/{dataset}/decision_tree/winner.json",
        parameters="results/{study}/{dataset}/decision_tree/winner.npz",
        table=rules.prepare.output,
        splits=rules.split.output[0],
    output:
        in_formats(["results/{study}/{dataset}/decision_tree/plots/tree"]),
    log:
        "results/{study}/{dataset}/decision_tree/plots/tree.log",
    params:
        code=PLOT_CODE,
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.winners.tree",
            winner=input.winner,
            table_paths=input.table,
            splits=input.splits,
            parameters=input.parameters,
            outputs=output,
        )


rule plot_comparison:
    """Compare the winners over data sets, with the spread over folds."""
    input:
        winners=rules.leaderboard.input.winners,
    output:
        in_formats([f"{STUDY_PLOTS}/comparison"]),
    log:
        f"{STUDY_PLOTS}/comparison.log",
    params:
        code=PLOT_CODE,
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.overview.comparison",
            winners=input.winners,
            outputs=output,
        )


rule plot_learned_values:
    """Draw how many values each trial learned against its score."""
    input:
        trials=per_model("results/{study}/{dataset}/{model}/trials.csv"),
    output:
        in_formats([f"{STUDY_PLOTS}/learned_values"]),
    log:
        f"{STUDY_PLOTS}/learned_values.log",
    params:
        code=PLOT_CODE,
        metrics={dataset: PLAN.metrics(dataset)[0] for dataset in PLAN.tasks},
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.overview.learned_values",
            trials=dict(zip(("/".join(pair) for pair in PLAN.searches), input.trials)),
            metrics=params.metrics,
            outputs=output,
        )
