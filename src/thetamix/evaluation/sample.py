"""The samples that are scored, one series at a time."""

from collections.abc import Callable

import numpy as np

from thetamix.evaluation.evaluated import EvaluatedSeries
from thetamix.evaluation.scores import Sample
from thetamix.mixture import GaussianMixture

#: How much larger than the readings their table by distinct mixtures may become.
ROOM = 4


def series_samples(one: EvaluatedSeries) -> dict[str, Sample]:
    """Score what every forecaster said about one series.

    Parameters
    ----------
    one
        Readings and mixtures at the evaluated steps.

    Returns
    -------
    dict of Sample
        By forecaster.
    """
    return {
        name: make_sample(said.weight, said.mean, said.sd, one.readings, one.observed, said.replicate)
        for name, said in one.forecasts.items()
    }


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
        crps = mean_of_known(np.abs(readings - mean[:, :1].astype(np.float64)))
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
        mean_of_known(own_crps),
        mean_of_known(own_log_likelihood),
    )


def _score_readings(
    weight: np.ndarray, mean: np.ndarray, sd: np.ndarray, readings: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    crps, log_likelihood = at_readings(
        weight, mean, sd, readings, GaussianMixture.crps, GaussianMixture.logpdf
    )
    return mean_of_known(crps), mean_of_known(log_likelihood)


def at_readings(
    weight: np.ndarray,
    mean: np.ndarray,
    sd: np.ndarray,
    readings: np.ndarray,
    *functions: Callable[[GaussianMixture, np.ndarray], np.ndarray],
) -> list[np.ndarray]:
    """Evaluate functions of the mixtures at the readings.

    A climatology repeats its mixture from hour to hour: such rows become one row with more readings, because what
    depends on the mixture alone is then computed once.

    Parameters
    ----------
    weight, mean, sd
        Of the components (step, component).
    readings
        (step, replicate) [m3 m-3]; NaN where there is none.
    functions
        Methods of :class:`~thetamix.mixture.GaussianMixture` that take readings.

    Returns
    -------
    list of numpy.ndarray
        A value for each reading (step, replicate), by function.
    """
    first, number = distinct_rows(mean, sd, weight)
    if first.size == 0:
        return [np.empty_like(readings) for _ in functions]
    place = np.arange(len(readings)) - first[number]
    if first.size * (place.max() + 1) > ROOM * len(readings):
        # One long stretch among many changing rows would ask for a table with a column for each of its steps.
        first = number = np.arange(len(readings))
        place = np.zeros_like(first)
    gathered = np.full((first.size, place.max() + 1, readings.shape[1]), np.nan)
    gathered[number, place] = readings
    flat = gathered.reshape(first.size, -1)
    mixture = GaussianMixture(weight[first], mean[first], sd[first])[:, None]
    return [function(mixture, flat).reshape(gathered.shape)[number, place] for function in functions]


def distinct_rows(*parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the rows that differ from the one before.

    Parameters
    ----------
    parameters
        Each (row, column).

    Returns
    -------
    first, number : numpy.ndarray
        Positions of the rows that differ (distinct), and which of them each row is (row).
    """
    changed = np.ones(len(parameters[0]), dtype=bool)
    changed[1:] = np.any([(p[1:] != p[:-1]).any(axis=-1) for p in parameters], axis=0)
    return np.flatnonzero(changed), np.cumsum(changed) - 1


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
