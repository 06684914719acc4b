"""From the files of trials, by bundles, to one table and the winner of each search."""


rule bundle:
    """Gather the records of a few hundred trials."""
    input:
        trials=trials_of_bundle,
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
    output:
        scores="results/{study}/{dataset}/{model}/bundles/{bundle}.scores.jsonl",
        costs="results/{study}/{dataset}/{model}/bundles/{bundle}.cost.jsonl",
    log:
        "results/{study}/{dataset}/{model}/bundles/{bundle}.log",
    priority: FIRST
    group:
        CLUSTER.trials
    threads: cores_of_bundle
    resources:
        mem_mb=memory_of_bundle,
        runtime=minutes_of_bundle,
    params:
        code=code.digest("collect"),
        metrics=lambda wildcards: sorted(PLAN.metrics(wildcards.dataset)),
    run:
        jobs.call(
            workflow,
            log[0],
            "collect.bundle",
            folders=[str(Path(path).parent) for path in input.trials],
            metrics=params.metrics,
            table_paths=[input.values, input.about],
            scores=output.scores,
            costs=output.costs,
        )


rule collect:
    """Make the table of all trials, best first, of their costs, and of what they learned."""
    input:
        scores=bundles_of("scores"),
        costs=bundles_of("cost"),
    output:
        trials="results/{study}/{dataset}/{model}/trials.csv",
        trials_parquet="results/{study}/{dataset}/{model}/trials.parquet",
        cost="results/{study}/{dataset}/{model}/cost.csv",
        cost_parquet="results/{study}/{dataset}/{model}/cost.parquet",
        ledger="results/{study}/{dataset}/{model}/ledger.csv",
    log:
        "results/{study}/{dataset}/{model}/collect.log",
    priority: FIRST
    group:
        CLUSTER.results
    params:
        code=code.digest("collect"),
        metrics=lambda wildcards: PLAN.metrics(wildcards.dataset),
    run:
        jobs.call(
            workflow,
            log[0],
            "collect.tables",
            scores=input.scores,
            costs=input.costs,
            metrics=params.metrics,
            trials=[output.trials, output.trials_parquet],
            cost=[output.cost, output.cost_parquet],
            ledger=output.ledger,
        )


rule winner:
    """Choose a model's winner, and score it on the held-out rows from its parameters alone."""
    input:
        trials=rules.collect.output.trials,
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
        splits=rules.split.output[0],
    output:
        winner="results/{study}/{dataset}/{model}/winner.json",
        parameters="results/{study}/{dataset}/{model}/winner.npz",
        predictions="results/{study}/{dataset}/{model}/held_out_predictions.csv",
        predictions_parquet="results/{study}/{dataset}/{model}/held_out_predictions.parquet",
    log:
        "results/{study}/{dataset}/{model}/winner.log",
    priority: FIRST
    group:
        CLUSTER.results
    resources:
        mem_mb=memory_of_job,
        runtime=minutes_of_job,
    params:
        code=lambda wildcards: code.digest("compare", f"models.{wildcards.model}"),
        rules=lambda wildcards: PLAN.winner_rules(wildcards.dataset),
    run:
        jobs.winner(
            workflow,
            log[0],
            trials=input.trials,
            table_paths=[input.values, input.about],
            splits_path=input.splits,
            rules=params.rules,
            winner=output.winner,
            parameters=output.parameters,
            predictions=[output.predictions, output.predictions_parquet],
        )
