"""Mixtures of many components told by few: for the screen, with the error that this makes."""

import numpy as np
from scipy.special import ndtr

#: Mixtures of up to so many components go onto the page as they are.
EXACT = 12
#: So many stand for more.
REDUCED = 8


def reduce_components(
    weight: np.ndarray, mean: np.ndarray, sd: np.ndarray, count: int = REDUCED
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Merge the components of each mixture whose means lie in the same of `count` equal parts of their range.

    A merged component has the weight, the mean and the variance of those that it stands for, so that expectation and
    variance of the mixture stay what they are.

    Parameters
    ----------
    weight, mean, sd
        Of the components (step, component); NaN where there is no mixture.
    count
        How many components remain.

    Returns
    -------
    weight, mean, sd : numpy.ndarray
        (step, count), float64. A part without components has weight 0.

    Examples
    --------
    >>> weight, mean, sd = reduce_components(
    ...     np.full((1, 4), 0.25), np.array([[0.1, 0.1, 0.3, 0.3]]), np.full((1, 4), 0.02), 2
    ... )
    >>> weight, mean.round(3), sd.round(3)
    (array([[0.5, 0.5]]), array([[0.1, 0.3]]), array([[0.02, 0.02]]))
    """
    weight, mean, sd = (a.astype(np.float64) for a in (weight, mean, sd))
    steps = len(mean)
    defined = np.asarray(np.isfinite(mean).all(axis=1))
    # Components without weight have no say in the range.
    low = np.where(weight > 0, mean, np.inf).min(axis=1, initial=np.inf)
    high = np.where(weight > 0, mean, -np.inf).max(axis=1, initial=-np.inf)
    low, span = np.where(defined, low, 0.0), np.where(defined, high - low, 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        column = np.floor((mean - low[:, None]) / span[:, None] * count)
    column = np.nan_to_num(column, nan=0.0).clip(0, count - 1).astype(np.int64)
    index = (np.arange(steps)[:, None] * count + column).ravel()

    def summed(values: np.ndarray) -> np.ndarray:
        total = np.bincount(index, np.nan_to_num(values).ravel(), minlength=steps * count)
        return total.reshape(steps, count)

    merged = summed(weight)
    filled = merged > 0
    center = np.divide(summed(weight * mean), merged, out=np.zeros_like(merged), where=filled)
    offset = np.nan_to_num(mean) - np.take_along_axis(center, column, axis=1)
    spread = np.divide(summed(weight * (sd**2 + offset**2)), merged, out=np.ones_like(merged), where=filled)
    # What has no weight takes the expectation, so that no axis is stretched for it.
    expectation = summed(weight * mean).sum(axis=1, keepdims=True)
    center = np.where(filled, center, expectation)
    missing = ~defined
    for values in (merged, center, spread):
        values[missing] = np.nan
    return merged, center, np.sqrt(spread)


def largest_difference(
    first: tuple[np.ndarray, np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> float:
    """Measure how far the distribution functions of two lists of mixtures are apart.

    Parameters
    ----------
    first, other
        Weight, mean and sd (step, component); rows with NaN are passed over.

    Returns
    -------
    float
        The largest difference in probability on 101 points of each row's range; 0 without any row.
    """
    defined = np.isfinite(first[1]).all(axis=1) & np.isfinite(other[1]).all(axis=1)
    if not defined.any():
        return 0.0
    _, mean, sd = (values[defined].astype(np.float64) for values in first)
    low, high = (mean - 4 * sd).min(axis=1), (mean + 4 * sd).max(axis=1)
    points = np.linspace(low, high, 101)

    def probability(mixture: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
        w, m, s = (values[defined].astype(np.float64) for values in mixture)
        total: np.ndarray = (w * ndtr((points[..., None] - m) / s)).sum(axis=-1)
        return total

    return float(np.abs(probability(first) - probability(other)).max())
