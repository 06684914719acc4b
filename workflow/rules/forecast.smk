"""How long the trials of a search will take, from a few timed probes."""


rule forecast:
    """Time a few fits on samples of the rows; warn where the whole search will take very long."""
    input:
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
        splits=rules.split.output[0],
    output:
        "results/{study}/{dataset}/{model}/forecast.json",
    log:
        "results/{study}/{dataset}/{model}/forecast.log",
    priority: FIRST
    group:
        CLUSTER.data
    resources:
        mem_mb=memory_of_job,
        runtime=minutes_of_job,
    params:
        spec=lambda wildcards: search_spec(wildcards).params,
        points=lambda wildcards: PLAN.points(wildcards.dataset, wildcards.model),
    run:
        jobs.forecast(workflow, log[0], search_spec(wildcards), params.points, input, output[0])


rule forecasts:
    """Make the forecast of every search, for `make plan`."""
    input:
        per_search("results/{study}/{dataset}/{model}/forecast.json"),
