"""The network file: what is written is read again, conforms to CF and ACDD, and shows damage."""

import warnings

import netCDF4
import numpy as np
import pytest
import xarray as xr

from thetamix.network.netcdf import CHUNK_CACHE, largest_chunk, open_network, write_network
from thetamix.network.schema import FLAGS
from thetamix.system.errors import InputError, ThetamixError
from thetamix.system.files import sha256

# What compliance-checker may find, and why it stays.
CF_EXCEPTIONS = (
    # The network's own order is (cluster, depth, replicate, time): a series lies together. CF recommends T, Z, Y, X.
    "not in the recommended order T, Z, Y, X",
)
ACDD_EXCEPTIONS = (
    # CF has no standard name for what these are.
    'variable "potential_evapotranspiration" missing the following attributes',
    'variable "sensor_depth" missing the following attributes',
    # Only the owner of the data can say these; the mapping's `about` takes them.
    *(f"{name} not present" for name in ("acknowledgment/acknowledgement", "id", "institution")),
    *(f"{name} not present" for name in ("naming_authority", "project", "comment")),
    *(f"creator_{name} not present" for name in ("name", "url", "email")),
    *(f"publisher_{name} not present" for name in ("name", "url", "email")),
    # A date of creation would make different files of the same input.
    "date_created is not present",
    # There is no reference system for depths below the local surface.
    "geospatial_bounds_vertical_crs not present",
    # The checker takes stamps for starts of intervals; ours are their ends, so coverage begins a step earlier.
    "Date time mismatch between time_coverage_start and actual time values",
)  # fmt: skip


@pytest.fixture
def path(network, tmp_path):
    write_network(network, tmp_path / "network.nc")
    return tmp_path / "network.nc"


def test_what_is_written_is_read_again(network, path):
    with open_network(path) as found:
        assert found.attrs == network.attrs
        for name in network.variables:
            one, other = network[name], found[name]
            assert other.dims == one.dims, name
            assert other.dtype.kind == one.dtype.kind or one.dtype.kind == "O", name
            np.testing.assert_array_equal(other.to_numpy(), one.to_numpy(), err_msg=str(name))
        assert found["soil_moisture"].dtype == np.float32
        assert found["time"].dtype == np.dtype("datetime64[ns]")
        assert set(found.coords) == set(network.coords)


def test_time_bounds(path):
    with open_network(path) as network:
        bounds = network["time_bounds"].to_numpy()
        assert (bounds[:, 1] == network["time"].to_numpy()).all()
        assert (bounds[1:, 0] == bounds[:-1, 1]).all()
        assert network["time"].attrs["bounds"] == "time_bounds"
        assert network.attrs["time_coverage_start"] == "2020-01-01T00:00:00Z"
        assert network.attrs["time_coverage_end"] == "2020-01-03T00:00:00Z"
        assert network.attrs["time_coverage_resolution"] == "PT3600S"


def test_attributes_of_the_file(path):
    with netCDF4.Dataset(path) as file:
        assert file.Conventions == "CF-1.11, ACDD-1.3"
        moisture = file["soil_moisture"]
        assert moisture.units == "m3 m-3"
        assert moisture.standard_name == "volume_fraction_of_condensed_water_in_soil"
        assert moisture.ancillary_variables == "soil_moisture_flag"
        assert np.isnan(moisture._FillValue)
        flag = file["soil_moisture_flag"]
        assert len(flag.flag_masks) == len(flag.flag_meanings.split()) == len(FLAGS)
        assert flag.flag_masks.dtype == flag.dtype == np.int32
        assert file["cluster_id"].cf_role == "timeseries_id"
        assert file["depth"].positive == "down"
        assert file["time"].units.startswith("seconds since 1970-01-01")


def test_one_chunk_for_each_series(path):
    with netCDF4.Dataset(path) as file:
        assert file["soil_moisture"].chunking() == [1, 1, 3, 48]
        assert file["soil_moisture_flag"].chunking() == [1, 1, 3, 48]
        assert file["reference_soil_moisture"].chunking() == [1, 1, 48]
        assert file["precipitation"].chunking() == [1, 48]
        for name in ("soil_moisture", "precipitation"):
            filters = file[name].filters()
            assert filters["zlib"]
            assert filters["shuffle"]
            assert filters["fletcher32"]


def test_same_input_same_bytes(network, tmp_path):
    for name in ("one.nc", "two.nc"):
        write_network(network, tmp_path / name)
    assert sha256(tmp_path / "one.nc") == sha256(tmp_path / "two.nc")


