"""Quantiles: the identity, the order, and the traps on the way."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from thetamix.mixture import GaussianMixture, quantiles

repeatable = settings(derandomize=True, deadline=None)

LEVELS = np.array([1e-12, 1e-6, 0.01, 0.2, 1 / 3, 0.5, 2 / 3, 0.8, 0.99, 1 - 1e-6])


def assert_brackets(mixture, levels, *, within=1e-9):
    """F must pass each level within a distance of its quantile: true also where F is steep or flat."""
    q = mixture.quantile(levels)
    step = within + 4 * np.spacing(np.abs(q))
    rounding = 1e-15
    assert (mixture.cdf(q - step) <= levels + rounding).all()
    assert (mixture.cdf(q + step) >= levels - rounding).all()


def test_distribution_of_quantile_is_level(hard):
    mixture = GaussianMixture(*hard)
    q = mixture.quantile(LEVELS)
    # the spacing of floating-point numbers times the density is the best that any number can do
    atol = 1e-12 + mixture.pdf(q) * np.spacing(np.abs(q))
    assert (np.abs(mixture.cdf(q) - LEVELS) <= atol).all()


def test_quantile_of_distribution_is_the_point(hard):
    mixture = GaussianMixture(*hard)
    x = (hard.mean + 0.9 * hard.sd)[hard.weight > 1e-3]
    back = np.array([mixture.quantile(p) for p in mixture.cdf(x)])
    noise = 4e-16 / mixture.pdf(x) + 4 * np.spacing(np.abs(x))
    assert (np.abs(back - x) <= 1e-12 * hard.sd.max() + noise).all()


def test_brackets_the_level_to_1e_9(hard):
    assert_brackets(GaussianMixture(*hard), LEVELS)


@repeatable
@given(
    st.lists(st.tuples(st.floats(-12, 0), st.floats(-1, 1), st.floats(-6, 1)), min_size=1, max_size=6),
    st.lists(st.floats(1e-9, 1 - 1e-9), min_size=1, max_size=5),
)
def test_drawn_mixtures_at_drawn_levels(components, levels):
    log_weight, mean, log_sd = np.array(components).T
    weight = 10.0**log_weight
    mixture = GaussianMixture(weight / weight.sum(), mean, 10.0**log_sd)
    levels = np.sort(levels)
    assert_brackets(mixture, levels)
    assert (np.diff(mixture.quantile(levels)) >= 0).all()


def test_many_random_rows(random_mixtures):
    mixture = GaussianMixture(*random_mixtures(20_000, 3))
    levels = [0.001, 0.2, 0.8, 0.999]
    q = mixture.quantile(levels)
    assert np.abs(mixture[:, None].cdf(q) - levels).max() < 1e-12


def test_levels_never_cross(hard):
    mixture = GaussianMixture(*hard)
    levels = np.r_[0.0, np.linspace(0.001, 0.999, 97), 0.5 + np.arange(5) * 1e-16, 1.0]
    q = mixture.quantile(levels)
    order = np.argsort(levels, kind="stable")
    assert (q[order][1:] >= q[order][:-1]).all()
    assert q[0] == -np.inf
    assert q[-1] == np.inf


@pytest.mark.parametrize("separation", [5.0, 10.0, 40.0, 1e3, 1e7])
def test_trap_newton_from_the_mean(separation):
    """Unbracketed Newton returns the mean for every level once the slope there is nothing."""
    mixture = GaussianMixture([0.5, 0.5], [0.0, separation], 1.0)
    got = mixture.quantile([0.1, 0.25, 0.75, 0.9])
    # each half is one Gaussian, as far as the other one's tail leaves it alone
    near = [ndtri(0.2), 0.0, separation, separation + ndtri(0.8)]
    np.testing.assert_allclose(got, near, atol=1e-5 if separation == 5.0 else 1e-9)


@pytest.mark.parametrize("sd", [1e-2, 1e-3, 1e-5, 1e-9])
def test_trap_flat_between_narrow_components(sd):
    """Bracketed Newton, stopped by its step, stays at the edge of the flat."""
    background = 1e-9
    mixture = GaussianMixture([0.5 - background, 2 * background, 0.5 - background], [0.1, 0.2, 0.3], [sd, 0.02, sd])
    levels = 0.5 + background * np.array([-0.5, 0.0, 0.5])
    got = mixture.quantile(levels)
    if sd <= 1e-3:
        expected = 0.2 + 0.02 * ndtri([0.25, 0.5, 0.75])
        np.testing.assert_allclose(got, expected, atol=2e-8)
    assert np.abs(mixture.cdf(got) - levels).max() < 2e-16


@pytest.mark.parametrize("sd", [0.02, 1e-3, 1e-6, 1e-100])
def test_median_between_equal_halves_is_where_their_tails_balance(sd):
    assert GaussianMixture([0.5, 0.5], [0.1, 0.3], sd).quantile(0.5) == pytest.approx(0.2, abs=1e-9)
    # 1 : 3 in width is 1 : 3 in distance, in the limit of narrow components
    uneven = GaussianMixture([0.5, 0.5], [0.1, 0.3], [sd, 3 * sd]).quantile(0.5)
    if sd <= 1e-3:
        assert uneven == pytest.approx(0.15, abs=1e-4)


def test_third_of_three_equal_parts_in_any_order():
    mean = np.array([0.1, 0.25, 0.4])
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        mixture = GaussianMixture(np.float32([1 / 3] * 3), mean[order], 1e-4)
        np.testing.assert_allclose(mixture.quantile([1 / 3, 2 / 3]), [0.175, 0.325], atol=1e-9)


def test_rows_left_without_proof_are_few(random_mixtures, monkeypatch):
    bisected = []
    original = quantiles._bisected

    def spy(weight, *rest):
        bisected.append(weight.shape[1])
        return original(weight, *rest)

    monkeypatch.setattr(quantiles, "_bisected", spy)
    GaussianMixture(*random_mixtures(20_000, 3)).quantile([0.2, 0.8])
    assert sum(bisected) < 20


def test_interval_is_central(random_mixtures):
    mixture = GaussianMixture(*random_mixtures(20, 3))
    low, high = mixture.interval([0.5, 0.9])
    assert low.shape == (20, 2)
    np.testing.assert_allclose(mixture[:, None].cdf(low), [[0.25, 0.05]] * 20, atol=1e-12)
    np.testing.assert_allclose(mixture[:, None].sf(high), [[0.25, 0.05]] * 20, atol=1e-12)


def test_agrees_with_order_statistics():
    mixture = GaussianMixture([0.3, 0.7], [0.1, 0.3], [0.02, 0.05])
    draws = mixture.sample(np.random.default_rng(3), 200_000)
    expected = scipy.stats.mstats.mquantiles(draws, [0.2, 0.8])
    np.testing.assert_allclose(mixture.quantile([0.2, 0.8]), expected, atol=2e-3)


@pytest.mark.parametrize("levels", [-0.1, [0.5, 1.1], np.nan])
def test_refuses_levels_outside(levels):
    with pytest.raises(ValueError, match="within"):
        GaussianMixture([1.0], [0.0], [1.0]).quantile(levels)


def test_refuses_a_table_of_levels():
    with pytest.raises(ValueError, match="2 dimensions"):
        GaussianMixture([1.0], [0.0], [1.0]).quantile([[0.5]])
