"""All that readings say at once is what they say one after the other."""

import numpy as np
import pytest

from thetamix.mixture import GaussianMixture


@pytest.mark.parametrize("components", [1, 3, 20])
def test_verification_is_that_of_each_function(random_mixtures, components):
    rng = np.random.default_rng(0)
    mixture = GaussianMixture(*random_mixtures(50, components))
    readings = rng.normal(0.0, 3.0, (7, 50))
    readings[2, 3] = np.nan
    readings[:, 4] = np.nan
    readings[1, 5], readings[2, 5] = 1e3, -1e6
    for asked, given_ in ((mixture, readings), (mixture[:, None], readings.T)):
        got = asked.verify(given_)
        np.testing.assert_allclose(got.cdf, asked.cdf(given_), rtol=1e-13)
        np.testing.assert_allclose(got.logpdf, asked.logpdf(given_), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(got.crps, asked.crps(given_), rtol=1e-12, atol=1e-13)
        assert np.isnan(got.crps).sum() == 8


def test_components_without_weight_and_far_readings():
    mixture = GaussianMixture([0.0, 1.0], [0.5, 0.2], [1e-3, 0.02])
    for reading in (0.2, 0.5, 5.0):
        got = mixture.verify(reading)
        np.testing.assert_allclose(got.cdf, mixture.cdf(reading), rtol=1e-13)
        np.testing.assert_allclose(got.logpdf, mixture.logpdf(reading), rtol=1e-13)
        np.testing.assert_allclose(got.crps, mixture.crps(reading), rtol=1e-12)


def test_a_mixture_verified_by_nothing():
    mixture = GaussianMixture(np.ones((0, 1)), np.ones((0, 1)), np.ones((0, 1)))
    assert mixture.verify(np.empty(0)).cdf.shape == (0,)
