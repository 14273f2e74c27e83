"""Tables and small plots as the templates take them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.forecaster_differences import paired_means
from thetamix.evaluation.ranking import crps_and_skill
from thetamix.report.layouts.score_tables import depth_name
from thetamix.report.layouts.table_rows import overall
from thetamix.report.words.phrases import signed

COLOURS = 6  # of the forecasters; see --forecaster-… in assets/page.css


def grid(table: pd.DataFrame) -> dict[str, Any]:
    """Cut a table into what the template needs: header cells with their spans, and rows of text.

    Parameters
    ----------
    table
        Values as text; columns of one or two levels.

    Returns
    -------
    dict
        ``corner``, ``heads``, ``rows``.
    """
    heads: list[list[tuple[str, int]]] = []
    columns = [column if isinstance(column, tuple) else (column,) for column in table.columns]
    for level in range(len(columns[0]) if columns else 0):
        cells: list[tuple[str, int]] = []
        for column in columns:
            text = str(column[level])
            last = level == len(column) - 1
            if cells and cells[-1][0] == text and not last:
                cells[-1] = (text, cells[-1][1] + 1)
            else:
                cells.append((text, 1))
        heads.append(cells)
    rows = [(str(row), [str(v) for v in values]) for row, values in zip(table.index, table.to_numpy(), strict=True)]
    return {"corner": str(table.index.name), "heads": heads, "rows": rows}


def pieces(table: pd.DataFrame, most: int = 40) -> list[pd.DataFrame]:
    """Cut a table of scores over forecasters between scores, so that each piece fits on a sheet of paper.

    Parameters
    ----------
    table
        Columns of two levels.
    most
        Columns of a piece; a single score may have more.

    Returns
    -------
    list of pandas.DataFrame
        The columns in their order; one piece where they are few.
    """
    cuts, width = [0], 0
    names = table.columns.get_level_values(0)
    for name in dict.fromkeys(names):
        count = int((names == name).sum())
        if width and width + count > most:
            cuts.append(cuts[-1] + width)
            width = 0
        width += count
    return [table.iloc[:, first:last] for first, last in pairwise([*cuts, len(names)])]


@dataclass(frozen=True)
class ForestRow:
    """A line of a forest plot; positions are in percent of the width, None where there is nothing to draw.

    Attributes
    ----------
    name
        Of the line.
    at, low, high
        The dot and its interval.
    beyond
        The side on which the dot lies outside the plot.
    value, interval, series, gain
        In words.
    """

    name: str
    at: float
    low: float | None
    high: float | None
    value: str
    interval: str
    gain: str
    series: str = ""
    beyond: str | None = None


@dataclass(frozen=True)
class Forest:
    """A forest plot: its lines, and where the line to compare with stands."""

    rows: Sequence[ForestRow] = ()
    null: float | None = None


def forest(scores: pd.DataFrame, score: str, decimals: int, null: str | None, *, higher_is_better: bool) -> Forest:
    """Arrange a score as a forest plot: a dot and its interval for each forecaster, best first.

    Parameters
    ----------
    scores
        The long table.
    score
        Which.
    decimals
        Of the values.
    null
        The baseline that the others are set against; None for none.
    higher_is_better
        Of the score.
    """
    chosen = overall(scores, score=score, cluster=ALL)
    chosen = chosen[np.isfinite(chosen["value"])].sort_values("value", ascending=not higher_is_better)
    if chosen.empty:
        return Forest()
    values = chosen[["value", "low", "high"]].to_numpy(dtype=float)
    # One forecaster that is far off must not press the others together.
    usual = np.median(values[:, 0]) + np.array([-1, 1]) * 5 * _spread(values[:, 0])
    left, right = max(np.nanmin(values), usual[0]), min(np.nanmax(values), usual[1])
    span = (right - left) or 1.0

    def position(value: float) -> float:
        return round(float(np.clip(4 + 92 * (value - left) / span, 0, 100)), 2)

    lines = []
    for row, (value, low, high) in zip(chosen.to_dict("records"), values, strict=True):
        name, n, undefined, bounded = row["forecaster"], row["n"], row["n_undefined"], bool(np.isfinite(low))
        line = ForestRow(
            name,
            position(value),
            position(low) if bounded and left <= value <= right else None,
            position(high) if bounded else None,
            f"{value:.{decimals}f}".replace("-", "−"),
            _interval_text(low, high, decimals) if bounded else "",
            _gain_text(scores, name, null, score, decimals, relative=not higher_is_better),
            f"{n} of {n + undefined} series" if undefined else "",
            "left" if value < left else "right" if value > right else None,
        )
        lines.append(line)
    # A baseline without some of the series is no line to hold the others against.
    of_null = chosen[(chosen["forecaster"] == null) & (chosen["n_undefined"] == 0)]["value"]
    return Forest(lines, position(float(of_null.iloc[0])) if len(of_null) else None)


def _interval_text(low: float, high: float, decimals: int) -> str:
    if low < 0:
        return f"{signed(low, decimals)} to {signed(high, decimals)}"
    return f"{low:.{decimals}f}–{high:.{decimals}f}"


def _spread(values: np.ndarray) -> float:
    low, high = np.quantile(values, [0.25, 0.75])
    return float(high - low) or float(np.ptp(values)) or 1.0


def _gain_text(
    scores: pd.DataFrame, name: str, null: str | None, score: str, decimals: int, *, relative: bool
) -> str:
    """Set a forecaster against the baseline on the series that both have."""
    if null is None:
        return ""
    if name == null:
        return "the baseline"
    value, base = paired_means(scores, name, null, score)
    if not np.isfinite(base) or (relative and base == 0):
        return ""
    return f"{signed(100 * (value / base - 1), 0)}%" if relative else signed(value - base, decimals)


def skill_map(
    scores: pd.DataFrame, best: str | None, null: str | None, clusters: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Arrange the best model's CRPS out by cluster and depth, with what it gains on the baseline.

    Parameters
    ----------
    scores
        The long table.
    best, null
        Model and baseline.
    clusters
        The explorer's clusters, which know what is empty.

    Returns
    -------
    list of dict
        For each group of clusters (group): ``title``, and ``rows`` with ``number``, ``name`` and ``cells``.
    """
    alone, gains = crps_and_skill(scores, best, null) if best is not None else (pd.Series(dtype=float),) * 2
    group = dict(zip(scores["cluster"], scores["group"], strict=True))
    groups: dict[str, list[dict[str, Any]]] = {}
    for number, cluster in enumerate(clusters):
        cells = []
        for depth, entry in enumerate(cluster["depths"]):
            key = (cluster["name"], f"{entry['depth']:g}")
            value, gain = float(alone.get(key, np.nan)), float(gains.get(key, np.nan))
            cell = {
                "depth": depth,
                "depth_name": depth_name(str(entry["depth"])),
                "empty": entry["series"] is None,
                "value": f"{value:.3f}" if np.isfinite(value) else None,
                "kind": _kind(gain),
                "gain": f"{gain:+.0%}" if np.isfinite(gain) else "",
            }
            cells.append(cell)
        title = str(group.get(cluster["name"], ALL))
        row = {"number": number, "name": cluster["name"], "cells": cells}
        groups.setdefault("" if title == ALL else title, []).append(row)
    return [{"title": title, "rows": group} for title, group in sorted(groups.items())]


def _kind(gain: float) -> str:
    if not np.isfinite(gain):
        return ""
    if abs(gain) < 0.05:
        return "same"
    return ("better" if gain > 0 else "worse") + ("-2" if abs(gain) >= 0.2 else "-1")
