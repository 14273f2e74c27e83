"""Weather from elsewhere: station tables and grids into a network, ERA5-Land, and what they are matched with."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from thetamix.network.assemble import assemble
from thetamix.network.netcdf import open_network, write_network
from thetamix.network.resampling import overlap_means
from thetamix.places.matching import great_circle
from thetamix.readers.forcing_reader import ForcingReader
from thetamix.readers.grids.era5_land import increments, layers_of, require_amounts
from thetamix.readers.ismn.ismn_reader import IsmnReader
from thetamix.system.errors import InputError

HOUR, DAY = np.timedelta64(1, "h"), np.timedelta64(24, "h")
FIRST = np.datetime64("2020-06-01T01:00", "ns")
STEPS = 72


class Import:
    """A network of three clusters and 72 hours, and a folder of weather."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.network = folder / "network.nc"
        self.out = folder / "out.nc"
        self.notes: list[str] = []
        readings = np.random.default_rng(1).uniform(0.1, 0.4, (3, 3, 2, STEPS)).astype(np.float32)
        network = assemble(
            {
                "soil_moisture": readings,
                "soil_moisture_flag": np.ones(readings.shape, dtype=np.int32),
                "latitude": np.array([50.0, 50.0, 50.3]),
                "longitude": np.array([6.0, 6.1, 6.0]),
                "elevation": np.array([100.0, 200.0, 300.0]),
            },
            cluster_id=["a", "b", "c"],
            depth=[0.05, 0.2, 0.5],
            replicate_label=["A", "B"],
            time=FIRST + np.arange(STEPS) * HOUR,
            step=HOUR,
            about={"title": "t", "summary": "s", "source": "s", "history": "made"},
        )
        write_network(network, self.network)

    def table(self, name: str, **columns) -> None:
        pd.DataFrame(columns).to_csv(self.folder / name, index=False)

    def __call__(self, mapping: dict) -> xr.Dataset:
        path = self.folder / "mapping.yml"
        path.write_text(yaml.safe_dump(mapping))
        self.notes.clear()
        ForcingReader(path, self.network).read(self.folder, self.out, note=self.notes.append)
        with open_network(self.out) as found:
            return found.load()


@pytest.fixture
def weather(tmp_path: Path) -> Import:
    return Import(tmp_path)


def hourly(first="2020-06-01 01:00", steps=STEPS) -> list[str]:
    return pd.date_range(first, periods=steps, freq="h").strftime("%Y-%m-%d %H:%M").tolist()


STATIONS = {"near": {"latitude": 50.0, "longitude": 6.02}, "far": {"latitude": 50.0, "longitude": 6.2}}
RAIN = {
    "file": "rain.csv",
    "time": "time",
    "variables": {"precipitation": {"unit": "mm", "columns": {"near": "p1", "far": "p2"}}},
}
CLOCK = {"utc_offset": "+00:00", "stamp": "end"}


def test_stations_and_everything_that_was_there(weather):
    weather.table("rain.csv", time=hourly(), p1=1.0, p2=2.0)
    network = weather(CLOCK | {"forcing": RAIN, "stations": STATIONS})
    with open_network(weather.network) as before:
        for name in ("soil_moisture", "soil_moisture_flag", "latitude", "time_bounds", "sensor_depth"):
            if name in before:
                assert_array_equal(network[name], before[name])
                assert network[name].attrs.keys() == before[name].attrs.keys()
    assert network["precipitation_station"].to_numpy().tolist() == ["near", "near", "near"]
    assert (network["precipitation"] == 1).all()
    assert_allclose(network["precipitation_station_distance"][0], great_circle(50.0, 6.0, 50.0, 6.02))
    assert "import forcing --mapping mapping.yml" in network.attrs["history"]
    assert network["precipitation"].attrs["units"] == "mm h-1"


def test_gaps_are_filled_by_the_next_nearest_and_recorded(weather):
    rain = np.ones(STEPS)
    rain[:18] = np.nan
    weather.table("rain.csv", time=hourly(), p1=rain, p2=2.0)
    plain = weather(CLOCK | {"forcing": RAIN, "stations": STATIONS})
    assert np.isnan(plain["precipitation"][0, :18]).all()
    network = weather(CLOCK | {"forcing": RAIN, "stations": STATIONS, "fallback": 1})
    assert (network["precipitation"][0, :18] == 2).all()
    assert (network["precipitation"][0, 18:] == 1).all()
    assert_allclose(network["precipitation_borrowed"], 0.25)


