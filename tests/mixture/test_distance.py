"""The CRPS against its integral and scoringrules."""

import numpy as np
import pytest
import scoringrules
from hypothesis import given, settings
from hypothesis import strategies as st

from thetamix.mixture import GaussianMixture, distance

repeatable = settings(derandomize=True, deadline=None)


def test_is_the_integral_of_the_squared_difference(hard, integrate):
    mixture = GaussianMixture(*hard)
    size = hard.sd[hard.weight > 0].max() + np.ptp(hard.mean[hard.weight > 0])
    for y in (hard.mean[0], hard.mean[0] + 0.5 * hard.sd[0], hard.mean[0] - 3.0 * size):

        def square(x, y=y):
            return np.where(x < y, mixture.cdf(x), mixture.sf(x)) ** 2

        expected = integrate(square, hard, float(y))
        assert mixture.crps(y) == pytest.approx(expected, rel=1e-10, abs=1e-12 * size)


def test_is_scoringrules(hard):
    mixture = GaussianMixture(*hard)
    for y in np.linspace(-1, 2, 7):
        expected = scoringrules.crps_mixnorm(y, hard.mean, hard.sd, hard.weight)
        assert mixture.crps(y) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("k", [1, 2, 3, 16, 17, 60])
def test_is_scoringrules_on_many_rows(k, random_mixtures):
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
def test_is_scoringrules_on_drawn_mixtures(components, y):
    log_weight, mean, log_sd = np.array(components).T
    weight, sd = 10.0**log_weight, 10.0**log_sd
    weight /= weight.sum()
    expected = scoringrules.crps_mixnorm(y, mean, sd, weight)
    got = GaussianMixture(weight, mean, sd).crps(y)
    assert got == pytest.approx(expected, rel=1e-9, abs=1e-13)
    assert got >= 0.0


def test_far_reading_costs_its_distance():
    mixture = GaussianMixture([0.5, 0.5], [0.1, 0.3], [0.02, 0.02])
    assert mixture.crps(1e9) == pytest.approx(1e9, rel=1e-9)
    assert mixture.crps(np.inf) == np.inf


def test_second_part_is_the_mean_difference(random_mixtures, all_pairs):
    weight, mean, sd = random_mixtures(50, 4)
    expected = [all_pairs(*row) for row in zip(weight, mean, sd, strict=True)]
    got = GaussianMixture(weight, mean, sd).mean_difference()
    np.testing.assert_allclose(got, expected, rtol=1e-13)


def test_second_part_is_computed_once_a_row(random_mixtures, monkeypatch):
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