def test_writing_what_was_read_gives_the_same_values(network, path, tmp_path):
    with open_network(path) as found:
        write_network(found, tmp_path / "again.nc")
    with open_network(tmp_path / "again.nc") as again:
        for name in network.variables:
            np.testing.assert_array_equal(again[name].to_numpy(), network[name].to_numpy(), err_msg=str(name))


def no_net(*_args, **_options):
    raise ConnectionError("no net in tests")


@pytest.mark.parametrize("checker", ["cf:1.11", "acdd:1.3"])
def test_compliance(daily, tmp_path, checker, monkeypatch):
    path = tmp_path / "network.nc"
    write_network(daily, path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checker's dependencies warn about themselves
        import requests
        from compliance_checker.runner import CheckSuite

        # The checker may want to fetch a table of standard names; without a net it takes its own copy.
        monkeypatch.setattr(requests, "get", no_net)
        suite = CheckSuite()
        suite.load_all_available_checkers()
        dataset = suite.load_dataset(str(path))
        results, errors = suite.run_all(dataset, [checker])[checker]
        dataset.close()
    assert not errors
    exceptions = CF_EXCEPTIONS if checker.startswith("cf") else ACDD_EXCEPTIONS
    # As the command line does by default: required and recommended (weights 3 and 2), not what is suggested (1).
    found = [
        f"{result.name}: {message}"
        for result in results
        if result.weight >= 2 and result.value[0] != result.value[1]
        for message in _messages(result)
    ]
    assert [message for message in found if not any(known in message for known in exceptions)] == []
    unused = [known for known in exceptions if not any(known in message for message in found)]
    assert unused == [], "the list of exceptions is longer than need be"


def _messages(result) -> list[str]:
    return [
        *(result.msgs or []),
        *(message for child in result.children or [] for message in _messages(child)),
    ]


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_is_refused(path, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(
        InputError, match=r"network\.nc: not a readable NetCDF file, or cut in half .* fetch or make it again"
    ):
        open_network(path)


def test_a_flipped_bit_among_the_readings_is_refused(path):
    with netCDF4.Dataset(path) as file:
        written = file["soil_moisture"][:].tobytes()
    data = path.read_bytes()
    refused = 0
    for position in range(0, len(data), len(data) // 60):
        damaged = bytearray(data)
        damaged[position] ^= 1
        path.write_bytes(bytes(damaged))
        try:
            with open_network(path) as network:
                assert network["soil_moisture"].to_numpy().tobytes() == written
        except InputError:
            refused += 1
    assert refused > 5


def test_what_is_no_file(tmp_path):
    with pytest.raises(InputError, match="no such network file; check the path"):
        open_network(tmp_path / "none.nc")
    with pytest.raises(InputError, match="this is a folder, not a network file"):
        open_network(tmp_path)
    (tmp_path / "text.nc").write_text("cluster,time\n")
    with pytest.raises(InputError, match="not a readable NetCDF file"):
        open_network(str(tmp_path / "text.nc"))
    (tmp_path / "empty.nc").write_bytes(b"")
    with pytest.raises(InputError, match="not a readable NetCDF file"):
        open_network(tmp_path / "empty.nc")


def test_a_netcdf_file_that_is_no_network(tmp_path):
    xr.Dataset({"temperature": ("x", [1.0])}).to_netcdf(tmp_path / "t.nc", engine="netcdf4")
    with pytest.raises(
        InputError, match=r"not a network: variable cluster_id, .*soil_moisture missing; make one with"
    ):
        open_network(tmp_path / "t.nc")


def test_what_is_wrong_is_not_written(network, tmp_path):
    network["soil_moisture"] *= 100
    with pytest.raises(InputError, match="looks like percent"):
        write_network(network, tmp_path / "percent.nc")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_kept_when_writing_fails(network, path, monkeypatch):
    before = path.read_bytes()

    def fail(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", fail)
    with pytest.raises(ThetamixError, match="the disk is full; make room and run the same command again"):
        write_network(network, path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["network.nc"]


def test_the_chunk_cache_holds_the_largest_chunk(tmp_path):
    # Networks of early versions have the rain of all clusters in a single chunk.
    path = tmp_path / "old.nc"
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("cluster", 300)
        file.createDimension("time", 9000)
        file.createVariable("rain", "f4", ("cluster", "time"), chunksizes=(300, 9000), zlib=True)
        file.createVariable("names", str, ("cluster",))
        file.createVariable("number", "i4", ())
    assert largest_chunk(path) == 300 * 9000 * 4 > CHUNK_CACHE
