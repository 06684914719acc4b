"""Binds Snakemake to the package; nothing else in ``workflow/scripts`` knows Snakemake."""
