r"""Bounds of the derivatives of a Gaussian over an interval: what certified subdivision stands on.

The n-th derivative of :math:`\varphi` is :math:`(-1)^n He_n(z) \varphi(z)` with the Hermite polynomial
:math:`He_n` (Abramowitz & Stegun 1964, section 26.2). Its size at a distance of at least z from the centre
is bounded by its largest extremum up to where its last extremum lies, and by its own value beyond.
"""

import math

import numpy as np

from thetamix.mixture.density import SQRT_2PI
from thetamix.mixture.rows import Floats

FARTHEST = 1e50  # standard deviations; its sixth power is still a number

# degree: (last extremum, where its size then only decreases; largest size anywhere)
ENVELOPES = {
    3: (math.sqrt(3.0 + math.sqrt(6.0)), 0.5505879),
    4: (math.sqrt(5.0 + math.sqrt(10.0)), 3.0 / SQRT_2PI),
}


def hermite(degree: int, z: Floats) -> Floats:
    """Hermite polynomial of degree 3 or 4."""
    square = z * z
    if degree == 3:
        return np.asarray(z * (square - 3.0))
    return np.asarray((square - 6.0) * square + 3.0)


def log_envelope(degree: int, z: Floats) -> Floats:
    r"""Logarithm of the largest :math:`|He_n(t)| \varphi(t)` over :math:`|t| \ge z \ge 0`."""
    last, largest = ENVELOPES[degree]
    outside = np.maximum(z, last)
    size = np.log(hermite(degree, outside) / SQRT_2PI) - 0.5 * outside * outside
    return np.asarray(np.where(z > last, size, math.log(largest)))


def standardised(mean: Floats, sd: Floats, x: Floats) -> Floats:
    """Distance from each component in standard deviations, within :data:`FARTHEST`."""
    with np.errstate(over="ignore"):
        return np.asarray(np.clip((x - mean) / sd, -FARTHEST, FARTHEST))


def nearest_distance(mean: Floats, sd: Floats, centre: Floats, radius: Floats) -> Floats:
    """Distance of an interval from each component, in standard deviations; zero inside."""
    with np.errstate(over="ignore"):
        outside = np.maximum(np.abs(centre - mean) - radius, 0.0) / sd
    return np.asarray(np.minimum(outside, FARTHEST))
