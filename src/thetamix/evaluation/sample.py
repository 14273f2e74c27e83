"""The samples that are scored, one series at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from thetamix.evaluation.evaluated import evaluated_series
from thetamix.evaluation.scores import Sample
from thetamix.mixture import GaussianMixture
from thetamix.network.observations import ReplicateRule
from thetamix.network.series import Series

#: How much larger than the readings their table by distinct mixtures may become.
ROOM = 4


@dataclass(frozen=True)
class SeriesSamples:
    """What all forecasters said about one series, at the same steps.

    Attributes
    ----------
    series
        Which.
    samples
        By forecaster.
    steps
        Positions in time of the steps that are scored.
    unpredicted
        By forecaster: number of evaluated steps without a prediction.
    """

    series: Series
    samples: dict[str, Sample]
    steps: np.ndarray
    unpredicted: dict[str, int]


def series_samples(
    network: xr.Dataset,
    readings: np.ndarray,
    part: np.ndarray,
    rule: ReplicateRule,
    predictions: Mapping[str, xr.Dataset],
) -> Iterator[SeriesSamples]:
    """Score what every forecaster said, series by series.

    Parameters
    ----------
    network, readings, part, rule, predictions
        See :func:`thetamix.evaluation.evaluated.evaluated_series`.

    Yields
    ------
    SeriesSamples
        Series without evaluated readings are left out.
    """
    for one in evaluated_series(network, readings, part, rule, predictions):
        yield SeriesSamples(
            series=one.series,
            samples={
                name: make_sample(said.weight, said.mean, said.sd, one.readings, one.observed, said.replicate)
                for name, said in one.forecasts.items()
            },
            steps=one.steps,
            unpredicted=one.unpredicted,
        )


def make_sample(
    weight: np.ndarray,
    mean: np.ndarray,
    sd: np.ndarray,
    readings: np.ndarray,
    observed: np.ndarray,
    replicate: np.ndarray | None,
) -> Sample:
    """Score the mixtures of one series against its readings, step by step.

    Parameters
    ----------
    weight, mean, sd
        Of the components (step, component); a single one with an sd of 0 is a point forecast.
    readings
        (step, replicate) [m3 m-3]; NaN where there is none.
    observed
        Mean of the replicates (step) [m3 m-3].
    replicate
        The replicate of each component (component), where each belongs to one.

    Returns
    -------
    Sample
        CRPS and log-likelihood are means over the replicates that are there.
    """
    expectation = (weight.astype(np.float64) * mean).sum(axis=-1)
    nothing = np.full(len(observed), np.nan)
    if mean.shape[-1] == 1 and (sd == 0).all():
        crps = _mean_over_replicates(np.abs(readings - mean[:, :1].astype(np.float64)))
        return Sample(observed, expectation, crps, nothing, nothing, nothing)
    crps, log_likelihood = _score_readings(weight, mean, sd, readings)
    if replicate is None:
        return Sample(observed, expectation, crps, log_likelihood, nothing, nothing)
    own_crps, own_log_likelihood = np.full_like(readings, np.nan), np.full_like(readings, np.nan)
    for number in range(readings.shape[1]):
        mine = replicate == number
        share = weight[:, mine].sum(axis=-1, keepdims=True)
        told = (share > 0).all() if share.size else False
        if told:
            own_crps[:, number], own_log_likelihood[:, number] = _score_readings(
                weight[:, mine] / share, mean[:, mine], sd[:, mine], readings[:, number : number + 1]
            )
    return Sample(
        observed,
        expectation,
        crps,
        log_likelihood,
        _mean_over_replicates(own_crps),
        _mean_over_replicates(own_log_likelihood),
    )


def _score_readings(
    weight: np.ndarray, mean: np.ndarray, sd: np.ndarray, readings: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    # A climatology repeats its mixture from hour to hour: such rows become one row with more readings, because what
    # depends on the mixture alone is then computed once.
    first, number = _distinct(mean, sd, weight)
    if first.size == 0:
        return np.empty(0), np.empty(0)
    place = np.arange(len(readings)) - first[number]
    if first.size * (place.max() + 1) > ROOM * len(readings):
        # One long stretch among many changing rows would ask for a table with a column for each of its steps.
        first = number = np.arange(len(readings))
        place = np.zeros_like(first)
    gathered = np.full((first.size, place.max() + 1, readings.shape[1]), np.nan)
    gathered[number, place] = readings
    flat = gathered.reshape(first.size, -1)
    mixture = GaussianMixture(weight[first], mean[first], sd[first])[:, None]
    crps, log_likelihood = (
        _mean_over_replicates(values.reshape(gathered.shape)[number, place])
        for values in (mixture.crps(flat), mixture.logpdf(flat))
    )
    return crps, log_likelihood


def _distinct(*parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the rows that differ from the one before, and the number of each row's representative."""
    changed = np.ones(len(parameters[0]), dtype=bool)
    changed[1:] = np.any([(p[1:] != p[:-1]).any(axis=-1) for p in parameters], axis=0)
    return np.flatnonzero(changed), np.cumsum(changed) - 1


def _mean_over_replicates(values: np.ndarray) -> np.ndarray:
    known = np.isfinite(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    mean: np.ndarray = np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
    return mean
