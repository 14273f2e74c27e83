"""Tables as LaTeX."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thetamix.report.layouts.latex import escape, to_latex

TABLE = pd.DataFrame(
    {("KGE", "a_1"): ["0.5"], ("KGE", "b & c"): [np.nan], ("√(mean MSE)", "a_1"): ["−0.1"]},
    index=pd.Index(["marl – 10 cm"], name="Loc_ation"),
)


def test_two_levels_of_heads_span_their_columns():
    assert to_latex(TABLE, "100 % of it.", "tab:f1").splitlines() == [
        r"\begin{table}",
        r"\caption{100 \% of it.}",
        r"\label{tab:f1}",
        r"\begin{tabular}{lrrr}",
        r"\toprule",
        r" & \multicolumn{2}{c}{KGE} & $\surd$(mean MSE) \\",
        r"\cmidrule(lr){2-3} \cmidrule(lr){4-4}",
        r"Loc\_ation & a\_1 & b \& c & a\_1 \\",
        r"\midrule",
        r"marl -- 10 cm & 0.5 & -- & $-$0.1 \\",
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]


@given(st.text("ab_&%$#{}~^\\", max_size=8))
def test_no_special_letter_is_left_bare(name):
    bare = escape(name)
    for command in (r"\textbackslash{}", r"\textasciitilde{}", r"\textasciicircum{}"):
        bare = bare.replace(command, "")
    for letter in "_&%$#{}":
        bare = bare.replace("\\" + letter, "")
    assert set(bare) <= set("ab")


@pytest.mark.parametrize("columns", [0, 2])
def test_every_row_has_as_many_cells(columns):
    table = pd.DataFrame({f"c{n}": ["1", "2"] for n in range(columns)}, index=pd.Index(["x", "y"], name="i"))
    body = [line for line in to_latex(table, "", "t").splitlines() if line.endswith(r"\\")]
    assert [line.count("&") for line in body] == [columns] * (
        2 + (columns > 0)
    )  # the head, where there is one, and two rows
