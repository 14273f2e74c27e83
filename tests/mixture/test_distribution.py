"""One component is scipy's normal; draws come from the mixture."""

import numpy as np
import pytest
import scipy.stats

from thetamix.mixture import GaussianMixture

LEVELS = np.array([1e-9, 1e-3, 0.025, 0.2, 1 / 3, 0.5, 0.7, 0.8, 0.975, 0.999, 1 - 1e-9])


def test_one_component_is_scipys_normal():
    one, norm = GaussianMixture([1.0], [0.3], [0.02]), scipy.stats.norm(0.3, 0.02)
    x = np.linspace(0.1, 0.5, 41)
    for name in ("pdf", "logpdf", "cdf", "sf"):
        np.testing.assert_allclose(getattr(one, name)(x), getattr(norm, name)(x), rtol=1e-10)
    np.testing.assert_allclose(one.quantile(LEVELS), norm.ppf(LEVELS), rtol=1e-14)
    np.testing.assert_allclose(one.interval(0.9), norm.interval(0.9), rtol=1e-14)
    assert one.expectation() == norm.mean()
    assert one.variance() == pytest.approx(norm.var())
    assert one.skewness() == 0.0
    assert one.modes().place == [0.3]
    assert one.mean_difference() == pytest.approx(0.04 / np.sqrt(np.pi), rel=1e-13)


class TestSample:
    def test_is_drawn_from_the_mixture(self):
        mixture = GaussianMixture([0.2, 0.8], [[0.1, 0.4], [0.3, 0.3]], 0.02)
        draws = mixture.sample(np.random.default_rng(1), 4000)
        assert draws.shape == (2, 4000)
        for i in range(2):
            assert scipy.stats.kstest(draws[i], mixture[i].cdf).pvalue > 0.01

    def test_single_draw_has_no_axis(self):
        mixture = GaussianMixture([0.2, 0.8], [[0.1, 0.4], [np.nan, 0.3]], 0.02)
        draw = mixture.sample(np.random.default_rng(1))
        assert draw.shape == (2,)
        assert np.isfinite(draw).tolist() == [True, False]
        assert mixture.sample(np.random.default_rng(1), 0).shape == (2, 0)
