"""Two forecasters on the same series and seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from thetamix.evaluation.estimates import ALL


@dataclass(frozen=True)
class Difference:
    """How much one forecaster's score exceeds another's.

    Attributes
    ----------
    value, low, high
        One minus the other, with its 95 % interval.
    """

    value: float
    low: float
    high: float

    @property
    def decided(self) -> bool:
        """True where the interval is known and does not hold 0."""
        return bool(self.low > 0 or self.high < 0)


def difference(comparison: pd.DataFrame | None, score: str, one: str, other: str) -> Difference | None:
    """Look up the difference of two forecasters over all geologies and depths.

    Parameters
    ----------
    comparison
        ``comparison.csv``; None where there is none.
    score
        Which.
    one, other
        Forecasters, in either order.

    Returns
    -------
    Difference or None
        One minus other; None where the table does not have it, or not its interval.
    """
    if comparison is None:
        return None
    rows = comparison[(comparison["score"] == score) & (comparison["geology"] == ALL) & (comparison["depth"] == ALL)]
    for first, second, sign in ((one, other, 1), (other, one, -1)):
        found = rows[(rows["one"] == first) & (rows["other"] == second)]
        if len(found):
            value, low, high = (sign * float(found.iloc[0][name]) for name in ("difference", "low", "high"))
            return Difference(value, min(low, high), max(low, high)) if np.isfinite(low + high) else None
    return None


def series_scores(scores: pd.DataFrame, score: str, forecasters: Sequence[str]) -> pd.DataFrame:
    """Lay the scores of series out side by side, where all of some forecasters have one.

    Parameters
    ----------
    scores
        The long table.
    score
        Which.
    forecasters
        Names.

    Returns
    -------
    pandas.DataFrame
        Index (seed, geology, depth, cluster), a column a forecaster; empty where one of them has no scores.
    """
    chosen = (scores["score"] == score) & (scores["cluster"] != ALL) & (scores["seed"] != ALL)
    series = scores[chosen & scores["forecaster"].isin(forecasters)]
    if set(series["forecaster"]) != set(forecasters):
        return pd.DataFrame(columns=list(forecasters))
    index = ["seed", "geology", "depth", "cluster", "forecaster"]
    wide = series.set_index(index)["value"].unstack("forecaster")
    return wide[list(forecasters)].dropna()


def mean_of_cells(series: pd.DataFrame) -> pd.Series:
    """Average scores as the paper does: series within geology × depth, these within seeds.

    Parameters
    ----------
    series
        Index (seed, geology, depth, cluster).

    Returns
    -------
    pandas.Series
        One value a column; NaN without any series.
    """
    if series.empty:
        return pd.Series(np.nan, index=series.columns)
    cells = series.groupby(level=["seed", "geology", "depth"]).mean()
    return cells.groupby(level="seed").mean().mean()


def paired(scores: pd.DataFrame, one: str, other: str, score: str = "crps") -> tuple[float, float]:
    """Average a score of two forecasters over the series and seeds for which both have one.

    Parameters
    ----------
    scores
        The long table.
    one, other
        Names of forecasters.
    score
        Which.

    Returns
    -------
    tuple of float
        Series are averaged within geology × depth, these within seeds; NaN where nothing is shared.
    """
    means = mean_of_cells(series_scores(scores, score, [one, other]))
    return float(means[one]), float(means[other])
