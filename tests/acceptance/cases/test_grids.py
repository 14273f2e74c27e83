"""Grids of weather as Copernicus and others deliver them: old and new files, zips, coasts, other steps."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml
from numpy.testing import assert_allclose

from thetamix.network.assemble import assemble
from thetamix.network.netcdf import open_network, write_network

FIRST, HOURS = pd.Timestamp("2021-06-01"), 480
LATITUDE, LONGITUDE = np.array([50.0, 49.9, 49.8]), np.array([5.8, 5.9, 6.0])
LAND = {"kind": "era5_land", "file": "era/*.nc"}


def rain(hours: int = HOURS) -> np.ndarray:
    """Amounts of the hour before each hour [mm]: 1 mm from 13 to 16 UTC on every second day."""
    time = FIRST + pd.to_timedelta(np.arange(hours), "h")
    return np.where((time.day % 2 == 0) & np.isin(time.hour, [14, 15, 16]), 1.0, 0.0)


def fields(hours: int = HOURS, kind: str = "era5_land") -> xr.Dataset:
    """Hours from 2021-06-01 00 UTC on: a temperature of 10 + 5 sin degC, rain, and a soil that grows wetter."""
    time = FIRST + pd.to_timedelta(np.arange(hours), "h")
    amounts = pd.Series(rain(hours) / 1000, index=time)
    if kind == "era5_land":
        amounts = amounts.groupby((time - pd.Timedelta("1ns")).date).cumsum()
    through = {
        "t2m": (283.15 + 5 * np.sin(2 * np.pi * (time.hour - 9) / 24), "K"),
        "tp": (amounts.to_numpy(), "m"),
        "swvl1": (0.2 + np.arange(hours) * 1e-4, "m**3 m**-3"),
    }
    grid = xr.Dataset(coords={"valid_time": time, "latitude": LATITUDE, "longitude": LONGITUDE})
    for name, (values, unit) in through.items():
        full = np.broadcast_to(np.asarray(values)[:, None, None], (hours, 3, 3)).astype(np.float32)
        grid[name] = (("valid_time", "latitude", "longitude"), full.copy(), {"units": unit})
    return grid


def save(grid: xr.Dataset, path: Path, **encoding: dict[str, object]) -> None:
    path.parent.mkdir(exist_ok=True)
    grid.to_netcdf(path, engine="netcdf4", encoding=encoding)


class Grids:
    """A network of places, and what an import makes of a folder of grids."""

    def __init__(self, folder: Path, run: Callable) -> None:
        self.folder, self.run = folder, run

    def network(
        self, step: str = "1h", places: dict[str, tuple[float, float]] | None = None, first="2021-06-02"
    ) -> None:
        width = np.timedelta64(pd.Timedelta(step))
        ends = np.arange(np.datetime64(first, "ns") + width, np.datetime64("2021-06-20", "ns"), width)
        places = places or {"P": (49.86, 5.88)}
        readings = np.full((len(places), 1, 1, ends.size), 0.25, dtype=np.float32)
        network = assemble(
            {
                "soil_moisture": readings,
                "soil_moisture_flag": np.zeros(readings.shape, dtype=np.int32),
                "latitude": np.array([where[0] for where in places.values()]),
                "longitude": np.array([where[1] for where in places.values()]),
                "elevation": np.full(len(places), 300.0),
            },
            cluster_id=list(places),
            depth=[0.05],
            replicate_label=["A"],
            time=ends,
            step=width,
            about={"title": "t", "summary": "s", "source": "s", "history": "h"},
        )
        write_network(network, self.folder / "n.nc")

    def __call__(self, *grids: dict, **keys: object) -> xr.Dataset:
        (self.folder / "w.yml").write_text(yaml.safe_dump({"grids": list(grids), **keys}))
        out = self.folder / "o.nc"
        out.unlink(missing_ok=True)
        end = self.run("import", "forcing", self.folder, "--mapping", "w.yml", "--into", "n.nc", "-o", out)
        self.code, self.text = end.code, end.out + end.err
        if self.code:
            return xr.Dataset()
        with open_network(out) as network:
            return network.load()


@pytest.fixture
def grids(tmp_path: Path, thetamix: Callable, monkeypatch: pytest.MonkeyPatch) -> Grids:
    monkeypatch.chdir(tmp_path)
    workspace = Grids(tmp_path, thetamix)
    workspace.network()
    return workspace


BOTH = {"variables": ["precipitation", "air_temperature"], "reference_soil_moisture": "overlap"}


def expected(network: xr.Dataset, values: np.ndarray, how: str = "mean") -> np.ndarray:
    """Reduce hours to the network's intervals with pandas: from their begin to their end."""
    width = pd.Timedelta(network["time"].to_numpy()[1] - network["time"].to_numpy()[0])
    hours = pd.Series(values, index=FIRST + pd.to_timedelta(np.arange(values.size), "h"))
    frame = hours.resample(width, closed="right", label="right", origin="epoch")
    return getattr(frame, how)().reindex(network["time"].to_numpy()).to_numpy()


