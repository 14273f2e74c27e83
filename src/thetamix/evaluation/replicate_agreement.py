"""How alike the replicates of a place are: their correlations (Bischof et al. 2025, 2.1.2, say "> 0.9")."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.evaluation.estimates import cell_of
from thetamix.network.by_series import Readings
from thetamix.network.series import series

COLUMNS = ["group", "depth", "cluster", "one", "other", "correlation", "offset", "n"]
#: Of fewer common readings no correlation is given.
FEWEST = 3


def replicate_correlation(network: xr.Dataset, readings: Readings, group: Sequence[str]) -> pd.DataFrame:
    """Correlate the replicates of each series, over the whole record.

    Parameters
    ----------
    network
        Names the series; ``replicate_label`` their replicates.
    readings
        Soil moisture with rejected readings removed [m3 m-3].
    group
        Of the clusters (cluster).

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`, a row a pair: Pearson's correlation and the mean of one − other [m3 m-3] over the `n`
        steps where both are there. NaN where there are fewer than :data:`FEWEST`; the correlation also where one of
        them is constant.
    """
    labels = [str(label) for label in network["replicate_label"].to_numpy()]
    rows = [
        (*cell_of(each, group), each.cluster_id, labels[i], labels[j], *values)
        for each in series(network)
        for i, j, *values in pairs(readings[each.cluster, each.depth].astype(np.float64))
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def pairs(readings: np.ndarray) -> Iterator[tuple[int, int, float, float, int]]:
    """Compare the replicates of one series two by two.

    Parameters
    ----------
    readings
        (replicate, time) [m3 m-3].

    Yields
    ------
    one, other, correlation, offset, n
        For the replicates that have readings.

    Examples
    --------
    >>> [[*map(float, pair)] for pair in pairs(np.array([[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]]))]
    [[0.0, 1.0, 1.0, -1.0, 3.0]]
    """
    defined = np.isfinite(readings)
    for i, j in combinations(np.flatnonzero(defined.any(axis=1)).tolist(), 2):
        both = defined[i] & defined[j]
        x, y = readings[i, both], readings[j, both]
        if x.size < FEWEST:
            yield i, j, np.nan, np.nan, int(x.size)
        else:
            yield i, j, _correlation(x, y), float((x - y).mean()), int(x.size)


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    # What a constant differs from its mean by is rounding.
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])
