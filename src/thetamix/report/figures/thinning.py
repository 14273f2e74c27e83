"""Long series drawn with no more points than can be seen."""

from dataclasses import dataclass

import numpy as np

#: A page of 180 mm has 1,400 pixels at 200 dpi.
MOST = 1400


def pick(size: int, most: int = MOST) -> np.ndarray:
    """Choose evenly spaced positions.

    Parameters
    ----------
    size
        Number of positions to choose from.
    most
        How many to choose at most.

    Returns
    -------
    numpy.ndarray
        Positions; all of them where there are no more than `most`.

    Examples
    --------
    >>> pick(10, 4)
    array([0, 3, 6, 9])
    """
    return np.arange(0, size, max(-(-size // most), 1))


@dataclass(frozen=True)
class ThinnedSeries:
    """A long series in even stretches.

    Attributes
    ----------
    middle
        Position of the middle of each stretch.
    low, mean, high
        Of the values in it; NaN where it has none. No spike is lost: it is in `low` or `high`.
    """

    middle: np.ndarray
    low: np.ndarray
    mean: np.ndarray
    high: np.ndarray


def thinned(values: np.ndarray, most: int = MOST // 2) -> ThinnedSeries:
    """Sum a long series up in even stretches.

    Parameters
    ----------
    values
        One series; NaN is missing.
    most
        How many stretches at most.

    Returns
    -------
    ThinnedSeries
        Of one value each where there are no more values than `most`.

    Examples
    --------
    >>> thin = thinned(np.array([0.0, 9.0, 1.0, np.nan, np.nan, np.nan]), 3)
    >>> thin.middle, thin.low, thin.mean, thin.high
    (array([1, 3, 5]), array([ 0.,  1., nan]), array([4.5, 1. , nan]), array([ 9.,  1., nan]))
    """
    width = max(-(-values.size // most), 1)
    padded = np.pad(values.astype(np.float64), (0, -values.size % width), constant_values=np.nan)
    rows = padded.reshape(-1, width)
    there = np.isfinite(rows)
    count = there.sum(axis=1)
    nothing = np.where(count > 0, 0.0, np.nan)
    return ThinnedSeries(
        middle=np.minimum(np.arange(len(rows)) * width + width // 2, values.size - 1),
        low=rows.min(axis=1, initial=np.inf, where=there) + nothing,
        mean=np.where(there, rows, 0.0).sum(axis=1) / np.maximum(count, 1) + nothing,
        high=rows.max(axis=1, initial=-np.inf, where=there) + nothing,
    )
