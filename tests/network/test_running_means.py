"""Running means, against pandas."""

import numpy as np
import pandas as pd
import pytest

from thetamix.network.running_means import with_running_means
from thetamix.system.errors import InputError


@pytest.fixture
def network(make_network):
    rain = np.random.default_rng(1).exponential(0.2, (3, 90))
    rain[1, 40] = np.nan
    return make_network(clusters=3, steps=90, precipitation=rain)


def test_it_is_the_mean_of_the_span_and_missing_where_a_step_is(network):
    told = with_running_means(network, ["precipitation", "precipitation_30d"])
    found = told["precipitation_30d"].to_numpy()
    for cluster in range(3):
        rain = pd.Series(network["precipitation"].to_numpy()[cluster].astype(float))
        np.testing.assert_allclose(found[cluster], rain.rolling(30).mean(), rtol=1e-6)
    assert np.isnan(found[:, :29]).all()
    assert np.isnan(found[1, 40:70]).all()
    assert np.isfinite(found[1, 70])
    assert told["precipitation_30d"].attrs["units"] == network["precipitation"].attrs["units"]


@pytest.mark.parametrize(
    "index", [{"cluster": 1}, {"cluster": slice(1, 3), "time": slice(40, 80)}, {"time": [3, 60]}]
)
def test_a_part_is_that_of_the_whole(network, index):
    told = with_running_means(network, ["air_temperature_7d"])["air_temperature_7d"]
    whole = told.copy(data=told.to_numpy())
    np.testing.assert_array_equal(told.isel(index).to_numpy(), whole.isel(index).to_numpy())


def test_other_names_and_spans(network):
    assert set(with_running_means(network, ["precipitation", "rain_30d", "elevation_3d"]).variables) == set(
        network.variables
    )
    with pytest.raises(InputError, match="12h is no multiple of the network's step"):
        with_running_means(network, ["precipitation_12h"])