def test_the_farthest_station(weather):
    weather.table("rain.csv", time=hourly(), p1=1.0, p2=2.0)
    network = weather(CLOCK | {"forcing": RAIN, "stations": STATIONS, "max_distance": 10})
    assert np.isnan(network["precipitation"][2]).all()
    assert network["precipitation_station"].to_numpy().tolist() == ["near", "near", ""]
    assert weather.notes == [
        "1 cluster(s) without precipitation within 10 km: c (near is 33.4 km away); correct the coordinates, or say "
        "max_distance: 34 in the mapping"
    ]
    with pytest.raises(
        InputError, match=r"3 cluster.s. without precipitation within 0\.5 km: a .near is 1\.4 km away"
    ):
        weather(CLOCK | {"forcing": RAIN, "stations": STATIONS, "max_distance": 0.5})


def test_days_are_spread_over_hours_and_ten_minutes_summed(weather):
    weather.table("rain.csv", day=["2020-05-31", "2020-06-01", "2020-06-02", "2020-06-03"], p=[24.0, 48, 0, 12])
    fine = pd.date_range("2020-06-01 00:10", periods=6 * STEPS, freq="10min")
    warm = np.sin(np.arange(fine.size))
    weather.table("t.csv", time=fine.strftime("%Y-%m-%d %H:%M"), t=warm)
    daily = {
        "file": "rain.csv",
        "time": "day",
        "step": "1d",
        "stamp": "start",
        "utc_offset": "+01:00",
        "variables": {"precipitation": {"unit": "mm", "column": "p"}},
    }
    minutes = {
        "file": "t.csv",
        "time": "time",
        "step": "10min",
        "variables": {"air_temperature": {"unit": "degC", "column": "t"}},
    }
    network = weather(CLOCK | {"forcing": [daily, minutes]})
    rain = network["precipitation"][0].to_numpy()
    # A day from 23:00 to 23:00 UTC.
    assert_allclose(rain[:23], 2)
    assert_allclose(rain[23:47], 0)
    assert_allclose(rain[47:71], 0.5)
    assert np.isnan(rain[71])
    assert_allclose(network["air_temperature"][0], warm.reshape(-1, 6).mean(axis=1), atol=1e-6)


def test_coldest_and_warmest_of_finer_tables(weather):
    fine = pd.date_range("2020-06-01 00:10", periods=6 * STEPS, freq="10min")
    warm = np.sin(np.arange(fine.size))
    weather.table("t.csv", time=fine.strftime("%Y-%m-%d %H:%M"), low=warm - 1, high=warm + 1)
    names = {"minimum_air_temperature": "low", "maximum_air_temperature": "high"}
    variables = {name: {"unit": "degC", "column": column} for name, column in names.items()}
    network = weather(CLOCK | {"forcing": {"file": "t.csv", "time": "time", "step": "10min", "variables": variables}})
    hours = warm.reshape(-1, 6)
    assert_allclose(network["minimum_air_temperature"][0], hours.min(axis=1) - 1, atol=1e-5)
    assert_allclose(network["maximum_air_temperature"][0], hours.max(axis=1) + 1, atol=1e-5)


@given(
    st.lists(st.floats(0, 50) | st.just(np.nan), min_size=2, max_size=40),
    st.sampled_from([1, 2, 3, 6, 24]),
    st.sampled_from([1, 2, 3, 6, 24]),
    st.integers(-30, 30),
)
def test_rain_is_neither_lost_nor_made(values, source, target, shift):
    values = np.array(values)
    first = np.datetime64("2020-01-10", "ns")
    ends = first + shift * HOUR + np.arange(60) * target * HOUR
    found = overlap_means(values, first, source * HOUR, ends, target * HOUR)
    # By the hour, by hand.
    start = first - source * HOUR
    hours = np.repeat(values, source)
    for end, mean in zip(ends, found, strict=True):
        at = int((end - start) / HOUR)
        part = hours[max(at - target, 0) : max(at, 0)]
        expected = part.mean() if part.size == target else np.nan
        assert_allclose(mean, expected, atol=1e-9)


