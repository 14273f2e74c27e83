"""The recipes of `examples/formats`: each is imported, and `--guess` understands its files."""

import datetime
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

FORMATS = Path(__file__).parents[2] / "examples" / "formats"
#: Format -> first end of an interval (UTC), step [min], readings by (cluster, depth [m], replicate) [m3 m-3].
EXPECTED = {
    "ameriflux": (
        "2021-05-01 06:30",
        30,
        {
            ("US-Xxx", 0.05, "1"): [0.182, 0.1818, 0.189, None, 0.194],
            ("US-Xxx", 0.05, "2"): [0.214, 0.2139, 0.217, 0.2205, 0.22],
            ("US-Xxx", 0.2, "1"): [None, 0.301, 0.301, 0.304, 0.306],
        },
    ),
    "hobo": (
        "2021-04-08 20:00",
        60,
        {
            ("North", 0.1, "A"): [0.211, 0.2105, 0.2101, 0.2098, 0.2095, 0.23],
            ("North", 0.1, "B"): [0.246, None, 0.245, 0.2447, 0.2444, 0.2602],
        },
    ),
    "icos": (
        "2021-05-31 23:30",
        30,
        {
            ("XX-Xxx", 0.05, "1"): [0.2411, 0.241, 0.246, 0.2502, 0.25],
            ("XX-Xxx", 0.05, "2"): [None, 0.2605, 0.2605, 0.264, 0.267],
        },
    ),
    "neon": (
        "2021-01-01 00:30",
        30,
        {
            ("XXXX", 0.06, "001"): [0.2101, 0.2102, None, 0.211],
            ("XXXX", 0.16, "001"): [0.2801, 0.2801, 0.2802, None],
            ("XXXX", 0.06, "002"): [0.1901, 0.1902, 0.1903, 0.193],
        },
    ),
    "scan": (
        "2021-02-01 06:00",
        60,
        {
            ("9999", 0.0508, "A"): [0.213, 0.213, None, 0.228, 0.23],
            ("9999", 0.2032, "A"): [0.302, 0.302, 0.301, 0.301, 0.304],
        },
    ),
    "toa5": (
        "2021-03-01 00:00",
        60,
        {
            ("Plot1", 0.1, "1"): [0.221, 0.221, None, 0.226, 0.225],
            ("Plot1", 0.1, "2"): [0.248, 0.247, 0.249, 0.255, 0.254],
            ("Plot1", 0.3, "1"): [0.305, 0.305, 0.306, 0.306, 0.307],
        },
    ),
    "tomst": (
        "2021-06-15 00:00",
        15,
        {
            ("Ridge", 0.08, "A"): [0.142, 0.14288, 0.14376, 0.164, 0.16312],
            ("Ridge", 0.08, "B"): [0.23, 0.23, 0.22912, 0.2564, 0.25552],
        },
    ),
    "uscrn": (
        "2021-01-01 01:00",
        60,
        {
            ("Madeup 5 N", 0.05, "A"): [0.212, 0.212, 0.219, None, 0.224],
            ("Madeup 5 N", 0.1, "A"): [0.23, 0.23, 0.231, 0.233, 0.234],
            ("Madeup 5 N", 0.2, "A"): [0.251, 0.251, 0.251, 0.251, 0.252],
            ("Madeup 5 N", 0.5, "A"): [None] * 5,
            ("Madeup 5 N", 1.0, "A"): [None] * 5,
        },
    ),
    "zentra": (
        "2021-06-01 08:00",
        60,
        {
            ("z6-00001", 0.15, "A"): [0.301, 0.3, 0.312, None, 0.309],
            ("z6-00001", 0.15, "B"): [0.188, 0.188, 0.187, 0.193, 0.195],
        },
    ),
}
#: Weather of the recipes that have some.
WEATHER = {
    ("ameriflux", "precipitation"): [0, 1, 2, 0, 0],  # mm in half an hour -> mm h-1
    ("ameriflux", "air_temperature"): [-1.2, -1.0, -0.9, -0.9, -1.1],
    ("icos", "air_temperature"): [3.1, 3.0, 2.9, 2.9, 2.8],
    ("scan", "air_temperature"): [5, 40 / 9, 35 / 9, 35 / 9, 5],
    ("toa5", "precipitation"): [0, 0.2, 0.8, 0, 0],
    ("toa5", "air_temperature"): [4.1, 3.9, 3.7, 3.8, 4.6],
    ("uscrn", "precipitation"): [0, 1.2, 3.4, 0, np.nan],
    ("uscrn", "air_temperature"): [5.1, 4.8, 4.6, 4.5, 4.4],
    ("zentra", "precipitation"): [0, 0.4, 1.2, 0, 0],
}