@pytest.mark.parametrize("step", ["1D", "3h", "1h"])
def test_moments_become_means_of_longer_steps(grids: Grids, step: str) -> None:
    """ERA5-Land in a daily network: the mean of the day, not 00 UTC (dhis2/open-climate-service pull request 224)."""
    grids.network(step)
    save(fields(), grids.folder / "era" / "a.nc")
    network = grids(LAND | BOTH, potential_evapotranspiration={"method": "oudin"})
    hours = fields()
    kelvin = hours["t2m"].to_numpy()[:, 0, 0].astype(np.float64)
    assert_allclose(network["air_temperature"][0], expected(network, kelvin) - 273.15, atol=1e-4)
    assert_allclose(
        network["reference_soil_moisture"][0, 0], expected(network, 0.2 + np.arange(HOURS) * 1e-4), atol=1e-6
    )
    assert_allclose(network["precipitation"][0], expected(network, rain()), atol=1e-6)
    if step == "1D":
        assert_allclose(network["air_temperature"], 10.0, atol=1e-4)
        assert_allclose(24 * network["potential_evapotranspiration"].mean(), 2.54, atol=0.02)
        assert network["reference_soil_moisture"].attrs["cell_methods"] == "time: mean (interval: 1 h)"


def test_coldest_and_warmest_of_a_day(grids: Grids) -> None:
    grids.network("1D")
    save(fields(), grids.folder / "era" / "a.nc")
    network = grids(LAND | {"variables": ["minimum_air_temperature", "maximum_air_temperature"]})
    assert_allclose(network["minimum_air_temperature"], 5.0, atol=1e-4)
    assert_allclose(network["maximum_air_temperature"], 15.0, atol=1e-4)


def test_a_day_needs_three_quarters_of_its_moments(grids: Grids) -> None:
    grids.network("1D")
    hours = fields()
    hours["t2m"][{"valid_time": slice(49, 56)}] = np.nan  # 7 of the 24 hours of 3 June
    hours["t2m"][{"valid_time": slice(73, 79)}] = np.nan  # 6 of those of 4 June
    save(hours, grids.folder / "era" / "a.nc")
    days = grids(LAND | {"variables": ["air_temperature"]})["air_temperature"][0]
    assert np.isnan(days.sel(time="2021-06-04")).all()
    assert np.isfinite(days.sel(time="2021-06-05")).all()


