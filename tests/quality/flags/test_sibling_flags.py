"""Sensors beside their siblings: planted faults are found, natural differences are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from thetamix.quality.flags.daily import daily_means, robust_line
from thetamix.quality.flags.sibling_flags import (
    flags_of_siblings,
    leaves_siblings,
    shifted_after_gap,
    stuck,
    swapped,
)

DAYS = 400


def siblings(seed: int = 1, count: int = 3) -> np.ndarray:
    """Daily means of replicates: one soil, other levels and amplitudes, and some noise (replicate, day)."""
    rng = np.random.default_rng(seed)
    soil = 0.25 + 0.08 * np.cos(np.arange(DAYS) / 365 * 2 * np.pi)
    for day in rng.choice(DAYS, 40, replace=False):
        soil[day:] += 0.04 * np.exp(-np.arange(DAYS - day) / 8)
    gain, offset = 0.7 + 0.3 * np.arange(count), 0.06 * np.arange(count)
    return gain[:, None] * soil + offset[:, None] + 0.004 * rng.standard_normal((count, DAYS))


def test_natural_differences_are_not_remarked():
    daily = siblings()
    daily[1, 100:160] = np.nan
    daily[2, 300:330] = np.nan
    assert not leaves_siblings(daily).any()
    assert not swapped(daily).any()
    assert not shifted_after_gap(daily).any()


@pytest.mark.parametrize("size", [0.08, -0.08])
def test_who_leaves_is_found_and_its_siblings_are_not(size):
    daily = siblings()
    daily[1, 200:230] += size
    found = leaves_siblings(daily)
    assert found[1, 201:229].all()
    assert not found[1, :198].any()
    assert not found[1, 232:].any()
    assert not found[[0, 2]].any()


def test_of_two_it_cannot_be_said_which():
    daily = siblings(count=2)
    daily[0, 200:230] += 0.1
    assert leaves_siblings(daily)[:, 205:225].all()


def test_a_single_day_is_not_remarked():
    daily = siblings()
    daily[1, 200:202] += 0.1
    assert not leaves_siblings(daily).any()


def test_a_swap_is_found_with_both_of_its_sensors():
    daily = siblings()
    daily[[0, 2], 150:200] = daily[[2, 0], 150:200]
    daily[0, 170:180] = np.nan
    found = swapped(daily)
    known = np.isfinite(daily[0])
    assert found[0, 150:200][known[150:200]].all()
    assert_array_equal(found[0], found[2])
    assert not found[1].any()
    assert not found[:, :149].any()
    assert not found[:, 201:].any()


def test_a_slow_crossing_is_no_swap():
    daily = siblings()
    # Two levels that change places in the course of months.
    ramp = np.clip((np.arange(DAYS) - 150) / 100, 0, 1) * 0.3
    daily[0] += ramp
    assert not swapped(daily)[0].any()


def test_a_shift_after_a_gap_lasts_until_a_gap_undoes_it():
    daily = siblings()
    daily[1, 100:110] = np.nan
    daily[1, 110:200] += 0.1
    daily[1, 200:205] = np.nan
    found = shifted_after_gap(daily)
    assert found[1, 110:200].all()
    assert not found[1, 205:].any()
    assert not found[[0, 2]].any()
    # Without siblings at the time there is nothing to compare with.
    daily[[0, 2], 90:125] = np.nan
    assert not shifted_after_gap(daily)[1, 110:200].any()


@pytest.mark.parametrize("hours", [1.0, 2.0, 24.0])
def test_stuck_while_siblings_move(hours):
    readings = siblings()
    readings[1, 200:260] = readings[1, 200]
    found = stuck(readings, hours)
    assert np.flatnonzero(found[1]).tolist() == list(range(200, 260))
    assert not found[[0, 2]].any()
    # All of them constant: a calm time, or frozen soil.
    readings[:, 200:260] = readings[:, 200:201]
    assert not stuck(readings, hours).any()


def test_one_sensor_has_no_siblings():
    readings = siblings(count=3)
    readings[1:] = np.nan
    day = np.arange(DAYS)
    assert flags_of_siblings(readings, day, 24.0) == {}


def test_daily_means_need_half_a_day():
    readings = np.arange(48.0)[None] / 100
    readings[0, :13] = np.nan
    means = daily_means(readings, np.arange(48) // 24, 24)
    assert np.isnan(means[0, 0])
    assert means[0, 1] == pytest.approx(readings[0, 24:].mean())


@given(st.floats(-0.2, 0.2), st.floats(0.2, 2.0), st.integers(0, 2**31))
def test_the_line_does_not_see_a_quarter_of_outliers(intercept, slope, seed):
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.1, 0.4, 120)
    y = intercept + slope * x
    y[rng.choice(120, 30, replace=False)] += 0.2
    found = robust_line(x, y)
    assert found == pytest.approx((intercept, slope), abs=0.01)
    assert robust_line(x[:20], y[:20]) is None
