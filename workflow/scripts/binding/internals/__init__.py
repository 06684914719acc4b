"""All that is changed in Snakemake's own objects, or read of them beside what it documents.

Snakemake keeps only the interfaces of its plugins from one version to the next. So nothing else
in ``binding`` touches it in this way, and every touch here says what it leans on. A test names
each that a new version takes away.

====================  ==============================================
``workflow_object``   a run: when things are done, and what is made
``job_object``        a job: its beginning, its end, its files
``scheduler``         jobs as threads, and the end of a run
``groups``            groups of jobs that travel to a cluster
``messages``          what Snakemake says, and how it shows errors
====================  ==============================================

What each of them gains is in its docstring, and for all of them in ``benchmarks/README.md``.
"""
