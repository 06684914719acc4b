"""How scores are computed: with weights, in NumPy, equal to scikit-learn's.

scikit-learn's own functions spend up to a millisecond on checks of their inputs, more than a
small model takes to fit, and a bootstrap asks for thousands of scores. :mod:`hypertrial.metrics`
lists the metrics; here are their formulas.
"""
