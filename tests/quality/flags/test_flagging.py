"""All checks on a network: what is flagged, what is kept, what is counted."""

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_array_equal

from thetamix.network.netcdf import open_network, write_network
from thetamix.network.observations import observations
from thetamix.network.schema import FLAGS
from thetamix.quality.flags import flag_network, summarise, with_flags
from thetamix.simulation import simulate

BIT = {name: bit for name, (bit, _) in FLAGS.items()}


@pytest.fixture(scope="module")
def clean() -> xr.Dataset:
    return simulate(2, 0.5, 7, truth_profiles=0, without=["faults", "gaps"]).network


def spoil(network: xr.Dataset) -> xr.Dataset:
    readings = network["soil_moisture"].to_numpy().copy()
    readings[0, 0, 1, 2000] += 0.2
    readings[1, 2, 0, 1000:1300] = 0.01
    return network.assign(soil_moisture=network["soil_moisture"].copy(data=readings))


def test_planted_faults_are_flagged(clean):
    before, after = flag_network(clean), flag_network(spoil(clean))
    assert after.dtype == np.int32
    assert not before[0, 0, 1, 2000] & BIT["D06"]
    assert after[0, 0, 1, 2000] & BIT["D06"]
    assert (after[1, 2, 0, 1000:1300] & BIT["D09"] != 0).all()
    assert after[1, 2, 0, 1000] & BIT["D07"]
    assert after[1, 2, 0, 1300] & BIT["D08"]
    assert (after[1, 2, 0, 1030:1270] & BIT["S01"] != 0).all()
    # Another cluster does not notice.
    assert_array_equal(before[0, 1:], after[0, 1:])


def test_values_do_not_change_and_flags_are_added(clean, tmp_path):
    spoiled = spoil(clean)
    old = np.zeros(spoiled["soil_moisture"].shape, dtype=np.int32)
    old[0, 0, 0, 5] = BIT["D05"]
    spoiled = with_flags(spoiled, old)
    flagged = with_flags(spoiled, flag_network(spoiled))
    assert flagged["soil_moisture_flag"][0, 0, 0, 5] & BIT["D05"]
    write_network(flagged, tmp_path / "flagged.nc")
    with open_network(tmp_path / "flagged.nc") as read:
        assert_array_equal(read["soil_moisture"], spoiled["soil_moisture"])
        assert_array_equal(read["soil_moisture_flag"], flagged["soil_moisture_flag"])
        meanings = read["soil_moisture_flag"].attrs["flag_meanings"].split()
        assert [word.split("_")[0] for word in meanings] == list(FLAGS)
        assert read["soil_moisture_flag"].attrs["flag_masks"].tolist() == list(BIT.values())
        kept = observations(read, ["D06"])
        assert np.isnan(kept[0, 0][1, 2000])


def test_flagging_again_changes_nothing(clean):
    spoiled = spoil(clean)
    once = with_flags(spoiled, flag_network(spoiled))
    assert_array_equal(flag_network(once), once["soil_moisture_flag"])


def test_missing_readings_gain_no_flag(clean):
    readings = clean["soil_moisture"].to_numpy().copy()
    readings[0, 0, 0, 100:400] = np.nan
    frozen = np.full(clean["air_temperature"].shape, -5.0, dtype=np.float32)
    network = clean.drop_vars("soil_moisture_flag").assign(
        soil_moisture=(clean["soil_moisture"].dims, readings), air_temperature=(("cluster", "time"), frozen)
    )
    flags = flag_network(network)
    assert (flags[0, 0, 0, 100:400] == 0).all()
    assert (flags[np.isfinite(readings)] & BIT["D02"] != 0).all()


def test_ancillary_data_are_used_where_they_are(clean):
    shape = (2, 3, clean.sizes["time"])
    cold = np.full(shape, 3.0, dtype=np.float32)
    cold[1, 0, 50:60] = -1.0
    network = clean.assign(
        soil_temperature=(("cluster", "depth", "time"), cold),
        reference_soil_temperature=(("cluster", "depth", "time"), -cold),
        porosity=(("cluster",), np.array([0.1, 0.9]), {"units": "1"}),
    )
    flags = flag_network(network)
    assert np.flatnonzero(flags[1, 0, 0] & BIT["D01"]).tolist() == list(range(50, 60))
    assert not (flags[1, 1] & BIT["D01"]).any()
    assert (flags[0] & BIT["D03"] != 0).all()
    readings = clean["soil_moisture"].to_numpy()
    assert_array_equal(flags[0] & BIT["C03"] != 0, readings[0] > np.float32(0.1))
    assert not (flag_network(clean) & (BIT["C03"] | BIT["D01"] | BIT["D03"])).any()


def test_a_reading_at_the_limit_is_not_above_it(clean):
    at_limit = np.full(clean["soil_moisture"].shape, 0.6, dtype=np.float32)
    network = clean.drop_vars("soil_moisture_flag").assign(soil_moisture=(clean["soil_moisture"].dims, at_limit))
    assert not (flag_network(network) & BIT["C02"]).any()


def test_the_summary_counts(clean):
    flags = np.zeros(clean["soil_moisture"].shape, dtype=np.int32)
    flags[1, 2, 0, :10] = BIT["D06"] | BIT["C01"]
    flags[1, 2, 1, :5] = BIT["D06"]
    table = summarise(clean, flags)
    assert table["flag"].tolist() == ["C01", "D06"]
    assert table["n"].tolist() == [10, 15]
    assert table["meaning"].tolist() == ["below_0", "spike"]
    assert table["cluster"].unique().tolist() == [str(clean["cluster_id"].to_numpy()[1])]
    assert table["depth"].unique() == pytest.approx([0.5])
    assert table["share"].tolist() == pytest.approx([n / (3 * clean.sizes["time"]) for n in (10, 15)])
    assert summarise(clean, np.zeros_like(flags)).empty


def test_progress_ends_at_one(clean):
    told = []
    flag_network(clean, told.append)
    assert told == [0.5, 1.0]
