"""Density, distribution function and tails, over a table of hard mixtures."""

import numpy as np
import pytest
import scipy.stats

from thetamix.mixture import GaussianMixture


def test_density_integrates_to_one(hard, integrate):
    assert integrate(GaussianMixture(*hard).pdf, hard) == pytest.approx(1.0, abs=1e-12)


def test_density_is_slope_of_distribution(hard):
    mixture = GaussianMixture(*hard)
    x = hard.mean + 0.7 * hard.sd
    h = 1e-4 * hard.sd[hard.weight > 0].min()
    slope = mixture.probability_between(x - h, x + h) / ((x + h) - (x - h))
    np.testing.assert_allclose(mixture.pdf(x), slope, rtol=1e-4)


def test_log_density_is_log_of_density(hard):
    mixture = GaussianMixture(*hard)
    x = hard.mean + 3.0 * hard.sd
    np.testing.assert_allclose(np.exp(mixture.logpdf(x)), mixture.pdf(x), rtol=1e-10)


def test_log_density_has_no_floor():
    far = GaussianMixture([0.3, 0.7], [0.0, 0.1], [1e-6, 1e-4]).logpdf([1.1, -1e30, np.inf])
    z = (1.1 - 0.1) / 1e-4
    expected = np.log(0.7) - np.log(1e-4) - 0.5 * np.log(2 * np.pi) - 0.5 * z * z
    assert far[0] == pytest.approx(expected, rel=1e-12)
    assert np.isfinite(far[1])
    assert far[2] == -np.inf


def test_tails_complement_and_keep_their_digits(hard):
    mixture = GaussianMixture(*hard)
    x = hard.mean
    np.testing.assert_allclose(mixture.cdf(x) + mixture.sf(x), 1.0, rtol=1e-14)
    used = hard.weight > 0
    far = float((hard.mean + 12.0 * hard.sd)[used].max())
    z = (far - hard.mean) / hard.sd
    expected = (hard.weight * scipy.stats.norm.sf(z)).sum()
    assert mixture.probability_above(far) == pytest.approx(expected, rel=1e-12)
    beyond = mixture.probability_between(far, far + 9.0 * hard.sd[used].max())
    assert beyond == pytest.approx(expected, rel=1e-6)


def test_between_is_difference(hard):
    mixture = GaussianMixture(*hard)
    low, high = hard.mean - hard.sd, hard.mean + 2 * hard.sd
    expected = mixture.cdf(high) - mixture.cdf(low)
    np.testing.assert_allclose(mixture.probability_between(low, high), expected, atol=1e-14)
    with pytest.raises(ValueError, match="low exceeds high"):
        mixture.probability_between(0.2, 0.1)
