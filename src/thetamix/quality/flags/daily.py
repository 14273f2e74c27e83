"""Daily means of sensors, and the robust line between two of them."""

import numpy as np

HALF = 0.5  # share of a day's readings that make a mean
LEAST_DAYS = 30  # [d] two sensors must have in common to be compared
_STEPS = 40


def daily_means(readings: np.ndarray, day: np.ndarray, steps_per_day: float) -> np.ndarray:
    """Average the readings of each day that has at least half of them.

    Parameters
    ----------
    readings
        (replicate, time) [m3 m-3].
    day
        Number of each step's day, from 0 (time).
    steps_per_day
        How many readings a day can have.

    Returns
    -------
    numpy.ndarray
        (replicate, day) [m3 m-3]; NaN where less than half a day was read.
    """
    days = int(day[-1]) + 1
    present = np.isfinite(readings)
    means = np.full((len(readings), days), np.nan)
    for mean, values, mask in zip(means, readings, present, strict=True):
        count = np.bincount(day[mask], minlength=days)
        total = np.bincount(day[mask], weights=values[mask], minlength=days)
        enough = count >= max(HALF * steps_per_day, 1)
        mean[enough] = total[enough] / count[enough]
    return means


def robust_line(x: np.ndarray, y: np.ndarray) -> tuple[float, float] | None:
    """Fit a line by least absolute deviations, by reweighting.

    Parameters
    ----------
    x, y
        (point); pairs with a missing value are left out.

    Returns
    -------
    tuple of float, or None
        Intercept and slope; None where fewer than :data:`LEAST_DAYS` pairs are there.

    Examples
    --------
    >>> x = np.linspace(0.1, 0.4, 60)
    >>> y = 0.05 + 0.8 * x
    >>> y[::3] += 0.3
    >>> [round(float(number), 3) for number in robust_line(x, y)]
    [0.05, 0.8]
    """
    paired = np.isfinite(x) & np.isfinite(y)
    if paired.sum() < LEAST_DAYS:
        return None
    x, y = x[paired], y[paired]
    weight = np.ones_like(x)
    intercept, slope = float(np.median(y)), 0.0
    for _ in range(_STEPS):
        total = weight.sum()
        centre, middle = (x * weight).sum() / total, (y * weight).sum() / total
        apart = x - centre
        spread = (apart**2 * weight).sum() / total
        slope = float((apart * (y - middle) * weight).sum() / total / spread) if spread > 1e-8 else 0.0
        intercept = float(middle - slope * centre)
        weight = 1 / np.maximum(np.abs(y - intercept - slope * x), 1e-4)
    return intercept, slope
