"""The samples that are scored: what one forecaster predicted for one series, and what was read."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from thetamix.evaluation.dynamics import Ranked, moments, weighted_sums
from thetamix.evaluation.estimates import mean, ratio
from thetamix.evaluation.paired_series import PairedSeries
from thetamix.evaluation.series_forecast import SeriesForecast
from thetamix.mixture import Verification


@dataclass(frozen=True)
class Sample:
    """What one forecaster predicted for one series at the evaluated steps, and what was read.

    Attributes
    ----------
    observed
        Mean of the replicates (step) [m3 m-3]; NaN where one of them is missing.
    predicted
        Expectation of the mixture (step) [m3 m-3].
    crps
        Of the replicates' readings under the series' mixture, averaged over them (step) [m3 m-3].
    log_likelihood
        Likewise (step) [nats]; NaN for point forecasts.
    crps_of_replicate, log_likelihood_of_replicate
        Of each reading under its own replicate's distribution (step); NaN for forecasters that do not tell
        replicates apart.
    readings
        (step, replicate) [m3 m-3]; NaN where there is none.
    forecast
        The mixtures (step); None for the floors.
    """

    observed: np.ndarray
    predicted: np.ndarray
    crps: np.ndarray
    log_likelihood: np.ndarray
    crps_of_replicate: np.ndarray
    log_likelihood_of_replicate: np.ndarray
    readings: np.ndarray
    forecast: SeriesForecast | None = None

    @property
    def paired(self) -> np.ndarray:
        """Where both are there: mean of the readings and expectation (step)."""
        both: np.ndarray = np.isfinite(self.observed) & np.isfinite(self.predicted)
        return both


@dataclass(frozen=True)
class WeightedSample:
    """A sample under several weightings of its steps, and what its scores share.

    Attributes
    ----------
    sample
        Of one forecaster and series.
    weights
        (draw, unit): how often each unit was drawn.
    units
        The unit of each step (step); None: each step is one.
    like
        Another forecaster's, of the same series under the same weightings: where the two are scored at the same
        steps, the readings are ranked once.
    """

    sample: Sample
    weights: np.ndarray
    units: np.ndarray | None = None
    like: "WeightedSample | None" = None

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Average a value of each step under each weighting.

        Parameters
        ----------
        values
            (step); NaN is left out.

        Returns
        -------
        numpy.ndarray
            (draw); NaN where a draw left nothing.
        """
        return weighted_mean(*self.chosen(np.isfinite(values)), values[np.isfinite(values)])

    def chosen(self, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Return weights and units of the steps of a mask (step)."""
        if mask.all():  # as almost always: no need to copy the weights of all steps
            return self.weights, self.units
        if self.units is None:
            return self.weights[:, mask], None
        return self.weights, self.units[mask]

    @cached_property
    def paired(self) -> np.ndarray:
        """See :attr:`Sample.paired`."""
        return self.sample.paired

    @cached_property
    def moments(self) -> dict[str, np.ndarray]:
        """Moments of readings and expectation; see :func:`thetamix.evaluation.dynamics.moments`."""
        observed, predicted = self.sample.observed[self.paired], self.sample.predicted[self.paired]
        return moments(observed, predicted, *self.chosen(self.paired))

    @cached_property
    def observed_ranks(self) -> Ranked:
        """Ranks of the readings."""
        if self.like is not None and np.array_equal(self.paired, self.like.paired):
            return self.like.observed_ranks
        return Ranked(self.sample.observed[self.paired], *self.chosen(self.paired))

    @cached_property
    def predicted_ranks(self) -> Ranked:
        """Ranks of the expectation."""
        return Ranked(self.sample.predicted[self.paired], *self.chosen(self.paired))


def weighted_mean(weights: np.ndarray, units: np.ndarray | None, values: np.ndarray) -> np.ndarray:
    """Average values (step) without NaN under weights of their units (draw); NaN where a draw left nothing."""
    total, count = weighted_sums(weights, np.stack([values, np.ones(values.size)], axis=1), units).T
    return ratio(total, count)


def series_samples(series: PairedSeries) -> dict[str, Sample]:
    """Score each step of every forecaster; CRPS and log-likelihood are means over the replicates that are there."""
    return {name: _sample(series, forecast, series.verified.get(name)) for name, forecast in series.forecasts.items()}


def _sample(series: PairedSeries, forecast: SeriesForecast, verified: Verification | None) -> Sample:
    nothing = np.full(series.steps.size, np.nan)
    if verified is None:  # a point
        crps, log_likelihood = np.abs(series.readings - forecast.mean[:, :1].astype(np.float64)), nothing[:, None]
    else:
        crps, log_likelihood = verified.crps, verified.logpdf
    own_crps, own_log_likelihood = np.full((2, *series.readings.shape), np.nan)
    for number in range(series.readings.shape[1]) if verified is not None else ():
        own = forecast.of_replicate(number)
        if own is not None:
            replicate = slice(number, number + 1)
            verification = own.verify(series.readings[:, replicate])
            own_crps[:, replicate], own_log_likelihood[:, replicate] = verification.crps, verification.logpdf
    return Sample(
        series.observed,
        forecast.expectation,
        mean(crps.T),
        mean(log_likelihood.T),
        mean(own_crps.T),
        mean(own_log_likelihood.T),
        series.readings,
        forecast,
    )
