r"""Moments of a mixture of Gaussians, on columns.

With the mixture's mean :math:`\mu` and :math:`\delta_k = \mu_k - \mu`, all in central form, which
does not lose digits where the spread is small beside the level:

.. math::

    \mu = \sum_k w_k \mu_k, \qquad
    \operatorname{Var} = \sum_k w_k (\sigma_k^2 + \delta_k^2), \qquad
    E(X - \mu)^3 = \sum_k w_k \delta_k (\delta_k^2 + 3 \sigma_k^2)

(Frühwirth-Schnatter 2006, *Finite Mixture and Markov Switching Models*, section 1.2.4,
doi:10.1007/978-0-387-35768-3.) Parameters have shape ``(K, c)``, results ``(1, c)``.
"""

import numpy as np

from thetamix.mixture.rows import Floats


def expectation(weight: Floats, mean: Floats, _sd: Floats) -> Floats:
    """Mean of the mixture."""
    return np.asarray((weight * mean).sum(axis=0, keepdims=True))


def variance(weight: Floats, mean: Floats, sd: Floats) -> Floats:
    """Variance of the mixture: within the components and between them."""
    delta = mean - expectation(weight, mean, sd)
    return np.asarray((weight * (sd**2 + delta**2)).sum(axis=0, keepdims=True))


def skewness(weight: Floats, mean: Floats, sd: Floats) -> Floats:
    """Third central moment divided by the variance to the power 3/2."""
    delta = mean - expectation(weight, mean, sd)
    # in units of about the standard deviation before cubing, so that no scale underflows
    size = (np.sqrt(weight) * np.maximum(np.abs(delta), sd)).max(axis=0)
    used = weight > 0.0
    d, s = np.where(used, delta / size, 0.0), np.where(used, sd / size, 0.0)
    second = (weight * (d**2 + s**2)).sum(axis=0, keepdims=True)
    third = (weight * d * (d**2 + 3.0 * s**2)).sum(axis=0, keepdims=True)
    return np.asarray(third / second**1.5)
