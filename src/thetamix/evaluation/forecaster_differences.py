"""Which forecaster is better, and by how much: differences of scores on the same blocks.

The difference of two scores is far less uncertain than either of them, because wet and dry spells, good and bad
sensors come and go for both. So forecasters are compared in pairs: their scores are subtracted series by series and
draw by draw, of the same calendar blocks or clusters.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from thetamix.evaluation.bootstrap import Units, share_better, unit_weights
from thetamix.evaluation.estimates import (
    ALL,
    CLUSTER,
    DEPTH,
    GROUP,
    Estimate,
    Label,
    cells_of,
    mean,
    mean_of,
    over_seeds,
    with_margins,
)
from thetamix.evaluation.scores import SCORES
from thetamix.evaluation.series_scores import ScoreEstimates

COLUMNS = ["score", "one", "other", "group", "depth", "difference", "low", "high", "share_one_better", "n"]


def comparison_table(scores: Mapping[str, ScoreEstimates], units: Mapping[str, Units]) -> pd.DataFrame:
    """Compare all pairs of forecasters by all scores that both have.

    Parameters
    ----------
    scores, units
        By seed: the scores, and what was drawn.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`: the difference one − other of the means over the series and seeds that both define,
        for each group × depth and their means ("all"); the central 95 % of its draws; the share of the draws in
        which `one` is better, ties counted half; and the number of series. The interval and the share are NaN where
        the draws were from fewer than :data:`~thetamix.evaluation.bootstrap.FEWEST_UNITS` blocks or clusters.
    """
    forecasters = list(dict.fromkeys(name for of_seed in scores.values() for name, *_ in of_seed))
    rows = [
        (score, *pair, *row)
        for score in SCORES
        for pair in combinations(forecasters, 2)
        for row in _rows(score, pair, scores, units)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(
    score: str, pair: tuple[str, str], scores: Mapping[str, ScoreEstimates], units: Mapping[str, Units]
) -> Iterator[tuple[object, ...]]:
    nothing: dict[Label, Estimate] = {}
    differences = {
        seed: _differences(*(of_seed.get((name, score, ""), nothing) for name in pair))
        for seed, of_seed in scores.items()
    }
    series = {label for of_seed in differences.values() for label in of_seed}
    if not series:
        return
    cells = {seed: cells_of(of_seed, units[seed]) for seed, of_seed in differences.items()}
    for (group, depth, *_), e in with_margins(over_seeds(cells)[ALL]).items():
        low, high = map(float, e.interval)
        count = sum(group in (label[GROUP], ALL) and depth in (label[DEPTH], ALL) for label in series)
        higher = SCORES[score].higher_is_better
        better = share_better(e.draws, higher_is_better=higher) if np.isfinite(low) else np.nan
        yield group, depth, float(e.value), low, high, better, count


def _differences(first: Mapping[Label, Estimate], other: Mapping[Label, Estimate]) -> dict[Label, Estimate]:
    """Subtract the scores of the series that both define."""
    differences = {}
    for label in first:
        if label[CLUSTER] == ALL or label not in other:
            continue
        a, b = first[label], other[label]
        value = a.value - b.value
        if np.isfinite(value):
            draws = a.draws.astype(np.float64) - b.draws
            differences[label] = Estimate(value, draws, a.n, 0, (a.units or frozenset()) | (b.units or frozenset()))
    return differences


@dataclass(frozen=True)
class Difference:
    """How much one forecaster's score exceeds another's: one minus the other, with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def decided(self) -> bool:
        """True where the interval is there and does not hold 0."""
        return bool(self.low > 0 or self.high < 0)


def difference(comparison: pd.DataFrame | None, score: str, first: str, other: str) -> Difference | None:
    """Read the difference of two forecasters, in either order, over all groups and depths.

    Parameters
    ----------
    comparison
        ``comparison.csv``; None where there is none.
    score, first, other
        Names of the score and of the forecasters.

    Returns
    -------
    Difference or None
        First minus other; None where the table does not have it, or not its interval.
    """
    if comparison is None:
        return None
    rows = comparison[(comparison["score"] == score) & (comparison["group"] == ALL) & (comparison["depth"] == ALL)]
    for left, right, sign in ((first, other, 1), (other, first, -1)):
        row = rows[(rows["one"] == left) & (rows["other"] == right)]
        if len(row):
            value, low, high = (sign * float(row.iloc[0][name]) for name in ("difference", "low", "high"))
            return Difference(value, min(low, high), max(low, high)) if np.isfinite(low + high) else None
    return None


def series_table(scores: pd.DataFrame, score: str, forecasters: Sequence[str]) -> pd.DataFrame:
    """Arrange a score of series side by side, where all of the forecasters have it.

    Parameters
    ----------
    scores
        The long table.
    score, forecasters
        Names.

    Returns
    -------
    pandas.DataFrame
        Index (seed, group, depth, cluster), a column a forecaster; empty where one of them has no scores.
    """
    chosen = (scores["score"] == score) & (scores["cluster"] != ALL) & (scores["seed"] != ALL)
    series = scores[chosen & scores["forecaster"].isin(forecasters)]
    if set(series["forecaster"]) != set(forecasters):
        return pd.DataFrame(columns=list(forecasters))
    index = ["seed", "group", "depth", "cluster", "forecaster"]
    wide = series.set_index(index)["value"].unstack("forecaster")
    return wide[list(forecasters)].dropna()


def mean_of_table(series: pd.DataFrame, draws: int = 0) -> Estimate:
    """Average scores as the paper does: series within group × depth, these within seeds.

    Parameters
    ----------
    series
        Index (seed, group, depth, cluster); at least one row.
    draws
        How often to draw as many clusters again, with replacement.

    Returns
    -------
    Estimate
        A value a column.
    """
    clusters, number = np.unique(series.index.get_level_values("cluster"), return_inverse=True)
    weights = unit_weights(len(clusters), draws, 0, "clusters")
    values = series.to_numpy(dtype=np.float64)
    members: dict[str, dict[Label, list[int]]] = {}
    for row, (seed, group, depth, _) in enumerate(series.index):
        members.setdefault(seed, {}).setdefault((group, depth), []).append(row)

    def cell(rows: list[int]) -> Estimate:
        there = number[rows]
        return Estimate(mean(values[rows]), mean(values[rows], weights[:, there]), len(rows), 0, frozenset(there))

    return mean_of([mean_of([cell(rows) for rows in cells.values()]) for cells in members.values()])


def paired_means(scores: pd.DataFrame, first: str, other: str, score: str = "crps") -> tuple[float, float]:
    """Average a score of two forecasters over the series and seeds for which both have one; NaN without any."""
    series = series_table(scores, score, [first, other])
    if series.empty:
        return np.nan, np.nan
    a, b = mean_of_table(series).value.tolist()
    return a, b
