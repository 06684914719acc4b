"""The plots of each model on each data set; all plots are SVG and PNG."""

MODEL_PLOTS = "results/{study}/{dataset}/{model}/plots"
PLOT_MODULES = (
    "curves",
    "winners",
    "overview",
    "probability",
    "residuals",
    "cost",
    "data_report",
)
PLOT_CODE = (
    code.digest(*(f"plots.{name}" for name in PLOT_MODULES))
    + f" matplotlib {version('matplotlib')}"
)


rule plot_curves:
    """Draw validation curves, and heat maps of pairs of hyperparameters."""
    input:
        trials=rules.collect.output.trials,
        winner=rules.winner.output.winner,
    output:
        curves=plot(f"{MODEL_PLOTS}/validation_curves"),
        maps=plot(f"{MODEL_PLOTS}/heat_maps"),
    log:
        f"{MODEL_PLOTS}/curves.log",
    group:
        CLUSTER.results
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
        plot(f"{MODEL_PLOTS}/held_out", "winner_on_held_out"),
    log:
        f"{MODEL_PLOTS}/held_out.log",
    group:
        CLUSTER.results
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
    """Draw the winner of a family that learns one tree."""
    input:
        winner="results/{study}/{dataset}/{model}/winner.json",
        parameters="results/{study}/{dataset}/{model}/winner.npz",
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
        splits=rules.split.output[0],
    output:
        plot("results/{study}/{dataset}/{model}/plots/tree"),
    log:
        "results/{study}/{dataset}/{model}/plots/tree.log",
    group:
        CLUSTER.results
    params:
        code=PLOT_CODE,
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.winners.tree",
            winner=input.winner,
            table_paths=[input.values, input.about],
            splits=input.splits,
            parameters=input.parameters,
            outputs=output,
        )


rule plot_residuals:
    """Draw the winner's errors: residuals, or the probabilities of the actual class."""
    input:
        winner=rules.winner.output.winner,
        predictions=rules.winner.output.predictions,
    output:
        plot(f"{MODEL_PLOTS}/residuals"),
    log:
        f"{MODEL_PLOTS}/residuals.log",
    group:
        CLUSTER.results
    params:
        code=PLOT_CODE,
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.residuals.panels",
            winner=input.winner,
            predictions=input.predictions,
            outputs=output,
        )
