"""Dynamics against HydroErr, scipy and explicit resampling."""

import HydroErr
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from thetamix.evaluation.dynamics import CHUNK, MOST_BLOCKS, kge, moments, rank_correlation

VALUES = st.floats(2**-6, 0.625, width=32)
TIES = st.sampled_from([0.1, 0.2, 0.3, 0.4])
COUNTS = st.lists(st.integers(0, 3), min_size=12, max_size=12)


def samples(elements: st.SearchStrategy[float] = VALUES) -> st.SearchStrategy[np.ndarray]:
    return hnp.arrays(np.float64, (2, 12), elements=elements)


def ones(size: int) -> np.ndarray:
    return np.ones((1, size))


@given(samples())
def test_kge_is_that_of_hydroerr(pair):
    observed, predicted = pair
    assume(observed.std() > 1e-3)
    assume(predicted.std() > 1e-3)
    got = kge(moments(observed, predicted, ones(12)))
    assert got[0] == pytest.approx(HydroErr.kge_2009(predicted, observed), rel=1e-6, abs=1e-9)


def test_kge_by_hand():
    # r = 1, the spread doubled, the mean doubled.
    observed = np.array([0.1, 0.2, 0.4])
    assert kge(moments(observed, 2 * observed, ones(3)))[0] == pytest.approx(1 - np.sqrt(2))
    assert kge(moments(observed, observed, ones(3)))[0] == pytest.approx(1)


@given(samples(), COUNTS)
def test_moments_are_those_of_the_repeated_sample(pair, counts):
    observed, predicted = pair
    assume(sum(counts))
    o, p = np.repeat(pair, counts, axis=1)
    got = moments(observed, predicted, np.array([counts]))
    expected = {
        "mean_o": o.mean(),
        "mean_p": p.mean(),
        "var_o": o.var(),
        "var_p": p.var(),
        "cov": np.mean((o - o.mean()) * (p - p.mean())),
        "mse": np.mean((o - p) ** 2),
    }
    assert {name: values[0] for name, values in got.items()} == pytest.approx(expected, abs=1e-12)


def test_a_large_level_costs_no_digits():
    rng = np.random.default_rng(0)
    small = rng.normal(0, 1e-3, (2, 500))
    got, expected = (moments(level + small[0], level + small[1], ones(500)) for level in (1e6, 0.0))
    for name in ("var_o", "var_p", "cov", "mse"):
        assert got[name][0] == pytest.approx(expected[name][0], rel=1e-4)


@given(samples(TIES))
def test_rank_correlation_with_ties_is_that_of_scipy(pair):
    assume(len(set(pair[0])) > 1)
    assume(len(set(pair[1])) > 1)
    got = rank_correlation(*pair, ones(12))
    assert got[0] == pytest.approx(stats.spearmanr(*pair).statistic, abs=1e-12)


@given(samples(TIES) | samples(), COUNTS)
def test_rank_correlation_is_that_of_the_repeated_sample(pair, counts):
    repeated = np.repeat(pair, counts, axis=1)
    got = rank_correlation(*pair, np.array([counts]))
    if not all(len(set(row)) > 1 for row in repeated):
        assert np.isnan(got[0])
    else:
        assert got[0] == pytest.approx(stats.spearmanr(*repeated).statistic, abs=1e-9)


@given(
    samples(TIES) | samples(),
    st.lists(st.integers(0, 4), min_size=12, max_size=12),
    hnp.arrays(np.float64, (3, 5), elements=st.integers(0, 3)),
)
def test_weights_of_blocks_are_weights_of_their_steps(pair, units, weights):
    units = np.array(units)
    by_step = weights[:, units]
    blocks, steps = moments(*pair, weights, units), moments(*pair, by_step)
    for name, values in steps.items():
        np.testing.assert_allclose(blocks[name], values, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        rank_correlation(*pair, weights, units), rank_correlation(*pair, by_step), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("blocks", [MOST_BLOCKS - 1, MOST_BLOCKS, MOST_BLOCKS + 1, 400])
def test_many_blocks_and_few_are_the_same_rank_correlation(blocks):
    rng = np.random.default_rng(2)
    pair = rng.integers(0, 50, (2, 400)).astype(float)
    units = np.concatenate([np.arange(blocks), rng.integers(0, blocks, 400 - blocks)])
    weights = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=20).astype(float)
    got = rank_correlation(*pair, weights, units)
    explicit = [stats.spearmanr(*np.repeat(pair, row[units].astype(int), axis=1)).statistic for row in weights]
    np.testing.assert_allclose(got, explicit, rtol=1e-9)


