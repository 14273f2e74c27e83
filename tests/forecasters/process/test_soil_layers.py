"""The course of the soil: beside the simulation's own integration, and as records are put together."""

import numpy as np
import pytest

from thetamix.forecasters.process.forcing import SurfaceForcing, into_records
from thetamix.forecasters.process.soil_layers import (
    PARAMETERS,
    Records,
    follow,
    from_unit,
    layer_weights,
    make_profiles,
)
from thetamix.simulation.column import CENTRES, LAYERS
from thetamix.simulation.integration import Recording, integrate

HALF = from_unit(np.full((1, len(PARAMETERS)), 0.5))


def weather(steps, seed=0):
    """Hourly: storms of some hours, demand by day."""
    rng = np.random.default_rng(seed)
    wet = np.repeat(rng.random(steps // 6 + 1) < 0.08, 6)[:steps]
    supply = (rng.exponential(1.0, steps) * wet)[:, None]
    demand = 0.3 * np.clip(np.sin(np.arange(steps) / 24 * 2 * np.pi), 0, None)[:, None]
    return supply, demand


def test_parameters_lie_in_their_bounds():
    low, high = (from_unit(np.full(len(PARAMETERS), end)) for end in (0.0, 1.0))
    np.testing.assert_allclose(low, [p.low for p in PARAMETERS])
    np.testing.assert_allclose(high, [p.high for p in PARAMETERS])
    profiles = make_profiles(np.stack([low, HALF[0], high]))
    np.testing.assert_allclose(profiles.roots.sum(axis=0), 1)
    np.testing.assert_allclose(profiles.bypass_to.sum(axis=0), 1)
    assert (profiles.saturation_at(153.0) < 1).all()


def test_as_the_simulation_integrates():
    supply, demand = weather(2000)
    depth = CENTRES[[1, 3, 4]]
    parameters = np.repeat(HALF, 3, axis=0)
    parameters[:, 0] = [2.0, 20.0, 100.0]
    factor = parameters[0, [p.name for p in PARAMETERS].index("demand")]
    parts = np.ones(2000, int)
    ends = integrate(
        make_profiles(parameters),
        supply,
        demand * factor,
        np.zeros(3, int),
        substeps=parts,
        record=Recording(observed=(1, 3, 4)),
    ).moisture[:, [0, 1, 2], [0, 1, 2]]
    found = follow(parameters, np.zeros(3, int), depth, Records(supply, demand, np.ones(2000), parts, 0))
    # The simulation tells the end of a step, the forecaster the mean of both ends.
    np.testing.assert_allclose(found[1:], (ends[:-1] + ends[1:]) / 2, atol=1e-6)
    assert np.ptp(found, axis=0).min() > 0.02


@pytest.mark.parametrize("layer", [1, 3, 4])
def test_records_put_together_tell_the_same(layer):
    supply, demand = weather(4000)
    surface = SurfaceForcing(supply, demand, np.ones((1, 4000 - 1000), bool), 1.0, 1000)
    site, depth = np.zeros(1, int), CENTRES[[layer]]
    fine, _ = into_records(surface, longest=1.0, most=0.25)
    coarse, first = into_records(surface, longest=24.0, most=3.0)
    exact, found = (follow(HALF, site, depth, records)[:, 0] for records in (fine, coarse))
    means = np.add.reduceat(exact, first) / np.diff(np.append(first, exact.size))
    assert coarse.parts.sum() < fine.parts.sum() / 8
    assert np.sqrt(np.mean((found - means) ** 2)) < 0.008
    assert np.corrcoef(found, means)[0, 1] > 0.98


def test_future_forcing_does_not_reach_back():
    supply, demand = weather(600)
    later = supply.copy()
    later[400:] += 1.0
    courses = [
        follow(HALF, np.zeros(1, int), np.array([0.3]), Records(s, demand, np.ones(600), np.ones(600, int), 0))
        for s in (supply, later)
    ]
    np.testing.assert_array_equal(courses[0][:400], courses[1][:400])
    assert (courses[0][400:] != courses[1][400:]).all()


def test_depths_between_layers():
    weights = layer_weights(np.array([0.0, 0.1, 0.15, 0.3, 2.0]))
    np.testing.assert_allclose(weights.sum(axis=0), 1)
    np.testing.assert_allclose(weights[0, 0], 1)
    np.testing.assert_allclose(weights[1, 1], 1)
    np.testing.assert_allclose(weights[1:3, 2], 0.5)
    np.testing.assert_allclose(weights[3, 3], 1)
    np.testing.assert_allclose(weights[LAYERS - 1, 4], 1)
