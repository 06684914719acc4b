"""Data sets: from files of any kind to one typed table, and reports on them."""
