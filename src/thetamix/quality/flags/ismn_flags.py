"""The checks of the International Soil Moisture Network, for any time step and any noise.

Definitions and thresholds are those of Dorigo et al. (2013, doi:10.2136/vzj2012.0097), there for hourly readings in
percent; here in m3 m-3, with windows given in hours. Where the step is so long that a window would hold too few
readings, it is widened to a least number of them. In three checks a condition is added that is met by itself where
a sensor is quiet: the change must stand out of the noise of the series, which the ISMN's definitions do not know.

Readings are (series, time) [m3 m-3], steps have a length of ``step_hours`` [h]; all checks return booleans
(series, time).
"""

import numpy as np

from thetamix.quality.flags.rolling import noise_sd, runs, shifted, window_extreme, window_moments, window_sum

SPIKE_CHANGE = 0.15  # [1] relative change into and out of a spike
SPIKE_BALANCE = 0.2  # [1] how much the second derivatives beside a spike may differ
SPIKE_CALM = 0.01  # [m3 m-3] variance over mean around a spike; the ISMN's 1 in percent
BREAK_RELATIVE = 0.1  # [1]
BREAK_ABSOLUTE = 0.01  # [m3 m-3]
BREAK_STEEPNESS = 0.4  # [1] of the net change of a day; the ISMN's 10 times the mean over 25 hours
BREAK_BALANCE = 0.05  # [1] second derivatives before and after are opposite: their ratio rounds to 1.0
BREAK_AFTER = 10.0  # [1] times the second derivative behind a break
DROP_TO_ZERO = 0.05  # [m3 m-3] a fall from above this to exactly zero is a break as well
LOW_VARIANCE = 1e-5  # [m3 m-3] variance over mean of constant low values; the ISMN's 0.001 in percent
PLATEAU_VARIANCE = 5e-6  # [m6 m-6] the ISMN's 0.05 in percent squared
PLATEAU_RISE = 0.0025  # [m3 m-3 per step] on the way up to a plateau
PLATEAU_LEVEL = 0.95  # [1] of the highest reading
HALF_DAY = 12.0  # [h]
DAY = 24.0  # [h]
#: Rain of a day that a rise needs, for each metre above the sensor: what moistens the soil down to it by 0.025
#: m3 m-3, half the accuracy of 0.05 that is asked of sensors. At 5 cm it is 1.25 mm; the ISMN's own flags end
#: between 1.02 and 1.27 mm there.
LEAST_RAIN = 25.0  # [mm m-1]
SHALLOW = 0.10  # [m] below this, soil may rise without rain of the last day

# Ours: how far a change must stand out of the noise, and what the least windows are [steps].
NOISE_FACTOR = 5.0
RISE_FACTOR = 3.0
LEAST_HALF = 3
LEAST_CONSTANT = 5


def spikes(readings: np.ndarray, step_hours: float) -> np.ndarray:
    """Find spikes of one reading, up or down (D06).

    A reading is a spike where it differs from the one before by more than 15 %, the second derivatives beside it
    are alike within 20 %, and the readings of half a day around it are calm (their equations 4 to 6). The second
    derivative is that of a Savitzky-Golay filter of three points and order two. Added here: it is an extreme, and
    stands out of the noise by :data:`NOISE_FACTOR` standard deviations; noise may spoil the balance of the second
    derivatives.
    """
    noise = noise_sd(readings)
    before, after = shifted(readings, 1), shifted(readings, -1)
    bend = second_derivative(readings)
    left, right = shifted(bend, 1), shifted(bend, -1)
    extreme = (readings - before) * (readings - after) > 0
    steep = np.abs(readings - before) > SPIKE_CHANGE * np.abs(before)
    # Of readings with independent noise, left - right has ten times the variance of one.
    uneven = np.abs(np.abs(left) - np.abs(right))
    tolerated = np.maximum(SPIKE_BALANCE * np.abs(right), np.sqrt(10) * noise)
    half = _half_window(step_hours)
    mean, variance = window_moments(readings, half, half, centre=False)
    calm = variance < SPIKE_CALM * np.abs(mean)
    outstanding = np.abs(readings - (before + after) / 2) > NOISE_FACTOR * np.sqrt(1.5) * noise
    spiked: np.ndarray = extreme & steep & (uneven < tolerated) & (left * right > 0) & calm & outstanding
    return spiked


def breaks(readings: np.ndarray, step_hours: float) -> np.ndarray:
    """Find the first reading after a sudden change of level (D07 where it falls, D08 where it rises).

    The change is more than 10 % and 0.01 m3 m-3, ten times the mean first derivative of the day, and all of it
    happens in one step: the second derivatives before and after are opposite, and ten times those that follow (their
    equations 7 to 9). A fall from above 0.05 m3 m-3 to exactly zero counts as well. Added here: the change stands
    out of the noise.
    The sign of the change tells D07 from D08.
    """
    change = readings - shifted(readings, 1)
    size = np.abs(change)
    slope = first_derivative(readings)
    half = _half_window(step_hours)
    net, _ = window_sum(slope, half, half)
    bend = second_derivative(readings)
    into, out, later = shifted(bend, 1), bend, shifted(bend, -2)
    broken: np.ndarray = (
        (size > BREAK_RELATIVE * np.abs(readings))
        & (size > BREAK_ABSOLUTE)
        & (np.abs(slope) > BREAK_STEEPNESS * np.abs(net))
        & (into * out < 0)
        & (np.abs(np.abs(into) - np.abs(out)) < BREAK_BALANCE * np.abs(out))
        & (np.abs(out) > BREAK_AFTER * np.abs(later))
        & (size > NOISE_FACTOR * np.sqrt(2) * noise_sd(readings))
    )
    broken |= (readings == 0) & (change < -DROP_TO_ZERO)
    return broken


