"""How figures are saved: the same bytes, wherever the solver of the layout ends."""

import pytest
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from hypertrial.plots import style


class Restless(ConstrainedLayoutEngine):
    """Leaves axes a last digit beside their places, as the solver may in another process."""

    def __init__(self, shift: float) -> None:
        super().__init__()
        self._shift = shift

    def execute(self, fig: Figure) -> None:
        super().execute(fig)
        for axes in fig.axes:
            x, y, width, height = axes.get_position(original=True).bounds
            axes._set_position((x + self._shift, y - self._shift, width, height))


@pytest.mark.parametrize("shift", [1e-15, -3e-14])
def test_the_last_digits_of_the_layout_are_not_in_the_file(tmp_path, shift):
    found = []
    for each in (0.0, shift):
        with style.applied():
            figure = Figure(figsize=(4, 3), layout=Restless(each))
            for place in (1, 2):
                figure.add_subplot(1, 2, place).plot([1, 2, 3], [3, 1, 2], "o-")
            style.title(figure, "title", "subtitle")
            style.save(figure, [str(tmp_path / f"{each}.svg")])
        found.append((tmp_path / f"{each}.svg").read_bytes())
    assert b"clip-path" in found[0]
    assert found[0] == found[1]