def series(network: xr.Dataset) -> dict[tuple[str, float, str], np.ndarray]:
    """Readings of each sensor, by cluster, depth and replicate."""
    named = network["sensor_id"].to_numpy()
    values = network["soil_moisture"].to_numpy()
    return {
        (
            str(network["cluster_id"].to_numpy()[at[0]]),
            float(network["depth"].to_numpy()[at[1]]),
            str(network["replicate_label"].to_numpy()[at[2]]),
        ): values[at]
        for at in map(tuple, np.argwhere(named != ""))
    }


def require_readings(path: Path, name: str) -> None:
    first, minutes, readings = EXPECTED[name]
    with xr.open_dataset(path, engine="netcdf4") as network:
        step = datetime.timedelta(minutes=minutes)
        ends = [
            np.datetime64(datetime.datetime.fromisoformat(first) + n * step) for n in range(network.sizes["time"])
        ]
        assert (network["time"].to_numpy() == np.array(ends, dtype="datetime64[ns]")).all()
        read = series(network)
    assert read.keys() == readings.keys()
    for sensor, values in readings.items():
        expected = np.array([np.nan if value is None else value for value in values])
        np.testing.assert_allclose(read[sensor], expected, rtol=1e-6, err_msg=str(sensor))


def test_every_recipe_is_tried():
    assert {path.name for path in FORMATS.iterdir() if path.is_dir()} == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recipe(tmp_path: Path, thetamix, name: str):
    out = tmp_path / "n.nc"
    said = thetamix("import", "csv", FORMATS / name, "--mapping", FORMATS / name / "mapping.yml", "-o", out)
    assert said.code == 0, said.err
    require_readings(out, name)
    with xr.open_dataset(out, engine="netcdf4") as network:
        for (recipe, variable), values in WEATHER.items():
            if recipe == name:
                np.testing.assert_allclose(network[variable].isel(cluster=0), values, atol=2e-6)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_guess_understands_it(tmp_path: Path, thetamix, name: str):
    said = thetamix("import", "csv", FORMATS / name, "--guess")
    assert said.code == 0, said.err
    recipe = yaml.safe_load((FORMATS / name / "mapping.yml").read_text(encoding="utf-8"))
    # What no file says: its clock, in part; for raw counts their calibration; which flags are meant.
    text = said.out.replace('"+00:00"', f'"{recipe.get("utc_offset", "+00:00")}"').replace("# where:", "where:")
    if name == "tomst":
        assert "m3 m-3 = a + b x counts" in text
        text = text.replace("[TODO, TODO]", "[-0.1, 0.00022]").replace("_2021_06_15_", "_{y}_{m}_{d}_")
    # A file names the cluster; which part of its name is meant, nobody can know.
    text = text.replace('"{station}.dat"', '"{station}_Hourly.dat"').replace(
        '"{station}.csv"', '"scan_{station}.csv"'
    )
    (tmp_path / "g.yml").write_text(text, encoding="utf-8")
    out = tmp_path / "n.nc"
    said = thetamix("import", "csv", FORMATS / name, "--mapping", tmp_path / "g.yml", "-o", out)
    assert said.code == 0, said.err
    require_readings(out, name)
