"""The bounds that certify modes and distances."""

import numpy as np
import pytest

from thetamix.mixture.density import SQRT_2PI
from thetamix.mixture.hermite import hermite, log_envelope, nearest_distance


@pytest.mark.parametrize("degree", [3, 4])
def test_envelope_is_the_largest_value_farther_out(degree):
    z = np.linspace(0, 12, 120_001)
    size = np.abs(hermite(degree, z)) * np.exp(-0.5 * z * z) / SQRT_2PI
    farther_out = np.maximum.accumulate(size[::-1])[::-1]
    envelope = np.exp(log_envelope(degree, z))
    assert (envelope >= farther_out * (1 - 1e-7)).all()
    assert envelope[0] == pytest.approx(farther_out[0], rel=1e-6)
    np.testing.assert_allclose(envelope[40_000:], farther_out[40_000:], rtol=1e-12)


@pytest.mark.parametrize("degree", [3, 4])
def test_polynomial_is_numpys(degree):
    z = np.linspace(-5, 5, 101)
    expected = np.polynomial.hermite_e.hermeval(z, np.eye(degree + 1)[degree])
    np.testing.assert_allclose(hermite(degree, z), expected, atol=1e-11)


def test_distance_of_an_interval():
    got = nearest_distance(np.array([0.0, 1.0, 3.0]), np.array([1.0, 1.0, 0.5]), 1.0, 0.5)
    np.testing.assert_allclose(got, [0.5, 0.0, 3.0])
