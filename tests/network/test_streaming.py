"""A network written cluster by cluster is the network written as a whole."""

import numpy as np
import pytest
import xarray as xr

from thetamix.network.assemble import assemble
from thetamix.network.netcdf import open_network, write_network
from thetamix.network.streaming import placeholder, write_clusters
from thetamix.system.errors import InputError


def parts(values: bool) -> xr.Dataset:
    rng = np.random.default_rng(1)
    shape = (3, 2, 2, 100)
    readings = rng.uniform(0, 0.5, shape).astype(np.float32)
    readings[1, 0, :, :50] = np.nan
    return assemble(
        {
            "soil_moisture": readings if values else placeholder(shape),
            "soil_moisture_flag": rng.integers(0, 9, shape).astype(np.int32)
            if values
            else placeholder(shape, np.int32),
            "precipitation": rng.uniform(0, 1, (3, 100)).astype(np.float32) if values else placeholder((3, 100)),
            "latitude": np.array([1.0, 2.0, 3.0]),
            "longitude": np.array([1.0, 2.0, 3.0]),
            "geology": np.array(["a", "b", "ü"], dtype=object),
            "sensor_id": np.full(shape[:3], "x", dtype=object),
        },
        cluster_id=["a", "b", "c"],
        depth=[0.1, 0.2],
        replicate_label=["A", "B"],
        time=np.datetime64("2020-01-01", "ns") + np.arange(100) * np.timedelta64(1, "h"),
        step=np.timedelta64(1, "h"),
        about={"title": "t", "summary": "s", "source": "s", "history": "h"},
    )


def clusters(network: xr.Dataset):
    for at in range(network.sizes["cluster"]):
        names = ("soil_moisture", "soil_moisture_flag", "precipitation")
        yield {name: network[name].isel(cluster=at).to_numpy() for name in names}


def test_the_same_file(tmp_path):
    whole = parts(values=True)
    write_network(whole, tmp_path / "whole.nc")
    write_clusters(parts(values=False), clusters(whole), tmp_path / "parts.nc")
    with open_network(tmp_path / "whole.nc") as one, open_network(tmp_path / "parts.nc") as other:
        xr.testing.assert_identical(one.load(), other.load())
        for name in one.variables:
            for key in ("chunksizes", "zlib", "complevel", "fletcher32", "dtype", "_FillValue"):
                assert str(one[name].encoding.get(key)) == str(other[name].encoding.get(key)), (name, key)


def test_all_or_nothing(tmp_path):
    def broken():
        yield next(iter(clusters(parts(values=True))))
        raise InputError("it breaks")

    with pytest.raises(InputError, match="it breaks"):
        write_clusters(parts(values=False), broken(), tmp_path / "parts.nc")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_network(tmp_path):
    percent = parts(values=True)
    percent["soil_moisture"] = percent["soil_moisture"] * 100
    with pytest.raises(InputError, match="looks like percent"):
        write_clusters(parts(values=False), clusters(percent), tmp_path / "parts.nc")
    assert list(tmp_path.iterdir()) == []
