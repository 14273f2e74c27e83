"""The siblings: what the other replicates of a place read at that very time, as a forecast of a new one.

For the split that keeps one profile of each cluster out. With the instrument's spread it is what the readings
themselves say; with a learned spread it also says how far a new replicate may be from them: for a normal spread ω
between replicates, a new one at a place with n of them has variance ω² (1 + 1/n) about their mean, because n readings
leave the mean of the place uncertain.
"""

from collections.abc import Iterable
from typing import ClassVar, Literal

import numpy as np

from thetamix.forecasters.base import ForecastContext, Forecaster, Role
from thetamix.network.by_series import Key
from thetamix.network.observations import INSTRUMENT_SD
from thetamix.network.series import Series, series
from thetamix.prediction.prediction_file import write_prediction
from thetamix.quality.checks.study_record import Answers, Needs, Sides, Silence


class Siblings(Forecaster):
    """The other replicates at that time: for replicates that were kept out.

    ``spread: instrument`` is the equal mixture of N(reading, 0.02²). ``learned`` is one Gaussian about the readings'
    mean, whose variance is ω² (1 + 1/n); ω² is the mean variance between the trained replicates of the same depth.
    """

    role: ClassVar[Role] = "bound"
    version: ClassVar[int] = 2
    single_readings: ClassVar[bool] = True

    kind: Literal["siblings"]
    spread: Literal["instrument", "learned"] = "instrument"

    def needs(self, name: str) -> Needs:
        """Return the split that keeps replicates out, without which there is nothing to say."""
        why, instead = "no replicate is read while others are evaluated", "use another split"
        if self.spread == "learned":
            why = "its spread is learned from two replicates at a time, and at most one of a series is trained on"
            instead = "take spread: instrument"
        return Needs(name, scheme="replicates", silence=Silence(self._answers, why, instead))

    def _answers(self, sides: Sides) -> Answers:
        """Mark where a replicate is read, once the spread between two is known."""
        has_spread = self.spread == "instrument" or any(
            (np.sum(trained, axis=0) >= 2).any() for trained in sides.shown.values()
        )

        def answer(key: Key) -> np.ndarray:
            answered: np.ndarray = np.any(sides.shown[key], axis=0) & has_spread
            return answered

        return answer

    def forecast(self, context: ForecastContext) -> None:
        """Write the replicates that are trained on as a forecast for those that are not."""
        network, members = context.network, list(series(context.network))
        learned = self.spread == "learned"
        omega = _spread_by_depth(context, members) if learned else {}
        components = 1 if learned else network.sizes["replicate"]
        title = f"the other replicates at that time, spread: {self.spread}"
        with write_prediction(context.output, network, components, title=title) as prediction:
            for entry in context.each_series():
                readings, trained = context.of(entry)
                mixture = (
                    common_gaussian(readings, trained, omega[entry.depth])
                    if learned
                    else replicate_mixture(readings, trained)
                )
                prediction.write(entry.cluster, entry.depth, *mixture)


def replicate_mixture(readings: np.ndarray, trained: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Make each reading a Gaussian of the instrument's spread.

    Parameters
    ----------
    readings
        Of one series (replicate, time) [m3 m-3].
    trained
        Which of them may be looked at, boolean.

    Returns
    -------
    weight, mean, sd : numpy.ndarray
        (time, replicate) [1], [m3 m-3], [m3 m-3]; a replicate that is not there has weight 0; NaN where none is.

    Examples
    --------
    >>> weight, mean, _ = replicate_mixture(np.array([[0.2], [0.3], [0.4]]), np.array([[True], [True], [False]]))
    >>> weight, mean
    (array([[0.5, 0.5, 0. ]]), array([[0.2 , 0.3 , 0.25]]))
    """
    there = trained.T
    count = there.sum(axis=1, keepdims=True)
    valid = np.where(count > 0, 1.0, np.nan)
    mean = np.where(there, readings.T, _mean_of_trained(readings, trained)[:, None])
    return there / np.maximum(count, 1) * valid, mean * valid, INSTRUMENT_SD * valid


def common_gaussian(
    readings: np.ndarray, trained: np.ndarray, omega: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Make one Gaussian about the mean of the readings that are there.

    Parameters
    ----------
    readings, trained
        See :func:`replicate_mixture`.
    omega
        Standard deviation between replicates [m3 m-3].

    Returns
    -------
    weight, mean, sd : numpy.ndarray
        (time, 1) [1], [m3 m-3], [m3 m-3]; NaN where no reading is.
    """
    count = trained.sum(axis=0)[:, None]
    valid = np.where(count > 0, 1.0, np.nan)
    sd = omega * np.sqrt(1 + 1 / np.maximum(count, 1)) * valid
    valid = np.where(np.isfinite(sd), valid, np.nan)
    return valid, _mean_of_trained(readings, trained)[:, None] * valid, sd * valid


def _mean_of_trained(readings: np.ndarray, trained: np.ndarray) -> np.ndarray:
    count = trained.sum(axis=0)
    total = np.where(trained, readings, 0.0).sum(axis=0, dtype=np.float64)
    mean: np.ndarray = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return mean


def _spread_by_depth(context: ForecastContext, members: Iterable[Series]) -> dict[int, float]:
    """Learn ω for each depth, every series counting alike; over all depths where one has no pair of replicates."""
    variances: dict[int, list[float]] = {}
    for entry in members:
        variances.setdefault(entry.depth, []).append(variance_between(*context.of(entry)))
    everywhere = _root_mean([value for values in variances.values() for value in values])
    own = {depth: _root_mean(values) for depth, values in variances.items()}
    return {depth: value if np.isfinite(value) else everywhere for depth, value in own.items()}


def variance_between(readings: np.ndarray, trained: np.ndarray) -> float:
    """Average the variance between replicates over the times that at least two of them are trained on.

    Parameters
    ----------
    readings, trained
        See :func:`replicate_mixture`.

    Returns
    -------
    float
        Unbiased variance [m6 m-6]; NaN where two never are.

    Examples
    --------
    >>> round(variance_between(np.array([[0.2, 0.2], [0.3, 0.4]]), np.array([[True, True], [True, False]])), 6)
    0.005
    """
    count = trained.sum(axis=0)
    pairs = count >= 2
    if not pairs.any():
        return np.nan
    departure = np.where(trained, readings - _mean_of_trained(readings, trained), 0.0)[:, pairs]
    return float(((departure**2).sum(axis=0) / (count[pairs] - 1)).mean())


def _root_mean(variances: list[float]) -> float:
    defined = [value for value in variances if np.isfinite(value)]
    return float(np.sqrt(np.mean(defined))) if defined else np.nan
