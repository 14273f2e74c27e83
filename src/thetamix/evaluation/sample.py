"""The samples that are scored, one series at a time."""

import numpy as np

from thetamix.evaluation.paired_series import EvaluatedSeries, Forecast
from thetamix.evaluation.scores import Sample
from thetamix.mixture import Verification


def series_samples(one: EvaluatedSeries) -> dict[str, Sample]:
    """Score what every forecaster said about one series.

    Parameters
    ----------
    one
        Readings and mixtures at the evaluated steps.

    Returns
    -------
    dict of Sample
        By forecaster: CRPS and log-likelihood are means over the replicates that are there.
    """
    return {name: _sample(one, said, one.verified.get(name)) for name, said in one.forecasts.items()}


def _sample(one: EvaluatedSeries, said: Forecast, verified: Verification | None) -> Sample:
    expectation = (said.weight.astype(np.float64) * said.mean).sum(axis=-1)
    nothing = np.full(one.steps.size, np.nan)
    if verified is None:  # a point
        crps = mean_of_known(np.abs(one.readings - said.mean[:, :1].astype(np.float64)))
        return Sample(one.observed, expectation, crps, nothing, nothing, nothing)
    own_crps, own_log_likelihood = np.full((2, *one.readings.shape), np.nan)
    for number in range(one.readings.shape[1]):
        own = said.of_replicate(number)
        if own is not None:
            reading = slice(number, number + 1)
            found = own.verify(one.readings[:, reading])
            own_crps[:, reading], own_log_likelihood[:, reading] = found.crps, found.logpdf
    return Sample(
        one.observed,
        expectation,
        mean_of_known(verified.crps),
        mean_of_known(verified.logpdf),
        mean_of_known(own_crps),
        mean_of_known(own_log_likelihood),
    )


def mean_of_known(values: np.ndarray) -> np.ndarray:
    """Average over the replicates that are there.

    Parameters
    ----------
    values
        (step, replicate), NaN where there is none.

    Returns
    -------
    numpy.ndarray
        Means (step); NaN where there is nothing.

    Examples
    --------
    >>> mean_of_known(np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan]]))
    array([ 2., nan])
    """
    known = np.isfinite(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    mean: np.ndarray = np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
    return mean
