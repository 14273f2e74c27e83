"""Which steps of a long series the page shows: as few as a screen can, but every extreme, and some time in full."""

from itertools import pairwise

import numpy as np


def kept_steps(readings: np.ndarray, count: int, window: slice | None = None) -> np.ndarray:
    """Choose steps so that a thinned line looks as the whole one does.

    Time is cut into bins of equal length. Each keeps the step with the lowest and the one with the highest reading,
    as seen from the replicate's own median, so that no replicate's spikes are hidden by another that is always
    wetter. A bin without a reading keeps one step: a long gap stays a gap.

    Parameters
    ----------
    readings
        Of one series (replicate, time) [m3 m-3]; NaN is missing.
    count
        About how many steps to keep.
    window
        Steps that are all kept, within `count`.

    Returns
    -------
    numpy.ndarray
        Positions in time (kept), increasing; the first and the last step are among them. All of them where they are
        no more than `count`.

    Examples
    --------
    >>> kept_steps(np.array([[0.2, 0.2, 0.4, 0.3, 0.1, 0.2, 0.2, 0.2]]), 4)
    array([0, 2, 4, 5, 7])
    """
    steps = readings.shape[1]
    if steps <= count:
        return np.arange(steps)
    whole = np.arange(steps)[window] if window is not None else np.empty(0, dtype=np.int64)
    bins = max((count - whole.size) // 2, 2)
    edges = np.linspace(0, steps, bins + 1).astype(np.int64)
    low, high = _envelope(readings)
    kept = [whole, np.array([0, steps - 1])]
    for first, last in pairwise(edges):
        kept.append(first + np.array([low[first:last].argmin(), high[first:last].argmax()]))
    return np.unique(np.concatenate(kept).astype(np.int64))


def liveliest(readings: np.ndarray, length: int) -> slice:
    """Find the stretch of time in which most happens: the largest sum of changes of the readings.

    Parameters
    ----------
    readings
        Of one series (replicate, time) [m3 m-3].
    length
        Of the stretch, in steps.

    Returns
    -------
    slice
        Positions in time.

    Examples
    --------
    >>> liveliest(np.array([[0.2, 0.2, 0.2, 0.4, 0.3, 0.3, 0.3]]), 3)
    slice(2, 5, None)
    """
    steps = readings.shape[1]
    length = min(length, steps)
    changes = np.nan_to_num(np.abs(np.diff(readings, axis=1))).clip(max=0.1).sum(axis=0)
    total = np.concatenate([[0.0], np.cumsum(changes)])
    inside = total[length - 1 :] - total[: steps - length + 1]
    first = int(inside.argmax())
    return slice(first, first + length)


def _envelope(readings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest deviation from the replicates' medians (time); ±inf where nothing was read."""
    there = np.isfinite(readings)
    median = np.array([np.median(r[k]) if k.any() else 0.0 for r, k in zip(readings, there, strict=True)])
    deviation = readings - median[:, None]
    return (
        np.where(there, deviation, np.inf).min(axis=0),
        np.where(there, deviation, -np.inf).max(axis=0),
    )
