r"""What readings say of a mixture, all at once: Φ and the exponential of each term are worked out once.

The three share :math:`z_k = (x - \mu_k)/\sigma_k`. With the upper tail :math:`Q = 1 - \Phi`,

.. math::

    E|X - x| = \sum_k w_k \sigma_k \bigl(|z_k| - 2 |z_k| Q(|z_k|) + 2 \varphi(z_k)\bigr)

and the CRPS is that less half of :func:`.distance.mean_difference`, which does not know the readings.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from thetamix.mixture.density import SQRT_2PI, bell, logpdf, standardised
from thetamix.mixture.rows import Floats

FAINTEST = 1e-280  # smaller densities have lost digits, and are summed in log space


@dataclass(frozen=True)
class Verification:
    """What readings say of mixtures, each of the readings' shape broadcast against the mixtures'.

    Attributes
    ----------
    cdf
        Probability of a lower reading: the probability integral transform.
    logpdf
        Logarithm of the density.
    crps
        Continuous ranked probability score.
    """

    cdf: Floats
    logpdf: Floats
    crps: Floats


def verify(weight: Floats, mean: Floats, sd: Floats, x: Floats) -> Floats:
    """Distribution function, logarithm of the density and mean distance at points ``(r, c)``; ``(3 r, c)``."""
    r = len(x)
    result = np.empty((3 * r, x.shape[1]))
    below, log_density, distance = result[:r], result[r : 2 * r], result[2 * r :]
    z = standardised(mean, sd, x)
    far = np.abs(z)
    height = bell(z.copy())
    upper = ndtr(-far)
    with np.errstate(under="ignore", over="ignore", divide="ignore", invalid="ignore"):
        np.minimum(_sum(weight, np.where(z > 0.0, 1.0 - upper, upper)), 1.0, out=below)
        density = _sum(weight / (SQRT_2PI * sd), height)
        np.log(density, out=log_density)
        # u - 2uQ + 2φ, in place
        upper *= -2.0
        upper += 1.0
        upper *= far
        height *= 2.0 / SQRT_2PI
        upper += height
        distance[:] = _sum(weight * sd, upper)
    faint = np.flatnonzero((density < FAINTEST).any(axis=0))
    if faint.size:
        columns = (a.take(faint, axis=1) for a in (weight, mean, sd, x))
        log_density[:, faint] = logpdf(*columns)
    return result


def _sum(weight: Floats, terms: Floats) -> Floats:
    """Sum terms ``(K, r, c)`` by their weights ``(K, c)``."""
    return np.asarray(np.einsum("kc,krc->rc", weight, terms))