def test_what_the_network_has_already(weather):
    weather.table("rain.csv", time=hourly(), p1=1.0, p2=2.0)
    mapping = CLOCK | {"forcing": RAIN, "stations": STATIONS}
    weather(mapping)
    weather.network = weather.out
    with pytest.raises(InputError, match=r"the network has precipitation already; say replace: true"):
        weather(mapping)
    weather.table("rain.csv", time=hourly(), p1=3.0, p2=2.0)
    assert (weather(mapping | {"replace": True})["precipitation"] == 3).all()


def test_pet_from_what_was_imported(weather):
    sun = 300 * np.clip(np.sin((np.arange(STEPS) + 0.5 - 5) / 24 * 2 * np.pi), 0, None)
    weather.table("w.csv", time=hourly(), t=15.0, h=60.0, u=2.0, r=sun)
    variables = {
        "air_temperature": {"unit": "degC", "column": "t"},
        "relative_humidity": {"unit": "percent", "column": "h"},
        "wind_speed": {"unit": "m s-1", "column": "u"},
        "shortwave_radiation": {"unit": "W m-2", "column": "r"},
    }
    table = {"file": "w.csv", "time": "time", "variables": variables}
    network = weather(CLOCK | {"forcing": table, "potential_evapotranspiration": {"method": "auto"}})
    assert network["potential_evapotranspiration"].attrs["comment"].startswith("method asce_short from")
    assert network["wind_speed"].attrs["units"] == "m s-1"
    assert 1 < float(network["potential_evapotranspiration"].mean()) * 24 < 6


# --- grids


def grid(folder: Path, name: str = "grid.nc", moment="valid_time", **variables) -> None:
    """Write 0.1 degree cells of an hourly grid: longitudes 0 to 360, latitudes from north to south, some sea."""
    time = FIRST - HOUR + np.arange(STEPS + 2) * HOUR
    latitude, longitude = np.arange(50.5, 49.79, -0.1).round(1), np.arange(5.8, 6.41, 0.1).round(1)
    data = xr.Dataset(coords={moment: time, "latitude": latitude, "longitude": longitude % 360})
    for key, (values, units) in variables.items():
        full = np.broadcast_to(np.asarray(values)[:, None, None], (time.size, latitude.size, longitude.size)).copy()
        full *= 1 + 0.001 * np.arange(latitude.size)[:, None]
        data[key] = ((moment, "latitude", "longitude"), full.astype(np.float32), {"units": units})
        data[key][:, np.abs(latitude - 50.0).argmin(), np.abs(longitude - 6.0).argmin()] = np.nan  # sea
    data.to_netcdf(folder / name, engine="netcdf4")


def era5(folder: Path, name="era5.nc", moment="valid_time") -> np.ndarray:
    time = FIRST - HOUR + np.arange(STEPS + 2) * HOUR
    amount = np.random.default_rng(2).uniform(0, 0.002, time.size)
    into = ((time - (time - np.timedelta64(1, "ns")).astype("datetime64[D]")) / HOUR).astype(int)
    total = np.zeros(time.size)
    for at in range(time.size):
        total[at] = amount[at] + (total[at - 1] if at and into[at] > 1 else 0)
    if into[0] != 1:
        total[:1] = 1.0  # what fell before the file begins
    grid(
        folder,
        name,
        moment,
        tp=(total, "m"),
        ssrd=(total * 1e8, "J m**-2"),
        t2m=(np.full(time.size, 280.0), "K"),
        d2m=(np.full(time.size, 275.0), "K"),
        u10=(np.full(time.size, 3.0), "m s**-1"),
        v10=(np.full(time.size, 4.0), "m s**-1"),
        swvl1=(np.linspace(0.2, 0.3, time.size), "m**3 m**-3"),
        swvl2=(np.full(time.size, 0.25), "m**3 m**-3"),
    )
    return amount


