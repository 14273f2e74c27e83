"""The forecaster on soils that it could have made itself, and on what real networks lack."""

import numpy as np
import pytest

from thetamix.forecasters.process.forcing import into_records, surface_of
from thetamix.forecasters.process.readings import SMALLEST_SD
from thetamix.forecasters.process.soil_layers import follow, from_unit
from thetamix.simulation import CAUSES, simulate

DAY = np.timedelta64(1, "D")
DEPTHS = (0.1, 0.5)
QUICK = {"population": 6, "generations": 2}
# Positions in the bounds: a loam with roots to some decimetres, a heavier soil with much bypass.
SOILS = np.array([[0.6, 0.7, 0.5, 0.6, 0.6, 0.65, 0.1], [0.35, 0.5, 0.7, 0.4, 0.3, 0.75, 0.8]])


def kge(simulated, observed):
    r = np.corrcoef(simulated, observed)[0, 1]
    return 1 - np.sqrt(
        (r - 1) ** 2 + (simulated.std() / observed.std() - 1) ** 2 + (simulated.mean() / observed.mean() - 1) ** 2
    )


def seasons(steps, seed=0):
    """Daily weather of two places."""
    rng = np.random.default_rng(seed)
    year = np.cos(2 * np.pi * (np.arange(steps) - 15) / 365.25)
    rain = rng.exponential(0.25, (2, steps)) * (rng.random((2, steps)) < 0.45)
    return {
        "precipitation": rain,
        "potential_evapotranspiration": np.maximum(0.09 - 0.08 * year, 0) * rng.uniform(0.6, 1.4, (2, steps)),
        "air_temperature": 9 - 9 * year + rng.normal(0, 3, (2, steps)),
    }


@pytest.fixture(scope="module")
def perfect(make_network):
    """Two soils of the forecaster's own kind, two depths, without noise: network and readings."""
    steps = 900
    forcing = seasons(steps)
    bare = make_network(np.full((2, 2, 2, steps), 0.3), depths=DEPTHS, **forcing)
    surface = surface_of(bare)
    records, _ = into_records(surface, longest=6.0, most=1.0)
    site = np.array([0, 0, 1, 1])
    moisture = follow(from_unit(SOILS[site]), site, np.array([*DEPTHS, *DEPTHS]), records)
    readings = (0.04 + 0.8 * moisture.T).reshape(2, 2, 1, steps).repeat(2, axis=2).astype(np.float32)
    return make_network(readings, depths=DEPTHS, **forcing), readings


@pytest.fixture(scope="module")
def trained(perfect):
    """Blocks of 90 days in turn, as a split has them."""
    _, readings = perfect
    inside = np.arange(readings.shape[-1]) // 90 % 5 < 3
    return np.broadcast_to(inside, readings.shape)


def test_a_perfect_model_finds_itself(perfect, trained, forecast):
    network, readings = perfect
    _, mean, sd, file = forecast("process", network, trained=trained, population=16, generations=25)
    for place in np.ndindex(2, 2):
        evaluated = ~trained[place][0]
        assert kge(mean[place][evaluated, 0], readings[place][0, evaluated]) > 0.95
        assert (sd[place] < 0.012).all()
    assert file.attrs["title"] == "calibrated soil model, 16 candidates x 25 generations"


def test_the_simulated_network_without_noise(forecast):
    """Hourly physics, another cover, scattered layers, a fading conductivity: alike, but not the same soil."""
    without = [cause for cause in CAUSES if cause not in ("bypass", "scatter")]
    both = simulate(2, 3.0, 5, step_hours=12, truth_profiles=0, replicates=1, without=without).network
    network = both.isel(cluster=[1])
    readings = network["soil_moisture"].to_numpy()
    inside = np.arange(readings.shape[-1]) // (90 * 2) % 5 < 3
    trained = np.broadcast_to(inside, readings.shape)
    _, mean, _, _ = forecast("process", network, trained=trained, population=12, generations=12)
    for depth in range(3):
        assert kge(mean[0, depth, ~inside, 0], readings[0, depth, 0, ~inside]) > 0.75


