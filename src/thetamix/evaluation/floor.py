"""The floor: how well anybody can do who knows what the replicates read at that very time.

The equal mixture of N(reading, 0.02²) over the replicates is sometimes taken as the best forecast there is. Scored on
those same readings it is too good: it contains the reading that it is scored on. The floor proper leaves that reading
out: each is scored under the mixture of the *other* replicates. Both are given as if they were forecasters, at the
steps that all forecasters are scored at; they have a CRPS and a log-likelihood and no dynamics.
"""

import numpy as np

from thetamix.evaluation.sample import mean_of_known
from thetamix.evaluation.scores import Sample
from thetamix.mixture import GaussianMixture
from thetamix.network.observations import INSTRUMENT_SD

LEAVE_ONE_OUT = "floor (leave-one-out)"
SELF_INCLUDING = "floor (self-including)"
FLOORS = (LEAVE_ONE_OUT, SELF_INCLUDING)
#: The scores that floors have.
FLOOR_SCORES = ("crps", "log_likelihood")


def floor_samples(readings: np.ndarray, scored: np.ndarray) -> dict[str, Sample]:
    """Score readings under the mixture of their siblings, and of their siblings and themselves.

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
    everyone = range(readings.shape[1])
    others = np.array([[other != one for other in everyone] for one in everyone])
    everybody = np.ones_like(others)
    return {
        LEAVE_ONE_OUT: _sample(readings, scored, others),
        SELF_INCLUDING: _sample(readings, scored, everybody),
    }


def _sample(readings: np.ndarray, scored: np.ndarray, speaks: np.ndarray) -> Sample:
    crps, log_likelihood = np.full((2, *scored.shape), np.nan)
    for replicate in range(scored.shape[1]):
        mine = np.flatnonzero(np.isfinite(scored[:, replicate]))
        there = np.isfinite(readings[mine]) & speaks[replicate]
        count = there.sum(axis=1, keepdims=True)
        mine, there, count = mine[count[:, 0] > 0], there[count[:, 0] > 0], count[count > 0][:, None]
        if mine.size:
            mixture = GaussianMixture(there / count, np.where(there, readings[mine], 0.0), INSTRUMENT_SD)
            crps[mine, replicate] = mixture.crps(scored[mine, replicate])
            log_likelihood[mine, replicate] = mixture.logpdf(scored[mine, replicate])
    nothing = np.full(len(scored), np.nan)
    return Sample(nothing, nothing, mean_of_known(crps), mean_of_known(log_likelihood), nothing, nothing)
