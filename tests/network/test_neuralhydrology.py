"""The generic format of neuralhydrology: read back as that program reads it."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal

from thetamix.network.assemble import assemble
from thetamix.network.neuralhydrology import export_neuralhydrology
from thetamix.system.errors import InputError

HOUR = np.timedelta64(1, "h")


@pytest.fixture
def network() -> xr.Dataset:
    readings = np.random.default_rng(1).uniform(0.1, 0.4, (2, 2, 2, 48)).astype(np.float32)
    readings[0, 1] = np.nan  # no series there
    readings[1, 0, 1] = np.nan  # one replicate only
    readings[0, 0, 1, 5] = np.nan
    flags = np.zeros(readings.shape, dtype=np.int32)
    flags[1, 1, 0, 7] = 1
    return assemble(
        {
            "soil_moisture": readings,
            "soil_moisture_flag": flags,
            "precipitation": np.ones((2, 48), dtype=np.float32),
            "elevation": np.array([100.0, 200.0]),
            "geology": np.array(["schist", "marl"], dtype=object),
        },
        cluster_id=["a/1", "b"],
        depth=[0.1, 0.305],
        replicate_label=["A", "B"],
        time=np.datetime64("2020-01-01T01", "ns") + np.arange(48) * HOUR,
        step=HOUR,
        about={"title": "t", "summary": "s", "source": "s", "history": "h"},
    )


def test_files_of_series(network, tmp_path):
    found = export_neuralhydrology(network, tmp_path)
    assert found == ["a_1_10cm", "b_10cm", "b_30.5cm"]
    assert sorted(p.stem for p in (tmp_path / "time_series").glob("*.nc")) == sorted(found)
    assert (tmp_path / "series.txt").read_text().split() == found
    # As the generic data set is read: a frame by date from NetCDF, attributes by the first column as text.
    with xr.open_dataset(tmp_path / "time_series" / "a_1_10cm.nc", engine="netcdf4") as data:
        frame = data.to_dataframe()
    assert frame.index.name == "date"
    assert frame.index[0] == pd.Timestamp("2020-01-01")
    assert (np.diff(frame.index) == np.timedelta64(1, "h")).all()
    assert set(frame) == {"soil_moisture", "soil_moisture_A", "soil_moisture_B", "precipitation"}
    readings = network["soil_moisture"].to_numpy()
    assert_array_equal(frame["soil_moisture_B"], readings[0, 0, 1])
    assert_allclose(frame["soil_moisture"], readings[0, 0].mean(axis=0))
    assert np.isnan(frame["soil_moisture"].iloc[5])
    attributes = pd.read_csv(tmp_path / "attributes" / "attributes.csv", index_col=0, dtype={0: str})
    assert attributes.index.tolist() == found
    assert attributes["cluster"].tolist() == ["a/1", "b", "b"]
    assert attributes["depth"].tolist() == [0.1, 0.1, 0.305]
    assert attributes["replicates"].tolist() == [2, 1, 2]
    assert attributes["elevation"].tolist() == [100, 200, 200]
    assert attributes["geology"].tolist() == ["schist", "marl", "marl"]


def test_rejected_readings_are_missing(network, tmp_path):
    export_neuralhydrology(network, tmp_path)
    with xr.open_dataset(tmp_path / "time_series" / "b_30.5cm.nc", engine="netcdf4") as data:
        assert np.isnan(data["soil_moisture_A"][7])
        assert np.isfinite(data["soil_moisture_A"]).sum() == 47


@pytest.mark.parametrize(
    "names", [("a/1", "a 1"), ("Ä", "Ö"), ("Plot", "plot"), ("..", "//"), ("x" * 300, "x" * 301)]
)
def test_names_that_would_be_the_same_file(network, tmp_path, names):
    same = network.assign_coords(cluster_id=("cluster", np.array(names, dtype=object)))
    found = export_neuralhydrology(same, tmp_path / "deep" / "er")
    assert len({name.lower() for name in found}) == 3
    assert all(name.isascii() and "/" not in name and len(name) < 120 for name in found)
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.nc"))
    assert files == sorted(f"deep/er/time_series/{name}.nc" for name in found)
    attributes = pd.read_csv(tmp_path / "deep" / "er" / "attributes" / "attributes.csv", index_col=0, dtype=str)
    assert attributes["cluster"].tolist() == [names[0], names[1], names[1]]
    # Each file is that of its cluster.
    with xr.open_dataset(tmp_path / "deep" / "er" / "time_series" / f"{found[0]}.nc", engine="netcdf4") as data:
        assert_array_equal(data["soil_moisture_A"], network["soil_moisture"][0, 0, 0])


def test_replicates_that_would_be_the_same_variable(network, tmp_path):
    same = network.assign_coords(replicate_label=("replicate", np.array(["Ä/1", "Ö/1"], dtype=object)))
    name = export_neuralhydrology(same, tmp_path)[0]
    with xr.open_dataset(tmp_path / "time_series" / f"{name}.nc", engine="netcdf4") as data:
        kept = [data[variable].to_numpy() for variable in data if str(variable).startswith("soil_moisture_")]
    assert_array_equal(kept, network["soil_moisture"][0, 0])


def test_nothing_to_export(network, tmp_path):
    empty = network.assign(soil_moisture=network["soil_moisture"] * np.nan)
    with pytest.raises(InputError, match="not one reading to export"):
        export_neuralhydrology(empty, tmp_path)


def test_read_by_neuralhydrology(network, tmp_path):
    """With the program itself, where it is installed."""
    generic = pytest.importorskip("neuralhydrology.datasetzoo.genericdataset")
    names = export_neuralhydrology(network, tmp_path)
    frame = generic.load_timeseries(tmp_path, [], names[0])
    assert "soil_moisture" in frame
    assert len(generic.load_attributes(tmp_path, names)) == len(names)
