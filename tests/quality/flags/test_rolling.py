"""Moving windows against pandas, derivatives against scipy's Savitzky-Golay filter."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import savgol_filter

from thetamix.quality.flags.ismn_flags import first_derivative, second_derivative
from thetamix.quality.flags.rolling import noise_sd, runs, shifted, window_extreme, window_moments, window_sum

series = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 3), st.integers(5, 40)),
    elements=st.one_of(st.just(np.nan), st.floats(-1, 2, width=32)),
)


@given(series, st.integers(0, 6), st.integers(0, 6))
def test_sums_against_pandas(values, before, after):
    total, count = window_sum(values, before, after)
    for row, found, number in zip(values, total, count, strict=True):
        for step in range(row.size):
            part = row[max(step - before, 0) : step + after + 1]
            assert number[step] == np.isfinite(part).sum()
            assert found[step] == pytest.approx(np.nansum(part), abs=1e-12)


@given(series, st.integers(1, 5))
def test_moments_against_pandas(values, half):
    mean, variance = window_moments(values, half, half)
    for row, found, spread in zip(values, mean, variance, strict=True):
        rolling = pd.Series(row).rolling(2 * half + 1, center=True)
        assert_allclose(found, rolling.mean(), atol=1e-9)
        assert_allclose(spread, rolling.var(), atol=1e-9)


def test_moments_without_the_centre():
    values = np.random.default_rng(1).normal(0.3, 0.05, (1, 30))
    mean, variance = window_moments(values, 3, 3, centre=False)
    around = np.delete(values[0, 5:12], 3)
    assert mean[0, 8] == pytest.approx(around.mean())
    assert variance[0, 8] == pytest.approx(around.var(ddof=1))


def test_small_variances_of_large_values_survive():
    values = 1000 + 1e-3 * np.random.default_rng(1).standard_normal((1, 2000))
    _, variance = window_moments(values, 500, 500)
    assert variance[0, 1000] == pytest.approx(values[0, 500:1501].var(ddof=1), rel=1e-6)


@given(series)
def test_derivatives_against_savitzky_golay(values):
    values = np.nan_to_num(values)
    for order, derivative in ((1, first_derivative), (2, second_derivative)):
        expected = savgol_filter(values, 3, 2, deriv=order, axis=-1)
        assert_allclose(derivative(values)[:, 1:-1], expected[:, 1:-1], atol=1e-9)


@given(st.lists(st.booleans(), max_size=40))
def test_runs_cover_what_holds(mask):
    mask = np.array(mask, dtype=bool)
    found = runs(mask)
    again = np.zeros_like(mask)
    for first, last in found:
        assert last > first
        assert not again[first:last].any()
        again[first:last] = True
        assert first == 0 or not mask[first - 1]
        assert last == mask.size or not mask[last]
    assert_array_equal(again, mask)


def test_noise_of_a_line_is_none_and_of_nothing_is_zero():
    line = np.linspace(0.1, 0.4, 100)[None]
    assert noise_sd(line)[0, 0] < 1e-12
    assert noise_sd(np.full((1, 10), np.nan))[0, 0] == 0
    noisy = line + np.random.default_rng(1).normal(0, 0.01, (1, 100))
    noisy[0, 50] = 0.9  # one spike says nothing about noise
    assert noise_sd(noisy)[0, 0] == pytest.approx(0.01, rel=0.3)


def test_extremes_and_shifts():
    values = np.array([1.0, np.nan, 3.0, 2.0])
    assert window_extreme(values, np.array([-2, 1]), np.array([2, 9]), "largest").tolist() == [1.0, 3.0]
    assert np.isnan(window_extreme(values, np.array([1]), np.array([2]), "smallest")).all()
    assert_array_equal(shifted(values, -2), [3.0, 2.0, np.nan, np.nan])
