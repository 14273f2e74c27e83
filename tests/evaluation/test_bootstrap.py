"""Draws and intervals, against their distributions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from thetamix.evaluation.bootstrap import draw_clusters, interval, quantiles, step_weights, unit_weights
from thetamix.network.by_series import Part
from thetamix.splits.parts import EVALUATION, TRAINING


@given(st.integers(1, 60), st.floats(0.01, 1))
def test_the_papers_draws_are_a_share_of_the_steps_with_replacement(steps, share):
    weights = step_weights(steps, 7, share, np.random.default_rng(0))
    assert weights.shape == (7, steps)
    assert (weights.sum(axis=1) == max(round(share * steps), 1)).all()
    assert (weights == weights.astype(int)).all()
    assert (weights >= 0).all()


def test_steps_are_drawn_alike_and_with_replacement():
    weights = step_weights(10, 4000, 0.8, np.random.default_rng(0))
    # Each count is Binomial(8, 1/10).
    np.testing.assert_allclose(weights.mean(axis=0), 0.8, atol=5 * np.sqrt(0.72 / 4000))
    seen = np.bincount(weights[:, 0].astype(int), minlength=9)[:4]
    np.testing.assert_allclose(seen / 4000, stats.binom(8, 0.1).pmf(range(4)), atol=0.03)


def test_no_steps_no_weights():
    assert step_weights(0, 3, 0.8, np.random.default_rng(0)).shape == (3, 0)


def test_units_are_drawn_as_many_as_there_are():
    weights = unit_weights(21, 2000, 0, "blocks")
    assert weights.shape == (2000, 21)
    assert (weights.sum(axis=1) == 21).all()
    np.testing.assert_allclose(weights.mean(axis=0), 1, atol=0.12)
    np.testing.assert_allclose(weights.var(axis=0), 20 / 21, atol=0.2)


def test_draws_from_some_units_are_theirs_alone_and_distributed_as_if_there_were_no_others():
    among = np.isin(np.arange(12), [1, 2, 5, 9])
    weights = unit_weights(12, 4000, 0, "clusters", among)
    assert (weights[:, ~among] == 0).all()
    assert (weights.sum(axis=1) == 4).all()
    # Each count is Binomial(4, 1/4).
    seen = np.stack([np.bincount(column.astype(int), minlength=5) for column in weights[:, among].T]) / 4000
    np.testing.assert_allclose(seen, np.tile(stats.binom(4, 0.25).pmf(range(5)), (4, 1)), atol=0.03)


def test_draws_from_overlapping_units_go_together():
    one, two = np.arange(20) < 12, np.arange(20) >= 6
    first, second = (unit_weights(20, 3000, 0, "clusters", among) for among in (one, two))
    shared = np.flatnonzero(one & two)
    together = [np.corrcoef(first[:, unit], second[:, unit])[0, 1] for unit in shared]
    assert min(together) > 0.5


def test_nothing_to_draw_from_is_not_drawn():
    assert (unit_weights(3, 5, 0, "clusters", np.zeros(3, dtype=bool)) == 0).all()


def test_the_draw_of_units_is_fixed_by_seed_and_name():
    one = unit_weights(9, 50, 0, "blocks")
    assert (one == unit_weights(9, 50, 0, "blocks")).all()
    assert (one != unit_weights(9, 50, 1, "blocks")).any()
    assert (one != unit_weights(9, 50, 0, "clusters")).any()


def test_the_interval_holds_its_share_of_the_draws():
    draws = np.random.default_rng(0).normal(size=20_000)
    low, high = interval(draws)
    assert (low, high) == pytest.approx(tuple(np.quantile(draws, [0.025, 0.975])))
    assert low == pytest.approx(stats.norm.ppf(0.025), abs=0.05)
    assert np.mean((draws > low) & (draws < high)) == pytest.approx(0.95, abs=1e-3)
    assert interval(draws, 0.5) == pytest.approx(tuple(np.quantile(draws, [0.25, 0.75])))


@pytest.mark.parametrize(("defined", "says"), [(10, True), (5, True), (4, False), (0, False)])
def test_an_interval_needs_half_of_its_draws(defined, says):
    draws = np.where(np.arange(10) < defined, np.arange(10.0), np.nan)
    low, high = interval(draws)
    assert np.isfinite([low, high]).tolist() == [says, says]
    if says:
        assert low >= 0
        assert high <= defined - 1


def test_one_draw_is_no_interval_and_two_are():
    assert np.isnan(interval(np.array([0.3]))).all()
    assert interval(np.array([0.3, np.nan, 0.5])) == pytest.approx((0.305, 0.495))


def test_regions_are_drawn_with_all_their_clusters():
    labels = np.full((6, 1, 1, 2), EVALUATION)
    labels[5] = TRAINING  # in a region of its own
    regions = np.array([0, 2, 0, 1, 2, 3])
    units = draw_clusters(Part.of(labels), 300, regions)
    assert units.weights.shape == (300, 4)
    assert (units.weights.sum(axis=1) == 3).all()
    assert (units.weights[:, 3] == 0).all()
    assert [units.of_cluster(cluster) for cluster in range(6)] == regions.tolist()
    assert units.of(4, np.arange(3)).tolist() == [2, 2, 2]


@pytest.mark.parametrize("size", [2, 3, 50, 999, 1000])
@pytest.mark.parametrize("shape", [(), (3,), (2, 4)])
def test_quantiles_are_those_of_numpy_to_the_last_digit(size, shape):
    levels = (0.025, 0.975)
    for values in (
        np.random.default_rng(size).normal(size=(2, size, *shape)).astype([np.float32, np.float64][size % 2])
    ):
        np.testing.assert_array_equal(quantiles(values, levels), np.quantile(values, levels, axis=0))
