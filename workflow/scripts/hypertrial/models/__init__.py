"""One module for each model family; the name of the module is the name of the family.

Every module defines ``FAMILY``, a :class:`hypertrial.families.Family`. Estimator libraries are
imported inside functions, so that a declaration can be read without loading them.
"""
