import numpy as np
import pytest

from thetamix.simulation.frost import DIFFUSIVITY, FROST_SHARE, HEAT_CAPACITY, LATENT, UNFROZEN, freeze


@pytest.mark.parametrize(("period", "depth", "step"), [(24.0, 0.1, 1.0), (24 * 365.0, 0.5, 24.0)])
def test_a_wave_of_heat_is_damped_as_in_a_half_space(period, depth, step):
    # Carslaw & Jaeger: amplitude exp(-z / D), lag z / D radians, D = sqrt(diffusivity * period / pi).
    damping = np.sqrt(DIFFUSIVITY * period / np.pi)
    now = np.arange(round(6 * period / step)) * step
    air = 15 + 8 * np.sin(2 * np.pi * (now + step / 2) / period)
    soil, liquid = freeze(air[None], step, np.array([depth]))
    last = slice(-round(period / step), None)
    wave = np.exp(-2j * np.pi * (now + step) / period)[last]
    found = 2 * (soil[0, 0, last] * wave).mean() / 8
    assert abs(abs(found) - np.exp(-depth / damping)) < 0.06
    lag = -(np.angle(found) + np.pi / 2)
    assert abs(lag - depth / damping) < 0.15
    assert (liquid == 1).all()


def test_frost_advances_with_the_root_of_time():
    # Stefan's solution neglects the heat of the soil that cools, so that it is a little fast.
    hours = 24 * 60
    depths = np.linspace(0.02, 1.0, 99)
    _, liquid = freeze(np.full((1, hours), -6.0), 1.0, depths)
    conductivity = DIFFUSIVITY * HEAT_CAPACITY / 3600
    for day in (20, 40, 60):
        frozen = depths[liquid[0, :, day * 24 - 1] < (1 + UNFROZEN) / 2].max()
        stefan = np.sqrt(2 * conductivity * 6 * FROST_SHARE * day * 86400 / (LATENT * HEAT_CAPACITY))
        assert 0.65 * stefan < frozen < 1.05 * stefan


def test_water_keeps_the_soil_at_the_melting_point_and_thaws():
    air = np.r_[np.full(240, 3.0), np.full(24 * 10, -8.0), np.full(24 * 15, 6.0)][None]
    soil, liquid = freeze(air, 1.0, np.array([0.1, 0.3]))
    freezing = (liquid[0, 0] < 1) & (liquid[0, 0] > UNFROZEN + 0.05)
    assert freezing.sum() > 24
    assert np.abs(soil[0, 0, freezing]).max() < 2.5  # between layers on both sides of the front
    first = (liquid[0] < 0.9).argmax(axis=1)
    assert 240 < first[0] < first[1]
    assert liquid.min() >= UNFROZEN - 1e-6
    assert (liquid[..., -1] == 1).all()


def test_a_night_does_not_reach_the_sensor_and_a_cold_week_does():
    night = np.where(np.arange(480) % 24 < 8, -4.0, 6.0)
    week = np.r_[np.full(240, 3.0), np.full(240, -8.0)]
    _, liquid = freeze(np.stack([night, week]), 1.0, np.array([0.1]))
    assert (liquid[0] == 1).all()
    assert liquid[1].min() < 0.7


def test_the_step_hardly_matters():
    random = np.random.default_rng(0)
    daily = np.repeat(-2 + 4 * np.sin(np.arange(60) / 6) + random.normal(0, 2, 60), 24)
    finest, fine, coarse = (
        freeze(daily.repeat(4)[None, :: round(4 * step)], step, np.array([0.1]))[1][0, 0]
        for step in (0.25, 1.0, 24.0)
    )
    assert fine.min() < 0.9
    np.testing.assert_allclose(coarse, fine[23::24], atol=1e-5)
    error = np.abs(finest[3::4] - fine)  # the front is some hours early
    assert error.max() < 0.12
    assert error.mean() < 0.02
