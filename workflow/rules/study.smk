"""What the catalogue has of the whole study, and the report: one page that loads nothing."""

STUDY_TABLE_KIND = STUDY_TABLES.kinds("sum_up")[0]
STUDY_PLOT_KIND = STUDY_PLOTS.kinds("plot_study")[0]
REPORT_ASSETS = "".join(
    files.digest_file(path)
    for path in sorted(Path(workflow.basedir, "workflow", "report").glob("report.*"))
)
REPORT_CODE = code.digest("report.page", *catalogue.alternatives()) + "".join(
    f" {name} {version(name)}" for name in ("jinja2", "markdown-it-py", "itables")
)


rule sum_up:
    """Rank the winners of all models, add up costs, and say what the study has found."""
    input:
        sources(STUDY_TABLES),
    output:
        files_of(STUDY_TABLE_KIND, STUDY_FOLDER),
    log:
        f"{STUDY_FOLDER}/sum_up.log",
    group:
        CLUSTER.study
    params:
        made_by=dependencies(STUDY_TABLES),
    run:
        jobs.make(workflow, log[0], STUDY_TABLES, place_of(wildcards))


rule plot_study:
    """Draw the plots of the whole study."""
    input:
        sources(STUDY_PLOTS),
    output:
        files_of(STUDY_PLOT_KIND, STUDY_FOLDER),
    log:
        f"{STUDY_FOLDER}/plot_study.log",
    group:
        CLUSTER.study
    params:
        made_by=dependencies(STUDY_PLOTS),
    run:
        jobs.make(workflow, log[0], STUDY_PLOTS, place_of(wildcards))


rule report:
    """Write the report: answers, data sets, winners, all trials, cost."""
    input:
        summary=f"{STUDY_FOLDER}/summary.md",
        cost=f"{STUDY_FOLDER}/cost.md",
        winners=searches("winner.md"),
        plots=told((".svg", ".png")),
        tables=told((".csv", ".json")),
    output:
        f"{STUDY_FOLDER}/report.html",
    log:
        f"{STUDY_FOLDER}/report.log",
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
