"""The ISMN's checks on series made by hand, at hourly and other steps."""

import numpy as np
import pytest

from thetamix.quality.flags import ismn_flags as ismn

RNG = np.random.default_rng(3)


def quiet(steps: int = 400, level: float = 0.25, noise: float = 0.0005) -> np.ndarray:
    """A slowly drying soil and a quiet sensor."""
    return (level - 0.02 * np.arange(steps) / steps + noise * RNG.standard_normal(steps))[None]


STEPS = pytest.mark.parametrize("hours", [0.5, 1.0, 2.0, 24.0])


@STEPS
@pytest.mark.parametrize("size", [0.1, -0.1])
def test_a_spike_is_found_and_nothing_else(hours, size):
    readings = quiet()
    readings[0, 200] += size
    assert np.flatnonzero(ismn.spikes(readings, hours)).tolist() == [200]


@STEPS
def test_noise_is_no_spike(hours):
    noisy = 0.25 + 0.02 * RNG.standard_normal((3, 4000))
    # With Gaussian noise beyond five standard deviations: one reading in a million.
    assert ismn.spikes(noisy, hours).sum() == 0
    assert ismn.breaks(noisy, hours).sum() == 0


def test_a_step_is_no_spike_and_a_spike_no_step():
    step, spike = quiet(), quiet()
    step[0, 200:] += 0.1
    spike[0, 200] += 0.1
    assert not ismn.spikes(step, 1.0).any()
    assert not ismn.breaks(spike, 1.0).any()


@STEPS
@pytest.mark.parametrize("size", [0.1, -0.1])
def test_a_break_is_found_at_its_first_reading(hours, size):
    readings = quiet()
    readings[0, 200:] += size
    assert np.flatnonzero(ismn.breaks(readings, hours)).tolist() == [200]


def test_a_fall_to_zero_is_a_break():
    readings = quiet()
    readings[0, 200:] = 0.0
    assert ismn.breaks(readings, 1.0)[0, 200]


def test_rain_that_drains_is_no_break():
    readings = quiet()
    readings[0, 200:] += 0.15 * np.exp(-np.arange(200) / 6)
    assert not ismn.breaks(readings, 1.0).any()


@STEPS
def test_constant_low_readings_after_a_fall(hours):
    readings = quiet()
    readings[0, 200:260] = 0.02
    found = np.flatnonzero(ismn.constant_low(readings, hours)[0])
    assert found.tolist() == list(range(200, 260))


def test_a_constant_without_a_fall_is_not_low():
    readings = quiet()
    readings[0, 200:260] = readings[0, 199]
    assert not ismn.constant_low(readings, 1.0)[0, 200:255].any()


@pytest.mark.parametrize("hours", [1.0, 2.0])
def test_a_plateau_at_the_top(hours):
    readings = quiet(noise=0.0002)
    readings[0, 200:240] = 0.45
    found = np.flatnonzero(ismn.saturated_plateaus(readings, hours)[0])
    assert found.tolist() == list(range(200, 240))
    # The same plateau below a higher one is none.
    readings[0, 300:340] = 0.55
    found = np.flatnonzero(ismn.saturated_plateaus(readings, hours)[0])
    assert found.tolist() == list(range(300, 340))


def test_a_rise_without_rain():
    readings = quiet(noise=0.0001)
    readings[0, 200:] += 0.05
    rain = np.zeros(400)
    depth = np.array([0.1])
    found = np.flatnonzero(ismn.rises_without_rain(readings, rain, depth, 1.0)[0])
    assert 200 in found
    assert found.min() >= 200
    assert found.max() <= 224
    rain[199] = 2.5  # 25 mm per metre
    assert not ismn.rises_without_rain(readings, rain, depth, 1.0).any()
    rain[199] = 2.4
    assert ismn.rises_without_rain(readings, rain, depth, 1.0).any()
    # What is not known cannot be held against a reading.
    rain[150:] = np.nan
    assert not ismn.rises_without_rain(readings, rain, depth, 1.0).any()


def test_rain_of_the_day_before_is_enough_for_daily_readings_and_older_rain_is_not():
    readings = (0.4 - 0.003 * np.arange(60))[None]
    readings[0, 30:] += 0.033
    for day, flagged in ((28, [30]), (29, []), (30, []), (31, [30])):
        rain = np.zeros(60)
        rain[day] = 1.0  # 24 mm
        risen = ismn.rises_without_rain(readings, rain, np.array([0.1]), 24.0)
        assert np.flatnonzero(risen).tolist() == flagged, day


@pytest.mark.parametrize(("factor", "spiked"), [(5.6, False), (6.9, True)])
def test_a_spike_stands_out_of_the_noise_of_a_reading_and_of_the_mean_of_two(factor, spiked):
    noise = 0.004
    readings = 0.1 + noise * np.random.default_rng(5).standard_normal((1, 4000))
    readings[0, 1995:2006] = 0.1
    readings[0, 2000] += factor * noise  # the limit is 5 times the root of 1.5
    assert ismn.spikes(readings, 1.0)[0, 2000] == spiked


def test_gaps_are_neither_flagged_nor_fatal():
    readings = quiet()
    readings[0, 100:150] = np.nan
    readings[0, 148] = 0.25
    empty = np.full((1, 400), np.nan)
    rain, depth = np.zeros(400), np.array([0.05, 0.05])
    both = np.concatenate([readings, empty])
    for check in (ismn.spikes, ismn.breaks, ismn.constant_low, ismn.saturated_plateaus):
        assert not check(both, 1.0).any()
    assert not ismn.rises_without_rain(both, rain, depth, 1.0).any()
    assert not ismn.breaks(both[:, :2], 1.0).any()
