"""A small folder of CSV files that each test changes a little."""

import copy
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

from thetamix.readers.tables.csv_reader import read_csv

SENSORS = """\
name,site,profile,depth_cm,lat,lon,height_m
s1,c2,A,10,50.0,6.0,100
s2,c2,B,10,50.0002,6.0,102
s3,c10,A,10,50.2,6.0,300
s4,c10,A,30,50.2,6.0,300
"""
SERIES = """\
time,s1,s2,s3,s4
2020-01-01,0.10,0.20,0.30,0.40
2020-01-02,0.11,,0.31,0.41
2020-01-03,0.12,0.22,-0.01,0.42
"""
WEATHER = """\
time,rain_north,rain_south,temperature
2019-12-31,24,48,1
2020-01-01,0,4.8,2
2020-01-02,2.4,0,3
2020-01-03,0,0,4
"""
MAPPING = {
    "about": {"title": "A test", "source": "made up"},
    "step": "1d",
    "utc_offset": "+00:00",
    "stamp": "start",
    "sensors": {
        "file": "sensors.csv",
        "sensor": "name",
        "cluster": "site",
        "replicate": "profile",
        "depth": {"column": "depth_cm", "unit": "cm"},
        "latitude": "lat",
        "longitude": "lon",
        "elevation": {"column": "height_m", "unit": "m"},
    },
    "soil_moisture": {"file": "series.csv", "time": "time", "unit": "m3 m-3"},
    "forcing": [
        {
            "file": "weather.csv",
            "time": "time",
            "variables": {
                "precipitation": {
                    "unit": "mm d-1",
                    "columns": {"North": "rain_north", "South": "rain_south"},
                },
                "air_temperature": {"unit": "degC", "column": "temperature"},
            },
        }
    ],
    "stations": {
        "North": {"latitude": 50.21, "longitude": 6.0},
        "South": {"latitude": 49.9, "longitude": 6.0},
    },
}


class Folder:
    """The files, the mapping as a dictionary, and what the reader makes of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mapping = copy.deepcopy(MAPPING)
        self.notes: list[str] = []
        self.write("sensors.csv", SENSORS)
        self.write("series.csv", SERIES)
        self.write("weather.csv", WEATHER)

    def write(self, name: str, content: str | bytes) -> None:
        data = content if isinstance(content, bytes) else content.encode()
        (self.path / name).write_bytes(data)

    def text(self, name: str) -> str:
        return (self.path / name).read_text()

    def replace(self, name: str, old: str, new: str) -> None:
        text = self.text(name)
        assert old in text
        self.write(name, text.replace(old, new))

    def set(self, dotted: str, value: object) -> None:
        """Set a key of the mapping; None removes it."""
        *parents, last = dotted.split(".")
        place = self.mapping
        for key in parents:
            place = place[int(key)] if key.isdecimal() else place[key]
        if value is None:
            del place[last]
        else:
            place[last] = value

    def read(self) -> xr.Dataset:
        mapping = self.path / "mapping.yml"
        mapping.write_text(yaml.safe_dump(self.mapping))
        self.notes = []
        return read_csv(self.path, mapping, note=self.notes.append)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def expected() -> np.ndarray:
    """Readings of the folder (cluster, depth, replicate, time), worked out by hand."""
    gap = np.nan
    readings = np.full((2, 2, 2, 4), np.nan, dtype=np.float32)
    readings[0, 0, 0] = [gap, 0.10, 0.11, 0.12]
    readings[0, 0, 1] = [gap, 0.20, gap, 0.22]
    readings[1, 0, 0] = [gap, 0.30, 0.31, -0.01]
    readings[1, 1, 0] = [gap, 0.40, 0.41, 0.42]
    return readings
