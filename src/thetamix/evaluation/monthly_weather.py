"""The weather beside the scores: rainy days, and discharge over distinct gauges."""

import numpy as np
import xarray as xr

from thetamix.network.schema import midpoints, time_step

RAINY = 1.0  # [mm] in a day
DAY = np.timedelta64(1, "D")
HOUR = np.timedelta64(1, "h")


def rainy_days(network: xr.Dataset) -> np.ndarray:
    """Say of each step whether its day is rainy: at least 1 mm from 00 to 24 UTC.

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
        known = np.isfinite(amount)
        total = np.bincount(number[known], amount[known], number[-1] + 1)
        # A day that is cut short may have been rainy outside of what was recorded.
        complete = np.bincount(number[known], minlength=number[-1] + 1) >= DAY // step
        # What a day's float32 rates add up to may fall short of 1 mm by rounding.
        day = np.where(complete | (total >= RAINY), (total >= RAINY - 1e-6).astype(np.float64), np.nan)
        rainy[cluster] = day[number]
    return rainy


def share_of_rainy_days(rainy: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Give the share of rainy days in groups of steps, such as months; every cluster counts the same.

    Parameters
    ----------
    rainy
        From :func:`rainy_days` (cluster, time).
    groups
        Number of the group of each step (time).

    Returns
    -------
    numpy.ndarray
        Share (group); NaN for groups without a complete day.
    """
    # Steps of a day say the same, and are as many on each day: days are averaged by their steps.
    return _mean_by_group(rainy, groups)


def discharge_by_group(network: xr.Dataset, groups: np.ndarray) -> np.ndarray:
    """Give the mean discharge in groups of steps; every gauge counts once, however many clusters it has.

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
    return _mean_by_group(discharge[first], groups)


def _mean_by_group(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Average over the steps of each group, then over the rows of `values` that have any."""
    size = int(groups.max()) + 1
    means = np.full((len(values), size), np.nan)
    for row, mean in zip(values, means, strict=True):
        known = np.isfinite(row)
        count = np.bincount(groups[known], minlength=size)
        total = np.bincount(groups[known], row[known], size)
        np.divide(total, count, out=mean, where=count > 0)
    found = np.isfinite(means)
    count = found.sum(axis=0)
    result: np.ndarray = np.divide(
        np.where(found, means, 0.0).sum(axis=0), count, out=np.full(size, np.nan), where=count > 0
    )
    return result
