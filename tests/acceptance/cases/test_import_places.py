"""A table of places and its weather become a network that a trained run predicts."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml
from numpy.testing import assert_allclose

from thetamix.network.netcdf import open_network
from thetamix.prediction.prediction_file import open_prediction

OLD = Path(__file__).parents[2] / "old" / "0.1.0"
PLACES = (
    "Name;lat;lon;elev;soil_type;clay %;depth\nUpper meadow;49.96;5.83;300;{0};20;1\nB;49.84;5.97;250;{0};5.5;1\n"
)
FORCING = {
    "file": "weather.csv",
    "time": "time",
    "variables": {
        "precipitation": {"unit": "mm", "column": "p"},
        "air_temperature": {"unit": "degC", "column": "t"},
    },
}
WEATHER = {"utc_offset": "+00:00", "stamp": "end", "forcing": FORCING, "potential_evapotranspiration": {}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "places.csv").write_text(PLACES.format("loam"))
    time = pd.date_range("2021-06-01 01:00", periods=72, freq="h")
    warm = 15 + 5 * np.sin(np.arange(72) * 2 * np.pi / 24)
    pd.DataFrame({"time": time, "p": 1.0, "t": warm}).to_csv(tmp_path / "weather.csv", index=False)
    (tmp_path / "w.yml").write_text(yaml.safe_dump(WEATHER))
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_names_of_columns_say_what_they_are(thetamix: Callable) -> None:
    said = thetamix("import", "places", "places.csv", "w.yml", "-o", "places.nc", "--depths", "0.1 0.3")
    assert said.code == 0, said.err
    assert "cluster is column 'Name', latitude is column 'lat'" in said.out
    assert "attributes: soil_type, clay" in said.out
    assert "column(s) whose names cannot be attributes are left out: depth" in said.out
    assert "potential_evapotranspiration: method oudin from air_temperature" in said.out
    with open_network("places.nc", readings=False) as network:
        assert network["cluster_id"].to_numpy().tolist() == ["Upper meadow", "B"]
        assert_allclose(network["clay"], [20, 5.5])
        assert_allclose(network["latitude"], [49.96, 49.84])
        assert network["soil_type"].to_numpy().tolist() == ["loam", "loam"]
        assert network["depth"].to_numpy().tolist() == [0.1, 0.3]
        assert network.sizes["time"] == 72
        assert (network["precipitation"] == 1).all()


def test_days_from_hours_within_a_period(folder: Path, thetamix: Callable) -> None:
    (folder / "w.yml").write_text(yaml.safe_dump(WEATHER | {"step": "1d", "forcing": FORCING | {"step": "1h"}}))
    said = thetamix(
        *("import", "places", "places.csv", ".", "--mapping", "w.yml", "-o", "places.nc", "--depths", "0.1"),
        *("--start", "2021-06-02"),
    )
    assert said.code == 0, said.err
    with open_network("places.nc", readings=False) as network:
        assert network["time"].to_numpy().astype("datetime64[h]").astype(str).tolist() == [
            "2021-06-03T00",
            "2021-06-04T00",
        ]
        assert_allclose(network["air_temperature"], 15.0, atol=1e-5)


@pytest.mark.usefixtures("folder")
def test_places_first_and_weather_later(thetamix: Callable) -> None:
    period = ("--start", "2021-06-01", "--end", "2021-06-03")
    assert thetamix("import", "places", "places.csv", "-o", "p.nc", "--depths", "0.1", *period).code == 0
    said = thetamix("import", "forcing", ".", "--mapping", "w.yml", "--into", "p.nc", "-o", "places.nc")
    assert said.code == 0, said.err
    assert "precipitation (0 % missing)" in said.out


@pytest.mark.parametrize(
    ("table", "arguments", "words"),
    [
        ("plot,north,east\na,1,2\n", (), "no column is called latitude or longitude (it has plot, north, east)"),
        ("name,lat,lon\na,50,6\na,51,6\n", ("w.yml",), "stands twice (first in line 2); each place has one row"),
        ("name,lat,lon\na,50,6\n", (), "without weather the time is not known; give --start and --end"),
        ("name,lat,lon\na,50,6\n", (".",), "say with --mapping what the tables and grids in it mean"),
    ],
)
def test_what_is_wrong(folder: Path, thetamix: Callable, table: str, arguments: tuple[str, ...], words: str) -> None:
    (folder / "places.csv").write_text(table)
    said = thetamix("import", "places", "places.csv", *arguments, "-o", "places.nc", "--depths", "0.1")
    assert said.code == 2
    assert words in said.err
    assert not (folder / "places.nc").exists()


def test_columns_of_a_mapping(folder: Path, thetamix: Callable) -> None:
    (folder / "places.csv").write_text("Ort,Nord,Ost,Fuss\nx,50,6,1000\n")
    columns = {
        "cluster": "Ort",
        "latitude": "Nord",
        "longitude": "Ost",
        "elevation": {"column": "Fuss", "unit": "ft"},
    }
    (folder / "w.yml").write_text(yaml.safe_dump(WEATHER | {"places": columns}))
    said = thetamix("import", "places", "places.csv", "w.yml", "-o", "places.nc", "--depths", "0.1")
    assert said.code == 0, said.err
    with open_network("places.nc", readings=False) as network:
        assert_allclose(network["elevation"], 304.8)


def test_a_unit_in_the_name_of_a_column(folder: Path, thetamix: Callable) -> None:
    (folder / "places.csv").write_text("Site,Latitude (deg),Longitude (deg),Elevation (m)\nx,50,6,300\n")
    said = thetamix("import", "places", "places.csv", "w.yml", "-o", "places.nc", "--depths", "30 10")
    assert "elevation is column 'Elevation (m)'" in said.out
    assert "depths of 10, 30 m: is the unit cm?" in said.out


@pytest.mark.parametrize("depths", ["", "-0.1", "5cm", "nan"])
def test_depths_that_are_none(folder: Path, thetamix: Callable, depths: str) -> None:
    said = thetamix("import", "places", "places.csv", "w.yml", "-o", "places.nc", "--depths", depths)
    assert said.code == 2
    assert f"--depths: {depths!r} are no depths in metres" in said.err
    assert not (folder / "places.nc").exists()


@pytest.mark.parametrize(
    ("stamp", "hour", "first"), [("middle", 12, "02T00"), ("start", 0, "02T00"), ("end", 6, "01T06")]
)
def test_days_of_a_grid_are_whole(folder: Path, thetamix: Callable, stamp: str, hour: int, first: str) -> None:
    """The network's days are those of the grid, none cut and none lost."""
    days = pd.date_range("2021-06-01", periods=10) + pd.Timedelta(hour, "h")
    grid = xr.Dataset(coords={"time": days, "latitude": [49.8, 50.0], "longitude": [5.8, 6.0]})
    rain = np.broadcast_to(np.arange(10.0)[:, None, None], (10, 2, 2))
    grid["rr"] = (("time", "latitude", "longitude"), rain, {"units": "mm"})
    grid.to_netcdf(folder / "rr.nc", engine="netcdf4")
    variables = {"precipitation": {"variable": "rr"}}
    mapping = {"step": "1d", "grids": [{"file": "rr.nc", "stamp": stamp, "variables": variables}]}
    (folder / "w.yml").write_text(yaml.safe_dump(mapping))
    assert thetamix("import", "places", "places.csv", "w.yml", "-o", "p.nc", "--depths", "0.1").code == 0
    with open_network("p.nc", readings=False) as network:
        assert str(network["time"].to_numpy()[0])[8:13] == first
        assert_allclose(24 * network["precipitation"][0], np.arange(10), atol=1e-5)


