"""Moving windows, runs and noise of many series at once: arrays (..., time), NaN where nothing was read."""

import numpy as np

#: Scale of the median absolute deviation that makes it the standard deviation of a Gaussian.
MAD_TO_SD = 1.4826


def shifted(values: np.ndarray, steps: int) -> np.ndarray:
    """Return for each step the value of an earlier one.

    Parameters
    ----------
    values
        (..., time).
    steps
        How many steps earlier; negative for later ones.

    Returns
    -------
    numpy.ndarray
        (..., time), NaN where there is no such step.

    Examples
    --------
    >>> shifted(np.array([1.0, 2.0, 3.0]), 1)
    array([nan,  1.,  2.])
    """
    moved = np.full_like(values, np.nan)
    if steps >= 0:
        moved[..., steps:] = values[..., : values.shape[-1] - steps]
    else:
        moved[..., :steps] = values[..., -steps:]
    return moved


def window_sum(values: np.ndarray, before: int, after: int) -> tuple[np.ndarray, np.ndarray]:
    """Sum what was read in a moving window.

    Parameters
    ----------
    values
        (..., time).
    before, after
        The window of step t reaches from t - before to t + after.

    Returns
    -------
    total, count : numpy.ndarray
        Sum and number of the values that are there (..., time).
    """
    present = np.isfinite(values)
    return _moving(np.where(present, values, 0.0), before, after), _moving(present, before, after)


def window_moments(
    values: np.ndarray, before: int, after: int, *, centre: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of a moving window that is complete.

    Parameters
    ----------
    values
        (..., time).
    before, after
        The window of step t reaches from t - before to t + after.
    centre
        False leaves t itself out.

    Returns
    -------
    mean, variance : numpy.ndarray
        (..., time), the variance with one degree of freedom less; NaN where a value is missing or the window
        reaches over an end.
    """
    # Around the middle of the series, so that the squares of large values do not swallow small variances.
    middle = np.zeros((*values.shape[:-1], 1))
    read = np.isfinite(values).any(axis=-1)
    if read.any():
        middle[read, 0] = np.nanmedian(values[read], axis=-1)
    present = np.isfinite(values)
    around = np.where(present, values - middle, 0.0)
    total, squares = _moving(around, before, after), _moving(around**2, before, after)
    count, size = _moving(present, before, after), before + after + 1
    if not centre:
        total, squares, count, size = total - around, squares - around**2, count - 1, size - 1
    whole = count == size
    mean = np.where(whole, total / size, np.nan)
    variance = np.where(whole, (squares - size * mean**2) / (size - 1), np.nan)
    return mean + middle, np.maximum(variance, 0.0)


def window_extreme(values: np.ndarray, first: np.ndarray, last: np.ndarray, kind: str) -> np.ndarray:
    """Return the largest or smallest value of some stretches of one series.

    Parameters
    ----------
    values
        (time).
    first, last
        First step and the one after the last (stretch).
    kind
        ``largest`` or ``smallest``.

    Returns
    -------
    numpy.ndarray
        (stretch); NaN where a stretch holds no value.
    """
    pick = np.nanmax if kind == "largest" else np.nanmin
    return np.array(
        [
            pick(values[a:b]) if np.isfinite(values[a:b]).any() else np.nan
            for a, b in zip(np.maximum(first, 0), np.minimum(last, values.size), strict=True)
        ]
    )


def runs(mask: np.ndarray) -> np.ndarray:
    """Find the stretches in which something holds.

    Parameters
    ----------
    mask
        Boolean (time).

    Returns
    -------
    numpy.ndarray
        First step and the one after the last (stretch, 2).

    Examples
    --------
    >>> runs(np.array([True, True, False, True]))
    array([[0, 2],
           [3, 4]])
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
    return edges.reshape(-1, 2)


def noise_sd(values: np.ndarray) -> np.ndarray:
    """Estimate what sensors add to the moisture from reading to reading.

    The robust standard deviation of each reading's distance to the mean of its two neighbours: soil changes little
    and mostly along a line within three steps, noise does not.

    Parameters
    ----------
    values
        (..., time).

    Returns
    -------
    numpy.ndarray
        Standard deviation of the noise (..., 1), of the same unit; 0 where a series has no three readings in a row.

    Examples
    --------
    >>> noisy = 0.3 + 0.02 * np.random.default_rng(1).standard_normal((1, 5000))
    >>> noise_sd(noisy).round(3)
    array([[0.02]])
    """
    apart = values - (shifted(values, 1) + shifted(values, -1)) / 2
    sd = np.zeros((*values.shape[:-1], 1))
    read = np.isfinite(apart).any(axis=-1)
    if read.any():
        sd[read, 0] = MAD_TO_SD * np.nanmedian(np.abs(apart[read]), axis=-1) / np.sqrt(1.5)
    return sd


def _moving(values: np.ndarray, before: int, after: int) -> np.ndarray:
    """Sum in a moving window: whole numbers where booleans are counted, else in double precision."""
    sums: np.ndarray = np.cumsum(values, axis=-1, dtype=np.int64 if values.dtype == bool else np.float64)
    total = np.empty_like(sums)
    steps = values.shape[-1]
    inside = max(steps - after, 0)  # of these the window does not reach over the end
    total[..., :inside] = sums[..., steps - inside :]
    total[..., inside:] = sums[..., -1:]
    total[..., before + 1 :] -= sums[..., : max(steps - before - 1, 0)]
    return total
