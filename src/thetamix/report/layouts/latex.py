"""Tables as LaTeX, for a paper: pandas' own, with booktabs rules, spanning heads and everything escaped."""

from itertools import groupby

import pandas as pd

_LETTERS = str.maketrans(
    {letter: rf"\{letter}" for letter in "{}&%$#_"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"–": "--", "−": "$-$", "√": r"$\surd$", "×": r"$\times$", "°": r"$^\circ$"}
)


def to_latex(table: pd.DataFrame, caption: str, label: str) -> str:
    r"""Write a table as LaTeX; it needs the package ``booktabs``.

    Parameters
    ----------
    table
        Text values, a missing one becomes a dash; columns of one or two levels.
    caption
        Stands above it.
    label
        To refer to it.

    Returns
    -------
    str
        A ``table`` environment.

    Examples
    --------
    >>> print(to_latex(pd.DataFrame({"a_b": ["1"]}, index=pd.Index(["x"], name="Location")), "Some.", "tab:some"))
    \begin{table}
    \caption{Some.}
    \label{tab:some}
    \begin{tabular}{lr}
    \toprule
    Location & a\_b \\
    \midrule
    x & 1 \\
    \bottomrule
    \end{tabular}
    \end{table}
    <BLANKLINE>
    """
    levels = table.columns.nlevels
    # The name of the rows stands in the lowest line of the head, where pandas has that of the columns' level.
    named = table.rename_axis(index=None).rename_axis(columns=[""] * (levels - 1) + [escape(table.index.name)])
    text = (
        named.style.format(escape, na_rep="--")
        .format_index(escape, axis="index")
        .format_index(escape, axis="columns")
        .to_latex(
            caption=escape(caption),
            label=label,
            hrules=True,
            column_format="l" + "r" * table.shape[1],
            multicol_align="c",
        )
    )
    head, body = text.split("\\\\\n", 1)
    return f"{head}\\\\\n{_rules(table.columns)}{body}" if levels > 1 and table.shape[1] else text


def escape(text: object) -> str:
    r"""Escape what LaTeX would take for commands, or does not have.

    Examples
    --------
    >>> escape("80 % of a_b & c")
    '80 \\% of a\\_b \\& c'
    """
    return str(text).translate(_LETTERS)


def _rules(columns: pd.Index) -> str:
    """Return the rules below the upper level of a head, one below each title."""
    rules, first = [], 2
    for _, group in groupby(columns.get_level_values(0)):
        last = first + len(list(group)) - 1
        rules.append(rf"\cmidrule(lr){{{first}-{last}}}")
        first = last + 1
    return " ".join(rules) + "\n"
