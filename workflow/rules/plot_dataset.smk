"""The plots of each data set: its columns, its splits, and all its models together."""

DATA_FOLDER = "results/{study}/{dataset}/data"
DATASET_PLOTS = "results/{study}/{dataset}/plots"


rule plot_columns:
    """Draw what is in a data set: its classes or target, its columns, what is missing."""
    input:
        report=rules.describe.output[0],
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
        split_report=rules.find_leaks.output[0],
    output:
        plot(f"{DATA_FOLDER}/report"),
    log:
        f"{DATA_FOLDER}/report.log",
    group:
        CLUSTER.results
    params:
        code=PLOT_CODE,
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.data_report.overview",
            report=input.report,
            about=input.about,
            splits_report=input.split_report,
            values=input.values,
            outputs=output,
        )


rule plot_splits:
    """Draw which rows train, validate and are held out."""
    input:
        splits=rules.split.output[0],
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
        report=rules.find_leaks.output[0],
    output:
        plot(f"{DATA_FOLDER}/splits"),
    log:
        f"{DATA_FOLDER}/splits.log",
    group:
        CLUSTER.results
    params:
        code=PLOT_CODE,
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.data_report.splits",
            splits=input.splits,
            table_paths=[input.values, input.about],
            report=input.report,
            outputs=output,
        )


rule plot_probabilities:
    """Draw ROC, precision-recall and calibration curves of the winners of a data set."""
    input:
        winners=models_of("winner.json"),
        predictions=models_of("held_out_predictions.csv"),
    output:
        plot(f"{DATASET_PLOTS}/probabilities"),
    log:
        f"{DATASET_PLOTS}/probabilities.log",
    group:
        CLUSTER.results
    params:
        code=PLOT_CODE,
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.probability.curves",
            winners=input.winners,
            predictions=input.predictions,
            outputs=output,
        )


rule plot_cost:
    """Draw what trials cost against their score."""
    input:
        trials=models_of("trials.csv"),
        costs=models_of("cost.csv"),
        winners=models_of("winner.json"),
    output:
        plot(f"{DATASET_PLOTS}/cost_and_score"),
    log:
        f"{DATASET_PLOTS}/cost_and_score.log",
    group:
        CLUSTER.results
    params:
        code=PLOT_CODE,
        metric=lambda wildcards: PLAN.metrics(wildcards.dataset)[0],
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.cost.against_score",
            trials=by_model(input.trials),
            costs=by_model(input.costs),
            winners=input.winners,
            metric=params.metric,
            dataset=wildcards.dataset,
            outputs=output,
        )
