import numpy as np
import pytest

from thetamix.simulation.catchment import (
    MEAN_RECHARGE,
    discharge,
    reference_moisture,
    reference_profiles,
    reservoir,
    smear,
)
from thetamix.simulation.column import CENTRES, LAYERS
from thetamix.simulation.geology import GEOLOGIES


@pytest.mark.parametrize("step", [1.0, 24.0])
def test_a_pulse_recedes_exponentially(step):
    inflow = np.zeros(50)
    inflow[0] = 1.0
    outflow = reservoir(inflow, 30.0, step, 0.0)
    # Outflow after the pulse: the storage at its end, emptied at 1/30 an hour, averaged over each step.
    stored = 30 * (1 - np.exp(-step / 30))
    begin = stored * np.exp(-step / 30 * np.arange(49))
    np.testing.assert_allclose(outflow[1:], begin * (1 - np.exp(-step / 30)) / step)
    np.testing.assert_allclose(outflow[0], (step - stored) / step)


def test_a_reservoir_loses_no_water():
    inflow = np.random.default_rng(0).gamma(0.2, 1.0, 5000)
    outflow = reservoir(np.r_[inflow, np.zeros(5000)], 100.0, 1.0, 0.5)
    assert outflow.min() >= 0
    np.testing.assert_allclose(outflow.sum(), inflow.sum() + 0.5 * 100)


@pytest.mark.parametrize("name", list(GEOLOGIES))
def test_steady_recharge_is_steady_discharge(name):
    geology = GEOLOGIES[name]
    flow = discharge(geology, np.zeros(100), np.full(100, MEAN_RECHARGE), 1.0)
    np.testing.assert_allclose(flow, MEAN_RECHARGE * geology.area * 1e6 * 1e-3 / 3600)


def test_reference_layers_are_averages_by_thickness():
    np.testing.assert_allclose(reference_moisture(np.full((2, LAYERS, 1), 0.3), np.array([0.1, 0.3, 0.5])), 0.3)
    # A profile linear in depth has the mean of its layer's centre: 0.175 m of 7-28 cm, 0.64 m of 28-100 cm,
    # but for the steps of our layers.
    linear = reference_moisture(CENTRES[None, :, None], np.array([0.1, 0.3, 0.5]))[0, :, 0]
    np.testing.assert_allclose(linear, [0.035, 0.175, 0.64], atol=0.02)
    assert (np.diff(linear) > 0).all()


def test_more_depths_than_layers_share_the_last():
    layers = reference_moisture(np.arange(LAYERS, dtype=float)[None, :, None], np.array([0.1, 0.2, 0.3, 0.4]))
    assert layers[0, 2, 0] == layers[0, 3, 0]


def test_smeared_rain_is_the_same_rain_later():
    rain = np.zeros((20, 2))
    rain[5, 0] = 3.0
    np.testing.assert_allclose(smear(rain)[4:9, 0], [0, 1, 1, 1, 0])
    np.testing.assert_allclose(smear(rain).sum(axis=0), [3, 0])


def test_the_coarse_soil_is_one():
    profiles = reference_profiles(4)
    assert profiles.count == 4
    np.testing.assert_allclose(profiles.roots.sum(axis=0), 1)
    assert (profiles.bypass == 0).all()
