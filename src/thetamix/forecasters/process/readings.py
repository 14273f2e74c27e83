"""From the moisture of a soil model to what sensors read: a straight line, and a spread by moisture.

A reading is ``gain * moisture + offset of the replicate + error``. Gain and offsets are the least squares solution,
found exactly for any course of the soil, so that they need no search. Offsets of the replicates keep a sensor that
drops out from looking like a change of the soil.
"""

from dataclasses import dataclass

import numpy as np

# A probe's slope, and pores and stones that the column does not know. Readings never fall where the soil's moisture
# rises.
GAIN = (0.0, 3.0)  # [1]
SMALLEST_SD = 0.005  # [m3 m-3] a quarter of a probe's accuracy: no model of the soil is surer
BINS = 6  # of moisture, in which the spread is learned, where there are readings enough:
READINGS_IN_BIN = 50


@dataclass(frozen=True)
class Sums:
    """Readings of one series over the records of a soil model.

    Attributes
    ----------
    count
        How many readings there are (replicate, record).
    total
        Their sum (replicate, record) [m3 m-3].
    square
        Sum of the squares of all readings about the mean of their replicate.
    """

    count: np.ndarray
    total: np.ndarray
    square: float


def sum_readings(readings: np.ndarray, trained: np.ndarray, first: np.ndarray) -> Sums:
    """Sum the readings that are trained on over records.

    Parameters
    ----------
    readings
        Of one series (replicate, time) [m3 m-3].
    trained
        Which of them are trained on, boolean.
    first
        The first step of each record (record), the first of them 0.

    Returns
    -------
    Sums
        Of the series.
    """
    values = np.where(trained, readings, 0.0).astype(np.float64)
    count, total = (np.add.reduceat(a, first, axis=1) for a in (trained.astype(np.float64), values))
    mean = values.sum(axis=1, keepdims=True) / np.maximum(trained.sum(axis=1, keepdims=True), 1)
    return Sums(count, total, float((np.where(trained, values - mean, 0.0) ** 2).sum()))


def fit_gain(sums: Sums, moisture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit the line by least squares, with an offset of its own for each replicate.

    Parameters
    ----------
    sums
        Readings of one series; at least one.
    moisture
        Of the soil, for several candidates (record, candidate) [m3 m-3].

    Returns
    -------
    gain, cost : numpy.ndarray
        [1], within :data:`GAIN`, and the mean square error [m6 m-6] (candidate).
    """
    number = sums.count.sum(axis=1)
    read = number > 0
    count, total, number = sums.count[read], sums.total[read], number[read, None]
    centred = moisture - moisture.mean(axis=0)  # differences of large sums lose digits
    mean = count @ centred / number
    reading = total.sum(axis=1)[:, None] / number
    varied = count.sum(axis=0) @ centred**2 - (number * mean**2).sum(axis=0)
    together = total.sum(axis=0) @ centred - (number * reading * mean).sum(axis=0)
    slope = np.divide(together, varied, out=np.zeros_like(varied), where=varied > 1e-12 * number.sum())
    gain = np.clip(slope, *GAIN)
    cost = (sums.square - 2 * gain * together + gain**2 * varied) / number.sum()
    return gain, np.maximum(cost, 0.0)


def dress(moisture: np.ndarray, readings: np.ndarray, trained: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Convert the soil's moisture into the law of a reading, whichever replicate's.

    Parameters
    ----------
    moisture
        Of the soil model (time) [m3 m-3].
    readings
        Of the series (replicate, time) [m3 m-3].
    trained
        Which of them are trained on, boolean; at least one.

    Returns
    -------
    mean, sd : numpy.ndarray
        Of a Gaussian (time) [m3 m-3], about the mean of all readings' lines. The sd follows the mean: in a straight
        line between the bins of :func:`fit_spread`, level outside.
    """
    sums = sum_readings(readings, trained, np.arange(moisture.size))
    line = float(fit_gain(sums, moisture[:, None])[0][0]) * moisture
    mean = line + (readings - line)[trained].mean(dtype=np.float64)
    centre, sd = fit_spread(mean, readings, trained)
    return mean, np.interp(mean, centre, sd)


def fit_spread(mean: np.ndarray, readings: np.ndarray, trained: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Learn how far readings are from the forecast, by the forecast itself.

    Parameters
    ----------
    mean
        The forecast (time) [m3 m-3].
    readings
        Of the series (replicate, time) [m3 m-3]: all of them, so that the spread between replicates counts.
    trained
        Which of them are trained on, boolean.

    Returns
    -------
    centre, sd : numpy.ndarray
        Mean forecast and root mean square error in bins of equally many readings (bin) [m3 m-3]; at least
        :data:`SMALLEST_SD`. Errors shared by all replicates and the spread between them both count.
    """
    at = np.broadcast_to(mean, readings.shape)[trained]
    error = readings[trained].astype(np.float64) - at
    order = np.argsort(at, kind="stable")
    bins = np.array_split(order, np.clip(order.size // READINGS_IN_BIN, 1, BINS))
    centre = np.array([at[part].mean() for part in bins])
    sd = np.array([np.sqrt(np.mean(error[part] ** 2)) for part in bins])
    return centre, np.maximum(sd, SMALLEST_SD)