def test_evaluation_readings_are_not_looked_at(perfect, trained, forecast):
    network, readings = perfect
    spoiled = np.where(trained, readings, np.float32(0.9))
    spoiled[..., 250:270] = np.where(trained[..., 250:270], spoiled[..., 250:270], np.nan)
    other = network.assign(soil_moisture=network["soil_moisture"].copy(data=spoiled))
    honest = forecast("process", network, trained=trained, **QUICK)[:3]
    blind = forecast("process", other, trained=trained, **QUICK)[:3]
    for one, two in zip(honest, blind, strict=True):
        np.testing.assert_array_equal(one, two)


def test_seeds_decide_and_order_does_not(perfect, trained, forecast):
    network, readings = perfect
    first = forecast("process", network, trained=trained, **QUICK)[1]
    np.testing.assert_array_equal(first, forecast("process", network, trained=trained, **QUICK)[1])
    assert (first != forecast("process", network, trained=trained, seed=2, **QUICK)[1]).any()
    turned = network.isel(cluster=[1, 0])
    mean = forecast("process", turned, trained=trained[::-1], readings=readings[::-1], **QUICK)[1]
    np.testing.assert_array_equal(first, mean[::-1])


def test_groups_of_series_do_not_matter(perfect, trained, forecast, monkeypatch):
    network, _ = perfect
    together = forecast("process", network, trained=trained, **QUICK)[1]
    monkeypatch.setattr("thetamix.forecasters.process.calibrated.PROFILES_AT_ONCE", 2 * QUICK["population"])
    np.testing.assert_array_equal(together, forecast("process", network, trained=trained, **QUICK)[1])


def test_later_forcing_does_not_change_what_was_before(perfect, trained, forecast):
    network, _ = perfect
    until = 800  # more than a year after the start, and after all that is trained on
    past = trained & (np.arange(trained.shape[-1]) < until)
    rain = network["precipitation"].to_numpy().copy()
    rain[:, until:] = 3.0
    flooded = network.assign(precipitation=network["precipitation"].copy(data=rain))
    dry = forecast("process", network, trained=past, **QUICK)[1]
    wet = forecast("process", flooded, trained=past, **QUICK)[1]
    np.testing.assert_allclose(wet[..., :until, :], dry[..., :until, :], atol=2e-3)
    assert (wet[..., until + 5 :, :] > dry[..., until + 5 :, :]).mean() > 0.9


def test_forcing_that_is_missing(perfect, trained, forecast):
    network, _ = perfect
    rain = network["precipitation"].to_numpy().copy()
    rain[0, 500] = np.nan  # a day is bridged
    rain[1, 500:502] = np.nan  # two days hide the soil, and 90 more
    gappy = network.assign(precipitation=network["precipitation"].copy(data=rain))
    weight, mean, sd, _ = forecast("process", gappy, trained=trained, **QUICK)
    assert np.isfinite(mean[0]).all()
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(mean[1, 0, :, 0])), np.arange(500, 592))
    for other in (weight, sd):
        np.testing.assert_array_equal(np.isnan(other), np.isnan(mean))
    nothing = network.assign(air_temperature=network["air_temperature"] * np.nan)
    assert np.isnan(forecast("process", nothing, trained=trained, **QUICK)[1]).all()


def test_series_that_cannot_be_calibrated(make_network, forecast):
    readings = np.full((2, 2, 2, 500), 0.3, np.float32)
    readings[1, 1] = np.nan  # no series at all
    trained = np.isfinite(readings)
    trained[0, 1] = False  # not trained on
    trained[1, 0, 1] = False
    network = make_network(readings, depths=DEPTHS, **seasons(500))
    weight, mean, sd, _ = forecast("process", network, trained=trained, **QUICK)
    for place in ((0, 0), (1, 0)):  # a constant is forecast as such
        np.testing.assert_allclose(mean[place], 0.3, rtol=1e-6)
        np.testing.assert_allclose(sd[place], SMALLEST_SD)
        assert (weight[place] == 1).all()
    for place in ((0, 1), (1, 1)):
        assert np.isnan(mean[place]).all()
    assert np.isnan(forecast("process", network, trained=trained & False, **QUICK)[1]).all()
