"""The series of a network: which there are, and what they are called."""

import numpy as np

from thetamix.network.netcdf import open_network, write_network
from thetamix.network.series import series


def test_empty_pairs_are_skipped(network):
    found = list(series(network))
    assert [(one.cluster, one.depth) for one in found] == [(0, 0), (0, 1), (1, 0)]
    assert [one.name for one in found] == ["c01 at 0.1 m", "c01 at 0.3 m", "c02 at 0.1 m"]
    assert found[0].replicates == (True, True, True)
    assert found[1].replicates == (True, True, False)  # a profile that was never installed
    assert found[2].cluster_id == "c02"
    assert found[2].depth_m == 0.1


def test_one_reading_makes_a_series(network):
    moisture = network["soil_moisture"].copy(deep=True)
    moisture[1, 1, 2, 40] = 0.2
    (last,) = list(series(network.assign(soil_moisture=moisture)))[3:]
    assert last.replicates == (False, False, True)


def test_a_network_without_readings_has_no_series(network):
    moisture = network["soil_moisture"].copy(deep=True)
    moisture[:] = np.nan
    assert list(series(network.assign(soil_moisture=moisture))) == []


def test_of_a_file_one_cluster_is_read_at_a_time(network, tmp_path):
    write_network(network, tmp_path / "n.nc")
    with open_network(tmp_path / "n.nc") as opened:
        assert list(series(opened)) == list(series(network))
        assert not opened["soil_moisture"].variable._in_memory
