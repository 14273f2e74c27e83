"""The paper's own network: the real folder through the mapping in examples/attert, against the raw CSV files."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal

from thetamix.places.matching import great_circle
from thetamix.readers.tables.csv_reader import read_csv

pytestmark = pytest.mark.real

MAPPING = Path(__file__).parents[2] / "examples" / "attert" / "mapping.yml"
USELDANGE, ROODT = (49.767, 5.967), (49.80, 5.82)


@pytest.fixture(scope="module")
def raw() -> Path:
    root = os.environ.get("THETAMIX_REAL_DATA")
    if not root:
        pytest.skip("THETAMIX_REAL_DATA does not name a folder of real data")
    return Path(root) / "attert-colpach-daily"


@pytest.fixture(scope="module")
def notes() -> list[str]:
    return []


@pytest.fixture(scope="module")
def network(raw, notes) -> xr.Dataset:
    return read_csv(raw, MAPPING, note=notes.append)


def test_shape(network):
    assert dict(network.sizes) == {"cluster": 14, "depth": 3, "replicate": 3, "time": 1095, "bound": 2}
    assert_allclose(network["depth"], [0.1, 0.3, 0.5])
    assert network["replicate_label"].to_numpy().tolist() == ["A", "B", "C"]
    bounds = network["time_bounds"].to_numpy()
    assert bounds[0, 0] == np.datetime64("2013-01-01")
    assert bounds[-1, 1] == np.datetime64("2016-01-01")


def test_every_reading_is_the_files(network, raw):
    readings = pd.read_csv(raw / "soil_moisture.csv.gz", index_col="date", parse_dates=True)
    sensors = pd.read_csv(raw / "sensors.csv").set_index("sensor")
    assert len(sensors) == readings.shape[1] == 126
    labels = network["cluster_id"].to_numpy().tolist()
    for sensor, row in sensors.iterrows():
        at = {
            "cluster": labels.index(row["cluster"]),
            "depth": [10, 30, 50].index(row["depth_cm"]),
            "replicate": "ABC".index(row["profile"]),
        }
        found = network["soil_moisture"].isel(at)
        assert_array_equal(found, readings[sensor].to_numpy(dtype=np.float32))
        assert str(network["sensor_id"].isel(at).item()) == sensor
    assert_array_equal(network["time_bounds"][:, 0], readings.index.to_numpy())


def test_what_is_missing(network, notes):
    there = np.isfinite(network["soil_moisture"].to_numpy())
    assert 0.2 < 1 - there.mean() < 0.3
    empty = network["sensor_id"].to_numpy()[~there.any(axis=-1)]
    assert sorted(empty) == ["pos_34", "pos_37"]
    assert "2 sensor(s) without a single reading: pos_34, pos_37" in notes
    # Two sensors stopped before another of their cluster began: one question each.
    assert [note[:12] for note in notes if "did it replace it?" in note] == ["c01 at 0.1 m", "c18 at 0.5 m"]
    # The traps of the folder: no day with all 14 clusters complete; one sensor beyond 0.60.
    assert not there.reshape(-1, 1095).all(axis=0).any()
    high = (network["soil_moisture_flag"] != 0).any("time").to_numpy()
    assert "pos_556" in network["sensor_id"].to_numpy()[high]


def test_where_the_clusters_are(network, raw):
    # The Colpach catchment; distances between clusters as in the projected coordinates of the file.
    assert ((network["latitude"] > 49.80) & (network["latitude"] < 49.84)).all()
    assert ((network["longitude"] > 5.79) & (network["longitude"] < 5.85)).all()
    sensors = pd.read_csv(raw / "sensors.csv").groupby("cluster")[["easting_m", "northing_m", "elevation_m"]].mean()
    assert sensors.index.tolist() == network["cluster_id"].to_numpy().tolist()
    assert_allclose(network["elevation"], sensors["elevation_m"])
    east, north = sensors["easting_m"].to_numpy(), sensors["northing_m"].to_numpy()
    flat = np.hypot(east[1:] - east[0], north[1:] - north[0])
    latitude, longitude = network["latitude"].to_numpy(), network["longitude"].to_numpy()
    # 0.3 %: the sphere; the projection's scale is 1.
    assert_allclose(great_circle(latitude[1:], longitude[1:], latitude[0], longitude[0]), flat, rtol=5e-3)


def test_rain_of_the_nearer_gauge(network, raw):
    forcing = pd.read_csv(raw / "forcing.csv")
    near = [
        great_circle(network["latitude"].to_numpy(), network["longitude"].to_numpy(), *place)
        for place in (USELDANGE, ROODT)
    ]
    assert (near[1] < near[0]).all()
    assert set(network["precipitation_station"].to_numpy()) == {"Roodt"}
    assert_allclose(network["precipitation_station_distance"], near[1])
    for cluster in range(14):
        assert_allclose(
            network["precipitation"][cluster] * 24, forcing["rain_roodt_mm_per_day"], rtol=1e-6, atol=1e-6
        )
    assert_allclose(network["air_temperature"][0], forcing["air_temperature_degC"], rtol=1e-6)


def test_pet_is_plausible(network):
    daily = network["potential_evapotranspiration"].isel(cluster=0) * 24
    years = daily.groupby(network["time_bounds"][:, 0].dt.year).sum()
    assert years["year"].to_numpy().tolist() == [2013, 2014, 2015]
    assert ((years > 500) & (years < 700)).all()
    assert float(daily.max()) < 7
    assert set(network["geology"].to_numpy()) == {"schist"}


def test_the_mapping_holds_for_every_copy_of_the_folder():
    words = MAPPING.read_text(encoding="utf-8").replace('"', " ").split()
    assert [word for word in words if len(word) > 1 and word.startswith(("/", "~", "file:/"))] == []