def test_old_and_new_files_of_copernicus(grids: Grids) -> None:
    """float32 `time` before, float64 `valid_time` after (PyPSA/atlite pull request 391)."""
    hours = fields()
    old = hours.isel(valid_time=slice(0, 240), latitude=slice(None, None, -1)).rename(valid_time="time")
    old = old.assign_coords(latitude=old["latitude"].astype("f4"), longitude=old["longitude"].astype("f4") + 360)
    new = hours.isel(valid_time=slice(216, None)).rename(latitude="lat", longitude="lon")
    new = new.assign_coords(expver=("valid_time", ["0001"] * new.sizes["valid_time"]), number=0)
    packed = {"dtype": "int16", "scale_factor": 0.001, "add_offset": 280.0, "_FillValue": -32767}
    save(old, grids.folder / "era" / "2021a.nc", t2m=packed)
    save(new, grids.folder / "era" / "2021b.nc")
    network = grids(LAND | BOTH)
    assert grids.code == 0, grids.text
    assert "precipitation (0 % missing), air_temperature (0 % missing)" in grids.text
    assert_allclose(network["precipitation"].sum(), expected(network, rain()).sum())
    assert_allclose(network["air_temperature"].mean(), 10.0, atol=0.01)
    assert np.isfinite(network["reference_soil_moisture"]).all()


def test_the_same_time_with_other_values_is_named(grids: Grids) -> None:
    hours = fields()
    save(hours, grids.folder / "era" / "a.nc")
    other = hours.isel(valid_time=slice(100, 110)).copy(deep=True)
    other["t2m"] += 1
    save(other, grids.folder / "era" / "b.nc")
    grids(LAND | {"variables": ["air_temperature"]})
    assert grids.code == 2
    assert "b.nc: t2m is" in grids.text
    assert "at 2021-06-05 04:00, but stands elsewhere as" in grids.text


def test_areas_of_other_years_that_overlap(grids: Grids) -> None:
    hours = fields()
    save(hours.isel(valid_time=slice(0, 240)), grids.folder / "era" / "a.nc")
    save(hours.isel(valid_time=slice(240, None), latitude=slice(1, 3)), grids.folder / "era" / "b.nc")
    assert np.isfinite(grids(LAND | BOTH)["precipitation"]).all()


def test_zips_that_are_called_nc(grids: Grids) -> None:
    """What Copernicus delivers since 2024 (dklinges9/mcera5 issue 48): several zips, in each data_0.nc."""
    hours = fields()
    for name, part in (("june1.nc", slice(0, 240)), ("june2.nc", slice(240, None))):
        save(hours.isel(valid_time=part), grids.folder / "data_0.nc")
        (grids.folder / "era").mkdir(exist_ok=True)
        with zipfile.ZipFile(grids.folder / "era" / name, "w") as packed:
            packed.write(grids.folder / "data_0.nc", "data_0.nc")
    assert np.isfinite(grids(LAND | BOTH)["air_temperature"]).all()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"GRIB\x00\x00\x01", "is GRIB; convert it to NetCDF"),
        (b"<html>busy</html>", "is a page of text, perhaps a server's error message"),
        (b"\x89HDF\r\n\x1a\n half", "not a readable NetCDF file, or cut"),
        (b"", "not a readable NetCDF file, or cut"),
    ],
)
def test_what_is_called_nc_and_is_none(grids: Grids, content: bytes, words: str) -> None:
    (grids.folder / "era").mkdir()
    (grids.folder / "era" / "a.nc").write_bytes(content)
    grids(LAND | BOTH)
    assert (grids.code, words in grids.text) == (2, True), grids.text


def test_variables_in_files_of_their_own(grids: Grids) -> None:
    hours = fields()
    save(hours[["t2m", "swvl1"]], grids.folder / "era" / "data_stream-oper_stepType-instant.nc")
    save(hours[["tp"]], grids.folder / "era" / "data_stream-oper_stepType-accum.nc")
    network = grids(LAND | BOTH)
    assert_allclose(network["precipitation"].sum(), expected(network, rain()).sum())
    assert_allclose(network["air_temperature"].mean(), 10.0, atol=0.01)
    grids(LAND | {"variables": ["wind_speed"]})
    assert "none of its 2 files has a variable 'u10'; known are: swvl1, t2m, tp" in grids.text