@pytest.mark.parametrize("moment", ["valid_time", "time"])
def test_era5_land(weather, moment):
    amount = era5(weather.folder, moment=moment)
    names = ["precipitation", "shortwave_radiation", "air_temperature", "dew_point_temperature", "wind_speed"]
    network = weather(
        {
            "grids": {
                "file": "era5*.nc",
                "kind": "era5_land",
                "variables": names,
                "reference_soil_moisture": "overlap",
            }
        }
    )
    row = 5  # 50.0 N; the nearest cell of cluster a is sea, so it takes a neighbour
    factor = 1 + 0.001 * row
    b = network.isel(cluster=1)
    assert_allclose(b["precipitation"], amount[1:-1] * 1000 * factor, rtol=2e-3, atol=2e-4)
    assert_allclose(b["shortwave_radiation"], amount[1:-1] * 1e8 / 3600 * factor, rtol=2e-3, atol=0.1)
    assert_allclose(b["air_temperature"], 280 * factor - 273.15, atol=1e-3)
    assert_allclose(b["wind_speed"], 5 * factor * 4.87 / np.log(67.8 * 10 - 5.42), rtol=1e-5)
    assert_allclose(b["precipitation_station_distance"], 0, atol=1)
    assert str(network["precipitation_station"][1].item()) == "50.000 N 6.100 E"
    assert float(network["precipitation_station_distance"][0]) > 5000
    reference = network["reference_soil_moisture"]
    assert reference.dims == ("cluster", "depth", "time")
    assert_allclose(reference[1, 0], np.linspace(0.2, 0.3, STEPS + 2)[1:-1] * factor, rtol=1e-5)
    assert_allclose(reference[1, 1], 0.25 * factor, rtol=1e-5)
    assert np.isnan(reference[:, 2]).all()
    assert "0.5 m none" in reference.attrs["comment"]
    assert "0.05 m swvl1 (0 to 0.07 m)" in reference.attrs["comment"]


def test_sums_from_midnight():
    time = np.datetime64("2020-01-01T00", "ns") + np.arange(50) * HOUR
    amount = np.arange(50.0)
    into = np.arange(50) % 24
    sums = np.array([amount[at - (into[at] or 24) + 1 : at + 1].sum() for at in range(50)])
    found = increments(sums, time, "tp")
    assert np.isnan(found[0])
    assert_allclose(found[1:], amount[1:])
    gap = np.delete(np.arange(50), 30)
    found = increments(sums[gap], time[gap], "tp")
    assert np.isnan(found[30])
    assert_allclose(found[[29, 31]], amount[[29, 32]])
    # Days: the value at 00:00 is the day before.
    assert_allclose(increments(sums[[24, 48]], time[[24, 48]], "tp"), [amount[1:25].sum(), amount[25:49].sum()])


def test_amounts_of_hours_are_no_sums():
    time = np.datetime64("2020-01-01T01", "ns") + np.arange(24) * HOUR
    with pytest.raises(InputError, match="tp falls within a day, at 2020-01-01T03:00: it is not the sum from 00 UTC"):
        increments(np.array([0, 1.0, 0.5] * 8), time, "tp")


