"""Flags and gaps are counted."""

import numpy as np
import pytest

from thetamix.network.schema import FLAGS
from thetamix.report.layouts.quality_table import quality_table, silent_sensors


def test_flags_are_counted_by_series(make_network):
    network = make_network(clusters=2, steps=50)
    readings = network["soil_moisture"].to_numpy()
    readings[0, 0, 1, :10] = np.nan
    readings[1, 1] = np.nan
    flags = np.zeros(readings.shape, dtype=np.int32)
    flags[0, 0, 0, :4] |= FLAGS["C02"][0]
    flags[0, 0, 1, :12] |= FLAGS["D06"][0]  # ten of them without a reading
    network["soil_moisture_flag"] = (network["soil_moisture"].dims, flags)
    table = quality_table(network, ["C02"])
    first = table[(table["cluster"] == "c00") & (table["depth"] == "0.1")].set_index("flag")
    assert first["flagged"].to_dict() == {"C02": 4, "D06": 2}
    assert first["rejected"].to_dict() == {"C02": True, "D06": False}
    assert first.loc["C02", "readings"] == 140
    assert first.loc["C02", "missing"] == pytest.approx(10 / 150)
    empty = table[(table["cluster"] == "c01") & (table["depth"] == "0.3")].iloc[0]
    assert (empty["sensors"], empty["readings"], empty["flag"]) == (0, 0, "")
    assert len(table) == 5


def test_sensors_that_never_read_are_named(make_network):
    network = make_network(clusters=1)
    ids = np.array([[["a", "b", ""], ["d", "e", "f"]]], dtype=object)
    ever = np.array([True, False, False])
    assert silent_sensors(network, 0, 0, ever) == []
    network["sensor_id"] = (("cluster", "depth", "replicate"), ids)
    assert silent_sensors(network, 0, 0, ever) == ["b (replicate B)"]
