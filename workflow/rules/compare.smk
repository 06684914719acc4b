"""The winner of each model, once on the held-out rows; then the models beside each other."""


rule winner:
    """Score the best trial of a model on the held-out rows, from its parameters alone."""
    input:
        trials=rules.collect.output.trials,
        table=rules.prepare.output,
        splits=rules.split.output[0],
    output:
        winner="results/{study}/{dataset}/{model}/winner.json",
        parameters="results/{study}/{dataset}/{model}/winner.npz",
        predictions="results/{study}/{dataset}/{model}/held_out_predictions.csv",
    log:
        "results/{study}/{dataset}/{model}/winner.log",
    params:
        code=lambda wildcards: code.digest("compare", f"models.{wildcards.model}"),
        metrics=lambda wildcards: PLAN.metrics(wildcards.dataset),
    run:
        jobs.call(
            workflow,
            log[0],
            "compare.evaluate",
            dataset=wildcards.dataset,
            model=wildcards.model,
            trials=input.trials,
            table_paths=input.table,
            splits_path=input.splits,
            metrics=params.metrics,
            winner=output.winner,
            parameters=output.parameters,
            predictions=output.predictions,
        )


rule leaderboard:
    """Rank the winners of all models on every data set."""
    input:
        winners=per_model("results/{study}/{dataset}/{model}/winner.json"),
    output:
        board="results/{study}/leaderboard.csv",
        held_out="results/{study}/held_out.csv",
    log:
        "results/{study}/leaderboard.log",
    params:
        code=code.digest("compare"),
    run:
        jobs.call(
            workflow,
            log[0],
            "compare.leaderboard",
            winners=input.winners,
            board=output.board,
            held_out=output.held_out,
        )


rule cost:
    """Add up what each model cost."""
    input:
        costs=per_model("results/{study}/{dataset}/{model}/cost.csv"),
    output:
        "results/{study}/cost.csv",
    log:
        "results/{study}/cost.log",
    params:
        code=code.digest("compare"),
    run:
        jobs.call(
            workflow,
            log[0],
            "compare.costs",
            paths=dict(zip(("/".join(pair) for pair in PLAN.searches), input.costs)),
            output=output[0],
        )


rule summary:
    """Say in Markdown what won, what failed and why, and where everything is."""
    input:
        winners=rules.leaderboard.input.winners,
        board=rules.leaderboard.output.board,
        about=per_dataset("results/{study}/{dataset}/data/table.json"),
    output:
        "results/{study}/summary.md",
    log:
        "results/{study}/summary.log",
    params:
        code=code.digest("summary"),
        study=STUDY.name,
    run:
        jobs.call(
            workflow,
            log[0],
            "summary.write",
            study=params.study,
            winners=input.winners,
            board=input.board,
            about=input.about,
            output=output[0],
        )