def constant_low(readings: np.ndarray, step_hours: float) -> np.ndarray:
    """Find constant readings that begin with a fall (D09).

    For half a day or longer the variance is below 0.001 of the mean [percent] (their equation 14), after a fall of
    the size of a break from the median of the half day before.
    """
    size = max(round(HALF_DAY / step_hours) + 1, LEAST_CONSTANT)
    mean, variance = window_moments(readings, 0, size - 1)
    steady = variance <= LOW_VARIANCE * np.maximum(np.abs(mean), 1e-9)
    noise = noise_sd(readings)[:, 0]
    constant = np.zeros(readings.shape, dtype=bool)
    for row, values in enumerate(readings):
        stretches = _stretches(steady[row], size)
        # Few stretches are below all of what was before by so much: the median need not be asked of the others.
        highest = _highest_before(values, stretches[:, 0], size)
        fallen = highest - values[stretches[:, 0]] > max(BREAK_ABSOLUTE, NOISE_FACTOR * noise[row])
        for first, last in stretches[fallen]:
            earlier = values[max(first - size, 0) : first]
            level = np.median(earlier[np.isfinite(earlier)])
            fall = level - values[first]
            if fall > max(BREAK_ABSOLUTE, BREAK_RELATIVE * level, NOISE_FACTOR * noise[row]):
                constant[row, first:last] = True
    return constant


def saturated_plateaus(readings: np.ndarray, step_hours: float) -> np.ndarray:
    """Find constant readings near the top of a series (D10).

    For half a day or longer the variance is below 0.05 [percent squared], there is a rise of 0.25 percent a step near
    the begin and a fall near the end, and the mean is above 95 % of the highest reading (their equations 10 to 13).
    """
    size = max(round(HALF_DAY / step_hours), LEAST_CONSTANT)
    half = _half_window(step_hours)
    _, variance = window_moments(readings, 0, size - 1)
    steady = variance <= PLATEAU_VARIANCE
    slope = first_derivative(readings)
    saturated = np.zeros(readings.shape, dtype=bool)
    for row, values in enumerate(readings):
        stretches = _stretches(steady[row], size)
        if not stretches.size:
            continue
        least = PLATEAU_LEVEL * np.nanmax(values)
        # A mean is not above the highest: most stretches are told by that.
        highest = np.maximum.reduceat(np.append(values, np.nan), stretches.ravel())[::2]
        stretches = stretches[highest > least]
        stretches = stretches[[values[a:b].mean() > least for a, b in stretches]]
        first, last = stretches.T
        rise = window_extreme(slope[row], first - half, first + half + 1, "largest") >= PLATEAU_RISE
        fall = window_extreme(slope[row], last - 1 - half, last + half, "smallest") < 0
        for a, b in stretches[rise & fall]:
            saturated[row, a:b] = True
    return saturated


def rises_without_rain(
    readings: np.ndarray, precipitation: np.ndarray, depth: np.ndarray, step_hours: float
) -> np.ndarray:
    """Find readings that rise though it did not rain (D04, D05).

    The reading is above the one before, and above that of a day before by more than twice the standard deviation of
    the day, while less than :data:`LEAST_RAIN` times the depth fell in that day. Added here: the rise stands out of
    the noise.

    It is false where rain of the day is not known.

    Parameters
    ----------
    readings
        Of shallow sensors.
    precipitation
        (time) [mm h-1].
    depth
        Of the sensors (series) [m].
    step_hours
        [h].
    """
    day = max(round(DAY / step_hours), 1)
    # The soil may answer a step later: rain of the step before the day counts as well.
    rain, steps = window_sum(precipitation, day, 0)
    dry = (rain * step_hours < LEAST_RAIN * depth[:, None]) & (steps == day + 1)
    rise = readings - shifted(readings, day)
    _, variance = window_moments(readings, max(day, LEAST_HALF), 0)
    risen: np.ndarray = (
        (readings > shifted(readings, 1))
        & (rise > 2 * np.sqrt(variance))
        & (rise > RISE_FACTOR * np.sqrt(2) * noise_sd(readings))
        & dry
    )
    return risen


def first_derivative(values: np.ndarray) -> np.ndarray:
    """Return the first derivative (..., time) of a Savitzky-Golay filter of three points and order two.

    Change per step; NaN at the ends and beside gaps.
    """
    slope: np.ndarray = (shifted(values, -1) - shifted(values, 1)) / 2
    return slope


def second_derivative(values: np.ndarray) -> np.ndarray:
    """Return the second derivative (..., time) of a Savitzky-Golay filter of three points and order two.

    Change per step squared; NaN at the ends and beside gaps.
    """
    bend: np.ndarray = shifted(values, -1) - 2 * values + shifted(values, 1)
    return bend


def _half_window(step_hours: float) -> int:
    return max(round(HALF_DAY / step_hours), LEAST_HALF)


def _highest_before(values: np.ndarray, steps: np.ndarray, size: int) -> np.ndarray:
    """Return the highest of so many values (time) before each step (step); NaN where there is none."""
    padded = np.concatenate([np.full(size, np.nan), values])
    highest: np.ndarray = np.fmax.reduce(padded[steps[:, None] + np.arange(size)], axis=1, initial=np.nan)
    return highest


def _stretches(begins: np.ndarray, size: int) -> np.ndarray:
    """Return what the windows cover that begin where something holds: first step, and one after the last."""
    stretches: np.ndarray = runs(begins) + np.array([0, size - 1])
    return stretches
