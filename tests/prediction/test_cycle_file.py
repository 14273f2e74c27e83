"""Mixtures that come back every year: what is read is what was written for each series' group and day."""

import numpy as np
import pytest
import xarray as xr

from thetamix.prediction.cycle_file import write_cycle
from thetamix.prediction.layout import PARAMETERS
from thetamix.prediction.prediction_file import open_prediction

GROUP = np.array([[0, 1], [0, -1], [2, 1]])
DAY = np.array([366, 1, 2, 3, 3, 200])


@pytest.fixture
def tables() -> list[tuple[np.ndarray, ...]]:
    """Of three groups with one, two and three components; the second has no mixture on the 3rd day."""
    rng = np.random.default_rng(1)
    made = [(rng.dirichlet(np.ones(k), 366), rng.random((366, k)), rng.random((366, k)) + 0.01) for k in (1, 2, 3)]
    for values in made[1]:
        values[2] = np.nan
    return made


@pytest.fixture
def path(make_network, tables, tmp_path):
    network = make_network(clusters=3, depths=[0.1, 0.3], steps=DAY.size)
    with write_cycle(tmp_path / "cycle.nc", network, GROUP, DAY, 3, title="a cycle") as prediction:
        for number, table in enumerate(tables):
            prediction.write(number, *table)
    return tmp_path / "cycle.nc"


def test_a_series_has_the_mixtures_of_its_group_and_days(path, tables):
    with open_prediction(path) as prediction:
        assert prediction.attrs["title"] == "a cycle"
        for cluster, depth in np.ndindex(GROUP.shape):
            chosen = [prediction[name].isel(cluster=cluster, depth=depth).to_numpy() for name in PARAMETERS]
            if GROUP[cluster, depth] < 0:
                assert all(np.isnan(values).all() for values in chosen)
                continue
            table = [values[DAY - 1].astype(np.float32) for values in tables[GROUP[cluster, depth]]]
            size = table[0].shape[1]
            for got, expected in zip(chosen, table, strict=True):
                np.testing.assert_array_equal(got[:, :size], expected)
                assert (np.isnan(got) == np.isnan(expected[:, :1])).all()
            assert (chosen[0][:, size:][np.isfinite(chosen[0][:, size:])] == 0).all()
            assert np.isfinite(prediction.mixture.quantile(0.5)[0, 0]).all()


@pytest.mark.parametrize(
    "index",
    [
        {"time": 3},
        {"cluster": [2, 0], "time": slice(1, 5, 2)},
        {"cluster": 1, "depth": 0, "time": [5, 0], "component": 2},
        {"component": slice(None, None, -1)},
    ],
)
def test_any_selection_is_that_of_the_whole(path, index):
    with open_prediction(path) as prediction:
        whole = prediction.load().copy(deep=True)
    with open_prediction(path) as prediction:
        xr.testing.assert_identical(prediction.isel(index).load(), whole.isel(index))


def test_the_file_itself_says_what_holds_where(path):
    with xr.open_dataset(path, engine="netcdf4", mask_and_scale=False) as plain:
        assert plain["component_mean"].dims == ("group", "day", "component")
        np.testing.assert_array_equal(plain["group"], GROUP)
        np.testing.assert_array_equal(plain["day_of_year"], DAY)
