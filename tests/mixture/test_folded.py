"""The mean of a folded Gaussian against forty digits."""

import mpmath
import numpy as np

from thetamix.mixture.folded import folded_mean


def test_is_exact_to_the_last_digits():
    u = np.concatenate([np.linspace(0, 12, 500), [40.0, 1e9]])
    with mpmath.workdps(40):

        def exact(x):
            x = mpmath.mpf(float(x))
            root = mpmath.sqrt(2)
            return float(x * mpmath.erf(x / root) + 2 * mpmath.npdf(x))

        expected = np.array([exact(x) for x in u])
    for sign in (1.0, -1.0):
        got = folded_mean(sign * u, np.ones_like(u))
        np.testing.assert_allclose(got, expected, rtol=4e-15)


def test_of_infinite_ratio_is_the_distance():
    assert folded_mean(np.array([1e300]), np.array([1e-300])) == 1e300