def test_a_cluster_in_the_sea_is_left_without(grids: Grids) -> None:
    grids.network(places={"Land": (49.8, 6.0), "Isle": (49.0, 5.0)})
    wide = fields().interp(
        latitude=np.arange(50.0, 48.95, -0.1), longitude=np.arange(4.9, 6.05, 0.1), method="nearest"
    )
    wide = (
        fields()
        .isel(latitude=0, longitude=0, drop=True)
        .expand_dims(latitude=np.arange(50.0, 48.85, -0.1).round(1), longitude=np.arange(4.8, 6.05, 0.1).round(1))
        .transpose("valid_time", ...)
    )
    save(wide.where(wide["longitude"] > 5.7), grids.folder / "era" / "a.nc")
    network = grids(LAND | BOTH)
    assert grids.code == 0, grids.text
    assert np.isfinite(network["precipitation"][0]).all()
    assert np.isnan(network["precipitation"][1]).all()
    assert np.isnan(network["reference_soil_moisture"][1]).all()
    assert "without any precipitation, air_temperature, reference_soil_moisture: 1 of 2 clusters: Isle" in grids.text
    assert "precipitation (50 % missing)" in grids.text


def test_a_network_in_the_sea(grids: Grids) -> None:
    save(fields().where(LONGITUDE[None, :] < 0), grids.folder / "era" / "a.nc")
    grids(LAND | BOTH)
    assert grids.code == 0
    assert "without any precipitation, air_temperature, reference_soil_moisture: 1 of 1 clusters: P" in grids.text


def test_a_place_beside_the_grid(grids: Grids) -> None:
    save(fields(), grids.folder / "era" / "a.nc")
    grids.network(places={"P": (49.86, 5.88), "Far": (49.86, 6.3)})
    network = grids(LAND | BOTH)
    assert np.isnan(network["air_temperature"][1]).all()
    grids.network(places={"Far": (5.88, 49.86)})
    grids(LAND | BOTH)
    assert "latitude and longitude exchanged?" in grids.text
    grids.network(places={"Far": (49.86, 6.3)})
    grids(LAND | BOTH)
    assert grids.code == 2
    assert "no cluster lies on the grid, which goes from 49.80 to 50.00 N, 5.80 to 6.00 E" in grids.text


def test_amounts_of_era5_are_no_sums_of_the_day(grids: Grids) -> None:
    """ERA5's tp is that of the hour, ERA5-Land's of the day so far (Ouranosinc/raven issue 215)."""
    amounts = fields(kind="era5")
    amounts["tp"] = amounts["tp"] * 0.05  # drizzle, less than packing was thought to make
    save(amounts, grids.folder / "era" / "a.nc")
    grids(LAND | {"variables": ["precipitation"]})
    assert grids.code == 2
    assert "amounts of each hour, as ERA5 has them, are kind: era5" in grids.text
    network = grids(LAND | {"kind": "era5", "variables": ["precipitation"]})
    assert_allclose(network["precipitation"].sum(), 0.05 * expected(network, rain()).sum(), rtol=1e-5)


@pytest.mark.parametrize(
    "mapping",
    [
        {"kind": "era5", "variables": ["precipitation"]},
        {"stamp": "end", "variables": {"precipitation": {"variable": "tp", "unit": "m"}}},
    ],
)
def test_sums_of_the_day_are_no_amounts(grids: Grids, mapping: dict) -> None:
    """Hours of sums add up to many times the rain (kratzert/Caravan issue 13)."""
    save(fields(), grids.folder / "era" / "a.nc")
    grids({"file": "era/*.nc"} | mapping)
    assert grids.code == 2
    assert "these are sums of the day so far, as ERA5-Land has them" in grids.text


def test_every_third_hour_of_sums(grids: Grids) -> None:
    grids.network("3h")
    save(fields().isel(valid_time=slice(0, None, 3)), grids.folder / "era" / "a.nc")
    network = grids(LAND | {"variables": ["precipitation"]})
    assert_allclose(network["precipitation"][0], expected(network, rain()), atol=1e-6)


