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
    wildcard_constraints:
        dataset=any_of(DECLARED),
    priority: FIRST
    group:
        CLUSTER.data
    resources:
        mem_mb=memory_of_job,
        runtime=minutes_of_job,
    params:
        spec=lambda wildcards: PLAN.data_params(wildcards.dataset),
    run:
        jobs.prepare(workflow, log[0], params.spec, output)


rule split:
    """Hold out a test part, and assign the other rows to folds."""
    input:
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
        verified=verified_splits,
    output:
        "results/{study}/{dataset}/data/splits.npz",
    log:
        "results/{study}/{dataset}/data/split.log",
    wildcard_constraints:
        dataset=any_of(name for name in PLAN.tasks if name not in OUTER),
    priority: FIRST
    group:
        CLUSTER.data
    resources:
        mem_mb=memory_of_job,
        runtime=minutes_of_job,
    params:
        spec=lambda wildcards: PLAN.split_params(wildcards.dataset),
    run:
        jobs.split(
            workflow,
            log[0],
            "splitting.making.prepare",
            PLAN,
            wildcards.dataset,
            params=params.spec,
            table_paths=[input.values, input.about],
            output=output[0],
        )
