"""The exponential filter beside the integral of its kernel, and what it may and may not read."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thetamix.forecasters.exponential_filter import (
    CHARACTERISTIC_TIMES,
    LONGEST_SILENCE,
    best_column,
    rescale,
    soil_water_index,
)

STEPS = 600


def kernel_mean(readings, step, characteristic_time):
    """The definition: all past readings, weighted by the exponential of their age."""
    result = np.full(readings.size, np.nan)
    for now in range(readings.size):
        past = np.flatnonzero(np.isfinite(readings[: now + 1]))
        if past.size and (now - past[-1]) * step <= LONGEST_SILENCE:
            weight = np.exp(-(past[-1] - past) * step / characteristic_time)
            result[now] = weight @ readings[past] / weight.sum()
    return result


@given(st.integers(0, 1000), st.floats(0.05, 0.95), st.sampled_from([1 / 24, 0.5, 1.0, 7.0]))
def test_recursion_is_the_sum_over_the_kernel(seed, missing, step):
    rng = np.random.default_rng(seed)
    readings = rng.uniform(0.1, 0.5, 150)
    readings[rng.random(150) < missing] = np.nan
    times = np.array([0.25, 3.0, 40.0])
    index = soil_water_index(readings, step, times)
    for column, time in enumerate(times):
        np.testing.assert_allclose(index[:, column], kernel_mean(readings, step, time), rtol=1e-9)


def test_fine_steps_approach_the_integral():
    """Of a sine: exp kernel over all past damps it by 1 / sqrt(1 + (wT)^2) and delays it by atan(wT) / w."""
    step, time, period = 0.01, 5.0, 30.0
    at = np.arange(0, 300, step)
    index = soil_water_index(0.3 + 0.1 * np.sin(2 * np.pi * at / period), step, np.array([time]))[:, 0]
    phase = 2 * np.pi * time / period
    exact = 0.3 + 0.1 / np.hypot(1, phase) * np.sin(2 * np.pi * at / period - np.arctan(phase))
    np.testing.assert_allclose(index[at > 100], exact[at > 100], atol=1e-4)


def test_silence_is_held_and_ends():
    readings = np.full(40, 0.3)
    readings[10:] = np.nan
    index = soil_water_index(readings, 1.0, np.array([5.0]))[:, 0]
    last = 9 + round(LONGEST_SILENCE)
    np.testing.assert_allclose(index[: last + 1], 0.3)
    assert np.isnan(index[last + 1 :]).all()
    assert np.isnan(soil_water_index(np.full(5, np.nan), 1.0, np.array([5.0]))).all()


def test_characteristic_time_is_found_and_the_moments_are_the_targets():
    rng = np.random.default_rng(0)
    top = 0.3 + 0.05 * np.cumsum(rng.normal(0, 0.3, STEPS)) / np.sqrt(np.arange(1, STEPS + 1))
    index = soil_water_index(top, 1.0, CHARACTERISTIC_TIMES)
    true = 37
    target = np.where(rng.random(STEPS) < 0.4, 0.1 + 2 * index[:, true], np.nan)
    assert best_column(index, target) == true
    scaled = rescale(index[:, true], target)
    np.testing.assert_allclose(scaled, 0.1 + 2 * index[:, true])
    other = rescale(index[:, 3], target)[np.isfinite(target)]
    assert other.mean() == pytest.approx(np.nanmean(target))
    assert other.std() == pytest.approx(np.nanstd(target))
    assert best_column(index, np.full(STEPS, np.nan)) is None


@pytest.fixture
def network(make_network):
    """One place at three depths, the deeper ones filtered by 4 and 20 days; two replicates."""
    rng = np.random.default_rng(3)
    top = 0.3 + 0.1 * np.sin(np.arange(STEPS) / 40) + rng.normal(0, 0.02, STEPS)
    depths = [top, *soil_water_index(top, 1.0, np.array([4.0, 20.0])).T]
    offsets = np.array([[-0.02], [0.02]])
    return make_network(np.stack(depths)[None, :, None] + offsets, depths=[0.1, 0.3, 0.5])


@pytest.fixture
def trained(network):
    inside = np.arange(STEPS) // 90 % 5 < 3
    return np.broadcast_to(inside, network["soil_moisture"].shape)


def test_the_file(network, trained, forecast):
    weight, mean, sd, file = forecast("exponential_filter", network, trained=trained)
    assert np.isnan(mean[0, 0]).all()  # the top is what is read
    for depth in (1, 2):
        observed = network["soil_moisture"].to_numpy()[0, depth].mean(axis=0)
        assert np.corrcoef(mean[0, depth, 50:, 0], observed[50:])[0, 1] > 0.995
        np.testing.assert_allclose(sd[0, depth], 0.02, rtol=0.1)  # the replicates' spread
        assert (weight[0, depth] == 1).all()
    assert file.attrs["title"] == "exponential filter (reads the top sensors, evaluated readings too)"


def test_what_it_reads_and_what_not(network, trained, forecast):
    readings = network["soil_moisture"].to_numpy()
    honest = forecast("exponential_filter", network, trained=trained)[1]
    below = np.where(trained, readings, np.float32(0.9))
    below[:, 0] = readings[:, 0]
    np.testing.assert_array_equal(honest, forecast("exponential_filter", network, trained=trained, readings=below)[1])
    # The top sensors' evaluated readings are read, but none before its time.
    now = 300
    assert not trained[..., now].any()
    wetter = readings.copy()
    wetter[:, 0, :, now:] = np.where(trained[:, 0, :, now:], wetter[:, 0, :, now:], np.float32(0.6))
    told = forecast("exponential_filter", network, trained=trained & (np.arange(STEPS) < now), readings=wetter)
    before = forecast("exponential_filter", network, trained=trained & (np.arange(STEPS) < now))
    np.testing.assert_array_equal(told[1][:, :, :now], before[1][:, :, :now])
    assert (told[1][0, 1:, now : now + 10] > before[1][0, 1:, now : now + 10]).all()


def test_a_top_replicate_that_training_never_shows_is_not_read(network, trained, forecast):
    shown = trained.copy()
    shown[:, :, 1] = False
    spoiled = network["soil_moisture"].to_numpy().copy()
    spoiled[:, :, 1] = 0.9
    np.testing.assert_array_equal(
        forecast("exponential_filter", network, trained=shown)[1],
        forecast("exponential_filter", network, trained=shown, readings=spoiled)[1],
    )


def test_series_without_training_and_constant_ones(network, trained, forecast):
    readings = network["soil_moisture"].to_numpy().copy()
    readings[0, 2] = 0.25
    shown = trained.copy()
    shown[0, 1] = False
    _, mean, sd, _ = forecast("exponential_filter", network, trained=shown, readings=readings)
    assert np.isnan(mean[0, 1]).all()
    np.testing.assert_allclose(mean[0, 2], 0.25)
    assert (sd[0, 2] > 0).all()
    shown[0, 0] = False  # now the lowest is the shallowest that is trained on
    assert np.isnan(forecast("exponential_filter", network, trained=shown, readings=readings)[1]).all()


def test_a_constant_top_gives_the_mean(network, trained, forecast):
    readings = network["soil_moisture"].to_numpy().copy()
    readings[0, 0] = 0.3
    mean = forecast("exponential_filter", network, trained=trained, readings=readings)[1]
    expected = readings[0, 1][trained[0, 1]].mean()
    np.testing.assert_allclose(mean[0, 1], expected, rtol=1e-5)
