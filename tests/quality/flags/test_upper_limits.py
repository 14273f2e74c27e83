"""Limits of soil that holds more than mineral soil, as users write them."""

import numpy as np
import pytest

from thetamix.network.schema import FLAGS
from thetamix.quality.flags import flag_network, with_flags, with_upper_limits
from thetamix.system.errors import InputError

C02 = FLAGS["C02"][0]


@pytest.fixture
def wet(make_network):
    """Two clusters, marl and schist, that read 0.55, 0.65 and 0.99 in turn."""
    readings = np.broadcast_to(np.array([0.55, 0.65, 0.99], dtype=np.float32), (2, 2, 1, 3))
    return make_network(readings)


def flagged(network) -> list[list[bool]]:
    return (flag_network(network)[:, 0, 0] & C02 != 0).tolist()


def test_all_clusters_a_value_of_an_attribute_and_a_single_cluster(wet):
    mineral, peat, never = [False, True, True], [False, False, True], [False, False, False]
    assert flagged(wet) == [mineral, mineral]
    assert flagged(with_upper_limits(wet, [])) == [mineral, mineral]
    assert flagged(with_upper_limits(wet, ["0.95"])) == [peat, peat]
    assert flagged(with_upper_limits(wet, ["geology=marl:0.95"])) == [peat, mineral]
    assert flagged(with_upper_limits(wet, ["0.95", "cluster_id=c01:1"])) == [peat, never]


def test_what_the_usual_limit_marked_is_taken_back_where_another_is_set(wet):
    old = with_flags(wet, flag_network(wet))
    limited = with_upper_limits(old, ["geology=schist:0.95"])
    assert flagged(limited) == [[False, True, True], [False, False, True]]
    # Written down: it is meant from then on.
    again = with_flags(limited, flag_network(limited))
    assert flagged(again) == flagged(limited)
    assert again["soil_moisture_limit"].attrs["units"] == "m3 m-3"


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("95", "write 0.95"),
        ("peat", "write 0.95"),
        ("geology=marl", "land_use=peat:0.95"),
        ("geolgy=marl:0.9", 'did you mean "geology"'),
        ("geology=mrl:0.9", 'did you mean "marl"'),
    ],
)
def test_what_cannot_be_meant(wet, word, message):
    with pytest.raises(InputError, match=message):
        with_upper_limits(wet, [word])