def test_every_third_hour_of_amounts_is_a_third(grids: Grids) -> None:
    save(fields(kind="era5").isel(valid_time=slice(0, None, 3)), grids.folder / "era" / "a.nc")
    network = grids(LAND | {"kind": "era5", "variables": ["precipitation"]})
    at = np.arange(network.sizes["time"]) % 3 == 2
    assert np.isfinite(network["precipitation"][0, at]).all()
    assert np.isnan(network["precipitation"][0, ~at]).all()
    assert "precipitation (67 % missing)" in grids.text


def test_moments_rarer_than_the_steps_are_told(grids: Grids) -> None:
    save(fields().isel(valid_time=slice(0, None, 6)), grids.folder / "era" / "a.nc")
    grids(LAND | {"variables": ["air_temperature"]})
    assert "air_temperature of era/*.nc has a value every 6 h; it stands for all 1 h steps since" in grids.text


def test_what_is_spread_over_finer_steps_is_told(grids: Grids) -> None:
    save(fields().isel(valid_time=slice(0, None, 24)), grids.folder / "era" / "a.nc")
    network = grids(LAND | {"variables": ["precipitation"], "reference_soil_moisture": "overlap"})
    assert_allclose(network["precipitation"].sum(), rain()[25:433].sum())
    assert "precipitation of era/*.nc is spread evenly, that of 24 h over steps of 1 h" in grids.text
    assert (
        "reference_soil_moisture of era/*.nc is that of moments, every 24 h from 2021-06-01 00:00 UTC on"
        in grids.text
    )


def test_daily_means_are_no_moments(grids: Grids) -> None:
    days = fields().resample(valid_time="1D").mean()
    save(days, grids.folder / "era" / "a.nc")
    grids.network("1D")
    grids(LAND | {"variables": ["air_temperature"]})
    assert grids.code == 2
    assert "Daily means are kind: cf, with stamp: start" in grids.text
    mapping = {"file": "era/*.nc", "stamp": "start", "variables": {"air_temperature": {"variable": "t2m"}}}
    assert_allclose(grids(mapping)["air_temperature"], 10.0, atol=1e-4)


def test_changed_units_of_era5_land(grids: Grids) -> None:
    hours = fields()
    hours["t2m"] = (hours["t2m"] - 273.15).assign_attrs(units="degC")
    save(hours, grids.folder / "era" / "a.nc")
    grids(LAND | {"variables": ["air_temperature"]})
    assert "t2m has the unit 'degC', not 'K': the files were changed; give it as kind: cf" in grids.text


def test_middles_of_intervals(grids: Grids) -> None:
    """MERRA-2 stamps the middle of the hour; its bounds, where there are any, say so."""
    hours = fields(kind="era5").isel(valid_time=slice(1, None))
    end = hours["valid_time"].to_numpy()
    bounds = np.stack([end - np.timedelta64(1, "h"), end], axis=1)
    middle = hours.assign_coords(valid_time=end - np.timedelta64(30, "m")).rename(valid_time="time")
    middle["time"].attrs["bounds"] = "time_bnds"
    middle["time_bnds"] = (("time", "bnds"), bounds)
    middle["time"].encoding["units"] = "minutes since 2021-06-01"
    save(middle, grids.folder / "era" / "a.nc")
    mapping = {"file": "era/*.nc", "variables": {"precipitation": {"variable": "tp", "unit": "m"}}}
    grids(mapping | {"stamp": "start"})
    assert "its bounds say that a time is the middle of its interval; say stamp: middle" in grids.text
    network = grids(mapping | {"stamp": "middle"})
    assert_allclose(network["precipitation"][0], expected(network, rain()), atol=1e-6)
    save(middle.drop_vars("time_bnds"), grids.folder / "era" / "a.nc")
    grids(mapping | {"stamp": "end"})
    assert "are the times of the file middles of their intervals? Then say stamp: middle" in grids.text


