r"""Wasserstein-1 distance of a mixture of Gaussians from another, or from points, on columns.

.. math::

    W_1(F, G) = \int |F(x) - G(x)|\, dx

(Vallender 1974, doi:10.1137/1118101.) The antiderivative of F is closed,
:math:`\sum_k w_k \sigma_k (z_k \Phi(z_k) + \varphi(z_k))`, so the integral is exact wherever the sign
of :math:`D = F - G` is known. Between two points it changes at most once, at the quantile of G's level
there. Between two mixtures the sign is certified by subdivision: with the derivatives of D at the
centre of a piece of radius r, and M a bound of :math:`|D''''|` over it (:mod:`.hermite`),
:math:`|D| > |D'|r + |D''|r^2/2 + |D'''|r^3/6 + M r^4/24` proves that D keeps its sign. What remains
around the zeros is cut until it cannot matter.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr

from thetamix.mixture.density import SQRT_2PI, integrated_cdf
from thetamix.mixture.hermite import FARTHEST, log_envelope, nearest_distance, standardised
from thetamix.mixture.quantiles import quantile
from thetamix.mixture.rows import Floats

REACH = 9.0  # standard deviations beyond which a tail is below 1e-19
TINY = np.finfo(np.float64).tiny
NEGLIGIBLE = 1e-13  # contribution of a piece of unknown sign, relative to the whole length


def distance_to_points(weight: Floats, mean: Floats, sd: Floats, points: Floats) -> Floats:
    """Distance of columns from equally weighted points ``(P, c)``; shape ``(1, c)``."""
    y = np.sort(points, axis=0)
    total = integrated_cdf(weight, mean, sd, y[:1])
    total += integrated_cdf(weight, -mean, sd, -y[-1:])
    area = integrated_cdf(weight, mean, sd, y)
    level = np.arange(1, len(y)) / len(y)
    crossing = np.clip(quantile(weight, mean, sd, level), y[:-1], y[1:])
    at_crossing = integrated_cdf(weight, mean, sd, crossing)
    below = level[:, None] * (crossing - y[:-1]) - (at_crossing - area[:-1])
    above = (area[1:] - at_crossing) - level[:, None] * (y[1:] - crossing)
    total += (below + above).sum(axis=0)
    return total


def distance_to_mixture(first: Sequence[Floats], second: Sequence[Floats]) -> Floats:
    """Distance between two mixtures, each weight, mean and sd ``(K, c)``; shape ``(c,)``."""
    v = np.concatenate([first[0], -second[0]])
    m, s = (np.concatenate([first[i], second[i]]) for i in (1, 2))
    row = np.arange(v.shape[1])
    used = v != 0.0
    low = np.where(used, m - REACH * s, np.inf).min(axis=0)
    high = np.where(used, m + REACH * s, -np.inf).max(axis=0)
    negligible = NEGLIGIBLE * (high - low)
    area_low, area_high = np.zeros(row.size), integrated_cdf(v, m, s, high[None])[0]
    total = np.zeros(row.size)
    while row.size:
        centre, radius = 0.5 * (low + high), 0.5 * (high - low)
        columns = (v.take(row, axis=1), m.take(row, axis=1), s.take(row, axis=1))
        gap, swing, area = _expansion(*columns, centre, radius)
        settled = (gap > swing) | (centre <= low) | (centre >= high)
        settled |= gap + swing <= negligible.take(row) / np.maximum(2.0 * radius, TINY)
        part = np.abs(area_high - area_low)[settled]
        total += np.bincount(row[settled], weights=part, minlength=total.size)
        go = ~settled
        row = np.concatenate([row[go], row[go]])
        low, high = np.concatenate([low[go], centre[go]]), np.concatenate([centre[go], high[go]])
        area_low, area_high = (
            np.concatenate([area_low[go], area[go]]),
            np.concatenate([area[go], area_high[go]]),
        )
    return total


def _expansion(v: Floats, m: Floats, s: Floats, centre: Floats, radius: Floats) -> tuple[Floats, Floats, Floats]:
    """Return ``|D|`` at the centre, a bound of its change over the piece, and its antiderivative."""
    z = standardised(m, s, centre)
    lower = v * ndtr(z)
    bell = v * np.exp(-0.5 * z * z) / SQRT_2PI
    area = ((centre - m) * lower + s * bell).sum(axis=0)
    # derivatives times a power of the radius: no scale is too small or too large for them
    ratio = np.minimum(radius / s, FARTHEST)
    swing = np.zeros_like(centre)
    for factorial, polynomial in ((1.0, 1.0), (2.0, z), (6.0, z * z - 1.0)):
        bell *= ratio
        swing += np.abs((bell * polynomial).sum(axis=0)) / factorial
    near = nearest_distance(m, s, centre, radius)
    bound = np.abs(v) * ratio**4 * np.exp(log_envelope(3, near))
    swing += bound.sum(axis=0) / 24.0
    return np.abs(lower.sum(axis=0)), swing, area
