"""The paper's tables in the paper's layout, and ours, all from ``scores.csv``."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from thetamix.evaluation.aggregate import ALL, ROOT_OF_MEAN_MSE
from thetamix.evaluation.scores import SCORES

#: File name -> caption, scores, decimals, and whether rows of depths are among the totals.
LAYOUTS: dict[str, tuple[str, tuple[str, ...], int, bool]] = {
    "table_2": (
        "Table 2. Dynamics: the expectation against the mean of the replicates. 1 is good, 0 is poor.",
        ("kge", "rank_correlation"),
        3,
        False,
    ),
    "table_f1": (
        "Table F1. MSE [m6 m-6] and RMSE [m3 m-3] of the expectation. Low is good; total RMSE is the mean of RMSEs.",
        ("mse", "rmse", ROOT_OF_MEAN_MSE),
        4,
        True,
    ),
    "table_distribution": (
        "The whole distribution: CRPS [m3 m-3], low is good; log-likelihood [nats per reading], high is good.",
        ("crps", "log_likelihood", "crps_of_replicate", "log_likelihood_of_replicate"),
        4,
        True,
    ),
}

_TITLES = {name: entry.title for name, entry in SCORES.items()} | {ROOT_OF_MEAN_MSE: "√(mean MSE)"}


def layout(scores: pd.DataFrame, name: str) -> pd.DataFrame:
    """Lay scores out as a table of the paper.

    Parameters
    ----------
    scores
        The long table.
    name
        One of :data:`LAYOUTS`.

    Returns
    -------
    pandas.DataFrame
        A row a place, in the paper's order; columns (score, forecaster); values as text, "undefined" where a score
        is.
    """
    _, wanted, decimals, with_depths = LAYOUTS[name]
    means = scores[(scores["seed"] == ALL) & (scores["cluster"] == ALL)]
    places = list(dict.fromkeys(zip(means["geology"], means["depth"], strict=True)))
    rows = sorted((p for p in places if ALL not in p), key=lambda p: (p[0], float(p[1])))
    totals = [(ALL, ALL)]
    if with_depths or not rows:  # without geology, the depths are the cells
        totals += sorted(
            (p for p in places if p[0] == ALL and p[1] != ALL and p not in rows), key=lambda p: float(p[1])
        )
    order = list(dict.fromkeys([*totals, *rows]))
    columns: dict[tuple[str, str], list[str]] = {}
    for score in wanted:
        chosen = means[means["score"] == score]
        for forecaster in dict.fromkeys(chosen["forecaster"]):
            of = chosen[chosen["forecaster"] == forecaster].set_index(["geology", "depth"])["value"]
            values = [of.get(place, np.nan) for place in order]
            columns[_TITLES[score], forecaster] = [
                "undefined" if np.isnan(value) else f"{value:.{decimals}f}" for value in values
            ]
    table = pd.DataFrame(columns, index=pd.Index([place_name(*place) for place in order], name="Location"))
    table.columns = pd.MultiIndex.from_tuples(list(columns), names=["score", "forecaster"])
    return table


def with_intervals(scores: pd.DataFrame, score: str, decimals: int = 4) -> pd.DataFrame:
    """Lay one score out per depth and in total, with its interval.

    Parameters
    ----------
    scores
        The long table.
    score
        Which.
    decimals
        Of the values.

    Returns
    -------
    pandas.DataFrame
        A row a forecaster, a column a depth, then the total; "0.0321 (0.0301–0.0344)".
    """
    means = scores[(scores["seed"] == ALL) & (scores["cluster"] == ALL) & (scores["score"] == score)]
    by_depth = means[means["geology"] == ALL] if (means["geology"] == ALL).any() else means
    depths = [*sorted(set(by_depth["depth"]) - {ALL}, key=float), ALL]
    forecasters = list(dict.fromkeys(means["forecaster"]))
    table = pd.DataFrame(index=pd.Index(forecasters, name="forecaster"))
    for depth in depths:
        of = by_depth[by_depth["depth"] == depth].set_index("forecaster")
        table["total" if depth == ALL else depth_name(depth)] = [
            _with_interval(of.loc[name], decimals) if name in of.index else "undefined"
            for name in forecasters
        ]
    return table


def place_name(geology: str, depth: str) -> str:
    """Name a row as the paper does.

    Parameters
    ----------
    geology, depth
        Of the row; "all" for means.

    Returns
    -------
    str
        Such as "Total average 10 cm" or "marl – 10 cm".

    Examples
    --------
    >>> place_name("all", "all"), place_name("all", "0.1"), place_name("marl", "0.1")
    ('Total average', 'Total average 10 cm', 'marl – 10 cm')
    """
    if depth == ALL:
        return "Total average" if geology == ALL else f"{geology} average"
    return f"Total average {depth_name(depth)}" if geology == ALL else f"{geology} – {depth_name(depth)}"


def depth_name(depth: str) -> str:
    """Write a depth in centimetres, as soil people do.

    Parameters
    ----------
    depth
        In metres, as text.

    Returns
    -------
    str
        Such as "10 cm".

    Examples
    --------
    >>> depth_name("0.1")
    '10 cm'
    """
    return f"{float(depth) * 100:g} cm"


def to_markdown(table: pd.DataFrame, caption: str) -> str:
    """Write a table as Markdown.

    Parameters
    ----------
    table
        Text values; columns of one or two levels.
    caption
        Stands above it.

    Returns
    -------
    str
        The text.
    """
    heads = [" ".join(column) if isinstance(column, tuple) else str(column) for column in table.columns]
    lines = [_line([str(table.index.name), *heads]), _line(["---"] * (len(heads) + 1))]
    lines += [
        _line([str(row), *map(str, values)])
        for row, values in zip(table.index, table.to_numpy(), strict=True)
    ]
    return caption + "\n\n" + "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _with_interval(row: pd.Series, decimals: int) -> str:
    if np.isnan(row["value"]):
        return "undefined"
    if np.isnan(row["low"]):
        return f"{row['value']:.{decimals}f}"
    return f"{row['value']:.{decimals}f} ({row['low']:.{decimals}f}–{row['high']:.{decimals}f})"
