"""From one regular time step to another: what an interval gets is what it shares with the intervals of the source.

Rates and means are averaged over shared time, so rain is neither lost nor made: hours sum to their day, and a day's
rain is spread evenly over its hours.
"""

from typing import Literal

import numpy as np

#: What of the parts an interval gets, where that is no mean.
TAKE: dict[str, Literal["mean", "minimum", "maximum"]] = {
    "minimum_air_temperature": "minimum",
    "maximum_air_temperature": "maximum",
}
#: A mean of a state needs so much of its interval; sums of water need all of it.
ENOUGH = 0.75
COMPLETE = 1 - 1e-9
#: Where a network is brought to a longer step, variables that need another share. Soil moisture hardly moves within a
#: day. A day of rain from 20 of its 24 hours is uncertain by a sixth at most, and all 24 would cost a third of the
#: 90-day windows of stations that miss an hour now and then.
SHARES = {
    "soil_moisture": 0.5,
    "precipitation": 20 / 24,
    "potential_evapotranspiration": 20 / 24,
    "discharge": 20 / 24,
}


def overlap_means(
    values: np.ndarray,
    first: np.datetime64,
    step: np.timedelta64,
    ends: np.ndarray,
    width: np.timedelta64,
    *,
    enough: float = COMPLETE,
) -> np.ndarray:
    """Average a regular series of rates or means over other intervals.

    Parameters
    ----------
    values
        Of the source (source time); NaN is missing.
    first
        End of its first interval.
    step
        Length of its intervals.
    ends
        Ends of the wanted intervals (time).
    width
        Their length.
    enough
        Share of an interval that must have values.

    Returns
    -------
    numpy.ndarray
        Means (time), float64; NaN where too little is known.

    Examples
    --------
    Two days of 24 and 0 mm at rates per hour, over half days:

    >>> day, half = np.timedelta64(24, "h"), np.timedelta64(12, "h")
    >>> ends = np.datetime64("2020-01-01T12", "ns") + np.arange(4) * half
    >>> overlap_means(np.array([1.0, 0.0]), np.datetime64("2020-01-02", "ns"), day, ends, half)
    array([1., 1., 0., 0.])
    """
    hour = np.timedelta64(3600 * 10**9, "ns")
    values = values.astype(np.float64)  # sums over decades need it
    edges = np.arange(len(values) + 1) * float(step / hour)
    there = np.isfinite(values)
    amount = np.concatenate([[0.0], np.cumsum(np.where(there, values, 0.0) * float(step / hour))])
    cumulated = np.concatenate([[0.0], np.cumsum(there * float(step / hour))])
    end = (ends.astype("datetime64[ns]") - (first - step).astype("datetime64[ns]")) / hour
    begin = end - float(width / hour)
    shared = np.interp(end, edges, cumulated) - np.interp(begin, edges, cumulated)
    total = np.interp(end, edges, amount) - np.interp(begin, edges, amount)
    fine = shared >= enough * float(width / hour) - 1e-9
    means: np.ndarray = np.divide(total, shared, out=np.full(len(ends), np.nan), where=fine & (shared > 0))
    return means


def over_moments(
    values: np.ndarray,
    moments: np.ndarray,
    between: np.timedelta64,
    ends: np.ndarray,
    width: np.timedelta64,
    *,
    take: Literal["mean", "minimum", "maximum"] = "mean",
    enough: float = ENOUGH,
) -> np.ndarray:
    """Reduce values of moments to intervals: to each those of its moments, after its begin and up to its end.

    A moment stands for the time since the moment before: hours of a day are 01:00 to 24:00, each once, and none
    counts for two days. That is how a table with ``stamp: end`` is read, and how an hour gets its one moment. It is
    late by half of `between`, as an hour is that has the value of its end; means of days hardly change by that.

    Parameters
    ----------
    values
        (..., moment); NaN is missing.
    moments
        Their times (moment), increasing.
    between
        Usual time from one to the next.
    ends
        Ends of the intervals (time), regular.
    width
        Their length.
    take
        What of the values.
    enough
        Share of an interval's moments that must have values.

    Returns
    -------
    numpy.ndarray
        (..., time), float64; NaN where fewer have values.

    Examples
    --------
    >>> moments = np.datetime64("2020-01-01T06", "h") + np.arange(0, 48, 6)
    >>> days = np.array(["2020-01-02", "2020-01-03"], dtype="datetime64[h]")
    >>> six, day = np.timedelta64(6, "h"), np.timedelta64(24, "h")
    >>> over_moments(np.array([1.0, 2, 3, 4, 5, 6, np.nan, np.nan]), moments, six, days, day)
    array([2.5, nan])
    """
    reduced = np.full((*values.shape[:-1], len(ends)), np.nan)
    inside, at, first = _shared_out(moments, ends, width)
    if not at.size:
        return reduced
    values = values[..., inside].astype(np.float64)
    there = np.isfinite(values)
    count = np.add.reduceat(there, first, axis=-1, dtype=np.int64)
    if take == "mean":
        result = np.add.reduceat(np.where(there, values, 0.0), first, axis=-1) / np.maximum(count, 1)
    else:
        result = (np.fmin if take == "minimum" else np.fmax).reduceat(values, first, axis=-1)
    least = max(enough * (width / between) - 1e-9, 1)
    reduced[..., at] = np.where(count >= least, result, np.nan)
    return reduced


def union_of_flags(flags: np.ndarray, moments: np.ndarray, ends: np.ndarray, width: np.timedelta64) -> np.ndarray:
    """Join the flag bits of moments: an interval has every flag that one of its moments has.

    Parameters
    ----------
    flags
        Bits (..., moment), integers; 0 where a moment does not count.
    moments, ends, width
        See :func:`over_moments`.

    Returns
    -------
    numpy.ndarray
        (..., time), of the same type; 0 where there is no moment.
    """
    joined = np.zeros((*flags.shape[:-1], len(ends)), dtype=flags.dtype)
    inside, at, first = _shared_out(moments, ends, width)
    if at.size:
        joined[..., at] = np.bitwise_or.reduceat(flags[..., inside], first, axis=-1)
    return joined


def _shared_out(
    moments: np.ndarray, ends: np.ndarray, width: np.timedelta64
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Share moments out to intervals: which lie in one; the intervals that have some; the first of each."""
    at = np.searchsorted(ends, moments)
    inside = (at < len(ends)) & (moments > ends[0] - width)
    return inside, *np.unique(at[inside], return_index=True)
