"""The exponential filter: soil moisture at depth from the top sensors of the same place.

The soil water index of Wagner et al. (1999, doi:10.1016/S0034-4257(99)00036-X) is the mean of all past top readings
``m`` with weights that decay over a characteristic time T,

    SWI(t_n) = sum_i m(t_i) exp(-(t_n - t_i) / T) / sum_i exp(-(t_n - t_i) / T),    t_i <= t_n

in the recursive form of Albergel et al. (2008, doi:10.5194/hess-12-1323-2008), which takes readings at any times::

    K_n = K_{n-1} / (K_{n-1} + exp(-(t_n - t_{n-1}) / T)),    SWI_n = SWI_{n-1} + K_n (m_n - SWI_{n-1})

**What it knows.** It is a nowcast: it answers what the top sensors say about the soil below them, so it reads the
top sensors at all times until now, *those of evaluated blocks too*; without them it would say nothing. What it learns
(T, level, amplitude, error) comes from training readings alone, top replicates that training never shows are not
read, and no reading at the depth that is forecast is looked at outside the training part. Other forecasters do not
know today's readings: compare it with them as what a sensor at the top is worth, not as a better model. The title of
its prediction file says so.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar, Literal

import numpy as np
import xarray as xr

from thetamix.forecasters.base import ForecastContext, Forecaster, Role
from thetamix.forecasters.process.readings import SMALLEST_SD
from thetamix.network.by_series import Key, Mask, Readings
from thetamix.network.observations import replicate_mean, usable
from thetamix.network.schema import time_step
from thetamix.network.series import Series, series
from thetamix.prediction.prediction_file import write_prediction
from thetamix.quality.checks.study_record import Answers, Needs, Sides, Silence

TITLE = "exponential filter (reads the top sensors, evaluated readings too)"
#: T that are tried [d]; Albergel et al. (2008) find 1 to about 40.
CHARACTERISTIC_TIMES = np.geomspace(0.25, 250.0, 61)
LONGEST_SILENCE = 10.0  # [d] after which the last top reading says nothing more


class ExponentialFilter(Forecaster):
    """The exponential filter of Albergel et al. (2008) from the topmost sensor."""

    role: ClassVar[Role] = "bound"
    reads_evaluated: ClassVar[bool] = True

    kind: Literal["exponential_filter"]

    def needs(self, name: str) -> Needs:
        """Return that it learns a series from its own training readings, and from those above it."""
        why = "it learns from training readings at two depths of the same cluster at a time, and no such is evaluated"
        instead = "use a split that trains on every cluster and depth, such as blocks"
        return Needs(name, silence=Silence(self._answers, why, instead))

    def _answers(self, sides: Sides) -> Answers:
        """Mark where the top is heard, of deeper series that were trained on while it was."""
        tops: dict[int, Key] = {}
        for key in sides.trained:
            tops.setdefault(key[0], key)
        days = _days(sides.network)

        def answer(key: Key) -> np.ndarray:
            top, trained = tops.get(key[0], key), np.any(sides.trained[key], axis=0)
            if top == key:
                return np.zeros(trained.shape, dtype=bool)
            complete = usable(sides.accepted[top], np.any(sides.trained[top], axis=1), "all").any(axis=0)
            read = np.where(complete, 0.0, np.nan)  # the index is there or not, whatever its value
            heard = np.isfinite(soil_water_index(read, days, CHARACTERISTIC_TIMES[:1])[:, 0])
            answered: np.ndarray = heard & (heard & trained).any()
            return answered

        return answer

    def forecast(self, context: ForecastContext) -> None:
        """Write the rescaled soil water index of each deeper series, one Gaussian a step.

        The shallowest series of a cluster that is trained on is what the filter reads: it has no prediction itself,
        nor have series above it, series without training readings at the same time as the index, and times more than
        :data:`LONGEST_SILENCE` after the last time at which all top replicates were read.
        """
        network = context.network
        trained = [entry for entry in series(network) if context.of(entry)[1].any()]
        clusters = [list(members) for _, members in groupby(trained, key=lambda entry: entry.cluster)]
        days = _days(network)
        with write_prediction(context.output, network, 1, title=TITLE) as prediction:
            for number, members in enumerate(clusters, 1):
                for entry, mean, sd in filter_cluster(context.readings, context.trained, members, days):
                    valid = np.where(np.isfinite(mean), 1.0, np.nan)[:, None]
                    prediction.write(entry.cluster, entry.depth, valid, mean[:, None], sd * valid)
                context.report(number / len(clusters))


def _days(network: xr.Dataset) -> float:
    """Return the time step [d]."""
    return float(time_step(network["time"]) / np.timedelta64(1, "D"))


def filter_cluster(
    readings: Readings, trained: Mask, members: Sequence[Series], days: float
) -> list[tuple[Series, np.ndarray, float]]:
    """Forecast the deeper series of one cluster.

    Parameters
    ----------
    readings
        Soil moisture [m3 m-3].
    trained
        Which of them are trained on.
    members
        Series of the cluster with training readings, the top one first.
    days
        Time step [d].

    Returns
    -------
    list of tuple
        A deeper series, its mean (time) [m3 m-3] with NaN where the top is silent, and its sd [m3 m-3].
    """
    top, *deeper = members
    shown = np.any(trained[top.cluster, top.depth], axis=1)
    index = soil_water_index(replicate_mean(readings[top.cluster, top.depth], shown), days, CHARACTERISTIC_TIMES)
    results = []
    for entry in deeper:
        own, chosen = readings[entry.cluster, entry.depth], trained[entry.cluster, entry.depth]
        target = replicate_mean(np.where(chosen, own, np.nan), np.any(chosen, axis=1))
        best = best_column(index, target)
        if best is None:
            continue
        mean = rescale(index[:, best], target)
        error = (own - mean)[chosen & np.isfinite(mean)]
        results.append((entry, mean, max(float(np.sqrt(np.mean(error**2))), SMALLEST_SD)))
    return results


def soil_water_index(readings: np.ndarray, step: float, characteristic_times: np.ndarray) -> np.ndarray:
    """Filter readings with exponential kernels.

    Parameters
    ----------
    readings
        At the top (time) [m3 m-3]; NaN is missing.
    step
        Between readings [d].
    characteristic_times
        T (column) [d].

    Returns
    -------
    numpy.ndarray
        The index after each step (time, column) [m3 m-3]: where a reading is missing, that of the last one; NaN
        before the first and more than :data:`LONGEST_SILENCE` after the last.

    Examples
    --------
    >>> soil_water_index(np.array([0.2, 0.4, np.nan]), 1.0, np.array([1.0])).ravel().round(3)
    array([0.2  , 0.346, 0.346])
    """
    index = np.full((readings.size, characteristic_times.size), np.nan)
    there = np.flatnonzero(np.isfinite(readings))
    gain, value = np.ones(characteristic_times.size), np.zeros(characteristic_times.size)
    last = there[0] if there.size else 0
    for now in there.tolist():
        if now > last:
            gain = gain / (gain + np.exp(-(now - last) * step / characteristic_times))
        value = value + gain * (readings[now] - value)
        index[now] = value
        last = now
    latest = np.maximum.accumulate(np.where(np.isfinite(readings), np.arange(readings.size), -1))
    heard = (latest >= 0) & ((np.arange(readings.size) - latest) * step <= LONGEST_SILENCE)
    held: np.ndarray = np.where(heard[:, None], index[latest], np.nan)
    return held


def best_column(index: np.ndarray, target: np.ndarray) -> int | None:
    """Choose the characteristic time.

    Once the index has the mean and the sd of the target, Nash and Sutcliffe's efficiency, by which Albergel et al.
    choose, is 2 r - 1: the best T has the highest correlation.

    Parameters
    ----------
    index
        (time, column).
    target
        Training readings of the deeper series, mean of its replicates (time) [m3 m-3]; NaN elsewhere.

    Returns
    -------
    int or None
        The column with the highest correlation; the first where index or target do not vary; None without a time
        at which both are known.
    """
    both = np.isfinite(target) & np.isfinite(index[:, 0])
    if not both.any():
        return None
    top, deep = index[both], target[both]
    top, deep = top - top.mean(axis=0), deep - deep.mean()
    product, spread = deep @ top, np.sqrt((top**2).sum(axis=0) * (deep @ deep))
    return int(np.argmax(np.divide(product, spread, out=np.zeros_like(product), where=spread > 0)))


def rescale(index: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Rescale the index to the mean and the sd of the target, both over the times at which both are known.

    Parameters
    ----------
    index
        (time) [m3 m-3].
    target
        (time) [m3 m-3], with NaN where it is unknown.

    Returns
    -------
    numpy.ndarray
        (time) [m3 m-3]; the mean alone where the index did not vary.

    Examples
    --------
    >>> rescale(np.array([0.1, 0.3, 0.5]), np.array([0.4, 0.5, np.nan])).round(6)
    array([0.4, 0.5, 0.6])
    """
    both = np.isfinite(target) & np.isfinite(index)
    spread = index[both].std()
    slope = target[both].std() / spread if spread > 0 else 0.0
    scaled: np.ndarray = target[both].mean() + slope * (index - index[both].mean())
    return scaled
