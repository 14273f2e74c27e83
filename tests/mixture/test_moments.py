"""Moments are integrals of the density."""

import numpy as np
import pytest

from thetamix.mixture import GaussianMixture


def test_moments_are_integrals(hard, integrate):
    mixture = GaussianMixture(*hard)
    mean, sd = mixture.expectation(), np.sqrt(mixture.variance())

    def moment(power):
        return integrate(lambda x: ((x - mean) / sd) ** power * mixture.pdf(x), hard)

    assert moment(1) == pytest.approx(0.0, abs=1e-9)
    assert moment(2) == pytest.approx(1.0, abs=1e-9)
    assert moment(3) == pytest.approx(float(mixture.skewness()), abs=1e-8)


def test_spread_beside_a_large_level_keeps_its_digits():
    mixture = GaussianMixture([0.5, 0.5], [1e8 - 0.5, 1e8 + 0.5], 0.25)
    assert mixture.variance() == pytest.approx(0.3125, rel=1e-7)
    assert mixture.skewness() == pytest.approx(0.0, abs=1e-7)


@pytest.mark.parametrize("scale", [1e-130, 1e130])
def test_skewness_does_not_know_the_scale(scale):
    mean, sd = np.array([0.1, 0.3, 0.0]), np.array([0.02, 0.05, 1.0])
    expected = GaussianMixture([0.8, 0.2, 0.0], mean, sd).skewness()
    got = GaussianMixture([0.8, 0.2, 0.0], scale * mean, scale * sd).skewness()
    assert got == pytest.approx(expected, rel=1e-12)
