"""From one regular time step to another: what an interval gets is what it shares with the intervals of the source.

Rates and means are averaged over shared time, so rain is neither lost nor made: hours sum to their day, and a day's
rain is spread evenly over its hours.
"""

import numpy as np

#: A mean of a state needs so much of its interval; sums of water need all of it.
ENOUGH = 0.75
COMPLETE = 1 - 1e-9


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


def at_moments(values: np.ndarray, moments: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Place values of moments where an interval ends at that moment.

    Parameters
    ----------
    values
        (..., moment).
    moments
        Their times (moment), increasing.
    ends
        Ends of the intervals (time), increasing.

    Returns
    -------
    numpy.ndarray
        (..., time); NaN where no moment is.

    Examples
    --------
    >>> hours = np.arange("2020-01-01T05", "2020-01-01T08", dtype="datetime64[h]")
    >>> at_moments(np.array([7.0]), np.array(["2020-01-01T06"], dtype="datetime64[h]"), hours)
    array([nan,  7., nan])
    """
    filled = np.full((*values.shape[:-1], len(ends)), np.nan)
    at = np.searchsorted(ends, moments)
    inside = at < len(ends)
    inside[inside] &= ends[at[inside]] == moments[inside]
    filled[..., at[inside]] = values[..., inside]
    return filled
