"""Which readings count: flags, and the two rules for replicates, against loops written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal

from thetamix.network.observations import accepted_readings, observations, replicate_mean, usable

READINGS = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 4), st.integers(0, 12)),
    elements=st.one_of(st.just(np.nan), st.floats(0, 0.5, width=32)),
)
ALLOWED = st.lists(st.booleans(), min_size=4, max_size=4)


def test_nothing_is_rejected_unless_asked(network):
    readings = observations(network).dense()
    assert readings.dtype == np.float32
    assert_array_equal(readings, network["soil_moisture"])


def test_flagged_readings_become_missing(network):
    before = network["soil_moisture"].to_numpy().copy()
    found = observations(network, reject=["C01", "C02"]).dense()
    assert np.isnan(found[0, 0, 0, 3])  # -0.02
    assert np.isnan(found[0, 0, 0, 4])  # 0.75
    assert np.isfinite(before).sum() - np.isfinite(found).sum() == 2
    kept = np.isfinite(found)
    assert_array_equal(found[kept], before[kept])
    # The network itself is not altered.
    assert_array_equal(network["soil_moisture"], before)


def test_each_flag_rejects_its_own_readings_only(network):
    assert np.isnan(observations(network, ["C01"])[0, 0][0, 3])
    assert np.isfinite(observations(network, ["C01"])[0, 0][0, 4])
    assert np.isfinite(observations(network, ["D06"])[0, 0][0, 3])


def test_accepted_readings_are_where_observations_are(network):
    for reject in ([], ["C01", "C02"]):
        there = accepted_readings(network, reject)
        assert_array_equal(there.dense(), np.isfinite(observations(network, reject).dense()))
        for key, readings in observations(network, reject).items():
            allowed = np.ones(len(readings), dtype=bool)
            assert_array_equal(usable(there[key], allowed, "all"), usable(readings, allowed, "all"))


def test_a_network_without_flags(network):
    found = observations(network.drop_vars("soil_moisture_flag"), reject=["C01"])
    assert_array_equal(found.dense(), network["soil_moisture"])


def test_compound_flags(network):
    flags = network["soil_moisture_flag"].copy(deep=True)
    flags[0, 0, 2, 7] = 8 | 32  # D01, D03
    changed = network.assign(soil_moisture_flag=flags)
    for reject in (["D01"], ["D03"], ["C01", "D03"]):
        assert np.isnan(observations(changed, reject)[0, 0][2, 7])
    assert np.isfinite(observations(changed, ["D02"])[0, 0][2, 7])


@given(READINGS, ALLOWED, st.sampled_from(["all", "any"]))
def test_usable_against_a_loop(readings, allowed, rule):
    replicates, steps = readings.shape
    allowed = np.array(allowed[:replicates])
    ever = [r for r in range(replicates) if allowed[r] and np.isfinite(readings[r]).any()]
    expected = np.zeros(readings.shape, dtype=bool)
    for time in range(steps):
        there = [r for r in ever if np.isfinite(readings[r, time])]
        for replicate in there:
            expected[replicate, time] = rule == "any" or len(there) == len(ever)
    assert_array_equal(usable(readings, allowed, rule), expected)


@given(READINGS, ALLOWED)
def test_the_mean_is_over_a_set_that_never_changes(readings, allowed):
    replicates, steps = readings.shape
    allowed = np.array(allowed[:replicates])
    ever = [r for r in range(replicates) if allowed[r] and np.isfinite(readings[r]).any()]
    mean = replicate_mean(readings, allowed)
    assert mean.shape == (steps,)
    assert mean.dtype == np.float64
    for time in range(steps):
        values = [float(readings[r, time]) for r in ever]
        if values and np.isfinite(values).all():
            assert mean[time] == pytest.approx(np.mean(values), rel=1e-6, abs=1e-12)
        else:
            assert np.isnan(mean[time])


def test_never_all_together():
    """Two replicates that follow each other are never complete: no step counts, no mean is formed."""
    readings = np.array([[0.1, 0.1, np.nan, np.nan], [np.nan, np.nan, 0.2, 0.2]])
    both = np.array([True, True])
    assert not usable(readings, both, "all").any()
    assert usable(readings, both, "any").sum() == 4
    assert np.isnan(replicate_mean(readings, both)).all()
    # Looked at alone, each is complete where it is.
    assert usable(readings, np.array([True, False]), "all").sum() == 2
