r"""Density and distribution function of a mixture of Gaussians, on columns.

.. math::

    f(x) = \sum_k w_k \frac{1}{\sigma_k} \varphi(z_k), \qquad
    F(x) = \sum_k w_k \Phi(z_k), \qquad z_k = \frac{x - \mu_k}{\sigma_k}

(Bischof et al. 2025, eq. 1, with :math:`\sigma` the standard deviation.) All functions take weight,
mean and sd of shape ``(K, c)`` and points of shape ``(r, c)``, and return ``(r, c)``.
"""

import math

import numpy as np
from scipy.special import ndtr

from thetamix.mixture.rows import Floats

SQRT_2PI = math.sqrt(2.0 * math.pi)
LOG_SQRT_2PI = math.log(SQRT_2PI)


def standardised(mean: Floats, sd: Floats, x: Floats) -> Floats:
    """Distance from each component in its standard deviations, shape ``(K, r, c)``."""
    z: Floats = x - mean[:, None]
    with np.errstate(over="ignore"):
        z /= sd[:, None]
    return z


def bell(z: Floats) -> Floats:
    r"""Return :math:`e^{-z^2/2}`, the Gaussian without its constant; ``z`` is overwritten."""
    with np.errstate(over="ignore", under="ignore"):
        np.multiply(z, z, out=z)
        z *= -0.5
        return np.exp(z, out=z)


def pdf(weight: Floats, mean: Floats, sd: Floats, x: Floats) -> Floats:
    """Probability density."""
    with np.errstate(over="ignore", under="ignore"):
        terms = bell(standardised(mean, sd, x))
        terms *= (weight / (SQRT_2PI * sd))[:, None]
        return np.asarray(terms.sum(axis=0))


def logpdf(weight: Floats, mean: Floats, sd: Floats, x: Floats) -> Floats:
    """Logarithm of the density, summed in log space: no point is too far away for it."""
    with np.errstate(divide="ignore", over="ignore", under="ignore"):
        terms = standardised(mean, sd, x)
        np.multiply(terms, terms, out=terms)
        terms *= -0.5
        terms += (np.log(weight) - np.log(sd) - LOG_SQRT_2PI)[:, None]
        top = terms.max(axis=0)
        # at infinity every term is -inf, and so is the answer
        terms -= np.where(np.isneginf(top), 0.0, top)
        np.exp(terms, out=terms)
        return np.asarray(np.log(terms.sum(axis=0)) + top)


def cdf(weight: Floats, mean: Floats, sd: Floats, x: Floats) -> Floats:
    """Probability of a value below ``x``; relatively exact in the lower tail."""
    return _tail(weight, standardised(mean, sd, x))


def sf(weight: Floats, mean: Floats, sd: Floats, x: Floats) -> Floats:
    """Probability of a value above ``x``; relatively exact in the upper tail."""
    return _tail(weight, standardised(-mean, sd, -x))


def between(weight: Floats, mean: Floats, sd: Floats, low: Floats, high: Floats) -> Floats:
    """Probability of a value between ``low`` and ``high``, without cancellation in either tail."""
    a, b = standardised(mean, sd, low), standardised(mean, sd, high)
    # right of a component, measure from the other end: there the two tails are small numbers
    right = a > 0.0
    p = ndtr(np.where(right, -a, b))
    p -= ndtr(np.where(right, -b, a))
    p *= weight[:, None]
    return np.asarray(p.sum(axis=0))


def integrated_cdf(weight: Floats, mean: Floats, sd: Floats, x: Floats) -> Floats:
    r"""Return :math:`\int_{-\infty}^x F = E(x - X)_+ = \sum_k w_k \sigma_k (z\Phi(z)+\varphi(z))`."""
    z = standardised(mean, sd, x)
    with np.errstate(under="ignore", over="ignore"):
        terms = z * ndtr(z) + bell(z.copy()) / SQRT_2PI
        terms *= (weight * sd)[:, None]
        return np.asarray(terms.sum(axis=0))


def _tail(weight: Floats, z: Floats) -> Floats:
    """Sum of lower tails; the minimum takes away the last bit that a sum of weights may have."""
    with np.errstate(under="ignore"):
        p = ndtr(z, out=z)
        p *= weight[:, None]
        return np.asarray(np.minimum(p.sum(axis=0), 1.0))
