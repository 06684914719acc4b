"""LaTeX tables hold texts of data and configs as texts."""

import re

from hypertrial import latex, wording

HOSTILE = r"\input{/etc/passwd} $x_1^2$ & 50% #1 ~ {a} <b> | \\ \end{tabular}"


def test_nothing_of_a_text_is_a_command():
    escaped = latex.escape(HOSTILE)
    commands = set(re.findall(r"\\([A-Za-z]+)", escaped))
    assert commands == {
        "textbackslash",
        "textasciicircum",
        "textasciitilde",
        "textless",
        "textgreater",
        "textbar",
    }
    bare = re.sub(r"\\[A-Za-z]+\{\}|\\[{}$&#%_]", "", escaped)
    assert not set(bare) & set("\\{}$&#%_^~<>|")


def test_a_table_has_its_cells_and_no_others():
    text = latex.table(("a", "b"), [("x & y", "[1]"), ("z\nw", 2)], right=[1])
    assert text.splitlines()[0] == r"\begin{tabular}{lr}"
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert rows == [r"{}a & b \\", r"{}x \& y & [1] \\", r"{}z w & 2 \\"]
    assert text.count(r"\end{tabular}") == 1


def test_numbers_for_people_are_set_as_numbers():
    text = f"{wording.spread(24539.2, 1834.7)}, {wording.number(-1.5e160)}"
    expected = r"24\,539 $\pm$ 1\,800, $-$1.5$\cdot$10\textsuperscript{1}\textsuperscript{6}"
    assert latex.escape(text) == expected + r"\textsuperscript{0}"
