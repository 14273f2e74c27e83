r"""The mean of a folded Gaussian, :math:`E|N(\mu, \sigma^2)|`: every term of every CRPS.

With :math:`u = |\mu|/\sigma` and the Mills ratio :math:`M(u) = (1 - \Phi(u))/\varphi(u)`,

.. math::

    E|N(\mu, \sigma^2)| = \mu \operatorname{erf}\frac{\mu}{\sigma\sqrt2} + 2\sigma\varphi(u)
                       = |\mu| + 2 \sigma \varphi(u) \bigl(1 - u M(u)\bigr)

The second form needs one exponential, and a smooth bounded function that a polynomial in
:math:`1/(u + c)` gives to 3e-15. SciPy's ``erf`` alone takes twice as long as all of this.
"""

import math

import numpy as np
from numpy.polynomial import chebyshev
from scipy.special import erfcx

from thetamix.mixture.density import bell
from thetamix.mixture.rows import Floats

SHIFT = 7.0  # the best c in a scan, for degree 14 and u up to 6
LARGEST = 6.0
DEGREE = 14


def _interpolated() -> tuple[float, float, list[float]]:
    """Interpolate ``2φ(0)(1 - u M(u))`` at the Chebyshev points of ``1/(u + c)``.

    Returns scale and offset of the polynomial's variable ``scale/(u + c) - offset``, and its
    coefficients. Beyond ``LARGEST`` it stays bounded, and the exponential beside it vanishes.
    """
    first, last = 1.0 / SHIFT, 1.0 / (SHIFT + LARGEST)

    def remainder(t: Floats) -> Floats:
        u = np.maximum(1.0 / (first + (t + 1.0) / 2.0 * (last - first)) - SHIFT, 0.0)
        mills = math.sqrt(math.pi / 2.0) * erfcx(u * math.sqrt(0.5))
        return np.asarray(math.sqrt(2.0 / math.pi) * (1.0 - u * mills))

    scale = 2.0 / (last - first)
    nodes = chebyshev.chebpts1(DEGREE + 1)
    powers = chebyshev.cheb2poly(chebyshev.chebfit(nodes, remainder(nodes), DEGREE))
    return scale, first * scale + 1.0, [float(a) for a in powers]


SCALE, OFFSET, COEFFICIENTS = _interpolated()


def folded_mean(distance: Floats, sd: Floats) -> Floats:
    """Mean of ``|N(distance, sd²)|`` for arrays that broadcast; ``distance`` is overwritten."""
    np.abs(distance, out=distance)
    with np.errstate(over="ignore", under="ignore"):
        u = distance / sd
        t = u + SHIFT
        np.divide(SCALE, t, out=t)
        t -= OFFSET
        result = t * COEFFICIENTS[-1]
        for coefficient in COEFFICIENTS[-2:0:-1]:
            result += coefficient
            result *= t
        result += COEFFICIENTS[0]
        result *= bell(u)
        result *= sd
    result += distance
    return np.asarray(result)
