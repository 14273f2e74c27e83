"""Wasserstein-1 against scipy's on fine samples, closed forms and the integral."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from thetamix.mixture import GaussianMixture

repeatable = settings(derandomize=True, deadline=None)
FINE = (np.arange(20_000) + 0.5) / 20_000


def by_fine_samples(first, second):
    return scipy.stats.wasserstein_distance(first.quantile(FINE), second.quantile(FINE))


def by_grid(first, second, points=400_001):
    low = min((m.mean - 9 * m.sd).min() for m in (first, second))
    high = max((m.mean + 9 * m.sd).max() for m in (first, second))
    x = np.linspace(low, high, points)
    return np.trapezoid(np.abs(first.cdf(x) - second.cdf(x)), x)


class TestOfMixtures:
    def test_is_scipys_on_fine_samples(self, random_mixtures):
        first = GaussianMixture(*random_mixtures(20, 3, seed=1))
        second = GaussianMixture(*random_mixtures(20, 4, seed=2))
        got = first.wasserstein(second)
        for i in range(20):
            assert got[i] == pytest.approx(by_fine_samples(first[i], second[i]), abs=2e-5)

    def test_is_the_integral(self, random_mixtures):
        first = GaussianMixture(*random_mixtures(10, 3, seed=3))
        second = GaussianMixture(*random_mixtures(10, 2, seed=4))
        got = first.wasserstein(second)
        for i in range(10):
            assert got[i] == pytest.approx(by_grid(first[i], second[i]), rel=1e-7)

    def test_hard_mixtures_against_a_gaussian(self, hard):
        mixture = GaussianMixture(*hard)
        sd = np.sqrt(mixture.variance())
        gaussian = GaussianMixture([1.0], [mixture.expectation()], [sd])
        got = mixture.wasserstein(gaussian)
        assert got == pytest.approx(by_fine_samples(mixture, gaussian), abs=3e-4 * sd)
        assert gaussian.wasserstein(mixture) == pytest.approx(got, abs=1e-10 * sd)

    def test_shift_is_its_length(self, hard):
        weight, mean, sd = hard
        moved = GaussianMixture(weight, mean + 0.01, sd)
        assert GaussianMixture(*hard).wasserstein(moved) == pytest.approx(0.01, rel=1e-9)

    def test_two_widths_about_one_centre(self):
        narrow, wide = (GaussianMixture([1.0], [0.3], [sd]) for sd in (1e-6, 0.1))
        assert narrow.wasserstein(wide) == pytest.approx((0.1 - 1e-6) * np.sqrt(2 / np.pi), rel=1e-11)

    def test_from_itself_is_nothing(self, hard):
        mixture = GaussianMixture(*hard)
        shuffled = GaussianMixture(*(np.roll(a, 1) for a in hard))
        size = hard.sd[hard.weight > 0].max() + np.ptp(hard.mean[hard.weight > 0])
        assert mixture.wasserstein(shuffled) == pytest.approx(0.0, abs=1e-10 * size)

    @repeatable
    @given(
        st.lists(st.tuples(st.floats(-1, 1), st.floats(-3, 0)), min_size=3, max_size=3),
        st.lists(st.floats(0.01, 1), min_size=3, max_size=3),
    )
    def test_is_a_metric(self, components, weight):
        mean, log_sd = np.array(components).T
        sd = 10.0**log_sd
        weight = np.array(weight) / np.sum(weight)
        a = GaussianMixture(weight, mean, sd)
        b = GaussianMixture(weight, mean[::-1], sd)
        c = GaussianMixture(weight, mean, sd[::-1])
        ab, bc, ac = a.wasserstein(b), b.wasserstein(c), a.wasserstein(c)
        assert ab == pytest.approx(b.wasserstein(a), abs=1e-11)
        assert ac <= ab + bc + 1e-11
        assert ab >= abs(a.expectation() - b.expectation()) - 1e-11

    def test_shapes_broadcast(self, random_mixtures):
        first = GaussianMixture(*random_mixtures(6, 3))
        second = GaussianMixture([1.0], [0.3], [0.1])
        assert first.wasserstein(second).shape == (6,)
        assert first[:, None].wasserstein(first).shape == (6, 6)
        assert np.ndim(second.wasserstein(second)) == 0


class TestFromPoints:
    def test_is_scipys_on_a_fine_sample(self, hard):
        mixture = GaussianMixture(*hard)
        sd = float(np.sqrt(mixture.variance()))
        points = float(mixture.expectation()) + sd * np.array([-1.3, 0.2, 0.2, 0.9])
        expected = scipy.stats.wasserstein_distance(mixture.quantile(FINE), points)
        assert mixture.wasserstein(points) == pytest.approx(expected, abs=3e-4 * sd)

    def test_is_the_limit_of_narrow_components(self, random_mixtures):
        mixture = GaussianMixture(*random_mixtures(10, 3))
        points = np.random.default_rng(0).uniform(0, 0.6, (10, 5))
        dressed = GaussianMixture(np.full(5, 0.2), points, 1e-9)
        got = mixture.wasserstein(points)
        np.testing.assert_allclose(got, mixture.wasserstein(dressed), rtol=1e-7)

    def test_from_one_point_is_the_mean_distance(self):
        one = GaussianMixture([1.0], [0.3], [0.02])
        assert one.wasserstein([0.3]) == pytest.approx(0.02 * np.sqrt(2 / np.pi), rel=1e-13)
        assert one.wasserstein([7.3]) == pytest.approx(7.0, rel=1e-13)

    def test_order_of_points_does_not_matter(self, random_mixtures):
        mixture = GaussianMixture(*random_mixtures(4, 3))
        points = [0.4, 0.1, 0.3]
        np.testing.assert_array_equal(mixture.wasserstein(points), mixture.wasserstein(sorted(points)))

    def test_refuses_no_points(self):
        with pytest.raises(ValueError, match="points are needed"):
            GaussianMixture([1.0], [0.0], [1.0]).wasserstein([])