def test_days_of_radiation_that_is_blank_at_night(folder: Path, thetamix: Callable) -> None:
    """Blank hours are no missing part of the day: its mean is not that of the bright hours, and it is there."""
    time = pd.date_range("2021-06-01 01:00", periods=72, freq="h")
    sun = 600 * np.clip(np.sin((time.hour.to_numpy() - 4.5) / 16 * np.pi), 0, None).round(3)
    table = pd.DataFrame({"time": time, "s": np.where(sun > 0, sun, np.nan)})
    table.to_csv(folder / "weather.csv", index=False)
    variables = {"shortwave_radiation": {"unit": "W m-2", "column": "s"}}
    forcing = FORCING | {"step": "1h", "variables": variables}
    mapping = {"step": "1d", "utc_offset": "+00:00", "stamp": "end", "forcing": forcing}
    (folder / "w.yml").write_text(yaml.safe_dump(mapping))
    said = thetamix("import", "places", "places.csv", "w.yml", "-o", "places.nc", "--depths", "0.1")
    assert "blank(s) of shortwave_radiation at night are 0" in said.out
    with open_network("places.nc", readings=False) as network:
        assert_allclose(network["shortwave_radiation"][:, 1], sun[24:48].mean(), rtol=1e-5)


def test_a_trained_run_predicts_them(folder: Path, thetamix: Callable) -> None:
    """The run of a release that is kept, of steps of 6 h."""
    with open_network(OLD / "network.nc") as network:
        soil = str(network["soil_type"].to_numpy()[0])
    (folder / "places.csv").write_text(PLACES.format(soil))
    (folder / "w.yml").write_text(yaml.safe_dump(WEATHER | {"step": "6h", "forcing": FORCING | {"step": "1h"}}))
    said = thetamix("import", "places", "places.csv", "w.yml", "-o", "places.nc", "--depths", "0.1 0.3")
    assert said.code == 0, said.err
    said = thetamix("predict", OLD / "run", "places.nc", "-o", "out.nc")
    assert said.code == 0, said.err
    with open_prediction(Path("out.nc")) as prediction:
        assert prediction["component_mean"].sizes["cluster"] == 2
        assert np.isfinite(prediction["component_mean"].isel(time=slice(7, None))).all()
