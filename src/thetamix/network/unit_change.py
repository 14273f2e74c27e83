"""A record whose unit changes on the way: a logger that went from percent to fractions on a date, or back."""

import numpy as np

#: How many times the level may change: a hundred, and the soil may get wetter or drier while the logger is changed.
LEAST_FACTOR, LARGEST_FACTOR = 40.0, 250.0
READINGS = 24  # to each side that are compared
LEAST_READINGS = 5
#: All readings of one side are this many times those of the other, and leaps that are no change of unit are few: a
#: loose contact goes to and fro. A sensor that is dead or dry reads zero now and then, and fractions do not.
APART, STRAY_LEAPS, ZEROS = 8.0, 10, 0.1
#: Half of the readings differ less from the one before [1]: what a dead sensor adds to zero differs more.
CALM = 0.15
#: Below this a reading is a code for a missing value, in any unit.
LEAST_READING = -1.0


def unit_changes(readings: np.ndarray) -> np.ndarray:
    """Find where a record goes from percent to fractions, or from fractions to percent.

    Parameters
    ----------
    readings
        Of one sensor (time), of any unit; NaN is missing, codes below -1 are passed over.

    Returns
    -------
    numpy.ndarray
        The step of the first reading in the other unit, one for each change.

    Examples
    --------
    >>> unit_changes(np.array([20.0, 20.5, 21, 21, 22, np.nan, 0.22, 0.22, 0.21, 0.21, 0.2]))
    array([6])
    """
    steps = np.flatnonzero(readings > LEAST_READING)
    level = np.log(np.where(readings[steps] > 0, readings[steps], np.nan))
    least, most = np.log([LEAST_FACTOR, LARGEST_FACTOR])
    leap = np.abs(np.diff(level))
    leaps = np.flatnonzero((leap > least) & (leap < most)) + 1
    edges = np.concatenate([[0], np.flatnonzero(leap > np.log(APART)) + 1, [level.size]])
    changes = []
    for change in leaps:
        at = int(np.searchsorted(edges, change))
        begin, end = edges[at - 1], edges[at + 1]
        sides = level[max(begin, change - READINGS) : change], level[change : min(end, change + READINGS)]
        whole = all(np.isfinite(side).sum() >= max(LEAST_READINGS, (1 - ZEROS) * side.size) for side in sides)
        if not whole or any(_restless(side) for side in (level[begin:change], level[change:end])):
            continue
        low, high = sorted((side[np.isfinite(side)] for side in sides), key=np.median)
        if least < np.median(high) - np.median(low) < most and high.min() - low.max() > np.log(APART):
            changes.append(steps[change])
    return np.array(changes if leaps.size <= len(changes) + STRAY_LEAPS else [], dtype=int)


def _restless(level: np.ndarray) -> bool:
    """Say whether a side (reading), logarithms, is noise around zero, or a single value."""
    change = np.abs(np.diff(level))
    change = change[np.isfinite(change)]
    return not change.any() or float(np.median(change)) > CALM