def test_calendars(grids: Grids) -> None:
    hours = fields()
    for calendar, code in (("noleap", 0), ("360_day", 2), ("julian", 2)):
        numbers = (hours["valid_time"].to_numpy() - np.datetime64("2021-01-01")) / np.timedelta64(1, "h")
        attributes = {"units": "hours since 2021-01-01", "calendar": calendar}
        save(hours.assign_coords(valid_time=("valid_time", numbers, attributes)), grids.folder / "era" / "a.nc")
        network = grids(LAND | {"variables": ["air_temperature"]})
        assert grids.code == code, grids.text
        if code:
            assert f"the times are of the calendar {calendar}" in grids.text
        else:
            assert np.isfinite(network["air_temperature"]).all()


def test_days_as_numbers_with_a_point_since_1900(grids: Grids) -> None:
    hours = fields()
    days = (hours["valid_time"].to_numpy() - np.datetime64("1900-01-01")) / np.timedelta64(1, "D")
    save(
        hours.assign_coords(valid_time=("valid_time", days, {"units": "days since 1900-01-01"})),
        grids.folder / "era" / "a.nc",
    )
    assert np.isfinite(grids(LAND | BOTH)["precipitation"]).all()


def test_steps_and_runs_of_a_converted_grib(grids: Grids) -> None:
    """cfgrib writes ERA5-Land as days and steps, with `valid_time` on both."""
    hours = fields().isel(valid_time=slice(1, 1 + 19 * 24))
    shape = (19, 24, 3, 3)
    time = hours["valid_time"].to_numpy().reshape(19, 24)
    dims = ("time", "step", "latitude", "longitude")
    grid = xr.Dataset(
        {name: (dims, hours[name].to_numpy().reshape(shape), hours[name].attrs) for name in ("tp", "t2m", "swvl1")},
        coords={
            "time": time[:, 0] - np.timedelta64(1, "h"),
            "step": np.arange(1, 25),
            "valid_time": (("time", "step"), time),
            "latitude": LATITUDE,
            "longitude": LONGITUDE,
        },
    )
    save(grid, grids.folder / "era" / "a.nc")
    network = grids(LAND | BOTH)
    assert_allclose(network["precipitation"].sum(), expected(network, rain()).sum())


def test_a_file_for_each_hour_without_a_time_dimension(grids: Grids) -> None:
    hours = fields(30)
    for at in range(30):
        save(hours.isel(valid_time=at), grids.folder / "era" / f"{at:03d}.nc")
    network = grids(LAND | BOTH)
    assert_allclose(network["air_temperature"][0, :4], hours["t2m"][25:29, 0, 0] - 273.15, atol=1e-4)


def test_members_of_an_ensemble_are_not_mixed(grids: Grids) -> None:
    save(fields().expand_dims(number=3), grids.folder / "era" / "a.nc")
    grids(LAND | BOTH)
    assert "t2m has 3 numbers; select one first" in grids.text or "tp has 3 numbers" in grids.text


def test_codes_for_missing_values_are_told(grids: Grids) -> None:
    hours = fields()
    hours["t2m"][{"valid_time": 100}] = -9999.0
    save(hours, grids.folder / "era" / "a.nc")
    mapping = {"file": "era/*.nc", "variables": {"air_temperature": {"variable": "t2m", "unit": "K", "moment": True}}}
    network = grids(mapping)
    assert int(network["air_temperature"].isnull().sum()) == 1
    assert "air_temperature of era/*.nc: numbers that cannot be are missing: -9999" in grids.text


