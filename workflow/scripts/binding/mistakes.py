"""The error of a user's mistake, or of a fault of the computer: one line that says it all."""

from binding.internals.messages import Mistake

__all__ = ["Mistake"]