def test_many_draws_are_each_what_they_are_alone():
    rng = np.random.default_rng(1)
    pair = rng.integers(0, 9, (2, 40)).astype(float)
    weights = rng.multinomial(40, np.full(40, 1 / 40), size=CHUNK + 5).astype(float)
    together = rank_correlation(*pair, weights)
    alone = [rank_correlation(*pair, row[None])[0] for row in weights]
    np.testing.assert_allclose(together, alone, rtol=1e-12)
    np.testing.assert_allclose(
        kge(moments(*pair, weights)), [kge(moments(*pair, row[None]))[0] for row in weights], rtol=1e-9
    )


CONSTANT, RISING = np.full(5, 0.3), np.linspace(0.1, 0.5, 5)


@pytest.mark.parametrize("pair", [(CONSTANT, RISING), (RISING, CONSTANT), (CONSTANT, CONSTANT)])
def test_what_is_constant_is_undefined(pair):
    assert np.isnan(kge(moments(*pair, ones(5)))).all()
    assert np.isnan(rank_correlation(*pair, ones(5))).all()
    assert np.isfinite(moments(*pair, ones(5))["mse"]).all()


def test_the_rounding_of_a_constant_is_no_signal():
    stuck = np.mean([[0.1, 0.2, 0.4]] * 5, axis=1) + np.array([0, 1e-17, 0, 5e-17, 0])
    assert np.isnan(kge(moments(stuck, RISING, ones(5)))).all()


def test_a_draw_of_nothing_and_a_sample_of_nothing_are_undefined():
    nothing = np.zeros((2, 5))
    assert np.isnan(kge(moments(RISING, RISING, nothing))).all()
    assert np.isnan(moments(RISING, RISING, nothing)["mse"]).all()
    assert np.isnan(rank_correlation(RISING, RISING, nothing)).all()
    empty = np.empty(0)
    assert np.isnan(kge(moments(empty, empty, np.ones((3, 0))))).tolist() == [True] * 3
    assert np.isnan(rank_correlation(empty, empty, np.ones((3, 0)))).tolist() == [True] * 3


@given(
    pairs=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 3)), min_size=4, max_size=40),
    seed=st.integers(0, 99),
)
def test_blocks_weigh_as_their_steps_do(pairs, seed):
    observed, predicted, units = (np.array(column) for column in zip(*pairs, strict=True))
    observed, predicted = observed / 10.0, predicted / 7.0
    drawn = np.random.default_rng(seed).multinomial(5, np.full(5, 0.2), size=6).astype(float)
    by_block, by_step = (
        moments(observed, predicted, drawn, units),
        moments(observed, predicted, drawn[:, units]),
    )
    for name, values in by_step.items():
        np.testing.assert_allclose(by_block[name], values, atol=1e-12)
    np.testing.assert_allclose(
        rank_correlation(observed, predicted, drawn, units),
        rank_correlation(observed, predicted, drawn[:, units]),
        atol=1e-9,
    )


def test_many_blocks_are_weighted_step_by_step():
    rng = np.random.default_rng(3)
    pair, units = rng.normal(size=(2, 300)), np.arange(300) // 3
    drawn = rng.multinomial(100, np.full(100, 0.01), size=5).astype(float)
    np.testing.assert_allclose(rank_correlation(*pair, drawn, units), rank_correlation(*pair, drawn[:, units]))
