"""Gauges that write running totals: rain is what the total rises by, and totals called rain are recognised."""

import numpy as np

from thetamix.network.plausibility import is_impossible
from thetamix.readers.tables.clocks.times import Axis, minute
from thetamix.system.errors import InputError

#: Rain in a gap of the total that is not longer is spread over it; in a longer one, nobody knows when it fell.
LONGEST_GAP = np.timedelta64(24, "h")
#: A total that falls to this share is set back; one that falls less evaporates, or the gauge is noisy.
SET_BACK = 0.5
#: After it was set back, a total up to this one [mm] is rain since; more is what stayed in the bucket.
FIRST_RAIN = 5.0
#: A total that is low for so many readings, and then goes on where it was, was not set back.
LONGEST_DIP = 3
#: A total has so many readings and levels, changes little from one to the next, and falls to nearly nothing or not.
LEAST_READINGS, LEAST_LEVELS = 50, 5
LITTLE, NOTHING, NEARLY_ALL, RISES = 0.05, 0.1, 0.9, 1.2


def rain_of_totals(totals: np.ndarray, axis: Axis, where: str) -> tuple[np.ndarray, list[str]]:
    """Compute rain from running totals.

    Parameters
    ----------
    totals
        Running totals, in the time step's share of an hour (time) [mm h-1]: their differences are rates.
    axis
        The time axis.
    where
        File and station, for sentences.

    Returns
    -------
    rain : numpy.ndarray
        (time) [mm h-1]; NaN in the first step, in long gaps in which rain fell, and where a bucket was emptied.
    notes : list of str
        What a careful user wants to know: where totals are set back, fall, or have gaps.

    Raises
    ------
    InputError
        If the total rises by more than can rain.
    """
    rain = np.full(totals.shape, np.nan)
    hours = float(axis.step / np.timedelta64(1, "h"))
    steps = np.flatnonzero(np.isfinite(totals))
    dips = _dips(totals[steps] * hours)
    steps = steps[~dips]
    if steps.size < 2:
        return rain, []
    level = totals[steps] * hours
    drops = np.flatnonzero((np.diff(level) < 0) & (level[1:] <= SET_BACK * level[:-1])) + 1
    # Within each stretch rain is what the highest total so far rises by: what evaporates and comes back is no rain.
    highest = np.concatenate([np.maximum.accumulate(part) for part in np.split(level, drops)])
    amount = np.diff(highest, prepend=np.nan)
    amount[drops] = np.where(level[drops] <= FIRST_RAIN, np.maximum(level[drops], 0), np.nan)
    gap = np.diff(steps, prepend=steps[0])
    rate = amount / np.maximum(gap, 1) / hours
    if (bad := is_impossible("precipitation", rate, axis.step)).any():
        at = int(np.argmax(bad))
        raise InputError(
            f"{where}: the running total rises from {level[at - 1]:.6g} to {level[at]:.6g} mm in the interval that "
            f"ends at {minute(axis.ends[steps[at]])} UTC, more than can rain; correct it, or list it under missing"
        )
    long = (gap > 1) & (gap * axis.step > LONGEST_GAP) & (amount > 0)
    rain[steps[0] : steps[-1] + 1] = np.repeat(np.where(long, np.nan, rate), np.maximum(gap, 1))
    notes = (
        [f"{where}: the running total is much lower for {int(dips.sum())} reading(s), left out"] if dips.any() else []
    )
    spread = (gap > 1) & ~long & (amount > 0)
    return rain, notes + _remarks(level, amount, drops, spread, long, axis.ends[steps], where)


def _dips(level: np.ndarray) -> np.ndarray:
    """Return which readings (row) [mm] are low for a moment only: after them the total goes on where it was."""
    dips = np.zeros(level.size, dtype=bool)
    low = (level[1:] <= SET_BACK * level[:-1]) & (level[:-1] > FIRST_RAIN)
    for start in (np.flatnonzero(low) + 1).tolist():
        after = level[start + 1 : start + 1 + LONGEST_DIP] - level[start - 1]
        if (back := np.flatnonzero((after >= 0) & (after <= FIRST_RAIN))).size:
            dips[start : start + 1 + int(back[0])] = True
    return dips


def _remarks(
    level: np.ndarray,
    amount: np.ndarray,
    drops: np.ndarray,
    spread: np.ndarray,
    long: np.ndarray,
    ends: np.ndarray,
    where: str,
) -> list[str]:
    notes = []
    if drops.size:
        first = int(drops[0])
        emptied = int(np.isnan(amount[drops]).sum())
        lost = f"; in {emptied} of them rain is missing, for the total does not begin near 0" if emptied else ""
        notes.append(
            f"{where}: the running total is set back {drops.size} time(s), first from {level[first - 1]:.4g} to "
            f"{level[first]:.4g} mm at {minute(ends[first])} UTC: rain goes on from there{lost}"
        )
    falls = np.setdiff1d(np.flatnonzero(np.diff(level) < 0) + 1, drops)
    if falls.size:
        notes.append(
            f"{where}: the running total falls {falls.size} time(s) without being set back, by "
            f"{float((level[falls - 1] - level[falls]).max()):.3g} mm at most: taken for no rain"
        )
    for gaps, what in ((spread, "is spread evenly over it"), (long, "is missing, for nobody knows when it fell")):
        if gaps.any():
            notes.append(
                f"{where}: the running total has {int(gaps.sum())} gap(s) with rain, first before "
                f"{minute(ends[int(np.argmax(gaps))])} UTC; their {float(amount[gaps].sum()):.4g} mm {what}"
            )
    return notes


def is_running_total(values: np.ndarray) -> bool:
    """Return whether amounts (row) are running totals: they hardly change, or fall to nearly nothing.

    Examples
    --------
    >>> is_running_total(np.repeat([0.0, 1.2, 3.4, 3.6, 8.0, 9.2], 20))
    True
    >>> is_running_total(np.tile([0.0, 1.2, 3.4, 0.6, 0.0], 20))
    False
    """
    there = np.flatnonzero(np.isfinite(values))
    level = values[there]
    if (level > 0).sum() < LEAST_READINGS or np.unique(level).size < LEAST_LEVELS:
        return False
    steps = np.diff(level)
    wet = level[:-1] > 0
    change = steps[wet] / level[:-1][wet]
    falls, rises = there[1:][wet][change < -NOTHING], there[1:][steps > 0]
    upward = rises.size >= RISES * max(falls.size, 1)
    if falls.size >= LEAST_LEVELS:
        # What is set back at the same time of each day rises at any time; means of days rise and fall at the same.
        clock, any_time = np.gcd.reduce(np.diff(falls)), np.gcd.reduce(np.diff(rises))
        to_nothing = (change[change < -NOTHING] <= NOTHING - 1).mean() >= NEARLY_ALL
        upward = clock > any_time or (upward and to_nothing and clock == 1)
    return bool(np.median(np.abs(change)) < LITTLE and upward)


def require_no_total(values: np.ndarray, where: str) -> None:
    """Raise where amounts of rain (row) are running totals, and name the key that reads them."""
    if is_running_total(values):
        raise InputError(
            f"{where}: precipitation goes up step by step and does not come down: a running total of the gauge; say "
            "kind: counter beside its unit in the mapping"
        )
