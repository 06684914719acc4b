"""From a source to a typed table, and from the table to a held-out part and folds."""


rule prepare:
    """Read a data set into a typed table, and report on its columns."""
    input:
        source=source_file,
        verified=verified_table,
    output:
        values="results/{study}/{dataset}/data/table.npz",
        about="results/{study}/{dataset}/data/table.json",
        report="results/{study}/{dataset}/data/report.csv",
    log:
        "results/{study}/{dataset}/data/prepare.log",
    params:
        spec=lambda wildcards: PLAN.data_params(wildcards.dataset),
    run:
        jobs.call(
            workflow,
            log[0],
            "data.datasets.prepare",
            params=params.spec,
            values=output.values,
            about=output.about,
            report=output.report,
        )


rule split:
    """Hold out a test part, assign the other rows to folds, and look for leaks."""
    input:
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
        verified=verified_splits,
    output:
        splits="results/{study}/{dataset}/data/splits.npz",
        report="results/{study}/{dataset}/data/splits.json",
    log:
        "results/{study}/{dataset}/data/split.log",
    params:
        spec=PLAN.split_params(),
    run:
        jobs.call(
            workflow,
            log[0],
            "splitting.making.prepare",
            params=params.spec,
            table_paths=[input.values, input.about],
            output=output.splits,
            report_path=output.report,
        )
