"""What is measured without a peer: a value and the most that is aimed at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A figure of one repeat or the median of all, and the most that is aimed at."""

    name: str
    value: float
    unit: str
    most: float | None

    @property
    def within(self) -> bool | None:
        """Tell whether the aim is met, None if there is none."""
        return None if self.most is None else self.value <= self.most
