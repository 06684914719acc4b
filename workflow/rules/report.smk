"""The report: the whole study in one page that opens from disk and loads nothing."""

REPORT_ASSETS = "".join(
    files.digest_file(path)
    for path in sorted(Path(workflow.basedir, "workflow", "report").glob("report.*"))
)
REPORT_CODE = code.digest("report.page") + "".join(
    f" {name} {version(name)}" for name in ("jinja2", "markdown-it-py", "itables")
)


rule report:
    """Write the report: answers, data sets, winners, all trials, cost."""
    input:
        summary=rules.summary.output[0],
        cost=rules.cost_page.output[0],
        winners=per_model("results/{study}/{dataset}/{model}/winner.md"),
        plots=all_plots(),
        tables=told_tables(),
    output:
        "results/{study}/report.html",
    log:
        "results/{study}/report.log",
    group:
        CLUSTER.study
    params:
        code=REPORT_CODE + REPORT_ASSETS,
        study=STUDY.name,
    run:
        jobs.call(
            workflow,
            log[0],
            "report.page.write",
            study=params.study,
            summary=input.summary,
            cost=input.cost,
            winners=by_search(input.winners),
            plots=input.plots,
            tables=input.tables,
            output=output[0],
        )
