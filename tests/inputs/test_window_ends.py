"""A count before a fit is the number that the fit finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from thetamix.inputs.encoding import describe_inputs
from thetamix.inputs.stretches import count_stretches, training_stretches
from thetamix.inputs.window_ends import complete_windows, count_windows, window_ends
from thetamix.inputs.windows import training_windows
from thetamix.network.by_series import Mask, Readings

FORCING = [("precipitation", False), ("air_temperature", False)]
SEQUENCE, WARM_UP = 20, 8


@pytest.fixture
def network(make_network):
    network = make_network(steps=150)
    network["precipitation"][0, 40:43] = np.nan
    network["soil_moisture"][1, 0, 1, 20:90] = np.nan
    return network


@pytest.fixture
def trained(network):
    chosen = np.random.default_rng(1).random((2, 2, 1, 150)) < 0.3
    return np.isfinite(network["soil_moisture"].to_numpy()) & chosen


def describe(network, trained, conditioned):
    readings = Readings.of(network["soil_moisture"].to_numpy())
    inputs = {"forcing": FORCING, "attributes": [], "condition_on_replicate": conditioned}
    return readings, describe_inputs(network, Mask.of(trained), readings, WARM_UP + 1, **inputs)


@pytest.mark.parametrize("conditioned", [False, True])
def test_windows(network, trained, conditioned):
    readings, spec = describe(network, trained, conditioned)
    count = count_windows(Mask.of(trained), window_ends(network, FORCING, SEQUENCE), by_replicate=conditioned)
    assert count == len(training_windows(network, Mask.of(trained), readings, spec, SEQUENCE))
    # By hand: a window ends at a reading, begins within the record and does not touch the gap.
    expected = 0
    for cluster, depth, replicate, end in np.argwhere(trained):
        before_it = trained[cluster, depth, :replicate, end].any() and not conditioned
        begin = end - SEQUENCE + 1
        gap = cluster == 0 and begin < 43 and end >= 40
        expected += begin >= 0 and not gap and not before_it
    assert count == expected


@pytest.mark.parametrize("conditioned", [False, True])
def test_stretches(network, trained, conditioned):
    readings, spec = describe(network, trained, conditioned)
    complete = window_ends(network, FORCING, 1)
    count = count_stretches(Mask.of(trained), complete, SEQUENCE, WARM_UP, by_replicate=conditioned)
    assert count == len(training_stretches(network, Mask.of(trained), readings, spec, SEQUENCE, WARM_UP))
    assert count > 0


def test_a_record_shorter_than_a_stretch_has_none(network, trained):
    complete = window_ends(network, FORCING, 1)
    assert count_stretches(Mask.of(trained), complete, 151, WARM_UP, by_replicate=False) == 0


@given(hnp.arrays(bool, (2, 12)), st.integers(1, 15))
def test_a_window_is_complete_where_all_its_steps_are_there(complete, sequence):
    got = complete_windows(complete, sequence)
    for c, end in np.ndindex(2, 12):
        first = end - sequence + 1
        assert got[c, end] == (first >= 0 and complete[c, max(first, 0) : end + 1].all())


def test_windows_end_where_all_required_forcing_is_there(make_network):
    network = make_network(steps=30)
    network["precipitation"][0, 10] = np.nan
    network["air_temperature"][1, 20] = np.nan
    ends = window_ends(network, [("precipitation", False), ("air_temperature", True)], 5)
    assert np.flatnonzero(~ends[0]).tolist() == [0, 1, 2, 3, 10, 11, 12, 13, 14]
    assert np.flatnonzero(~ends[1]).tolist() == [0, 1, 2, 3]
