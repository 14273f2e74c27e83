"""The CRPS against its integral and scoringrules; the fast parts against their definitions."""

import time

import mpmath
import numpy as np
import pytest
import scoringrules
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import erf

from thetamix.mixture import GaussianMixture, distance, spectral
from thetamix.mixture.folded import folded_mean

repeatable = settings(derandomize=True, deadline=None)


def all_pairs(weight, mean, sd):
    """Mean difference by its definition, one mixture at a time."""
    d = mean[:, None] - mean
    both = np.sqrt(sd[:, None] ** 2 + sd**2)
    u = d / both
    a = d * erf(u / np.sqrt(2)) + both * np.sqrt(2 / np.pi) * np.exp(-0.5 * u * u)
    return (weight[:, None] * weight * a).sum()


class TestScore:
    def test_is_the_integral_of_the_squared_difference(self, hard, integrate):
        mixture = GaussianMixture(*hard)
        size = hard.sd[hard.weight > 0].max() + np.ptp(hard.mean[hard.weight > 0])
        for y in (hard.mean[0], hard.mean[0] + 0.5 * hard.sd[0], hard.mean[0] - 3.0 * size):

            def square(x, y=y):
                return np.where(x < y, mixture.cdf(x), mixture.sf(x)) ** 2

            expected = integrate(square, hard, float(y))
            assert mixture.crps(y) == pytest.approx(expected, rel=1e-10, abs=1e-12 * size)

    def test_is_scoringrules(self, hard):
        mixture = GaussianMixture(*hard)
        for y in np.linspace(-1, 2, 7):
            expected = scoringrules.crps_mixnorm(y, hard.mean, hard.sd, hard.weight)
            assert mixture.crps(y) == pytest.approx(expected, rel=1e-9, abs=1e-12)

    @pytest.mark.parametrize("k", [1, 2, 3, 16, 17, 60])
    def test_is_scoringrules_on_many_rows(self, k, random_mixtures):
        weight, mean, sd = random_mixtures(300, k)
        y = np.random.default_rng(1).uniform(-0.5, 1.5, 300)
        expected = scoringrules.crps_mixnorm(y, mean, sd, weight)
        np.testing.assert_allclose(GaussianMixture(weight, mean, sd).crps(y), expected, atol=2e-14)

    @repeatable
    @given(
        st.lists(
            st.tuples(st.floats(-12, 0), st.floats(-1, 1), st.floats(-6, 1)),
            min_size=1,
            max_size=8,
        ),
        st.floats(-2, 2),
    )
    def test_is_scoringrules_on_drawn_mixtures(self, components, y):
        log_weight, mean, log_sd = np.array(components).T
        weight, sd = 10.0**log_weight, 10.0**log_sd
        weight /= weight.sum()
        expected = scoringrules.crps_mixnorm(y, mean, sd, weight)
        got = GaussianMixture(weight, mean, sd).crps(y)
        assert got == pytest.approx(expected, rel=1e-9, abs=1e-13)
        assert got >= 0.0

    def test_far_reading_costs_its_distance(self):
        mixture = GaussianMixture([0.5, 0.5], [0.1, 0.3], [0.02, 0.02])
        assert mixture.crps(1e9) == pytest.approx(1e9, rel=1e-9)
        assert mixture.crps(np.inf) == np.inf

    def test_second_part_is_the_mean_difference(self, random_mixtures):
        weight, mean, sd = random_mixtures(50, 4)
        expected = [all_pairs(*row) for row in zip(weight, mean, sd, strict=True)]
        got = GaussianMixture(weight, mean, sd).mean_difference()
        np.testing.assert_allclose(got, expected, rtol=1e-13)

    def test_second_part_is_computed_once_a_row(self, random_mixtures, monkeypatch):
        rows = []
        original = distance.mean_difference

        def spy(weight, mean, sd):
            rows.append(weight.shape[1])
            return original(weight, mean, sd)

        monkeypatch.setattr(distance, "mean_difference", spy)
        mixture = GaussianMixture(*random_mixtures(100, 3))
        mixture.crps(np.full((7, 100), 0.2))
        mixture[:, None].crps(np.full((100, 7), 0.2))
        assert sum(rows) == 200


class TestFoldedMean:
    def test_is_exact_to_the_last_digits(self):
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

    def test_of_infinite_ratio_is_the_distance(self):
        assert folded_mean(np.array([1e300]), np.array([1e-300])) == 1e300


class TestManyComponents:
    @pytest.mark.parametrize("k", [17, 64, 200])
    @pytest.mark.parametrize(
        ("low", "high"),
        [(0.02, 0.02), (5e-3, 0.1), (1e-6, 1e-3), (1e-6, 1.0), (1e-12, 1e-12), (10.0, 30.0)],
    )
    def test_harmonics_are_the_sum_over_pairs(self, k, low, high):
        rng = np.random.default_rng(k)
        weight = rng.dirichlet(np.ones(k), 12)
        weight[:3, 4] = 0.0
        weight /= weight.sum(axis=1, keepdims=True)
        mean = rng.uniform(0, 0.6, (12, k))
        mean[0] = 0.3
        sd = np.exp(rng.uniform(np.log(low), np.log(high), (12, k)))
        got = GaussianMixture(weight, mean, sd).mean_difference()
        expected = np.array([all_pairs(*row) for row in zip(weight, mean, sd, strict=True)])
        assert np.abs(got - expected).max() < 1e-13 * (0.6 + 12 * high)

    def test_component_without_weight_costs_no_accuracy(self):
        mean = np.r_[np.linspace(0, 0.6, 20), 1e9]
        sd = np.r_[np.full(20, 0.02), 1e-9]
        weight = np.r_[np.full(20, 0.05), 0.0]
        got = GaussianMixture(weight, mean, sd).mean_difference()
        assert got == pytest.approx(all_pairs(weight[:20], mean[:20], sd[:20]), rel=1e-12)

    def test_few_harmonics_suffice_where_it_is_used(self, monkeypatch):
        """K readings dressed with 0.02 within 0.6: no pairs, and as many harmonics for any K."""
        monkeypatch.setattr(spectral, "_pair_sum", None)
        rng = np.random.default_rng(0)
        for k in (20, 200, 800):
            mean = rng.uniform(0, 0.6, (4, k))
            mixture = GaussianMixture(np.full(k, 1 / k), mean, 0.02)
            assert np.isfinite(mixture.mean_difference()).all()

    def test_time_is_linear(self):
        rng = np.random.default_rng(0)

        def seconds(k):
            mixture = GaussianMixture(np.full(k, 1 / k), rng.uniform(0, 0.6, (1500, k)), 0.02)
            spent = []
            for _ in range(3):
                start = time.perf_counter()
                mixture.mean_difference()
                spent.append(time.perf_counter() - start)
            return min(spent)

        # pairs would take 64 times as long
        assert seconds(256) < 20 * seconds(32)
