"""Explaining winners: do they fit too closely, which columns matter, what did they learn."""
