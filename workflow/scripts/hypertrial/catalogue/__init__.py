"""The catalogue of results: what tables and plots there are, and what is to be known of each.

A result is one :class:`~hypertrial.catalogue.entry.Entry` in the module of its level. The rules,
the list of targets, the report and Snakemake's own report are read from it.
"""
