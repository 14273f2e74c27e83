"""Few components for many: the moments stay, and the error is measured."""

import numpy as np
import pytest

from thetamix.evaluation.reduction import largest_difference, reduce_components
from thetamix.mixture import GaussianMixture


@pytest.fixture
def law():
    rng = np.random.default_rng(3)
    mean = 0.25 + 0.06 * rng.standard_normal((30, 64))
    return np.full((30, 64), 1 / 64), mean, np.full((30, 64), 0.02)


def test_moments_stay(law):
    merged = reduce_components(*law)
    assert merged[0].shape == (30, 8)
    one, other = GaussianMixture(*law), GaussianMixture(*merged)
    np.testing.assert_allclose(one.expectation(), other.expectation(), atol=1e-12)
    np.testing.assert_allclose(one.variance(), other.variance(), atol=1e-12)


def test_the_error_is_small_and_measured(law):
    merged = reduce_components(*law)
    measured = largest_difference(law, merged)
    points = np.linspace(-0.1, 0.6, 400)
    one, other = (GaussianMixture(*m)[:, None].cdf(points) for m in (law, merged))
    assert np.abs(one - other).max() == pytest.approx(measured, abs=3e-4)
    assert measured < 0.01
    assert largest_difference(law, law) == 0


def test_missing_rows_stay_missing(law):
    weight, mean, sd = law
    mean[3] = np.nan
    merged = reduce_components(weight, mean, sd)
    assert all(np.isnan(values[3]).all() for values in merged)
    assert all(np.isfinite(values[4]).all() for values in merged)
    assert largest_difference((weight[3:4], mean[3:4], sd[3:4]), tuple(m[3:4] for m in merged)) == 0


def test_components_without_weight_have_no_say():
    weight, mean = np.array([[0.5, 0.5, 0.0]]), np.array([[0.1, 0.3, 9.0]])
    merged = reduce_components(weight, mean, np.full((1, 3), 0.02), 2)
    np.testing.assert_allclose(merged[1], [[0.1, 0.3]])
    same = reduce_components(weight, np.full((1, 3), 0.2), np.full((1, 3), 0.02), 2)
    assert GaussianMixture(*same).expectation() == pytest.approx(0.2)
