"""Variability belts: how far the 80th percentile of soil moisture at a place lies above the 20th.

Bischof et al. (2025), 2.4.3. Observed, the belt is that of the equal mixture of N(reading, 0.02²) over the
replicates; predicted, that of the mixture. The two are not the same thing: identical sensors already have an
observed belt of 0.034, and the belt of three readings is a biased estimate of that of the law they come from. The
*matched* belt is what the prediction says of the observed one: as many readings as there are replicates are drawn
from it, and their belt is taken as that of the readings is.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.interpolate import CubicHermiteSpline
from scipy.special import ndtri

from thetamix.evaluation.paired_series import PairedSeries
from thetamix.evaluation.recurring import Recurring
from thetamix.evaluation.series_forecast import SeriesForecast
from thetamix.mixture import GaussianMixture
from thetamix.network.observations import INSTRUMENT_SD
from thetamix.network.series import Series

LEVELS = (0.2, 0.8)
#: So many matched belts are drawn for a series.
DRAWN = 5_000
#: Two readings so many instrument sd apart do not overlap: half of their mixture's 0.8 quantile is that of series.
FARTHEST = 10.0

BeltsOf = Callable[[SeriesForecast], np.ndarray]


@dataclass(frozen=True)
class SeriesBelts:
    """The belts of one series, at the evaluated steps where all its replicates are there.

    Attributes
    ----------
    series
        Which.
    steps
        Positions in time (step).
    state
        Mean of the replicates (step) [m3 m-3].
    readings
        (step, replicate) [m3 m-3], without the replicates that the series does not have.
    replicates
        Numbers of the replicates that it has (replicate).
    observed
        Belt of the readings (step) [m3 m-3]; NaN throughout for a single replicate.
    forecasts
        By forecaster, at these steps.
    predicted
        By forecaster: belt of the mixture (step) [m3 m-3]; NaN for point forecasts and without a prediction.
    drawn_at
        Positions among these steps at which readings were drawn from the predictions (draw); steps may be drawn at
        more than once, or not at all.
    drawn
        By forecaster: the readings that were drawn (draw, replicate) [m3 m-3]; NaN likewise.
    matched
        By forecaster: their belts (draw) [m3 m-3]; NaN likewise, and for a single replicate.
    """

    series: Series
    steps: np.ndarray
    state: np.ndarray
    readings: np.ndarray
    replicates: np.ndarray
    observed: np.ndarray
    forecasts: dict[str, SeriesForecast]
    predicted: dict[str, np.ndarray]
    drawn_at: np.ndarray
    drawn: dict[str, np.ndarray]
    matched: dict[str, np.ndarray]

    @property
    def steps_of_a_draw(self) -> float:
        """How many steps each matched belt stands for."""
        return self.steps.size / max(self.drawn_at.size, 1)


def series_belts(
    series: PairedSeries,
    seed: int,
    *,
    at_every_step: bool = False,
    belts_of: BeltsOf | None = None,
) -> SeriesBelts:
    """Compute the belts of one series.

    Parameters
    ----------
    series
        Readings and mixtures at the evaluated steps.
    seed
        Of the draws; with the series and the forecaster's name it fixes them.
    at_every_step
        True for one matched belt at each step; else :data:`DRAWN`, spread evenly over the steps.
    belts_of
        :func:`belts_of_mixtures`, remembering those that come back from series to series.

    Returns
    -------
    SeriesBelts
        Belts.
    """
    complete = np.isfinite(series.observed)
    readings = series.readings[complete]
    replicates = np.flatnonzero(np.isfinite(readings).any(axis=0))
    readings = readings[:, replicates]
    key = [seed, series.series.cluster, series.series.depth]
    at = np.arange(len(readings)) if at_every_step else _spread(len(readings), np.random.default_rng(key))
    kept = series.forecasts.items()
    forecasts = series.forecasts if complete.all() else {name: forecast.at(complete) for name, forecast in kept}
    drawn = {
        name: draw_readings(forecast.at(at), replicates, np.random.default_rng([*key, zlib.crc32(name.encode())]))
        for name, forecast in forecasts.items()
    }
    return SeriesBelts(
        series=series.series,
        steps=series.steps[complete],
        state=series.observed[complete],
        readings=readings,
        replicates=replicates,
        observed=belt_of_readings(readings),
        forecasts=forecasts,
        predicted={name: belt_of_forecast(forecast, belts_of) for name, forecast in forecasts.items()},
        drawn_at=at,
        drawn=drawn,
        matched={name: belt_of_readings(values) for name, values in drawn.items()},
    )


def _spread(steps: int, rng: np.random.Generator) -> np.ndarray:
    """Spread draws over steps: one at random in each of as many equal pieces of the record."""
    draws = DRAWN if steps else 0
    return ((np.arange(draws) + rng.random(draws)) * (steps / max(draws, 1))).astype(np.int64)


def belt_of_readings(readings: np.ndarray) -> np.ndarray:
    """Compute the belt of readings: Q80 − Q20 of the equal mixture of N(reading, 0.02²), exact.

    Parameters
    ----------
    readings
        (..., replicate) [m3 m-3].

    Returns
    -------
    numpy.ndarray
        Belt (...) [m3 m-3]; NaN where a reading is missing, or where there are not two to differ.

    Examples
    --------
    >>> belt_of_readings(np.array([[0.2, 0.2, 0.2], [0.1, 0.2, 0.3]])).round(4)
    array([0.0337, 0.1899])
    """
    if readings.shape[-1] < 2 or readings.size == 0:
        return np.full(readings.shape[:-1], np.nan)
    if readings.shape[-1] == 2:
        return _belt_of_two(readings[..., 0] - readings[..., 1])
    mixture = GaussianMixture(1 / readings.shape[-1], readings, INSTRUMENT_SD)
    low, high = np.moveaxis(mixture.quantile(LEVELS), -1, 0)
    return np.asarray(high - low)


def _belt_of_two(difference: np.ndarray) -> np.ndarray:
    """Compute the belt of two readings, a smooth function of their difference, to 1e-12."""
    half = np.abs(difference) / (2 * INSTRUMENT_SD)
    apart = half >= FARTHEST / 2
    quantile = np.where(apart, half + ndtri(0.6), _quantile_of_two()(np.where(apart, 0.0, half)))
    belt: np.ndarray = 2 * INSTRUMENT_SD * quantile
    return belt


@cache
def _quantile_of_two() -> CubicHermiteSpline:
    """Interpolate the 0.8 quantile of the equal mixture of N(-a, 1) and N(a, 1) in a."""
    a = np.linspace(0.0, FARTHEST / 2, 1001)
    x = GaussianMixture(0.5, np.stack([-a, a], axis=-1), 1.0).quantile(0.8)
    near, far = np.exp(-0.5 * (x - a) ** 2), np.exp(-0.5 * (x + a) ** 2)
    return CubicHermiteSpline(a, x, (near - far) / (near + far))


def belt_of_forecast(forecast: SeriesForecast, belts_of: BeltsOf | None = None) -> np.ndarray:
    """Compute the belt of mixtures, Q80 − Q20, exact (step) [m3 m-3]; NaN for points and without a prediction."""
    if forecast.is_point or len(forecast.mean) == 0:
        return np.full(len(forecast.mean), np.nan)
    return (belts_of or Recurring(belts_of_mixtures))(forecast)


def belts_of_mixtures(mixture: GaussianMixture) -> np.ndarray:
    """Compute the belt of each mixture, Q80 − Q20 (row) [m3 m-3]."""
    low, high = mixture.quantile(LEVELS).T
    return np.asarray(high - low)


def draw_readings(forecast: SeriesForecast, replicates: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw what the replicates would read, were the prediction true.

    Where the components belong to replicates, the forecaster says what *these* sensors read: one reading is drawn
    from each replicate's own distribution. Drawing all from their pool would take some sensors twice and others not
    at all, which the sensors in the ground never do. A forecaster that does not tell replicates apart gives the law
    of any of them: all readings are drawn from it, independently.

    Parameters
    ----------
    forecast
        The mixtures.
    replicates
        Numbers of the replicates that read (replicate).
    rng
        Random numbers.

    Returns
    -------
    numpy.ndarray
        Readings (step, replicate) [m3 m-3]; NaN for point forecasts, and where there is no prediction for all
        replicates.
    """
    nothing = np.full((len(forecast.mean), replicates.size), np.nan)
    if forecast.is_point or not nothing.size:
        return nothing
    if forecast.replicate is None:
        return GaussianMixture(forecast.weight, forecast.mean, forecast.sd).sample(rng, replicates.size)
    readings = nothing.copy()
    for column, replicate in enumerate(replicates):
        own = forecast.of_replicate(replicate)
        if own is None:
            return nothing
        readings[:, column] = GaussianMixture(own.weight, own.mean, own.sd).sample(rng)
    return readings
