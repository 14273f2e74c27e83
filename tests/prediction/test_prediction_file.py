"""The prediction file: read as it was written, whole or not at all."""

import netCDF4
import numpy as np
import pytest

from thetamix.prediction.layout import PARAMETERS
from thetamix.prediction.prediction_file import open_prediction, write_prediction
from thetamix.system.errors import InputError


def test_round_trip(make_network, tmp_path):
    network = make_network(steps=10, step=np.timedelta64(1, "h"), start="1969-12-31T20:00")
    rng = np.random.default_rng(0)
    written = rng.random((3, 2, 2, 10, 4)).astype(np.float32)
    written[:, 0, 1, 3] = np.nan
    path = tmp_path / "new" / "p.nc"
    with write_prediction(path, network, 4, replicate=[0, 0, 1, 1], title="mine") as file:
        for cluster, depth in np.ndindex(2, 2):
            file.write(cluster, depth, *written[:, cluster, depth])
    with open_prediction(path) as read:
        for name, values in zip(PARAMETERS, written, strict=True):
            assert read[name].dims == ("cluster", "depth", "time", "component")
            assert read[name].dtype == np.float32
            np.testing.assert_array_equal(read[name], values)
        np.testing.assert_array_equal(read["time"], network["time"])
        np.testing.assert_array_equal(read["depth"], network["depth"])
        assert read["cluster_id"].to_numpy().tolist() == ["c00", "c01"]
        assert read["replicate"].to_numpy().tolist() == [0, 0, 1, 1]
        assert read.attrs["title"] == "mine"
        assert read["component_mean"].attrs["units"] == "m3 m-3"


def test_what_is_not_written_is_missing_and_what_is_short_is_stretched(make_network, tmp_path):
    network = make_network(steps=6)
    mean = np.linspace(0.1, 0.2, 6)[:, None] * [1, 2]
    with write_prediction(tmp_path / "p.nc", network, 2, title="t") as file:
        file.write(1, 0, np.array(0.5), mean, np.where(np.isnan(mean), np.nan, 0.02))
    with open_prediction(tmp_path / "p.nc") as read:
        one = read.isel(cluster=1, depth=0)
        assert (one["component_weight"] == 0.5).all()
        assert (one["component_sd"] == np.float32(0.02)).all()
        np.testing.assert_array_equal(one["component_mean"], mean.astype(np.float32))
        others = read["component_weight"].to_numpy().copy()
        others[1, 0] = np.nan
        assert np.isnan(others).all()
        assert "replicate" not in read.variables


def test_clusters_with_names_from_anywhere(make_network, tmp_path):
    network = make_network(steps=3)
    network["cluster_id"] = ("cluster", np.array(["Köln|1", "北"], dtype=object))
    with write_prediction(tmp_path / "p.nc", network, 1, title="ü"):
        pass
    with open_prediction(tmp_path / "p.nc") as read:
        assert read["cluster_id"].to_numpy().tolist() == ["Köln|1", "北"]


def test_an_error_leaves_the_old_file_and_nothing_else(make_network, tmp_path):
    network = make_network(steps=3)
    with write_prediction(tmp_path / "p.nc", network, 1, title="old"):
        pass
    with pytest.raises(ZeroDivisionError), write_prediction(tmp_path / "p.nc", network, 1, title="new"):
        raise ZeroDivisionError
    with open_prediction(tmp_path / "p.nc") as read:
        assert read.attrs["title"] == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["p.nc"]


def test_shapes_that_do_not_fit_are_refused(make_network, tmp_path):
    with (
        pytest.raises(
            ValueError, match=r"component_weight has the shape \(3, 5\), expected \(time, component\) = \(3, 2\)"
        ),
        write_prediction(tmp_path / "p.nc", make_network(steps=3), 2, title="t") as file,
    ):
        file.write(0, 0, np.ones((3, 5)), np.ones((3, 5)), np.ones((3, 5)))
    assert list(tmp_path.iterdir()) == []


def test_errors_of_opening(make_network, tmp_path):
    with pytest.raises(InputError, match="no such prediction file"):
        open_prediction(tmp_path / "absent.nc")
    (tmp_path / "text.nc").write_text("no file of ours")
    with pytest.raises(InputError, match="not a readable NetCDF file"):
        open_prediction(tmp_path / "text.nc")
    with write_prediction(tmp_path / "p.nc", make_network(steps=300), 5, title="t"):
        pass
    whole = (tmp_path / "p.nc").read_bytes()
    (tmp_path / "cut.nc").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cut in half"):
        open_prediction(tmp_path / "cut.nc")
    with netCDF4.Dataset(tmp_path / "other.nc", "w") as other:
        other.createDimension("time", 3)
        other.createVariable("component_weight", "f4", ("time",))
    with pytest.raises(InputError, match=r"not a prediction file: component_weight over \(cluster, depth"):
        open_prediction(tmp_path / "other.nc")
