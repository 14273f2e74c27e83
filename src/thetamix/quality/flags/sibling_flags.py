"""What replicates make possible: sensors that leave their siblings, change places, stick, or shift after a gap.

Replicates differ by nature, in level and in how they respond; that is what the models learn. What is remarked here is
a sensor that no longer differs as it did: its siblings predict it by a robust line, and a fault is a departure from
that line that is large beside the departures of the rest of the record. All four flags are advisory and never
rejected by default. They work on daily means, but for the sensor that repeats itself. Thresholds are ours; they were
set on simulated networks with planted faults.

Arrays are of one series: readings (replicate, time) and their daily means (replicate, day) [m3 m-3]; what is found is
boolean, of the same shape.
"""

import itertools

import numpy as np
import pandas as pd

from thetamix.quality.flags.daily import LEAST_DAYS, daily_means, robust_line
from thetamix.quality.flags.rolling import MAD_TO_SD, runs

LEAVES = 0.05  # [m3 m-3] least departure from what the siblings predict
LEAVES_FACTOR = 5.0  # [1] times the usual departure
SEASON_DAYS = 121  # [d] over which sensors may part by nature
LEAVES_DAYS = 3  # [d] a wetting front may come some days later to one profile than to another
SWAP_APART = 0.03  # [m3 m-3] sensors nearer to each other than this cannot be told apart
SWAP_MEAN = 0.4  # [1] of the usual difference: how far their mean may move
SWAP_RAIN = 0.02  # [m3 m-3] or by nature in some days
SWAP_DAYS = 5  # [d]
SWAP_MATCH = 0.6  # [1] of the usual difference: how near to its opposite the difference must be
STUCK_HOURS = 24.0  # [h]
STUCK_READINGS = 5
STUCK_MOVE = 0.01  # [m3 m-3] that a sibling moves meanwhile
STUCK_RESOLUTION = 1e-6  # [m3 m-3] readings nearer to each other are the same
GAP_DAYS = 1  # [d] without a reading: a service, a new sensor
GAP_SIDES = 7  # [d] on each side of a gap that are compared
GAP_LEAST = 4  # [d] of these with readings
SHIFT = 0.04  # [m3 m-3]
SHIFT_FACTOR = 4.0  # [1] times the usual change over as long a time


def leaves_siblings(daily: np.ndarray) -> np.ndarray:
    """Find the days on which a sensor is not where most of its siblings predict it (S01).

    Of two replicates alone it cannot be said which one is wrong: both are remarked.
    """
    count = len(daily)
    away = np.zeros((count, *daily.shape))
    judged = np.zeros_like(away)
    for sensor, other in itertools.permutations(range(count), 2):
        apart = _departure(daily[sensor], daily[other])
        if apart is not None:
            away[sensor, other] = _far(apart) | _far(apart - _season(apart))
            judged[sensor, other] = np.isfinite(apart)
    most = (away.sum(axis=1) > judged.sum(axis=1) / 2) & (judged.sum(axis=1) > 0)
    return np.stack([_long_enough(row, LEAVES_DAYS) for row in most])


def swapped(daily: np.ndarray) -> np.ndarray:
    """Find the days on which two sensors have changed places (S02).

    Their difference as a line over their mean, which a change of places leaves as it is, has the other sign.
    """
    candidates: list[tuple[float, int, int, np.ndarray]] = []
    for sensor, other in itertools.combinations(range(len(daily)), 2):
        difference, mean = daily[sensor] - daily[other], (daily[sensor] + daily[other]) / 2
        line = robust_line(mean, difference)
        if line is None:
            continue
        usual = line[0] + line[1] * mean
        turned = (np.abs(usual) > SWAP_APART) & (np.abs(difference + usual) < SWAP_MATCH * np.abs(usual))
        there = np.flatnonzero(np.isfinite(difference))
        for first, last in runs(turned[there]):
            days = there[first:last]
            if last - first >= SWAP_DAYS and _sudden(difference[there], mean[there], usual[there], first, last):
                candidates.append((float(np.abs(usual[days]).mean()), sensor, other, days))
    exchanged = np.zeros(daily.shape, dtype=bool)
    # Of three at equal distances the swap of the outer two turns all differences: those farthest apart are meant.
    for _, sensor, other, days in sorted(candidates, key=lambda candidate: -candidate[0]):
        if not exchanged[:, days].any():
            exchanged[sensor, days] = exchanged[other, days] = True
    return exchanged


def stuck(readings: np.ndarray, step_hours: float) -> np.ndarray:
    """Find readings that repeat themselves for a day or longer while a sibling moves (S03)."""
    least = max(round(STUCK_HOURS / step_hours), STUCK_READINGS)
    constant = np.zeros(readings.shape, dtype=bool)
    for sensor, values in enumerate(readings):
        same = np.abs(np.diff(values)) < STUCK_RESOLUTION
        for first, last in runs(same):
            if last + 1 - first < least:
                continue
            others = np.delete(readings[:, first : last + 1], sensor, axis=0)
            others = others[np.isfinite(others).any(axis=1)]
            if len(others) and (np.nanmax(others, axis=1) - np.nanmin(others, axis=1)).max() > STUCK_MOVE:
                constant[sensor, first : last + 1] = True
    return constant


