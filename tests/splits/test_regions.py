"""Squares against their corners by hand; what has no coordinates."""

import numpy as np
import pytest

from thetamix.splits.regions import squares
from thetamix.system.errors import InputError


def placed(make_network, latitude, longitude):
    network = make_network(clusters=len(latitude))
    return network.assign_coords(latitude=("cluster", latitude), longitude=("cluster", longitude))


def test_a_square_is_named_by_its_corner(make_network):
    network = placed(make_network, [52.1, -0.1, 45.0, 49.9], [-5.0, 0.1, 355.0, -0.1])
    assert squares(network, range(4), 5.0) == ["50/-5", "-5/0", "45/-5", "45/-5"]
    assert squares(network, range(4), 2.5) == ["50/-5", "-2.5/0", "45/-5", "47.5/-2.5"]


def test_the_antimeridian_is_told_in_either_way(make_network):
    network = placed(make_network, [1.0, 1.0, 1.0], [-179.0, 181.0, 179.0])
    first, same, west = squares(network, range(3), 5.0)
    assert first == same != west


def test_clusters_without_readings_need_no_coordinates(make_network):
    network = placed(make_network, [1.0, np.nan, 1.0], [1.0, 1.0, np.nan])
    assert squares(network, [0], 5.0) == ["0/0", "", ""]
    with pytest.raises(InputError, match=r"needs latitude and longitude, and c01 has none \(and 1 more\)"):
        squares(network, range(3), 5.0)


def test_a_network_without_coordinates_is_refused(make_network):
    network = make_network(clusters=2).drop_vars(["latitude", "longitude"], errors="ignore")
    with pytest.raises(InputError, match="c00 has none"):
        squares(network, range(2), 5.0)
