"""The paper's tables in the paper's layout, and ours, all from ``scores.csv``."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from thetamix.evaluation.belt_scores import TITLES as VARIABILITY_TITLES
from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.long_table import ROOT_OF_MEAN_MSE
from thetamix.evaluation.questions import question
from thetamix.evaluation.scores import SCORES
from thetamix.report.layouts.table_rows import rows
from thetamix.report.words.phrases import of_groups


class Layout(NamedTuple):
    """How scores are laid out as a table.

    Attributes
    ----------
    caption
        Stands above it.
    scores
        Names of the scores, in the order of their columns.
    decimals
        Of the values.
    rows
        Which of "total", "depths", "groups" and "cells", in the order of the rows.
    """

    caption: str
    scores: tuple[str, ...]
    decimals: int
    rows: tuple[str, ...]


_VARIABILITY = ("crps", "belt_w1", "log_likelihood")

#: File name -> layout: the paper's, then ours.
LAYOUTS: dict[str, Layout] = {
    "table_2": Layout(
        "Table 2. Dynamics: the expectation against the mean of the replicates. 1 is good, 0 is poor.",
        ("kge", "rank_correlation"),
        3,
        ("total", "cells"),
    ),
    "table_3": Layout(
        "Table 3. Variability: CRPS and Wasserstein-1 of belts [m3 m-3], low is good; log-likelihood [nats per "
        "reading], high is good.",
        _VARIABILITY,
        3,
        ("total", "groups"),
    ),
    "table_f1": Layout(
        "Table F1. MSE [m6 m-6] and RMSE [m3 m-3] of the expectation. Low is good; total RMSE is the mean of RMSEs.",
        ("mse", "rmse", ROOT_OF_MEAN_MSE),
        4,
        ("total", "depths", "cells"),
    ),
    "table_f2": Layout(
        "Table F2. Variability at each {group} and depth, as in Table 3.",
        _VARIABILITY,
        3,
        ("total", "cells"),
    ),
    "table_distribution": Layout(
        "The whole distribution: CRPS [m3 m-3], low is good; log-likelihood [nats per reading], high is good.",
        ("crps", "log_likelihood", "crps_of_replicate", "log_likelihood_of_replicate"),
        4,
        ("total", "depths", "cells"),
    ),
    "table_belts": Layout(
        "Belts [m3 m-3]: Wasserstein-1 to the observed ones, low is good; matched belts are those of readings drawn "
        "from the prediction.",
        (
            "belt_w1",
            "belt_w1_matched",
            "belt_w1_of_series",
            "belt_w1_matched_of_series",
            "belt_observed",
            "belt_predicted",
            "belt_matched",
        ),
        4,
        ("total", "depths", "groups", "cells"),
    ),
}

_TITLES = (
    {name: entry.title for name, entry in SCORES.items()} | {ROOT_OF_MEAN_MSE: "√(mean MSE)"} | VARIABILITY_TITLES
)


def caption(name: str, scheme: str, group_name: str) -> str:
    """Return the caption of a table, with the question that it answers.

    Parameters
    ----------
    name
        One of :data:`LAYOUTS`.
    scheme
        Of the split.
    group_name
        What groups of clusters are called.

    Returns
    -------
    str
        Two or more sentences.
    """
    asked, how = question(scheme)
    return f"{of_groups(LAYOUTS[name].caption, group_name)} {asked} ({how})"


def layout(scores: pd.DataFrame, name: str, ratio: tuple[str, str] | None = None) -> pd.DataFrame:
    """Arrange scores as a table of the paper.

    Parameters
    ----------
    scores
        The long table.
    name
        One of :data:`LAYOUTS`.
    ratio
        Two forecasters: Tables 3 and F2 then end with the log-likelihood of the first less that of the second, the
        paper's ratio of condLSTM and 3G-LSTM.

    Returns
    -------
    pandas.DataFrame
        A row a place, in the paper's order; columns (score, forecaster); values as text, "undefined" where a score
        is.
    """
    _, wanted, decimals, lines = LAYOUTS[name]
    means = rows(scores, seed=ALL, cluster=ALL)
    order = _places(list(dict.fromkeys(zip(means["group"], means["depth"], strict=True))), lines)
    columns: dict[tuple[str, str], list[str]] = {}
    for score in wanted:
        chosen = rows(means, score=score)
        for forecaster in dict.fromkeys(chosen["forecaster"]):
            columns[_TITLES[score], forecaster] = _texts(_values(chosen, forecaster, order), decimals)
    if ratio is not None and wanted == _VARIABILITY:
        first, second = (_values(rows(means, score="log_likelihood"), name, order) for name in ratio)
        columns["Ratio", " − ".join(ratio)] = _texts(first - second, decimals)
    table = pd.DataFrame(columns, index=pd.Index([place_name(*place) for place in order], name="Location"))
    levels = list(zip(*columns, strict=True)) or [(), ()]
    table.columns = pd.MultiIndex.from_arrays(levels, names=["score", "forecaster"])
    return table


def _places(places: Sequence[tuple[str, str]], lines: Sequence[str]) -> list[tuple[str, str]]:
    cells = sorted((p for p in places if ALL not in p), key=lambda p: (p[0], float(p[1])))
    depths = sorted((p for p in places if p[0] == ALL and p[1] != ALL), key=lambda p: float(p[1]))
    groups = sorted(p for p in places if p[1] == ALL and p[0] != ALL)
    kinds = {"total": [(ALL, ALL)], "depths": depths, "groups": groups, "cells": cells or depths}
    if not groups:  # then the depths are the cells
        kinds["groups"] = depths
    return list(dict.fromkeys(place for kind in lines for place in kinds[kind]))


def _values(scores: pd.DataFrame, forecaster: str, order: Sequence[tuple[str, str]]) -> np.ndarray:
    of = rows(scores, forecaster=forecaster).set_index(["group", "depth"])["value"]
    return np.array([of.get(place, np.nan) for place in order])


def _texts(values: np.ndarray, decimals: int) -> list[str]:
    return ["undefined" if np.isnan(value) else f"{value:.{decimals}f}" for value in values]


def with_intervals(scores: pd.DataFrame, score: str, decimals: int = 4) -> pd.DataFrame:
    """Arrange one score per depth and in total, with its interval.

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
    means = rows(scores, seed=ALL, cluster=ALL, score=score)
    by_depth = rows(means, group=ALL) if (means["group"] == ALL).any() else means
    depths = [*sorted(set(by_depth["depth"]) - {ALL}, key=float), ALL]
    forecasters = list(dict.fromkeys(means["forecaster"]))
    table = pd.DataFrame(index=pd.Index(forecasters, name="forecaster"))
    for depth in depths:
        of = rows(by_depth, depth=depth).set_index("forecaster")
        table["total" if depth == ALL else depth_name(depth)] = [
            _with_interval(of.loc[name], decimals) if name in of.index else "undefined" for name in forecasters
        ]
    return table


def place_name(group: str, depth: str) -> str:
    """Name a row as the paper does.

    Parameters
    ----------
    group, depth
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
        return "Total average" if group == ALL else f"{group} average"
    return f"Total average {depth_name(depth)}" if group == ALL else f"{group} – {depth_name(depth)}"


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
    lines += [_line([str(row), *map(str, values)]) for row, values in zip(table.index, table.to_numpy(), strict=True)]
    return caption + "\n\n" + "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _with_interval(row: pd.Series, decimals: int) -> str:
    if np.isnan(row["value"]):
        return "undefined"
    if np.isnan(row["low"]):
        return f"{row['value']:.{decimals}f}"
    return f"{row['value']:.{decimals}f} ({row['low']:.{decimals}f}–{row['high']:.{decimals}f})"
