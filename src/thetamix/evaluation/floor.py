"""The floor: how well anybody can do who knows what the replicates read at that very time.

The equal mixture of N(reading, 0.02²) over the replicates is sometimes taken as the best forecast there is. Scored on
those same readings it is too good: it contains the reading that it is scored on. The floor proper leaves that reading
out: each is scored under the mixture of the *other* replicates. Both are given as if they were forecasters, at the
steps that all forecasters are scored at; they have a CRPS and a log-likelihood and no dynamics.
"""

import numpy as np

from thetamix.evaluation.estimates import mean
from thetamix.evaluation.sample import Sample
from thetamix.mixture import GaussianMixture
from thetamix.network.observations import INSTRUMENT_SD

LEAVE_ONE_OUT = "floor (leave-one-out)"
SELF_INCLUDING = "floor (self-including)"
FLOORS = (LEAVE_ONE_OUT, SELF_INCLUDING)
#: The scores that floors have.
FLOOR_SCORES = ("crps", "log_likelihood")


def floor_samples(readings: np.ndarray, scored: np.ndarray) -> dict[str, Sample]:
    """Compute scores of readings under the mixture of their siblings, and of their siblings and themselves.

    Parameters
    ----------
    readings
        Of one series (step, replicate) [m3 m-3]: all that are there; NaN elsewhere.
    scored
        The readings that are scored (step, replicate) [m3 m-3]; NaN where one is not.

    Returns
    -------
    dict of Sample
        By name of the floor: CRPS and log-likelihood averaged over the replicates (step); NaN where no other
        replicate is there to speak for one.
    """
    count = readings.shape[1]
    return {
        LEAVE_ONE_OUT: _sample(readings, scored, ~np.eye(count, dtype=bool)),
        SELF_INCLUDING: _sample(readings, scored, np.ones((count, count), dtype=bool)),
    }


def _sample(readings: np.ndarray, scored: np.ndarray, speaks: np.ndarray) -> Sample:
    crps, log_likelihood = np.full((2, *scored.shape), np.nan)
    for replicate in range(scored.shape[1]):
        there = np.isfinite(readings) & speaks[replicate]
        steps = np.flatnonzero(np.isfinite(scored[:, replicate]) & there.any(axis=1))
        if steps.size:
            there = there[steps]
            weight = there / there.sum(axis=1, keepdims=True)
            mixture = GaussianMixture(weight, np.where(there, readings[steps], 0.0), INSTRUMENT_SD)
            crps[steps, replicate] = mixture.crps(scored[steps, replicate])
            log_likelihood[steps, replicate] = mixture.logpdf(scored[steps, replicate])
    nothing = np.full(len(scored), np.nan)
    return Sample(nothing, nothing, mean(crps.T), mean(log_likelihood.T), nothing, nothing, scored)