def shifted_after_gap(daily: np.ndarray) -> np.ndarray:
    """Find the days after a gap behind which a sensor is not where it was beside its siblings (S04).

    They last from the gap until a later gap undoes the shift, or the end.
    """
    shifted = np.zeros(daily.shape, dtype=bool)
    for sensor in range(len(daily)):
        missing = ~np.isfinite(daily[sensor])
        gaps = [(a, b) for a, b in runs(missing) if a > 0 and b < missing.size and b - a >= GAP_DAYS]
        if not gaps:
            continue
        apart = [_departure(daily[sensor], daily[other]) for other in range(len(daily)) if other != sensor]
        departures = [values for values in apart if values is not None]
        level, marks = 0.0, []
        for first, last in gaps:
            change, significant = _shift(departures, first, last)
            back = abs(level + change) < abs(level) / 2
            level = 0.0 if back else level + change * significant
            marks.append((last, level))
        for (begin, level), (end, _) in zip(marks, [*marks[1:], (missing.size, 0.0)], strict=True):
            if abs(level) >= SHIFT:
                shifted[sensor, begin:end] = ~missing[begin:end]
    return shifted


def flags_of_siblings(readings: np.ndarray, day: np.ndarray, step_hours: float) -> dict[str, np.ndarray]:
    """Compare the replicates of one series.

    Parameters
    ----------
    readings
        (replicate, time) [m3 m-3].
    day
        Number of each step's day, from 0 (time).
    step_hours
        Length of a step [h].

    Returns
    -------
    dict
        Flag -> boolean (replicate, time), readings only.
    """
    present = np.isfinite(readings)
    if present.any(axis=1).sum() < 2:
        return {}
    daily = daily_means(readings, day, 24 / step_hours)
    by_day = {
        "S01": leaves_siblings(daily),
        "S02": swapped(daily),
        "S04": shifted_after_gap(daily),
    }
    masks = {flag: days[:, day] & present for flag, days in by_day.items()}
    return masks | {"S03": stuck(readings, step_hours) & present}


def _far(apart: np.ndarray) -> np.ndarray:
    """Say where a departure is large, for itself and beside the usual ones."""
    usual = MAD_TO_SD * np.nanmedian(np.abs(apart))
    far: np.ndarray = np.abs(apart) > max(LEAVES, LEAVES_FACTOR * usual)
    return far


def _season(values: np.ndarray) -> np.ndarray:
    """Return the moving median of some months: sensors also part for a season, by nature."""
    rolling = pd.Series(values).rolling(SEASON_DAYS, center=True, min_periods=LEAST_DAYS)
    return rolling.median().to_numpy()


def _departure(sensor: np.ndarray, sibling: np.ndarray) -> np.ndarray | None:
    """Return how far a sensor is from what a sibling predicts (day)."""
    line = robust_line(sibling, sensor)
    return None if line is None else sensor - line[0] - line[1] * sibling


def _shift(apart: list[np.ndarray], first: int, last: int) -> tuple[float, bool]:
    """Return the change of level over a gap, and whether most siblings agree that it is one."""
    changes, large = [], []
    for values in apart:
        before = values[max(first - GAP_SIDES, 0) : first]
        after = values[last : last + GAP_SIDES]
        if min(np.isfinite(before).sum(), np.isfinite(after).sum()) < GAP_LEAST:
            continue
        change = float(np.nanmedian(after) - np.nanmedian(before))
        lag = last - first + GAP_SIDES
        usual = values[lag:] - values[:-lag] if lag < values.size else values[:0]
        usual = usual[np.isfinite(usual)]
        scale = MAD_TO_SD * np.median(np.abs(usual)) if usual.size >= LEAST_DAYS else np.inf
        changes.append(change)
        large.append(abs(change) > max(SHIFT, SHIFT_FACTOR * scale))
    if not changes:
        return 0.0, False
    together = min(changes) * max(changes) > 0
    return float(np.median(changes)), together and all(large)


def _long_enough(days: np.ndarray, least: int) -> np.ndarray:
    kept = np.zeros_like(days, dtype=bool)
    for first, last in runs(days):
        if last - first >= least:
            kept[first:last] = True
    return kept


def _sudden(difference: np.ndarray, mean: np.ndarray, usual: np.ndarray, first: int, last: int) -> bool:
    """Say whether a difference turned its sign from one day to the next, at begin and end of a stretch.

    Both sensors move, in opposite directions: where one alone does, their mean moves by half as much.
    """
    # The day of the change is a mixture of both: the day before it counts.
    sides = [(first - 2, first + 1)] if first >= 2 else []
    sides += [(last + 1, last - 2)] if last + 1 < difference.size else []
    return bool(sides) and all(
        abs(difference[outside] - usual[outside]) < SWAP_MATCH * abs(usual[outside])
        and abs(difference[inside] + usual[inside]) < SWAP_MATCH * abs(usual[inside])
        and abs(mean[inside] - mean[outside]) < max(SWAP_MEAN * abs(usual[outside]), SWAP_RAIN)
        for outside, inside in sides
    )
