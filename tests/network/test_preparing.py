"""Several networks as a single one: each value stands where its names say."""

import numpy as np
import pytest

from thetamix.network.preparing import Preparation
from thetamix.system.errors import InputError

HOUR = np.timedelta64(1, "h")


@pytest.fixture
def pair(make_network):
    """Daily with three replicates, and hourly with one, other depths, a later end and an attribute of its own."""
    one = make_network(clusters=2, depths=(0.1, 0.3), replicates=3, steps=10, seed=1)
    other = make_network(
        clusters=3, depths=(0.05, 0.11, 0.5), replicates=1, steps=24 * 12, step=HOUR, seed=2, porosity=np.full(3, 0.4)
    )
    return {"one": one, "other": other}


def test_values_keep_their_place_depth_replicate_and_time(pair):
    joined = Preparation(pair).dataset()
    one, other = pair.values()
    assert joined["cluster_id"].to_numpy().tolist() == ["one c00", "one c01", "other c00", "other c01", "c02"]
    assert joined["network"].to_numpy().tolist() == ["one"] * 2 + ["other"] * 3
    # 0.1 and 0.11 m are meant to be one depth.
    assert joined["depth"].size == 4
    assert dict(joined.sizes) | {"cluster": 5, "replicate": 3, "time": 12} == dict(joined.sizes)
    near = int(np.abs(joined["depth"].to_numpy() - 0.1).argmin())
    np.testing.assert_array_equal(
        joined["soil_moisture"].to_numpy()[1, near, :, :10], one["soil_moisture"].to_numpy()[1, 0]
    )
    hours = other["soil_moisture"].to_numpy()[2, 1, 0].reshape(12, 24)
    np.testing.assert_allclose(joined["soil_moisture"].to_numpy()[4, near, 0], hours.mean(axis=1), rtol=1e-6)
    assert np.isnan(joined["soil_moisture"].to_numpy()[4, near, 1:]).all()
    assert np.isnan(joined["precipitation"].to_numpy()[0, 10:]).all()
    np.testing.assert_array_equal(joined["porosity"].to_numpy(), [np.nan, np.nan, 0.4, 0.4, 0.4])
    np.testing.assert_array_equal(joined["elevation"].to_numpy()[:2], one["elevation"])


def test_nothing_is_lost_or_made_up(pair):
    joined = Preparation(pair, np.timedelta64(1, "D")).dataset()
    count = int(np.isfinite(joined["soil_moisture"]).sum())
    assert count == pair["one"]["soil_moisture"].size + pair["other"]["soil_moisture"].size / 24


def test_units_that_differ_are_named(pair):
    pair["other"]["elevation"].attrs["units"] = "km"
    with pytest.raises(InputError, match="elevation is in 'm' in one and in 'km' in other"):
        Preparation(pair)
