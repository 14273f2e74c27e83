"""Coordinates as tables have them: exchanged, without a sign, across the date line, in the sea."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import yaml
from numpy.testing import assert_allclose

from thetamix.network.netcdf import open_network

TIMES = [f"2021-01-01 {hour:02d}:00" for hour in range(1, 13)]
STATIONS = {"Gauge": {"latitude": 49.8, "longitude": 5.9}}


class Folder:
    """Tables of clusters at places, with the rain of stations."""

    def __init__(self, path: Path, thetamix: Callable[..., Any]) -> None:
        self.path = path
        self.thetamix = thetamix
        self.mapping: dict[str, Any] = {
            "about": {"title": "t", "source": "s"},
            "step": "1h",
            "utc_offset": "+00:00",
            "stamp": "end",
            "missing": [-9999],
            "sensors": {
                "file": "sensors.csv",
                "sensor": "sensor",
                "cluster": "cluster",
                "replicate": "replicate",
                "depth": {"column": "depth", "unit": "cm"},
                "latitude": "lat",
                "longitude": "lon",
            },
            "soil_moisture": {"file": "soil.csv", "time": "time", "unit": "m3 m-3"},
        }

    def table(self, name: str, columns: dict[str, Any]) -> None:
        rows = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
        (self.path / name).write_text("\n".join(rows) + "\n")

    def places(self, *places: tuple[object, object], sensors: int = 1) -> None:
        """Write a cluster for each latitude and longitude, with so many sensors."""
        rows = [(f"{chr(65 + n)}", f"s{n}{k}", "XYZ"[k], *at) for n, at in enumerate(places) for k in range(sensors)]
        cluster, sensor, replicate, lat, lon = zip(*rows, strict=True)
        depth = [10] * len(rows)
        self.table(
            "sensors.csv",
            {"sensor": sensor, "cluster": cluster, "replicate": replicate, "depth": depth, "lat": lat, "lon": lon},
        )
        self.table("soil.csv", {"time": TIMES, **{name: np.linspace(0.2, 0.3, 12).round(4) for name in sensor}})

    def rain(self, **stations: tuple[float, float]) -> None:
        """Write the rain of stations at places: 1 mm in the first, 2 mm in the second."""
        self.table("rain.csv", {"time": TIMES, **{name: [n + 1.0] * 12 for n, name in enumerate(stations)}})
        columns = {name: name for name in stations}
        variables = {"precipitation": {"unit": "mm", "columns": columns}}
        self.mapping["forcing"] = {"file": "rain.csv", "time": "time", "variables": variables}
        self.mapping["stations"] = {name: {"latitude": at[0], "longitude": at[1]} for name, at in stations.items()}

    def run(self) -> Any:
        (self.path / "m.yml").write_text(yaml.safe_dump(self.mapping))
        return self.thetamix("import", "csv", self.path, "--mapping", self.path / "m.yml", "-o", self.path / "n.nc")

    def network(self) -> xr.Dataset:
        with open_network(self.path / "n.nc") as network:
            return network.load()


@pytest.fixture
def folder(tmp_path: Path, thetamix: Callable[..., Any]) -> Folder:
    return Folder(tmp_path, thetamix)


@pytest.mark.parametrize(
    ("place", "kilometres", "slip"),
    [
        ((5.85, 49.8), "6,369", "latitude and longitude exchanged?"),
        ((-49.8, 5.85), "11,075", "sign of latitude?"),
        ((49.8, -5.85), "842", "sign of longitude?"),
        ((-49.8, -5.85), "11,1", "signs of latitude and longitude?"),
        ((60.0, 40.0), "2,", "correct the coordinates"),
    ],
)
def test_weather_does_not_come_from_another_country(folder, place, kilometres, slip):
    folder.places(place)
    folder.rain(Gauge=(49.8, 5.9))
    result = folder.run()
    assert result.code == 2
    assert f"without precipitation within 100 km: A (Gauge is {kilometres}" in result.err
    assert slip in result.err
    assert "say max_distance: " in result.err
    assert not (folder.path / "n.nc").exists()


def test_a_cluster_too_far_is_left_without_weather_and_told(folder):
    folder.places((49.8, 5.85), (49.81, 5.86), (49.8, -5.85))
    folder.rain(Gauge=(49.8, 5.9))
    result = folder.run()
    assert result.code == 0
    assert "1 cluster(s) without precipitation within 100 km: C (Gauge is 842.5 km away; sign of longitude?)" in (
        result.out + result.err
    )
    assert "far from the others, check the coordinates: C (839 km away in the median; sign of longitude?)" in (
        result.out + result.err
    )
    network = folder.network()
    assert np.isnan(network["precipitation"][2]).all()
    assert (network["precipitation"][:2] == 1).all()
    assert network["precipitation_station"].to_numpy().tolist() == ["Gauge", "Gauge", ""]


def test_the_farthest_that_the_mapping_allows(folder):
    folder.places((49.8, -5.85))
    folder.rain(Gauge=(49.8, 5.9))
    folder.mapping["max_distance"] = 843
    assert folder.run().code == 0
    network = folder.network()
    assert (network["precipitation"] == 1).all()
    assert_allclose(network["precipitation_station_distance"] / 1000, 842.5, atol=0.1)


def test_a_cluster_on_the_date_line(case, thetamix):
    folder = case("dateline")
    result = thetamix("import", "csv", "raw", "--mapping", "m.yml", "-o", "n.nc")
    assert result.code == 0
    assert "check the coordinates" not in result.out + result.err
    with open_network(folder / "n.nc") as network:
        assert_allclose(abs(network["longitude"]), 180)
        assert_allclose(network["latitude"], -17)
        assert network["precipitation_station"].item() == "West"
        # A tenth of a degree at 17° S: 111.2 km · 0.1 · cos 17°.
        assert_allclose(network["precipitation_station_distance"], 10634, rtol=1e-3)
        assert (network["precipitation"] == 1).all()


def test_longitudes_of_both_kinds(folder):
    folder.places((-17.0, 190.0), (-17.0, -169.95))
    folder.rain(West=(-17.0, -170.01), East=(-17.0, 190.06))
    assert folder.run().code == 0
    network = folder.network()
    assert_allclose(network["longitude"], [-170, -169.95])
    assert network["precipitation_station"].to_numpy().tolist() == ["West", "East"]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (
            ("50°12'N", 6.0),
            """line 2: "50°12'N" is not a number; write degrees as 50.2, south and west with a minus""",
        ),
        ((50.2, "6 30 36 W"), "write degrees as -6.51"),
        ((5548311, 298000), "5.54831e+06 is no latitude in degrees; projected coordinates are given as easting"),
        ((-96.6, 39.1), "-96.6 is no latitude in degrees; are latitude and longitude exchanged?"),
        ((50.2, ""), "latitude or longitude is missing; give both or none"),
        ((-9998, -9998), "looks like a code for a missing value; list it in the mapping under missing"),
    ],
)
def test_what_is_no_coordinate(folder, place, words):
    folder.places(place)
    result = folder.run()
    assert result.code == 2
    assert words in result.err
    assert "sensors.csv: column " in result.err


def test_the_origin_of_a_projection_is_no_place(folder):
    # https://github.com/bustimes/bustimes.org/issues/368
    folder.places((0, 0))
    del folder.mapping["sensors"]["latitude"], folder.mapping["sensors"]["longitude"]
    folder.mapping["sensors"] |= {"easting": "lon", "northing": "lat", "crs": "EPSG:27700"}
    result = folder.run()
    assert result.code == 2
    assert "line 2: easting 0, northing 0 is the origin of EPSG:27700 and no place" in result.err


@pytest.mark.parametrize(
    ("place", "station", "slip"),
    [
        # https://github.com/meteostat/meteostat/issues/115: the station's, not the cluster's
        ((40.78, -73.87), (-73.88, 40.78), "latitude and longitude exchanged?"),
        # https://github.com/bczernecki/climate/issues/108
        ((35.72, -5.9), (35.72, 5.9), "sign of longitude?"),
        # https://github.com/AssessingSolar/solarstations/issues/345
        ((-14.25, -170.56), (14.2474, 170.5644), "signs of latitude and longitude?"),
    ],
)
def test_stations_of_which_public_lists_had_it_wrong(folder, place, station, slip):
    folder.places(place)
    folder.rain(Gauge=station)
    result = folder.run()
    assert result.code == 2
    assert f"; {slip})" in result.err


def test_a_decimal_comma_in_a_table_of_places(folder):
    folder.places(("50.2", "6.1"))
    sensors = folder.path / "sensors.csv"
    sensors.write_text(sensors.read_text().replace(",", ";").replace("50.2", "50,2"))
    folder.mapping["sensors"]["delimiter"] = ";"
    result = folder.run()
    assert result.code == 2
    assert "'50,2' is not a number; say decimal: ',' in the mapping" in result.err


def test_null_island(folder):
    # https://github.com/gbif/portal-feedback/issues/1981
    folder.places((0, 0), (49.8, 5.9))
    folder.rain(Gauge=(49.8, 5.9), Buoy=(0, 0))
    result = folder.run()
    assert result.code == 0
    assert "1 cluster(s) at latitude 0, longitude 0, in the sea: A" in result.out + result.err
    assert "1 station(s) of precipitation at latitude 0, longitude 0, in the sea: Buoy" in result.out + result.err


def test_a_station_without_coordinates_is_named(folder):
    folder.places((49.8, 5.9))
    folder.rain(Gauge=(49.8, 5.9), Lost=(49.8, 5.9))
    folder.table("stations.csv", {"name": ["Gauge", "Lost"], "y": [49.8, ""], "x": [5.9, ""]})
    folder.mapping["stations"] = {"file": "stations.csv", "station": "name", "latitude": "y", "longitude": "x"}
    result = folder.run()
    assert result.code == 2
    assert "stations.csv: station 'Lost' has no coordinates; add them" in result.err


def test_a_cluster_without_coordinates_is_named(folder):
    folder.places((49.8, 5.9), ("", ""))
    folder.rain(Gauge=(49.8, 5.9))
    result = folder.run()
    assert result.code == 2
    assert "not every cluster has coordinates to find the nearest (none: B)" in result.err


def test_two_clusters_of_which_the_sign_of_one_is_wrong(folder):
    folder.places((-36.4, 174.6), (36.41, 174.61))
    result = folder.run()
    assert result.code == 0
    assert "2 cluster(s) far from the others" in result.out + result.err
    assert "B (8,096 km away in the median; sign of latitude?)" in result.out + result.err


def test_a_wide_network_is_no_mistake(folder):
    folder.places((21.3, -157.8), (35.1, -106.6), (40.7, -111.9), (61.2, -149.9), (33.0, -85.0))
    result = folder.run()
    assert result.code == 0
    assert "far from the others" not in result.out + result.err


def test_discharge_from_far_away_is_told(folder):
    folder.places((49.8, 5.85), (49.8, -5.85))
    sensors = folder.path / "sensors.csv"
    lines = sensors.read_text().splitlines()
    sensors.write_text("\n".join([f"{lines[0]},gauge", *(f"{line},Gauge" for line in lines[1:])]) + "\n")
    folder.mapping["sensors"]["attributes"] = {"discharge_gauge": "gauge"}
    folder.rain(Gauge=(49.8, 5.9), Other=(49.8, 5.9))
    folder.mapping["forcing"]["variables"] = {
        "discharge": {"unit": "m3 s-1", "columns": {"Gauge": "Gauge", "Other": "Other"}}
    }
    result = folder.run()
    assert result.code == 0
    words = "1 cluster(s) more than 100 km from the gauge of their discharge: B (Gauge is 842.5 km away; sign of"
    assert words in result.out + result.err


@pytest.mark.parametrize(("longitude", "slip"), [(5.9, ""), (-5.9, "sign of longitude?")])
def test_a_grid_that_does_not_hold_the_place(folder, thetamix, longitude, slip):
    folder.places((49.8, longitude))
    assert folder.run().code == 0
    time = xr.date_range("2021-01-01 01:00", periods=12, freq="h")
    grid = xr.Dataset(
        {"t": (("time", "lat", "lon"), np.full((12, 5, 5), 283.15), {"units": "K"})},
        {"time": time, "lat": np.linspace(49.6, 50, 5), "lon": np.linspace(5.7, 6.1, 5)},
    )
    grid.to_netcdf(folder.path / "grid.nc", engine="netcdf4")
    described = {"air_temperature": {"variable": "t", "moment": True}}
    keys = {"grids": [{"file": "grid.nc", "kind": "cf", "stamp": "end", "variables": described}]}
    (folder.path / "w.yml").write_text(yaml.safe_dump(keys))
    out = folder.path / "o.nc"
    result = thetamix(
        "import",
        "forcing",
        folder.path,
        "--mapping",
        folder.path / "w.yml",
        "--into",
        folder.path / "n.nc",
        "-o",
        out,
    )
    assert result.code == (2 if slip else 0)
    if slip:
        assert "without air_temperature within 100 km: A (50.000 N 5.700 E is 830.3 km away; " in result.err
        assert slip in result.err
