"""Gaps, spin-up and records of the forcing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thetamix.forecasters.process.forcing import (
    CANOPY,
    LONGEST_BRIDGE,
    MEMORY,
    SurfaceForcing,
    as_before,
    hidden,
    into_records,
    surface_of,
)
from thetamix.system.errors import InputError

HOUR = np.timedelta64(1, "h")


def test_bridges_look_back_a_day():
    values = np.arange(60.0)[:, None].repeat(2, axis=1)
    gappy = values.copy()
    gappy[30:33, 0] = np.nan
    gappy[:2, 1] = np.nan
    filled = as_before(gappy, 1.0)
    np.testing.assert_array_equal(filled[30:33, 0], values[6:9, 0])
    np.testing.assert_array_equal(filled[:2, 1], 0)
    assert (filled[np.isfinite(gappy)] == gappy[np.isfinite(gappy)]).all()


@pytest.mark.parametrize("step", [1.0, 3.0, 24.0])
def test_only_long_gaps_hide_the_soil(step):
    bridged, memory = round(LONGEST_BRIDGE / step), round(MEMORY / step)
    values = np.zeros((3 * memory + 200, 3))
    values[10 : 10 + bridged, 0] = np.nan
    values[10 : 11 + bridged, 1] = np.nan
    values[-bridged - 1 :, 2] = np.nan
    result = hidden(values, step)
    assert not result[:, 0].any()
    np.testing.assert_array_equal(np.flatnonzero(result[:, 1]), np.arange(10, 11 + bridged + memory))
    np.testing.assert_array_equal(np.flatnonzero(result[:, 2]), len(values) + np.arange(-bridged - 1, 0))


def test_surface_of_a_network(make_network):
    rain = np.zeros((2, 3000))
    rain[:, 100:103] = 5.0
    rain[1, 50] = -3.0  # counts as none
    warm, demand = np.full((2, 3000), 15.0), np.full((2, 3000), 0.1)
    demand[0, 2000:2026] = np.nan
    network = make_network(
        np.full((2, 1, 1, 3000), 0.3),
        depths=[0.1],
        step=HOUR,
        precipitation=rain,
        air_temperature=warm,
        potential_evapotranspiration=demand,
    )
    surface = surface_of(network)
    assert surface.step == 1
    assert surface.spin_up == 3000  # less than a year: all of it runs twice
    assert surface.supply.shape == (6000, 2)
    np.testing.assert_array_equal(surface.supply[:3000], surface.supply[3000:])
    assert surface.supply.sum() == pytest.approx(2 * 2 * (15 - CANOPY) - 2 * 2 * 2 * 0.1)
    assert surface.complete[1].all()
    np.testing.assert_array_equal(np.flatnonzero(~surface.complete[0]), np.arange(2000, 3000))


def test_a_year_of_spin_up(make_network):
    surface = surface_of(make_network(steps=800))
    assert surface.spin_up == 365
    assert surface.complete.shape == (2, 800)
    assert surface.supply.shape == (1165, 2)


@pytest.mark.parametrize("name", ["precipitation", "potential_evapotranspiration", "air_temperature"])
def test_forcing_that_is_not_there(make_network, name):
    with pytest.raises(InputError, match=f"process: the network has no {name}; add it, or leave"):
        surface_of(make_network(**{name: None}))


@given(st.integers(0, 1000), st.sampled_from([1.0, 3.0, 24.0]), st.floats(1.0, 10.0), st.integers(1, 30))
def test_records_keep_the_water(seed, step, most, spin_up):
    rng = np.random.default_rng(seed)
    supply = rng.exponential(1.0, (90, 2)) * (rng.random((90, 1)) < 0.3)
    demand = rng.uniform(0, 0.3, (90, 2))
    surface = SurfaceForcing(supply, demand, np.ones((2, 90 - spin_up), bool), step, spin_up)
    records, first = into_records(surface, longest=24.0, most=most)
    for merged, given_ in ((records.supply, supply), (records.demand, demand)):
        for part in (slice(None, records.skip), slice(records.skip, None)):
            steps = slice(None, spin_up) if part.start is None else slice(spin_up, None)
            np.testing.assert_allclose(
                (merged * records.length[:, None])[part].sum(axis=0), given_[steps].sum(axis=0) * step
            )
    np.testing.assert_allclose(records.length.sum(), 90 * step)
    assert first[0] == 0
    np.testing.assert_allclose(np.diff(first) * step, records.length[records.skip : -1])
    assert (records.length <= 24.0).all()
    each = (records.supply * records.length[:, None]).max(axis=1) / records.parts
    assert (each <= most * (1 + 1e-9)).all()


def test_no_record_of_the_forecast_holds_two_steps():
    rng = np.random.default_rng(0)
    surface = SurfaceForcing(rng.exponential(0.1, (80, 2)), np.zeros((80, 2)), np.ones((2, 60), bool), 3.0, 20)
    records, first = into_records(surface, longest=3.0, most=1.0)
    np.testing.assert_array_equal(first, np.arange(60))
    assert records.skip == 20
    daily, first = into_records(
        SurfaceForcing(np.zeros((9, 1)), np.zeros((9, 1)), np.ones((1, 6), bool), 24.0, 3), longest=6.0, most=1.0
    )
    np.testing.assert_array_equal(daily.parts, 4)
    np.testing.assert_array_equal(first, np.arange(6))
