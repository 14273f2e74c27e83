"""The distance between gathered distributions against scipy's between the values themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from thetamix.evaluation.marginals import STEP, TOP, Marginal, distance, quantiles

VALUES = st.lists(st.floats(0.0, 0.99), min_size=1, max_size=30).map(np.array)


def gathered(values: np.ndarray, units: np.ndarray | None = None) -> Marginal:
    marginal = Marginal()
    marginal.add(values, np.zeros(values.size, dtype=int) if units is None else units)
    return marginal


@given(VALUES, VALUES)
def test_distance_is_that_of_the_values_but_for_cells_where_the_sign_changes(x, y):
    exact = wasserstein_distance(x, y)
    got = distance(gathered(x), gathered(y))[0]
    # a cell where the sign changes has at least one value in it
    assert exact - STEP * np.union1d(x, y).size / 2 - 1e-12 <= got <= exact + 1e-12


def test_distance_of_many_values_is_scipys():
    rng = np.random.default_rng(0)
    x, y = rng.gamma(4, 0.02, 20_000), rng.gamma(5, 0.02, 30_000)
    assert distance(gathered(x), gathered(y))[0] == pytest.approx(wasserstein_distance(x, y), abs=1e-6)
    nearly = rng.gamma(4, 0.02, 20_000)
    assert distance(gathered(x), gathered(nearly))[0] == pytest.approx(wasserstein_distance(x, nearly), abs=1e-5)


@given(VALUES)
def test_distance_to_itself_is_zero(x):
    assert distance(gathered(x), gathered(x[::-1]))[0] == pytest.approx(0.0, abs=1e-13)


def test_values_above_the_top_are_not_lost():
    x, y = np.array([0.1, TOP + 2.0]), np.array([0.1, 0.3])
    assert distance(gathered(x), gathered(y))[0] == pytest.approx(wasserstein_distance(x, y))


def test_draws_of_units_repeat_their_values():
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 0.5, 400), rng.uniform(0.1, 0.4, 600)
    units_x, units_y = rng.integers(0, 5, 400), rng.integers(1, 6, 600)
    weights = rng.integers(0, 4, (7, 6)).astype(float)
    weights[0] = [1, 0, 0, 0, 0, 0]  # nothing of y
    got = distance(gathered(x, units_x), gathered(y, units_y), weights)
    assert np.isnan(got[0])
    for draw in range(1, 7):
        expected = wasserstein_distance(x, y, weights[draw, units_x], weights[draw, units_y])
        assert got[draw] == pytest.approx(expected, abs=1e-4)


def test_more_draws_than_are_worked_at_a_time_are_the_same_draws():
    rng = np.random.default_rng(2)
    one, other = (gathered(rng.uniform(0, 0.3, 50), rng.integers(0, 3, 50)) for _ in range(2))
    weights = rng.integers(1, 4, (450, 3)).astype(float)
    together = distance(one, other, weights)
    np.testing.assert_allclose(together, [distance(one, other, row[None])[0] for row in weights], rtol=1e-12)


def test_gathering_in_pieces_and_adding_is_gathering_at_once():
    rng = np.random.default_rng(3)
    x, units = rng.uniform(0, 1.2, 300), rng.integers(0, 4, 300)
    pieces = gathered(x[:100], units[:100])
    pieces.add(x[100:200], units[100:200])
    pieces += gathered(x[200:], units[200:])
    whole = gathered(x, units)
    assert pieces.units == whole.units == {0, 1, 2, 3}
    np.testing.assert_allclose(pieces.rows(range(5)), whole.rows(range(5)), atol=1e-9)
    assert (whole.rows([9]) == 0).all()


def test_adding_does_not_share_memory():
    one, other = gathered(np.array([0.1])), Marginal()
    other += one
    other += one
    assert one.rows([0]).sum() == pytest.approx(1.0)


def test_nothing_has_no_distance_and_no_quantile():
    assert np.isnan(distance(Marginal(), Marginal())).all()
    assert np.isnan(distance(Marginal(), gathered(np.array([0.1])), np.ones((3, 1)))).all()
    assert np.isnan(quantiles(Marginal(), np.array([0.5]))).all()


def test_quantiles_of_many_values():
    values = np.random.default_rng(4).gamma(4, 0.02, 50_000)
    levels = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
    np.testing.assert_allclose(quantiles(gathered(values), levels), np.quantile(values, levels), atol=STEP)


def test_quantiles_of_one_value_and_above_the_top():
    np.testing.assert_allclose(quantiles(gathered(np.full(9, 0.0337)), np.array([0.1, 0.9])), 0.0337, atol=STEP)
    some = gathered(np.array([0.1, 0.1, 0.1, TOP + 1]))
    low, high = quantiles(some, np.array([0.5, 0.9]))
    assert low == pytest.approx(0.1, abs=STEP)
    assert np.isnan(high)
