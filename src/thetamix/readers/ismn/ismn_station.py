"""Stations and sensors of the International Soil Moisture Network."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

#: Variable -> what the archive calls it in the names of its files.
CODES = {"soil_moisture": "sm", "precipitation": "p", "air_temperature": "ta"}


@dataclass(frozen=True)
class Sensor:
    """One data file of a station.

    Attributes
    ----------
    path
        Inside the archive's root.
    variable
        A key of :data:`CODES`.
    instrument
        Its name.
    upper, lower
        Depths between which it measures, positive down [m].
    first, last
        Times of the first and the last reading, UTC.
    """

    path: str
    variable: str
    instrument: str
    upper: float
    lower: float
    first: np.datetime64
    last: np.datetime64

    @property
    def middle(self) -> float:
        """Middle of the depths between which it measures [m]."""
        return (self.upper + self.lower) / 2


@dataclass(frozen=True)
class Station:
    """A station.

    Attributes
    ----------
    network, name
        Its names in the archive.
    latitude, longitude, elevation
        Where its first file says that it is [degrees], [m].
    sensors
        Its data files.
    static
        Static variables; of layers the uppermost.
    spread
        How far from there another file says that it is [m].
    """

    network: str
    name: str
    latitude: float
    longitude: float
    elevation: float
    sensors: Sequence[Sensor]
    static: dict[str, Any]
    spread: float = 0.0

    def __str__(self) -> str:
        return f"{self.network} {self.name}"

    def of(self, variable: str) -> list[Sensor]:
        """Return the sensors of a variable."""
        return [sensor for sensor in self.sensors if sensor.variable == variable]