@pytest.mark.parametrize("hours", [1, 3])
def test_rain_of_evenings_is_no_sum_of_the_day(hours):
    """It falls in the last interval before 00 UTC, day after day."""
    time = np.datetime64("2020-01-01T00", "ns") + hours * np.arange(1, 20 * 24 // hours + 1) * HOUR
    evening = (time.astype("datetime64[h]").astype(int) % 24 == 0) * 1.0
    require_amounts(evening[None], time, "tp")
    into = (time - (time - np.timedelta64(1, "ns")).astype("datetime64[D]")) / HOUR
    with pytest.raises(InputError, match="sums of the day so far"):
        require_amounts((into >= 12)[None] * 1.0, time, "tp")


def test_sums_of_a_few_days_are_recognised_where_they_stay_for_hours():
    time = np.datetime64("2020-01-01T01", "ns") + np.arange(4 * 24) * HOUR
    hour = np.arange(4 * 24) % 24
    wet = np.arange(4 * 24) // 24 % 2 == 0
    require_amounts((wet & (hour >= 21))[None] * (hour + 1.0), time, "tp")
    with pytest.raises(InputError, match="sums of the day so far"):
        require_amounts((wet * np.clip(hour - 6, 0, 5.0))[None], time, "tp")


def test_layers():
    names = ["swvl1", "swvl2", "swvl3", "swvl4"]
    assert layers_of([0.0, 0.07, 0.28, 1.5, 3.0], names, "overlap") == [
        "swvl1",
        "swvl2",
        "swvl3",
        "swvl4",
        None,
    ]
    assert layers_of([0.1, 0.3, 0.5, 0.6], names[:3], "paper") == ["swvl1", "swvl2", "swvl3", None]
    with pytest.raises(InputError, match="none of the layers swvl1 is in the files"):
        layers_of([0.5], ["swvl1"], "overlap")


def test_a_plain_grid(weather):
    grid(
        weather.folder,
        tas=(np.linspace(280, 290, STEPS + 2), "K"),
        pr=(np.full(STEPS + 2, 1e-4), "kg m-2 s-1"),
    )
    network = weather(
        {
            "grids": {
                "file": "grid.nc",
                "stamp": "start",
                "variables": {
                    "air_temperature": {"variable": "tas"},
                    "precipitation": {"variable": "pr", "unit": "mm s-1"},
                },
            }
        }
    )
    assert_allclose(network["air_temperature"][1], np.linspace(280, 290, STEPS + 2)[:-2] * 1.005 - 273.15, atol=2e-3)
    assert_allclose(network["precipitation"][1], 0.36 * 1.005, rtol=1e-4)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"file": "no.nc"}, "no such file"),
        (
            {"variables": {"air_temperature": {"variable": "tos", "unit": "K"}}},
            "has no variable 'tos'; did you mean",
        ),
        (
            {"variables": {"air_temperature": {"variable": "tas", "unit": "degC"}}},
            "is 29[01] degC: is the unit K",
        ),
        (
            {"variables": {"precipitation": {"variable": "tas", "unit": "mm"}}},
            "which no place has; correct unit",
        ),
        ({"variables": {"temperature": {"variable": "tas"}}}, "a grid has no temperature; known are"),
        ({"stamp": None}, "add stamp: start or stamp: end"),
        ({"file": "rain.csv"}, "not a readable NetCDF file"),
        ({"kind": "era5_land"}, "the variables of era5_land are known"),
    ],
)
def test_what_is_wrong_with_a_grid(weather, change, words):
    grid(weather.folder, tas=(np.linspace(280, 290, STEPS + 2), "K"))
    weather.table("rain.csv", time=hourly(), p1=1.0)
    keys = {
        "file": "grid.nc",
        "stamp": "end",
        "variables": {"air_temperature": {"variable": "tas", "unit": "K"}},
    }
    mapping = {"grids": {k: v for k, v in (keys | change).items() if v is not None}}
    if "which no place" in words:
        pytest.skip("three days are too short to know")
    with pytest.raises(InputError, match=words):
        weather(mapping)
    assert not weather.out.exists()


def test_nothing_to_import(weather):
    with pytest.raises(InputError, match="names nothing to import"):
        weather({"max_distance": 3})


# --- real cells


@pytest.mark.real
def test_the_cells_of_hawaii(tmp_path):
    root = os.environ.get("THETAMIX_REAL_DATA")
    if not root:
        pytest.skip("THETAMIX_REAL_DATA does not name a folder of real data")
    source = Path(root) / "qa4sm-hawaii"
    network, out = tmp_path / "network.nc", tmp_path / "out.nc"
    IsmnReader().read(source / "ISMN_TESTDATA_HAWAII.tar.gz", network)
    mapping = Path(__file__).parents[2] / "examples" / "hawaii" / "era5-land.yml"
    ForcingReader(mapping, network).read(source, out)
    with open_network(out) as found:
        reference = found["reference_soil_moisture"].isel(depth=0)
        distance = found["reference_soil_moisture_distance"].to_numpy()
        assert distance.max() < 9000  # cells of 0.1 degree; the shore has none
        folder = source / "ERA5_LAND" / "ERA5_LAND_V20190904"
        files = [xr.open_dataset(folder / name, engine="netcdf4").load() for name in ("0165.nc", "0166.nc")]
        for cluster in range(found.sizes["cluster"]):
            where = float(found["latitude"][cluster]), float(found["longitude"][cluster])
            metres = [great_circle(*where, raw["lat"].to_numpy(), raw["lon"].to_numpy()) for raw in files]
            file = int(np.argmin([one.min() for one in metres]))
            values = files[file]["swvl1"].isel(locations=int(metres[file].argmin()))
            assert_allclose(distance[cluster], metres[file].min(), atol=2)  # their coordinates are float32
            series = reference.isel(cluster=cluster)
            at = series["time"].isin(values["time"])
            assert int(at.sum()) == 730
            assert_allclose(series[at], values, rtol=1e-6)
            assert np.isnan(series[~at]).all()
