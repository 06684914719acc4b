"""The winner of each model, once on the held-out rows; then the models beside each other."""


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
    group:
        CLUSTER.results
    resources:
        mem_mb=memory_of_job,
        runtime=minutes_of_job,
    params:
        code=lambda wildcards: code.digest("compare", f"models.{wildcards.model}"),
        rules=lambda wildcards: PLAN.winner_rules(wildcards.dataset),
    run:
        jobs.call(
            workflow,
            log[0],
            "compare.evaluate",
            trials=input.trials,
            table_paths=[input.values, input.about],
            splits_path=input.splits,
            rules=params.rules,
            winner=output.winner,
            parameters=output.parameters,
            predictions=[output.predictions, output.predictions_parquet],
        )


rule baseline:
    """Score what predicts without any feature: the floor of a data set, not a model."""
    input:
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
        splits=rules.split.output[0],
    output:
        "results/{study}/{dataset}/baseline.json",
    log:
        "results/{study}/{dataset}/baseline.log",
    group:
        CLUSTER.results
    resources:
        mem_mb=memory_of_job,
        runtime=minutes_of_job,
    params:
        code=code.digest("baseline"),
        rules=lambda wildcards: PLAN.winner_rules(wildcards.dataset),
    run:
        jobs.call(
            workflow,
            log[0],
            "baseline.write",
            table_paths=[input.values, input.about],
            splits_path=input.splits,
            rules=params.rules,
            output=output[0],
        )


rule leaderboard:
    """Rank the winners of all models on every data set; the baselines stand beside them."""
    input:
        winners=per_model("results/{study}/{dataset}/{model}/winner.json"),
        baselines=per_dataset("results/{study}/{dataset}/baseline.json"),
    output:
        board=shown("results/{study}/leaderboard.csv"),
        held_out=shown("results/{study}/held_out.csv"),
    log:
        "results/{study}/leaderboard.log",
    group:
        CLUSTER.study
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
            baselines=input.baselines,
        )


rule cost:
    """Add up what each model cost."""
    input:
        costs=per_search("results/{study}/{dataset}/{model}/cost.csv"),
        winners=per_search("results/{study}/{dataset}/{model}/winner.json"),
    output:
        shown("results/{study}/cost.csv"),
    log:
        "results/{study}/cost.log",
    group:
        CLUSTER.study
    params:
        code=code.digest("compare"),
    run:
        jobs.call(
            workflow,
            log[0],
            "compare.costs",
            paths=by_search(input.costs),
            winners=input.winners,
            output=output[0],
        )


rule summary:
    """Say in Markdown what won, what failed and why, and where everything is."""
    input:
        winners=rules.leaderboard.input.winners,
        board=rules.leaderboard.output.board,
        about=per_dataset("results/{study}/{dataset}/data/table.json"),
        splits=per_dataset("results/{study}/{dataset}/data/splits.json"),
        refits=refits(),
        derived=[*flat(of_outer_folds("winner.json")), *of_permuted("winner.json").values()],
        answers=answers(),
        honesty="results/{study}/honesty.csv",
    output:
        "results/{study}/summary.md",
        "results/{study}/leaderboard.tex",
    log:
        "results/{study}/summary.log",
    group:
        CLUSTER.study
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
            leaderboard=input.board,
            about=input.about,
            splits=input.splits,
            refits=input.refits,
            answers=answers_by_dataset(),
            honesty=input.honesty,
            derived=input.derived,
            outputs=output,
        )
