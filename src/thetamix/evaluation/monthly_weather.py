"""The weather beside the scores: rainy days, and discharge over distinct gauges."""

import numpy as np
import xarray as xr

from thetamix.evaluation.estimates import mean
from thetamix.network.schema import midpoints, time_step

RAINY = 1.0  # [mm] in a day
DAY = np.timedelta64(1, "D")
HOUR = np.timedelta64(1, "h")


def rainy_days(network: xr.Dataset) -> np.ndarray:
    """Compute of each step whether its day is rainy: at least 1 mm from 00 to 24 UTC.

    Parameters
    ----------
    network
        With ``precipitation`` (cluster, time) [mm h-1].

    Returns
    -------
    numpy.ndarray
        1 on rainy days, 0 on dry ones (cluster, time), float64; NaN where the day's precipitation is not complete, or
        where steps are longer than a day.
    """
    step = time_step(network["time"])
    shape = (network.sizes["cluster"], network.sizes["time"])
    if "precipitation" not in network or step > DAY:
        return np.full(shape, np.nan)
    days = midpoints(network["time"], step).astype("datetime64[D]").astype(np.int64)
    rain = network["precipitation"].to_numpy().astype(np.float64) * (step / HOUR)
    number = days - days[0]
    rainy = np.empty(shape)
    for cluster, amount in enumerate(rain):
        defined = np.isfinite(amount)
        total = np.bincount(number[defined], amount[defined], number[-1] + 1)
        # A day that is cut short may have been rainy outside of what was recorded.
        complete = np.bincount(number[defined], minlength=number[-1] + 1) >= DAY // step
        # What a day's float32 rates add up to may fall short of 1 mm by rounding.
        day = np.where(complete | (total >= RAINY), (total >= RAINY - 1e-6).astype(np.float64), np.nan)
        rainy[cluster] = day[number]
    return rainy


def discharge_by_group(network: xr.Dataset, groups: np.ndarray) -> np.ndarray:
    """Compute the mean discharge in groups of steps; every gauge counts once, however many clusters it has.

    Parameters
    ----------
    network
        With ``discharge`` (cluster, time) [m3 s-1] and ``discharge_gauge`` (cluster); without the latter, clusters
        with equal discharge have the same gauge.
    groups
        Number of the group of each step (time).

    Returns
    -------
    numpy.ndarray
        Discharge (group) [m3 s-1]; NaN where there is none.
    """
    if "discharge" not in network:
        return np.full(int(groups.max()) + 1, np.nan)
    discharge = network["discharge"].to_numpy().astype(np.float64)
    if "discharge_gauge" in network:
        names = [str(name) for name in network["discharge_gauge"].to_numpy()]
    else:
        names = [row.tobytes().hex() for row in discharge]
    first = [names.index(name) for name in dict.fromkeys(names)]
    return mean_by_group(discharge[first], groups)


def mean_by_group(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Average over the steps of each group, then over the rows that have any, each counting the same.

    Parameters
    ----------
    values
        (row, time); NaN is left out.
    groups
        Number of the group of each step (time).

    Returns
    -------
    numpy.ndarray
        Means (group); NaN where there is none. Of rainy days: their share, for the steps of a day say the same and
        are as many on each day.
    """
    size = int(groups.max()) + 1
    means = np.full((len(values), size), np.nan)
    for row, of_row in zip(values, means, strict=True):
        defined = np.isfinite(row)
        count = np.bincount(groups[defined], minlength=size)
        total = np.bincount(groups[defined], row[defined], size)
        np.divide(total, count, out=of_row, where=count > 0)
    return mean(means)
