"""Tables as LaTeX, for a paper: booktabs rules, a head of two levels, everything escaped."""

import pandas as pd

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    "−": "$-$",
    "√": r"$\surd$",
    "×": r"$\times$",
    "°": r"$^\circ$",
}


def to_latex(table: pd.DataFrame, caption: str, label: str) -> str:
    r"""Write a table as LaTeX; it needs the package ``booktabs``.

    Parameters
    ----------
    table
        Text values; columns of one or two levels.
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
    columns = [column if isinstance(column, tuple) else (column,) for column in table.columns]
    body = [_row([str(name), *map(str, values)]) for name, values in zip(table.index, table.to_numpy(), strict=True)]
    lines = [
        r"\begin{table}",
        rf"\caption{{{escape(caption)}}}",
        rf"\label{{{label}}}",
        rf"\begin{{tabular}}{{l{'r' * len(columns)}}}",
        r"\toprule",
        *_spanning([str(column[0]) for column in columns if len(column) > 1]),
        _row([str(table.index.name), *(str(column[-1]) for column in columns)]),
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    r"""Escape what LaTeX would take for commands.

    Parameters
    ----------
    text
        Any.

    Returns
    -------
    str
        The same to a reader of the typeset page.

    Examples
    --------
    >>> escape("80 % of a_b & c")
    '80 \\% of a\\_b \\& c'
    """
    return "".join(_SPECIAL.get(letter, letter) for letter in text)


def _row(cells: list[str]) -> str:
    return " & ".join(map(escape, cells)) + r" \\"


def _spanning(titles: list[str]) -> list[str]:
    """Give the upper level of the head, each title over its columns, and the rules below."""
    spans: list[tuple[str, int]] = []
    for title in titles:
        if spans and spans[-1][0] == title:
            spans[-1] = (title, spans[-1][1] + 1)
        else:
            spans.append((title, 1))
    if not spans:
        return []
    cells, rules, first = [""], [], 2
    for title, width in spans:
        cells.append(rf"\multicolumn{{{width}}}{{c}}{{{escape(title)}}}")
        rules.append(rf"\cmidrule(lr){{{first}-{first + width - 1}}}")
        first += width
    return [" & ".join(cells) + r" \\", " ".join(rules)]
