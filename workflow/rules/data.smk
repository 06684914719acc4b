"""From a source to a typed table, and from the table to a held-out part and folds."""


rule prepare:
    """Read a data set into a typed table."""
    input:
        source=source_file,
        verified=verified_table,
    output:
        values="results/{study}/{dataset}/data/table.npz",
        about="results/{study}/{dataset}/data/table.json",
    log:
        "results/{study}/{dataset}/data/prepare.log",
    params:
        spec=lambda wildcards: PLAN.data_params(wildcards.dataset),
    run:
        jobs.call(
            workflow,
            log[0],
            "datasets.prepare",
            params=params.spec,
            values=output.values,
            about=output.about,
        )


rule split:
    """Hold out a test part, and assign the other rows to folds."""
    input:
        table=rules.prepare.output,
        verified=verified_splits,
    output:
        "results/{study}/{dataset}/data/splits.npz",
    log:
        "results/{study}/{dataset}/data/split.log",
    params:
        spec=PLAN.split_params(),
    run:
        jobs.call(
            workflow,
            log[0],
            "splits.prepare",
            params=params.spec,
            table_paths=input.table,
            output=output[0],
        )