def test_places_on_both_sides_of_greenwich(grids: Grids) -> None:
    """A file with longitudes up to 360 and one from -180: the same cells, also west of 0."""
    grids.network(places={"West": (49.9, -0.08), "East": (49.9, 0.12)})
    hours = fields().assign_coords(longitude=[359.9, 0.0, 0.1])
    hours["t2m"] = hours["t2m"] + xr.DataArray([0.0, 1.0, 2.0], dims="longitude")
    save(hours.isel(valid_time=slice(0, 240)), grids.folder / "era" / "a.nc")
    west = hours.assign_coords(longitude=[-0.1, 0.0, 0.1]).isel(valid_time=slice(240, None), longitude=[2, 0, 1])
    save(west, grids.folder / "era" / "b.nc")
    network = grids(LAND | {"variables": ["air_temperature"]})
    assert_allclose(
        network["air_temperature"].sel(cluster=1) - network["air_temperature"].sel(cluster=0), 2, atol=1e-3
    )
    assert network["air_temperature_station"].to_numpy().tolist() == ["49.900 N -0.100 E", "49.900 N 0.100 E"]


def test_the_network_itself_may_lie_in_the_folder(grids: Grids) -> None:
    save(fields(), grids.folder / "era.nc")
    grids.network(places={"P": (49.86, 5.88), "Far": (49.86, 6.3)})
    network = grids(LAND | {"file": "*.nc", "variables": ["air_temperature"]})
    assert np.isfinite(network["air_temperature"][0]).all()
    assert np.isnan(network["air_temperature"][1]).all()


def test_preliminary_data_fill_what_is_not_final(grids: Grids) -> None:
    hours = fields()
    both = xr.concat([hours.where(hours["valid_time"] < hours["valid_time"][300]), hours], "expver")
    save(both.assign_coords(expver=[1, 5]), grids.folder / "era" / "a.nc")
    assert np.isfinite(grids(LAND | BOTH)["precipitation"]).all()


@pytest.mark.parametrize("units", ["days since 1900-01-01", "seconds since 1970-01-01", "hours since 1900-01-01"])
def test_times_of_single_precision(grids: Grids, units: str) -> None:
    """float32 tells days since 1900 apart by 6 minutes, and seconds since 1970 by 2."""
    hours = fields()
    unit = {"d": "D", "h": "h", "s": "s"}[units[0]]
    numbers = (hours["valid_time"].to_numpy() - np.datetime64(units.split()[2])) / np.timedelta64(1, unit)
    shaking = hours.assign_coords(valid_time=("valid_time", numbers.astype(np.float32), {"units": units}))
    save(shaking, grids.folder / "era" / "a.nc")
    network = grids(LAND | BOTH)
    assert_allclose(network["precipitation"][0], expected(network, rain()), atol=1e-6)
    assert np.isfinite(network["air_temperature"]).all()


def test_times_that_are_not_regular(grids: Grids) -> None:
    hours = fields()
    late = np.arange(HOURS) % 7 * np.timedelta64(60, "s")
    save(hours.assign_coords(valid_time=hours["valid_time"].to_numpy() + late), grids.folder / "era" / "a.nc")
    grids(LAND | {"variables": ["air_temperature"]})
    assert (grids.code, "its times are not regular" in grids.text) == (2, True), grids.text


def test_months_at_another_step_are_told(grids: Grids) -> None:
    save(fields().isel(valid_time=slice(0, 240)), grids.folder / "era" / "a.nc")
    save(fields().isel(valid_time=slice(240, None, 3)), grids.folder / "era" / "b.nc")
    network = grids(LAND | {"variables": ["air_temperature"]})
    assert "79 of 320 times come 3 h or more after the one before, not 1 h, first 2021-06-11 03:00 UTC" in grids.text
    assert float(network["air_temperature"].isnull().mean()) == pytest.approx(1 / 3, abs=0.01)


def test_sums_at_noon_alone_say_nothing(grids: Grids) -> None:
    grids.network("1D")
    save(fields().isel(valid_time=slice(12, None, 24)), grids.folder / "era" / "a.nc")
    grids(LAND | {"variables": ["precipitation"]})
    assert grids.code == 2
    assert "fetch every hour, or 00 UTC for days" in grids.text
