"""The ledger of each winner, and the page that explains what was set and what was learned."""


rule ledger:
    """List every hyperparameter and every learned array of a winner, by kind."""
    input:
        winner=rules.winner.output.winner,
        parameters=rules.winner.output.parameters,
    output:
        shown("results/{study}/{dataset}/{model}/winner_ledger.csv"),
    log:
        "results/{study}/{dataset}/{model}/winner_ledger.log",
    group:
        CLUSTER.results
    params:
        code=lambda wildcards: code.digest("ledger.ledger", f"models.{wildcards.model}"),
    run:
        jobs.call(
            workflow,
            log[0],
            "ledger.ledger.write_winner",
            winner=input.winner,
            parameters=input.parameters,
            output=output[0],
        )


rule set_or_learned:
    """Explain what was set and what was learned, with the study's own numbers."""
    input:
        winners=rules.leaderboard.input.winners,
        ledgers=per_model("results/{study}/{dataset}/{model}/winner_ledger.csv"),
    output:
        "results/{study}/set_or_learned.md",
    log:
        "results/{study}/set_or_learned.log",
    group:
        CLUSTER.study
    params:
        code=code.digest("ledger.page", *(f"models.{model.name}" for model in STUDY.models)),
        study=STUDY.name,
    run:
        jobs.call(
            workflow,
            log[0],
            "ledger.page.write",
            study=params.study,
            winners=input.winners,
            ledgers=input.ledgers,
            output=output[0],
        )
